//! Password users in `DynamoDB`: a table of their own, which the authorizer's role can't reach.
//!
//! | attribute | type | meaning |
//! |---|---|---|
//! | `id` | S | `p#` and the user's canonical name: the prefix keeps names apart from items of other kinds |
//! | `hash` | S | the password's hash, a PHC string |
//! | `disabled` | BOOL | whether the user is barred from logging in |
//! | `version` | N | counts the writes |
//! | `created`, `changed` | N | Unix seconds |

use std::{collections::HashMap, fmt::Display};

use aws_sdk_dynamodb::{
    Client,
    error::SdkError,
    operation::{
        delete_item::DeleteItemError,
        put_item::PutItemError,
        update_item::{UpdateItemError, builders::UpdateItemFluentBuilder},
    },
    types::{AttributeValue, ReturnValuesOnConditionCheckFailure},
};

use super::{
    hash::PasswordHash,
    store::{UserRecord, UserStore},
};
use crate::{
    store::{FaultKind, StoreError, dynamodb::fault},
    time::UnixSeconds,
    user::UserName,
};

/// Users in one `DynamoDB` table.
#[derive(Clone, Debug)]
pub struct DynamoUserStore {
    client: Client,
    table: String,
}

impl DynamoUserStore {
    /// A store over `table`, whose partition key is `id` (S).
    #[must_use]
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// Makes `update` of the user's record, if there is one.
    async fn change(
        &self,
        user: &UserName,
        now: UnixSeconds,
        update: impl FnOnce(UpdateItemFluentBuilder) -> UpdateItemFluentBuilder,
    ) -> Result<bool, StoreError> {
        let request = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("id", key(user))
            .condition_expression("attribute_exists(id)")
            .expression_attribute_values(":now", number(now.0))
            .expression_attribute_values(":one", number(1));
        match update(request).send().await {
            Ok(_) => Ok(true),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(UpdateItemError::is_conditional_check_failed_exception) =>
            {
                Ok(false)
            }
            Err(error) => Err(fault::from_sdk(&error, &self.table)),
        }
    }
}

impl UserStore for DynamoUserStore {
    async fn find(&self, user: &UserName) -> Result<Option<UserRecord>, StoreError> {
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
        output.item.as_ref().map(record).transpose()
    }

    async fn add(
        &self,
        user: &UserName,
        hash: &PasswordHash,
        now: UnixSeconds,
    ) -> Result<bool, StoreError> {
        let request = self
            .client
            .put_item()
            .table_name(&self.table)
            .item("id", key(user))
            .item("hash", text(hash))
            .item("disabled", AttributeValue::Bool(false))
            .item("version", number(0))
            .item("created", number(now.0))
            .item("changed", number(now.0))
            .condition_expression("attribute_not_exists(id)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match request.send().await {
            Ok(_) => Ok(true),
            Err(SdkError::ServiceError(error))
                if error.err().is_conditional_check_failed_exception() =>
            {
                // A try whose answer was lost has made it already, if what is there has the salt of this very hash.
                let old = match error.into_err() {
                    PutItemError::ConditionalCheckFailedException(failed) => failed.item,
                    _ => None,
                };
                Ok(old.is_some_and(|item| item.get("hash") == Some(&text(hash))))
            }
            Err(error) => Err(fault::from_sdk(&error, &self.table)),
        }
    }

    async fn set_password(
        &self,
        user: &UserName,
        hash: &PasswordHash,
        now: UnixSeconds,
    ) -> Result<bool, StoreError> {
        let update = |request: UpdateItemFluentBuilder| {
            request
                .update_expression("SET #hash = :hash, changed = :now ADD version :one")
                .expression_attribute_names("#hash", "hash")
                .expression_attribute_values(":hash", text(hash))
        };
        self.change(user, now, update).await
    }

    async fn set_disabled(
        &self,
        user: &UserName,
        disabled: bool,
        now: UnixSeconds,
    ) -> Result<bool, StoreError> {
        let update = |request: UpdateItemFluentBuilder| {
            request
                .update_expression("SET disabled = :disabled, changed = :now ADD version :one")
                .expression_attribute_values(":disabled", AttributeValue::Bool(disabled))
        };
        self.change(user, now, update).await
    }

    async fn remove(&self, user: &UserName) -> Result<bool, StoreError> {
        let request = self
            .client
            .delete_item()
            .table_name(&self.table)
            .key("id", key(user))
            .condition_expression("attribute_exists(id)");
        match request.send().await {
            Ok(_) => Ok(true),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(DeleteItemError::is_conditional_check_failed_exception) =>
            {
                Ok(false)
            }
            Err(error) => Err(fault::from_sdk(&error, &self.table)),
        }
    }
}

fn key(user: &UserName) -> AttributeValue {
    text(format_args!("p#{user}"))
}

fn text(value: impl Display) -> AttributeValue {
    AttributeValue::S(value.to_string())
}

fn number(value: u64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// The record in an item. An attribute that is missing, has the wrong type or holds no hash of ours: damaged.
fn record(item: &HashMap<String, AttributeValue>) -> Result<UserRecord, StoreError> {
    let damaged = |name: &'static str| StoreError {
        kind: FaultKind::Damaged,
        source: format!("its attribute {name} is missing or wrong").into(),
    };
    let attribute = |name| item.get(name).ok_or_else(|| damaged(name));
    let integer = |name| -> Result<u64, StoreError> {
        let number = attribute(name)?.as_n().ok();
        number
            .and_then(|number| number.parse().ok())
            .ok_or_else(|| damaged(name))
    };
    let hash = attribute("hash")?.as_s().ok();
    let disabled = attribute("disabled")?.as_bool().ok();
    Ok(UserRecord {
        hash: hash
            .and_then(|hash| PasswordHash::parse(hash))
            .ok_or_else(|| damaged("hash"))?,
        disabled: *disabled.ok_or_else(|| damaged("disabled"))?,
        version: integer("version")?,
        created: UnixSeconds(integer("created")?),
        changed: UnixSeconds(integer("changed")?),
    })
}
