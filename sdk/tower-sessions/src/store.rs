//! The store: each verb is one request to the table, and its retries.

use std::{error::Error as StdError, fmt, time::Duration};

use async_trait::async_trait;
use aws_sdk_dynamodb::{
    Client,
    config::{Config, retry::RetryConfig},
    error::{ProvideErrorMetadata, SdkError},
    operation::put_item::{PutItemError, builders::PutItemFluentBuilder},
    types::AttributeValue,
};
use dynamodb_session::{
    aws::fault,
    cause,
    entropy::{Entropy, SystemEntropy},
    fault::{FaultKind, StoreError},
    time::UnixSeconds,
};
use tower_sessions_core::{
    SessionStore,
    session::{Id, Record},
    session_store::{Error, Result},
};

use crate::{id, item};

/// How often a new session is put, each time under an id of its own.
const TRIES: u32 = 3;

/// What comes before the second try; it doubles.
const PAUSE: Duration = Duration::from_millis(25);

/// Why a save is refused.
const GONE: &str = "the session ended while the request was served, and its changes are not saved: let the user log in again";

/// A store of tower-sessions over one `DynamoDB` table.
#[derive(Clone, Debug)]
pub struct DynamoStore<E = SystemEntropy> {
    client: Client,
    table: String,
    clock: fn() -> UnixSeconds,
    entropy: E,
}

impl DynamoStore {
    /// A store over `table`, whose partition key is `id` (S) and whose TTL attribute is `expires` (N).
    #[must_use]
    pub fn new(client: Client, table: String) -> Self {
        Self {
            client,
            table,
            clock: UnixSeconds::from_system_clock,
            entropy: SystemEntropy,
        }
    }
}

impl<E> DynamoStore<E> {
    /// The store with this clock, for tests.
    #[must_use]
    pub fn with_clock(self, clock: fn() -> UnixSeconds) -> Self {
        Self { clock, ..self }
    }

    /// The store with this source of ids, for tests.
    #[must_use]
    pub fn with_entropy<F: Entropy>(self, entropy: F) -> DynamoStore<F> {
        DynamoStore {
            client: self.client,
            table: self.table,
            clock: self.clock,
            entropy,
        }
    }

    fn key(id: Id) -> AttributeValue {
        AttributeValue::S(id::key(id))
    }

    fn put(&self, record: &Record) -> Result<PutItemFluentBuilder> {
        let put = self.client.put_item().table_name(&self.table);
        Ok(put.set_item(Some(item::of(record)?)))
    }

    fn fault<O, R>(&self, error: &SdkError<O, R>) -> StoreError
    where
        O: StdError + ProvideErrorMetadata + Send + Sync + 'static,
        R: fmt::Debug + Send + Sync + 'static,
    {
        fault::from_sdk(error, &self.table)
    }
}

#[async_trait]
impl<E: Entropy + fmt::Debug + 'static> SessionStore for DynamoStore<E> {
    /// Puts the record under a new id, whatever id it has: after a `flush` that is the one which the client presented.
    ///
    /// An id is sent once: a try that arrives late, after its session has ended, is under an id that nobody knows.
    async fn create(&self, record: &mut Record) -> Result<()> {
        let once = Config::builder().retry_config(RetryConfig::disabled());
        let mut tries = 1;
        loop {
            record.id = id::draw(&self.entropy).map_err(|error| backend(&error))?;
            let put = self
                .put(record)?
                .condition_expression("attribute_not_exists(id)");
            let Err(error) = put.customize().config_override(once.clone()).send().await else {
                return Ok(());
            };
            let fault = self.fault(&error);
            let again = is_refused(&error) || fault.kind == FaultKind::Unavailable;
            if !again || tries == TRIES {
                return Err(backend(&fault));
            }
            tokio::time::sleep(PAUSE * tries).await;
            tries += 1;
        }
    }

    /// Puts the record in the place of the one that is there. A session that has ended stays ended.
    async fn save(&self, record: &Record) -> Result<()> {
        let now = AttributeValue::N((self.clock)().0.to_string());
        let put = self.put(record)?.condition_expression("expires > :now");
        match put.expression_attribute_values(":now", now).send().await {
            Ok(_) => Ok(()),
            // Where there is no session there is no data either: nothing is lost.
            Err(error) if is_refused(&error) && record.data.is_empty() => Ok(()),
            Err(error) if is_refused(&error) => Err(Error::Backend(GONE.to_owned())),
            Err(error) => Err(backend(&self.fault(&error))),
        }
    }

    /// Reads the record: one strongly consistent read. A damaged item is an error, and never an empty session.
    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let get = self.client.get_item().table_name(&self.table);
        let get = get.key("id", Self::key(*id)).consistent_read(true);
        let answer = get
            .send()
            .await
            .map_err(|error| backend(&self.fault(&error)))?;
        match answer.item {
            Some(item) => item::record(*id, &item, (self.clock)()),
            None => Ok(None),
        }
    }

    /// Deletes the record, if it is there.
    async fn delete(&self, id: &Id) -> Result<()> {
        let delete = self.client.delete_item().table_name(&self.table);
        let answer = delete.key("id", Self::key(*id)).send().await;
        answer.map_err(|error| backend(&self.fault(&error)))?;
        Ok(())
    }
}

/// Whether the condition of a put did not hold.
fn is_refused<R>(error: &SdkError<PutItemError, R>) -> bool {
    let error = error.as_service_error();
    error.is_some_and(PutItemError::is_conditional_check_failed_exception)
}

fn backend(error: &(dyn StdError + 'static)) -> Error {
    Error::Backend(cause::chain(error))
}
