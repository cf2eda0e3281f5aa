//! The two tables: made if they are missing, as template.yaml makes them.

use std::time::Duration;

use aws_sdk_dynamodb::{
    Client,
    error::{DisplayErrorContext, ProvideErrorMetadata, SdkError},
    operation::describe_table::DescribeTableError,
    types::{
        AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
        TableDescription, TableStatus, TimeToLiveSpecification, TimeToLiveStatus,
    },
};
use dynamodb_session::config::Config;
use tokio::time;

use crate::start_error::StartError;

/// The partition key of both tables, and the session table's TTL attribute.
const KEY: &str = "id";
const TTL: &str = "expires";

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
                if !is_ours(&table) {
                    return Err(StartError(format!(
                        "the table {name} at {} has another key than {KEY} (S): name another table with \
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
        let wrong = |error| StartError(format!("the table {name} can't be described: {error}"));
        let attribute = AttributeDefinition::builder()
            .attribute_name(KEY)
            .attribute_type(ScalarAttributeType::S);
        let key = KeySchemaElement::builder()
            .attribute_name(KEY)
            .key_type(KeyType::Hash);
        let request = self
            .client
            .create_table()
            .table_name(name)
            .attribute_definitions(attribute.build().map_err(wrong)?)
            .key_schema(key.build().map_err(wrong)?)
            .billing_mode(BillingMode::PayPerRequest);
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
        let wrong = |error| StartError(format!("the TTL of {name} can't be described: {error}"));
        let ttl = TimeToLiveSpecification::builder()
            .enabled(true)
            .attribute_name(TTL)
            .build()
            .map_err(wrong)?;
        let request = self.client.update_time_to_live().table_name(name);
        match request.time_to_live_specification(ttl).send().await {
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

fn is_ours(table: &TableDescription) -> bool {
    let key = table.key_schema().iter();
    let key: Vec<_> = key
        .map(|part| (part.attribute_name(), part.key_type()))
        .collect();
    let text = table.attribute_definitions().iter().any(|attribute| {
        attribute.attribute_name() == KEY && *attribute.attribute_type() == ScalarAttributeType::S
    });
    key == [(KEY, &KeyType::Hash)] && text
}
