//! The counters of logins, and of anonymous sessions that begin, in `DynamoDB`: items `t#…` in the table of the sessions, with
//! `tries`, `latest` and `expires`.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    error::SdkError,
    operation::{
        delete_item::DeleteItemError,
        update_item::{UpdateItemError, UpdateItemOutput, builders::UpdateItemFluentBuilder},
    },
    types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure},
};

use super::{DynamoStore, item};
use crate::{
    aws::fault,
    fault::{FaultKind, StoreError},
    throttle::{Counter, CounterKey, Throttle},
    time::UnixSeconds,
};

impl Throttle for DynamoStore {
    async fn count(
        &self,
        key: &CounterKey,
        below: u64,
        now: UnixSeconds,
        expires: UnixSeconds,
    ) -> Result<Option<Counter>, StoreError> {
        let request = self
            .client
            .update_item()
            .update_expression("SET latest = :now, expires = :expires ADD tries :one")
            .condition_expression("attribute_not_exists(id) OR (tries < :below AND expires > :now)")
            .expression_attribute_values(":now", item::seconds(now))
            .expression_attribute_values(":expires", item::seconds(expires))
            .expression_attribute_values(":one", item::number(&1))
            .expression_attribute_values(":below", item::number(&below));
        match self.update(key, request).await? {
            Update::Made => Ok(None),
            Update::Refused(old) => old.as_ref().and_then(counter).map(Some).ok_or_else(damaged),
        }
    }

    async fn replace(
        &self,
        key: &CounterKey,
        current: &Counter,
        next: &Counter,
    ) -> Result<bool, StoreError> {
        let request = self
            .client
            .update_item()
            .update_expression("SET tries = :tries, latest = :latest, expires = :expires")
            .condition_expression(
                "tries = :old_tries AND latest = :old_latest AND expires = :old_expires",
            )
            .expression_attribute_values(":tries", item::number(&next.tries))
            .expression_attribute_values(":latest", item::seconds(next.latest))
            .expression_attribute_values(":expires", item::seconds(next.expires))
            .expression_attribute_values(":old_tries", item::number(&current.tries))
            .expression_attribute_values(":old_latest", item::seconds(current.latest))
            .expression_attribute_values(":old_expires", item::seconds(current.expires));
        Ok(matches!(self.update(key, request).await?, Update::Made))
    }

    async fn clear(
        &self,
        key: &CounterKey,
        until: UnixSeconds,
    ) -> Result<Option<Counter>, StoreError> {
        let request = self
            .client
            .delete_item()
            .table_name(&self.table)
            .key("id", item::text(key.as_str()))
            // This holds also if nothing is there, and if `latest` is missing or not a number: a damaged counter can be
            // cleared.
            .condition_expression("NOT latest > :until")
            .expression_attribute_values(":until", item::seconds(until))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match request.send().await {
            Ok(_) => Ok(None),
            Err(SdkError::ServiceError(error))
                if error.err().is_conditional_check_failed_exception() =>
            {
                let old = match error.into_err() {
                    DeleteItemError::ConditionalCheckFailedException(failed) => failed.item,
                    _ => None,
                };
                old.as_ref().and_then(counter).map(Some).ok_or_else(damaged)
            }
            Err(error) => Err(fault::from_sdk(&error, &self.table)),
        }
    }
}

/// What became of an update.
enum Update {
    Made,
    /// Its condition did not hold; this is what is there.
    Refused(Option<HashMap<String, AttributeValue>>),
}

impl DynamoStore {
    async fn update(
        &self,
        key: &CounterKey,
        request: UpdateItemFluentBuilder,
    ) -> Result<Update, StoreError> {
        let request = request
            .table_name(&self.table)
            .key("id", item::text(key.as_str()))
            // Not needed, but an answer without them does not show that anything was counted.
            .return_values(ReturnValue::UpdatedNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match request.send().await {
            Ok(UpdateItemOutput {
                attributes: Some(_),
                ..
            }) => Ok(Update::Made),
            Ok(_) => Err(StoreError {
                kind: FaultKind::Unavailable,
                source: format!(
                    "table {}: no counter in the answer to an update",
                    self.table
                )
                .into(),
            }),
            Err(SdkError::ServiceError(error))
                if error.err().is_conditional_check_failed_exception() =>
            {
                Ok(Update::Refused(match error.into_err() {
                    UpdateItemError::ConditionalCheckFailedException(failed) => failed.item,
                    _ => None,
                }))
            }
            Err(error) => Err(fault::from_sdk(&error, &self.table)),
        }
    }
}

fn damaged() -> StoreError {
    StoreError {
        kind: FaultKind::Damaged,
        source:
            "the counter of an account or an address lacks a field, or a field has the wrong type"
                .into(),
    }
}

/// The counter in an item; `None` if a field is missing or has the wrong type.
fn counter(item: &HashMap<String, AttributeValue>) -> Option<Counter> {
    Some(Counter {
        tries: item::integer(item, "tries")?,
        latest: item::moment(item, "latest")?,
        expires: item::moment(item, "expires")?,
    })
}
