//! The store in `DynamoDB`: every verb is one request and its retries, and every write a condition.

mod item;
mod notes;
mod provider;
pub mod scan;
pub mod schema;
mod sessions;
mod throttle;
pub(crate) mod too_large;
mod transaction;
mod write;

use std::{collections::HashMap, time::Duration};

use aws_sdk_dynamodb::{
    Client,
    config::{Builder, Config, retry::RetryConfig},
    error::SdkError,
    operation::{
        transact_write_items::TransactWriteItemsError,
        update_item::{UpdateItemError, UpdateItemOutput},
    },
    types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{Change, Commit, Found, SessionStore, Touch, Write};
use crate::{
    aws::fault,
    data::{Edit, Marks},
    entropy::{Entropy, SystemEntropy},
    fault::{FaultKind, StoreError},
    id::SessionKey,
    session::Session,
    time::UnixSeconds,
    user::{UserName, UserSessions},
};

/// How often a transaction is tried again that was cancelled for a passing reason: it collided with another one on the
/// same item, or one of its items was throttled. The SDK does not look into the reasons.
const CANCELLED_TRIES: u32 = 6;
const PASSING: [&str; 3] = [
    "TransactionConflict",
    "ProvisionedThroughputExceeded",
    "ThrottlingError",
];

/// The condition of a session that is alive at `:now` under its own id.
const ALIVE: &str = "expires > :now AND idle_expires > :now AND attribute_not_exists(ended) AND attribute_not_exists(successor)";

/// The longest pause before another try of a write that others overtook, in milliseconds: a hundred such pauses fit
/// into the time of one call.
const LONGEST_PAUSE: u64 = 80;

/// Sessions and user items in one `DynamoDB` table (docs/operations.md describes its items).
#[derive(Clone, Debug)]
pub struct DynamoStore {
    client: Client,
    table: String,
}

impl DynamoStore {
    /// A store over `table`, whose partition key is `id` (S) and whose TTL attribute is `expires` (N).
    #[must_use]
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }
}

impl SessionStore for DynamoStore {
    async fn touch(
        &self,
        key: &SessionKey,
        now: UnixSeconds,
        not_before: Option<UnixSeconds>,
    ) -> Result<Touch, StoreError> {
        let mut condition =
            format!("{ALIVE} AND accessed <= :now AND attribute_type(idle_timeout, :number)");
        let mut request = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("id", item::text(key.as_str()))
            .update_expression("SET accessed = :now, idle_expires = idle_timeout + :now")
            .expression_attribute_values(":now", item::seconds(now))
            .expression_attribute_values(":number", item::text("N"))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        if let Some(limit) = not_before {
            condition.push_str(" AND created >= :not_before");
            request = request.expression_attribute_values(":not_before", item::seconds(limit));
        }
        match request.condition_expression(condition).send().await {
            Ok(UpdateItemOutput {
                attributes: Some(item),
                ..
            }) => Ok(Touch::Touched(item::found(Some(&item)))),
            Ok(_) => Err(self.no_item()),
            Err(error) => self.refused(error).map(Touch::Refused),
        }
    }

    async fn session(&self, key: &SessionKey) -> Result<Found, StoreError> {
        let item = self.read(item::text(key.as_str())).await?;
        Ok(item::found(item.as_ref()))
    }

    async fn sessions(&self, keys: &[SessionKey]) -> Result<Vec<Found>, StoreError> {
        sessions::read(&self.client, &self.table, keys).await
    }

    async fn end_idle(&self, key: &SessionKey, now: UnixSeconds) -> Result<Found, StoreError> {
        let request = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("id", item::text(key.as_str()))
            .update_expression("SET ended = :now, #data = :none REMOVE marks")
            .condition_expression(
                "idle_expires <= :now AND attribute_not_exists(ended) AND attribute_not_exists(successor)",
            )
            .expression_attribute_names("#data", "data")
            .expression_attribute_values(":now", item::seconds(now))
            .expression_attribute_values(":none", AttributeValue::M(HashMap::new()))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match request.send().await {
            Ok(UpdateItemOutput {
                attributes: Some(item),
                ..
            }) => Ok(item::found(Some(&item))),
            Ok(_) => Err(self.no_item()),
            Err(error) => self.refused(error),
        }
    }

    async fn write(
        &self,
        key: &SessionKey,
        now: UnixSeconds,
        edit: &Edit,
        version: u64,
        marks: &Marks,
    ) -> Result<Write, StoreError> {
        let request = write::request(&self.client, key, now, edit, version, marks);
        match request.table_name(&self.table).send().await {
            Ok(UpdateItemOutput {
                attributes: Some(item),
                ..
            }) => Ok(Write::Written(item::found(Some(&item)))),
            Ok(_) => Err(self.no_item()),
            Err(error) if too_large::item(&error) => Ok(Write::TooLarge),
            Err(error) => self.refused(error).map(Write::Refused),
        }
    }

    async fn pause(&self, tries: u32) {
        sleep_up_to(LONGEST_PAUSE.min(10 << tries.min(8))).await;
    }

    async fn user(&self, user: &UserName) -> Result<Option<UserSessions>, StoreError> {
        let Some(item) = self.read(item::text(&item::user_key(user))).await? else {
            return Ok(None);
        };
        let sessions = item::user_sessions(&item).ok_or_else(|| StoreError {
            kind: FaultKind::Damaged,
            source: "a user item lacks a field, or a field has the wrong type".into(),
        })?;
        Ok(Some(sessions))
    }

    async fn begin(&self, key: &SessionKey, session: &Session) -> Result<bool, StoreError> {
        let request = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item::of_session(key, session)))
            .condition_expression("attribute_not_exists(id)");
        match request.customize().config_override(once()).send().await {
            Ok(_) => Ok(true),
            Err(error) => match error.as_service_error() {
                Some(refused) if refused.is_conditional_check_failed_exception() => Ok(false),
                _ => Err(fault::from_sdk(&error, &self.table)),
            },
        }
    }

    async fn commit(&self, change: &Change) -> Result<Commit, StoreError> {
        let items = transaction::items(&self.table, change).map_err(fault::from_build)?;
        // One token for all tries: a try that arrives late, after another one was made and its session has ended,
        // changes nothing.
        let token = request_token()?;
        let mut attempt = 0;
        loop {
            let request = self
                .client
                .transact_write_items()
                .client_request_token(&token)
                .set_transact_items(Some(items.clone()));
            let Err(error) = request.send().await else {
                return Ok(Commit::Done);
            };
            if let Some(refused) = refusal(&error, change) {
                return Ok(refused);
            }
            if change.put.is_some() && too_large::transaction(&error) {
                return Ok(Commit::TooLarge);
            }
            if attempt >= CANCELLED_TRIES || !is_passing(&error) {
                return Err(fault::from_sdk(&error, &self.table));
            }
            sleep_up_to(20 << attempt).await;
            attempt += 1;
        }
    }
}

impl DynamoStore {
    async fn read(
        &self,
        key: AttributeValue,
    ) -> Result<Option<HashMap<String, AttributeValue>>, StoreError> {
        let request = self
            .client
            .get_item()
            .table_name(&self.table)
            .key("id", key)
            .consistent_read(true);
        let output = request
            .send()
            .await
            .map_err(|error| fault::from_sdk(&error, &self.table))?;
        Ok(output.item)
    }

    /// The item that is there, if an update was refused because of it.
    fn refused<R>(&self, error: SdkError<UpdateItemError, R>) -> Result<Found, StoreError>
    where
        R: std::fmt::Debug + Send + Sync + 'static,
    {
        match error {
            SdkError::ServiceError(error)
                if error.err().is_conditional_check_failed_exception() =>
            {
                let old = match error.into_err() {
                    UpdateItemError::ConditionalCheckFailedException(failed) => failed.item,
                    _ => None,
                };
                Ok(item::found(old.as_ref()))
            }
            error => Err(fault::from_sdk(&error, &self.table)),
        }
    }

    fn no_item(&self) -> StoreError {
        StoreError {
            kind: FaultKind::Unavailable,
            source: format!("table {}: no item in the answer to an update", self.table).into(),
        }
    }
}

/// The settings of a request that is sent once, whatever happens on the way.
fn once() -> Builder {
    Config::builder().retry_config(RetryConfig::disabled())
}

/// The codes of the reasons why a transaction was cancelled, in the order of its items.
fn reasons<R>(error: &SdkError<TransactWriteItemsError, R>) -> Vec<&str> {
    match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => cancelled
            .cancellation_reasons()
            .iter()
            .filter_map(|reason| reason.code())
            .collect(),
        _ => Vec::new(),
    }
}

/// The condition that did not hold, if that is why a transaction was cancelled. The item to put comes first, the notes last. That of a note
/// tells more than that of a session or a user, so it is the one that is told.
fn refusal<R>(error: &SdkError<TransactWriteItemsError, R>, change: &Change) -> Option<Commit> {
    let reasons = reasons(error);
    let failed: Vec<_> = reasons
        .iter()
        .map(|code| *code == "ConditionalCheckFailed")
        .collect();
    let first = failed.iter().position(|failed| *failed)?;
    if change.put.is_some() && first == 0 {
        return Some(Commit::Collision);
    }
    let mut notes = change.notes.iter().rev().zip(failed.iter().rev());
    let note = notes.rfind(|(_, failed)| **failed);
    Some(note.map_or(Commit::Stale, |(note, _)| Commit::Refused(note.refusal())))
}

fn is_passing<R>(error: &SdkError<TransactWriteItemsError, R>) -> bool {
    reasons(error).iter().any(|code| PASSING.contains(code))
}

/// What tells the tries of one transaction from any other: 16 random bytes in base64url.
fn request_token() -> Result<String, StoreError> {
    let mut random = [0; 16];
    SystemEntropy
        .fill(&mut random)
        .map_err(|error| StoreError {
            kind: FaultKind::Unavailable,
            source: error.into(),
        })?;
    Ok(URL_SAFE_NO_PAD.encode(random))
}

/// Waits for up to so many milliseconds, at random: two that collided should not meet again.
async fn sleep_up_to(milliseconds: u64) {
    let mut random = [0];
    // Without random bytes there is no wait, and the tries stay as many.
    let _: Result<(), _> = SystemEntropy.fill(&mut random);
    let pause = u64::from(random[0]) * milliseconds / 256;
    tokio::time::sleep(Duration::from_millis(pause)).await;
}
