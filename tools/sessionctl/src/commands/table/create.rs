//! A table that is not there is made.

use std::time::Duration;

use aws_sdk_dynamodb::{
    Client,
    error::ProvideErrorMetadata,
    types::{
        AttributeDefinition, BillingMode, KeySchemaElement, KeyType,
        PointInTimeRecoverySpecification, ScalarAttributeType, SseSpecification, TableStatus,
        TimeToLiveSpecification,
    },
};
use dynamodb_session::{
    aws::fault,
    fault::{FaultKind, StoreError},
};
use tokio::time::sleep;

use super::{KEY, TTL, Table, verify};
use crate::scan::tell;

/// Between two looks whether a new table is ready, and how many there are: five minutes in all.
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);
const LOOKS: usize = 300;

/// Makes the table unless there is one, with all that template.yaml gives it.
pub(super) async fn if_missing(client: &Client, table: &Table) -> Result<(), StoreError> {
    if verify::described(client, table).await?.is_some() {
        return Ok(());
    }
    tell(&format!("making the table {}", table.name));
    make(client, table).await?;
    ready(client, table).await?;
    if table.expires {
        expire(client, table).await?;
    }
    recover(client, table).await
}

fn wrong(error: aws_sdk_dynamodb::error::BuildError) -> StoreError {
    StoreError {
        kind: FaultKind::Misconfigured,
        source: error.into(),
    }
}

async fn make(client: &Client, table: &Table) -> Result<(), StoreError> {
    let attribute = AttributeDefinition::builder()
        .attribute_name(KEY)
        .attribute_type(ScalarAttributeType::S);
    let key = KeySchemaElement::builder()
        .attribute_name(KEY)
        .key_type(KeyType::Hash);
    let request = client
        .create_table()
        .table_name(&table.name)
        .attribute_definitions(attribute.build().map_err(wrong)?)
        .key_schema(key.build().map_err(wrong)?)
        .billing_mode(BillingMode::PayPerRequest)
        .sse_specification(SseSpecification::builder().enabled(true).build())
        .deletion_protection_enabled(true);
    match request.send().await {
        Ok(_) => Ok(()),
        // Somebody else makes it at the same time.
        Err(error) if error.code() == Some("ResourceInUseException") => Ok(()),
        Err(error) => Err(fault::from_sdk(&error, &table.name)),
    }
}

async fn ready(client: &Client, table: &Table) -> Result<(), StoreError> {
    for _ in 0..LOOKS {
        let described = verify::described(client, table).await?;
        if described.is_some_and(|it| it.table_status == Some(TableStatus::Active)) {
            return Ok(());
        }
        sleep(BETWEEN_LOOKS).await;
    }
    Err(StoreError {
        kind: FaultKind::Unavailable,
        source: format!("table {}: it has not become active", table.name).into(),
    })
}

async fn expire(client: &Client, table: &Table) -> Result<(), StoreError> {
    let ttl = TimeToLiveSpecification::builder()
        .enabled(true)
        .attribute_name(TTL);
    let request = client.update_time_to_live().table_name(&table.name);
    let request = request.time_to_live_specification(ttl.build().map_err(wrong)?);
    match request.send().await {
        Ok(_) => Ok(()),
        Err(error) => Err(fault::from_sdk(&error, &table.name)),
    }
}

/// An engine that has no backups is told so when the table is verified.
async fn recover(client: &Client, table: &Table) -> Result<(), StoreError> {
    let on = PointInTimeRecoverySpecification::builder()
        .point_in_time_recovery_enabled(true)
        .build()
        .map_err(wrong)?;
    let request = client.update_continuous_backups().table_name(&table.name);
    let request = request.point_in_time_recovery_specification(on);
    let mut looks = 1..LOOKS;
    loop {
        match request.clone().send().await {
            Ok(_) => return Ok(()),
            Err(error) if verify::is_unknown(error.code()) => return Ok(()),
            // AWS is still giving a new table what its backups take.
            Err(error)
                if error.code() == Some("ContinuousBackupsUnavailableException")
                    && looks.next().is_some() =>
            {
                sleep(BETWEEN_LOOKS).await;
            }
            Err(error) => return Err(fault::from_sdk(&error, &table.name)),
        }
    }
}
