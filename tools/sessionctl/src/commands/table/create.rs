//! A table that is not there is made.

use std::time::Duration;

use aws_sdk_dynamodb::{
    Client,
    error::ProvideErrorMetadata,
    types::{PointInTimeRecoverySpecification, SseSpecification, TableStatus},
};
use dynamodb_session::{
    aws::fault,
    fault::{FaultKind, StoreError},
    store::dynamodb::schema,
};
use tokio::time::sleep;

use super::{Table, verify};
use crate::progress::tell;

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

async fn make(client: &Client, table: &Table) -> Result<(), StoreError> {
    let request = schema::create(client, &table.name)?
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
    let request = schema::expire(client, &table.name)?;
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
        .map_err(|error| StoreError {
            kind: FaultKind::Misconfigured,
            source: error.into(),
        })?;
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
