//! The two tables: made if they are missing, as template.yaml makes them.

use std::time::Duration;

use aws_sdk_dynamodb::{
    Client,
    error::{DisplayErrorContext, ProvideErrorMetadata, SdkError},
    operation::describe_table::DescribeTableError,
    types::{TableDescription, TableStatus, TimeToLiveStatus},
};
use dynamodb_session::{cause, config::Config, fault::StoreError, store::dynamodb::schema};
use tokio::time;

use crate::start_error::StartError;

/// How often, and how long apart, a new table is asked for until it is active.
const TRIES: u32 = 60;
const PAUSE: Duration = Duration::from_millis(500);

/// Makes sure that both tables are there, active and of the right key, the session table with TTL.
pub async fn ensure(client: &Client, endpoint: &str, config: &Config) -> Result<(), StartError> {
    let tables = Tables { client, endpoint };
    tables.ensure(&config.tables.sessions).await?;
    tables.ensure(&config.tables.users).await?;
    tables.expire(&config.tables.sessions).await
}

struct Tables<'a> {
    client: &'a Client,
    endpoint: &'a str,
}

impl Tables<'_> {
    async fn ensure(&self, name: &str) -> Result<(), StartError> {
        if self.describe(name).await?.is_none() {
            self.create(name).await?;
        }
        for _ in 0..TRIES {
            if let Some(table) = self.describe(name).await? {
                if !schema::is_ours(&table) {
                    return Err(StartError(format!(
                        "the table {name} at {} has another key than id (S): name another table with \
                         SESSION_TABLE or SESSION_USER_TABLE",
                        self.endpoint
                    )));
                }
                if table.table_status == Some(TableStatus::Active) {
                    return Ok(());
                }
            }
            time::sleep(PAUSE).await;
        }
        Err(StartError(format!(
            "the table {name} at {} does not become active: try again later",
            self.endpoint
        )))
    }

    async fn describe(&self, name: &str) -> Result<Option<TableDescription>, StartError> {
        match self.client.describe_table().table_name(name).send().await {
            Ok(output) => Ok(output.table),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(DescribeTableError::is_resource_not_found_exception) =>
            {
                Ok(None)
            }
            Err(error) => Err(self.failed("DescribeTable", &error)),
        }
    }

    async fn create(&self, name: &str) -> Result<(), StartError> {
        let request = schema::create(self.client, name).map_err(|error| wrong(&error))?;
        match request.send().await {
            Ok(_) => Ok(()),
            // Somebody else makes it at the same time.
            Err(error) if error.code() == Some("ResourceInUseException") => Ok(()),
            Err(error) => Err(self.failed("CreateTable", &error)),
        }
    }

    async fn expire(&self, name: &str) -> Result<(), StartError> {
        let described = self.client.describe_time_to_live().table_name(name);
        let described = described
            .send()
            .await
            .map_err(|error| self.failed("DescribeTimeToLive", &error))?;
        let status = described
            .time_to_live_description
            .and_then(|description| description.time_to_live_status);
        if matches!(
            status,
            Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling)
        ) {
            return Ok(());
        }
        let request = schema::expire(self.client, name).map_err(|error| wrong(&error))?;
        match request.send().await {
            Ok(_) => Ok(()),
            Err(error) => Err(self.failed("UpdateTimeToLive", &error)),
        }
    }

    fn failed<E, R>(&self, what: &str, error: &SdkError<E, R>) -> StartError
    where
        E: std::error::Error + ProvideErrorMetadata + 'static,
        R: std::fmt::Debug + 'static,
    {
        let endpoint = self.endpoint;
        StartError(match error {
            SdkError::DispatchFailure(_) | SdkError::TimeoutError(_) => format!(
                "no DynamoDB answers at {endpoint}: start one there, or leave --endpoint-url out to use the embedded one"
            ),
            SdkError::ServiceError(_) if error.code().is_some() => format!(
                "DynamoDB at {endpoint} refuses {what}: {}: {}",
                error.code().unwrap_or_default(),
                error.message().unwrap_or("no message")
            ),
            other => format!(
                "{endpoint} does not answer {what} as DynamoDB does ({}): check --endpoint-url",
                DisplayErrorContext(other)
            ),
        })
    }
}

/// A request that can't be put together.
fn wrong(error: &StoreError) -> StartError {
    StartError(cause::chain(error))
}
