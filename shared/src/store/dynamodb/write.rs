//! A write of data as one conditional update of the keys that it names.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    operation::update_item::{UpdateItemError, builders::UpdateItemFluentBuilder},
    types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure},
};

use super::{ALIVE, item};
use crate::{data::Edit, id::SessionKey, time::UnixSeconds};

/// The update that makes `edit`, but for its table.
pub(super) fn request(
    client: &Client,
    key: &SessionKey,
    now: UnixSeconds,
    edit: &Edit,
    version: Option<u64>,
) -> UpdateItemFluentBuilder {
    let mut request = client
        .update_item()
        .key("id", item::text(key.as_str()))
        .expression_attribute_names("#data", "data")
        .expression_attribute_values(":now", item::seconds(now))
        .expression_attribute_values(":one", item::number(&1))
        .return_values(ReturnValue::AllNew)
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
    let mut sets = vec!["version = version + :one".to_owned()];
    let mut removes = Vec::new();
    match edit {
        Edit::Clear => {
            sets.push("#data = :none".to_owned());
            request =
                request.expression_attribute_values(":none", AttributeValue::M(HashMap::new()));
        }
        Edit::Merge { set, remove } => {
            for (index, (name, json)) in set.iter().enumerate() {
                sets.push(format!("#data.#s{index} = :s{index}"));
                request = request
                    .expression_attribute_names(format!("#s{index}"), name)
                    .expression_attribute_values(format!(":s{index}"), item::text(json));
            }
            for (index, name) in remove.iter().enumerate() {
                removes.push(format!("#data.#r{index}"));
                request = request.expression_attribute_names(format!("#r{index}"), name);
            }
        }
    }
    let mut expression = format!("SET {}", sets.join(", "));
    if !removes.is_empty() {
        expression = format!("{expression} REMOVE {}", removes.join(", "));
    }
    let mut condition = ALIVE.to_owned();
    if let Some(version) = version {
        condition.push_str(" AND version = :version");
        request = request.expression_attribute_values(":version", item::number(&version));
    }
    request
        .update_expression(expression)
        .condition_expression(condition)
}

/// Whether an update was refused because the item would pass 400 KB (developer guide, "Quotas"). The error has no name of
/// its own.
pub(super) fn is_too_large<R>(error: &SdkError<UpdateItemError, R>) -> bool {
    let message = error.as_service_error().and_then(|error| error.message());
    message.is_some_and(|message| message.starts_with("Item size"))
}
