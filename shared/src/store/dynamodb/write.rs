//! A write of data as one conditional update of the keys that it names.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    Client,
    operation::update_item::builders::UpdateItemFluentBuilder,
    types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure},
};

use super::{ALIVE, item};
use crate::{
    data::{Edit, Marks},
    id::SessionKey,
    time::UnixSeconds,
};

/// The update that makes `edit`, without its table.
pub(super) fn request(
    client: &Client,
    key: &SessionKey,
    now: UnixSeconds,
    edit: &Edit,
    version: u64,
    marks: &Marks,
) -> UpdateItemFluentBuilder {
    let mut request = client
        .update_item()
        .key("id", item::text(key.as_str()))
        .expression_attribute_names("#data", "data")
        .expression_attribute_values(":now", item::seconds(now))
        .expression_attribute_values(":version", item::number(&version))
        .expression_attribute_values(":next", item::number(&version.saturating_add(1)))
        .expression_attribute_values(":marks", item::marks(marks))
        .return_values(ReturnValue::AllNew)
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
    let mut sets = vec!["version = :next, marks = :marks".to_owned()];
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
    request
        .update_expression(expression)
        .condition_expression(format!("{ALIVE} AND version = :version"))
}
