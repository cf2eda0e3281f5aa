//! A table is compared with what template.yaml says.

use aws_sdk_dynamodb::{
    Client,
    error::ProvideErrorMetadata,
    types::{
        BillingMode, PointInTimeRecoveryStatus, SseStatus, TableDescription, TimeToLiveStatus,
    },
};
use dynamodb_session::{aws::fault, fault::StoreError, store::dynamodb::schema};
use serde_json::json;

use super::Table;

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Table,
    Key,
    Expiry,
    Recovery,
    Encryption,
    Protection,
    Capacity,
}

/// How it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// As template.yaml has it.
    Right,
    /// In another way, which the text tells.
    Wrong(String),
    /// The engine knows nothing of it: one on this machine.
    Unknown,
}

impl Part {
    fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Key => "key",
            Self::Expiry => "time to live",
            Self::Recovery => "point-in-time recovery",
            Self::Encryption => "encryption",
            Self::Protection => "deletion protection",
            Self::Capacity => "capacity",
        }
    }

    /// The command that makes it right.
    fn mend(self, table: &str) -> String {
        let aws = |command: &str, options: &str| {
            format!("aws dynamodb {command} --table-name {table} {options}")
        };
        match self {
            Self::Table => "sessionctl table create, with the options of this command".to_owned(),
            Self::Key => {
                "a key is never changed: name another table, and run `sessionctl table create`"
                    .to_owned()
            }
            Self::Expiry => aws(
                "update-time-to-live",
                "--time-to-live-specification Enabled=true,AttributeName=expires",
            ),
            Self::Recovery => aws(
                "update-continuous-backups",
                "--point-in-time-recovery-specification PointInTimeRecoveryEnabled=true",
            ),
            Self::Encryption => aws("update-table", "--sse-specification Enabled=true"),
            Self::Protection => aws("update-table", "--deletion-protection-enabled"),
            Self::Capacity => aws("update-table", "--billing-mode PAY_PER_REQUEST"),
        }
    }
}

/// A part as it is told.
pub(super) fn line(table: &Table, part: Part, state: &State, json: bool) -> String {
    let (table, name) = (&table.name, part.name());
    let (word, found, mend) = match state {
        State::Right => ("right", None, None),
        State::Wrong(found) => ("wrong", Some(found), Some(part.mend(table))),
        State::Unknown => ("unknown", None, None),
    };
    if json {
        return json!({"table": table, "part": name, "state": word, "found": found, "mend": mend})
            .to_string();
    }
    match (found, mend) {
        (Some(found), Some(mend)) => format!("{table}  {name}: wrong, {found}\n    {mend}"),
        _ if *state == State::Unknown => format!("{table}  {name}: can't be told here"),
        _ => format!("{table}  {name}: right"),
    }
}

/// Every part of the table; `None`: it is not there.
pub(super) async fn parts(
    client: &Client,
    table: &Table,
) -> Result<Option<Vec<(Part, State)>>, StoreError> {
    let Some(description) = described(client, table).await? else {
        return Ok(None);
    };
    let recovery = recovery(client, table).await?;
    // What an engine on this machine leaves out of its description, it does not do.
    let is_aws = recovery != State::Unknown;
    let or_unknown = |state: State| if is_aws { state } else { State::Unknown };
    let mut parts = vec![(Part::Key, key(&description))];
    if table.expires {
        parts.push((Part::Expiry, expiry(client, table).await?));
    }
    let sse = description.sse_description.and_then(|it| it.status);
    let encryption = match sse {
        Some(SseStatus::Enabled | SseStatus::Updating) => State::Right,
        Some(status) => State::Wrong(format!("it is {}", status.as_str())),
        None => or_unknown(State::Wrong(
            "by a key of AWS's own, which no account sees".to_owned(),
        )),
    };
    let protection = match description.deletion_protection_enabled {
        Some(true) => State::Right,
        Some(false) => State::Wrong("it is off".to_owned()),
        None => or_unknown(State::Wrong("it is off".to_owned())),
    };
    let capacity = match description
        .billing_mode_summary
        .and_then(|it| it.billing_mode)
    {
        Some(BillingMode::PayPerRequest) => State::Right,
        _ => State::Wrong("it is provisioned, and a call beyond it is a fault".to_owned()),
    };
    parts.extend([
        (Part::Recovery, recovery),
        (Part::Encryption, encryption),
        (Part::Protection, protection),
        (Part::Capacity, capacity),
    ]);
    Ok(Some(parts))
}

pub(super) async fn described(
    client: &Client,
    table: &Table,
) -> Result<Option<TableDescription>, StoreError> {
    match client.describe_table().table_name(&table.name).send().await {
        Ok(output) => Ok(output.table),
        Err(error) if error.code() == Some("ResourceNotFoundException") => Ok(None),
        Err(error) => Err(fault::from_sdk(&error, &table.name)),
    }
}

fn key(description: &TableDescription) -> State {
    if schema::is_ours(description) {
        State::Right
    } else {
        State::Wrong("it is not the partition key id (S) alone".to_owned())
    }
}

async fn expiry(client: &Client, table: &Table) -> Result<State, StoreError> {
    let request = client.describe_time_to_live().table_name(&table.name);
    let output = match request.send().await {
        Ok(output) => output,
        Err(error) => return Err(fault::from_sdk(&error, &table.name)),
    };
    let description = output.time_to_live_description;
    let status = description
        .as_ref()
        .and_then(|it| it.time_to_live_status.clone());
    let attribute = description.and_then(|it| it.attribute_name);
    Ok(match (status, attribute.as_deref()) {
        (Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling), Some(schema::EXPIRY)) => {
            State::Right
        }
        (Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling), other) => {
            let (name, other) = (&table.name, other.unwrap_or_default());
            State::Wrong(format!(
                "it goes by {other}: switch that off first, which takes up to an hour\n    \
                 aws dynamodb update-time-to-live --table-name {name} --time-to-live-specification Enabled=false,AttributeName={other}"
            ))
        }
        _ => State::Wrong("it is off".to_owned()),
    })
}

async fn recovery(client: &Client, table: &Table) -> Result<State, StoreError> {
    let request = client.describe_continuous_backups().table_name(&table.name);
    let output = match request.send().await {
        Ok(output) => output,
        Err(error) if is_unknown(error.code()) => return Ok(State::Unknown),
        Err(error) => return Err(fault::from_sdk(&error, &table.name)),
    };
    let backups = output.continuous_backups_description;
    let recovery = backups.and_then(|it| it.point_in_time_recovery_description);
    let status = recovery.and_then(|it| it.point_in_time_recovery_status);
    Ok(match status {
        Some(PointInTimeRecoveryStatus::Enabled) => State::Right,
        _ => State::Wrong("it is off".to_owned()),
    })
}

/// Whether the engine does not know what it was asked.
pub(super) fn is_unknown(code: Option<&str>) -> bool {
    matches!(
        code,
        Some("UnknownOperationException" | "InvalidAction" | "NotImplemented")
    )
}
