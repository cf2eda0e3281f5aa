//! The requests: a read, and writes of what was read.

use std::fmt::Display;

use aws_sdk_dynamodb::{
    config::{self, retry::RetryConfig},
    error::SdkError,
    operation::{
        delete_item::DeleteItemError,
        put_item::PutItemError,
        update_item::{UpdateItemError, builders::UpdateItemFluentBuilder},
    },
    types::{AttributeValue, ReturnValuesOnConditionCheckFailure},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{DynamoUserStore, seen::Seen};
use crate::{
    aws::fault,
    entropy::{Entropy, SystemEntropy},
    fault::{FaultKind, StoreError},
    user::UserName,
};

/// What became of a write that demands what was read.
pub(super) enum Written {
    Made,
    /// This is there instead.
    Refused(Option<Seen>),
}

impl DynamoUserStore {
    /// What lies under the name.
    pub(super) async fn read(&self, user: &UserName) -> Result<Option<Seen>, StoreError> {
        let request = self
            .client
            .get_item()
            .table_name(&self.table)
            .key("id", key(user))
            .consistent_read(true);
        let output = request
            .send()
            .await
            .map_err(|error| fault::from_sdk(&error, &self.table))?;
        Ok(output.item.map(Seen))
    }

    /// Claims the name, unless something is there. This put is sent once: a second attempt could land after the
    /// removal of the user, and the first one's claim would then fit a late attempt at filling it.
    pub(super) async fn claim(&self, user: &UserName) -> Result<(), StoreError> {
        let once = config::Builder::new().retry_config(RetryConfig::disabled());
        let request = self
            .client
            .put_item()
            .table_name(&self.table)
            .item("id", key(user))
            .item("record", text(random()?))
            .condition_expression("attribute_not_exists(id)")
            .customize()
            .config_override(once);
        match request.send().await {
            Ok(_) => Ok(()),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(PutItemError::is_conditional_check_failed_exception) =>
            {
                Ok(())
            }
            Err(error) => Err(fault::from_sdk(&error, &self.table)),
        }
    }

    /// Makes `update` of what lies under the name, if it is still as it was seen.
    pub(super) async fn update(
        &self,
        user: &UserName,
        seen: &Seen,
        update: impl FnOnce(UpdateItemFluentBuilder) -> UpdateItemFluentBuilder,
    ) -> Result<Written, StoreError> {
        let unchanged = seen.unchanged();
        let request = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("id", key(user))
            .condition_expression(unchanged.expression)
            .set_expression_attribute_names(Some(unchanged.names))
            .set_expression_attribute_values(Some(unchanged.values))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match update(request).send().await {
            Ok(_) => Ok(Written::Made),
            Err(SdkError::ServiceError(error))
                if error.err().is_conditional_check_failed_exception() =>
            {
                Ok(Written::Refused(match error.into_err() {
                    UpdateItemError::ConditionalCheckFailedException(failed) => {
                        failed.item.map(Seen)
                    }
                    _ => None,
                }))
            }
            Err(error) => Err(fault::from_sdk(&error, &self.table)),
        }
    }

    /// Deletes what lies under the name, if it is still as it was seen.
    pub(super) async fn delete(&self, user: &UserName, seen: &Seen) -> Result<Written, StoreError> {
        let unchanged = seen.unchanged();
        let request = self
            .client
            .delete_item()
            .table_name(&self.table)
            .key("id", key(user))
            .condition_expression(unchanged.expression)
            .set_expression_attribute_names(Some(unchanged.names))
            .set_expression_attribute_values(
                Some(unchanged.values).filter(|values| !values.is_empty()),
            )
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match request.send().await {
            Ok(_) => Ok(Written::Made),
            Err(SdkError::ServiceError(error))
                if error.err().is_conditional_check_failed_exception() =>
            {
                Ok(Written::Refused(match error.into_err() {
                    DeleteItemError::ConditionalCheckFailedException(failed) => {
                        failed.item.map(Seen)
                    }
                    _ => None,
                }))
            }
            Err(error) => Err(fault::from_sdk(&error, &self.table)),
        }
    }
}

/// 22 characters that nobody else draws.
pub(super) fn random() -> Result<String, StoreError> {
    let mut bytes = [0; 16];
    match SystemEntropy.fill(&mut bytes) {
        Ok(()) => Ok(URL_SAFE_NO_PAD.encode(bytes)),
        Err(error) => Err(StoreError {
            kind: FaultKind::Unavailable,
            source: Box::new(error),
        }),
    }
}

fn key(user: &UserName) -> AttributeValue {
    text(format_args!("p#{user}"))
}

pub(super) fn text(value: impl Display) -> AttributeValue {
    AttributeValue::S(value.to_string())
}

pub(super) fn number(value: u64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}
