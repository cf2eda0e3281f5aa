//! The table's items as they lie there, page by page: what an operator counts and finds sessions by. No function scans.

use std::{collections::HashMap, fmt};

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};

use super::{DynamoStore, item, schema};
use crate::{
    aws::fault,
    fault::{FaultKind, StoreError},
    id::{SessionKey, SessionRef},
    session::Live,
    store::Found,
    user::{UserName, UserSessions},
};

/// One of the parts of a table that are scanned beside each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Its number, from 0.
    pub index: i32,
    /// How many there are.
    pub of: i32,
}

/// Items that lie beside each other: of at most a megabyte.
#[derive(Debug)]
pub struct Page {
    /// The items.
    pub items: Vec<Seen>,
    /// Read units that the page took.
    pub units: f64,
    /// Where the next one of the segment begins; `None`: this was the last.
    pub next: Option<Place>,
}

/// An item that a scan met.
#[derive(Debug)]
pub struct Seen {
    /// What it is.
    pub what: What,
    /// Its size, about as `DynamoDB` counts it.
    pub bytes: usize,
}

/// What an item of the table is. No key is among what is shown.
#[derive(Debug)]
pub enum What {
    /// A session, alive or not.
    Session(Live),
    /// Which sessions a user has.
    User(UserName, UserSessions),
    /// It counts guesses or visits, or occupies the key of an attempt that was given up.
    Counter,
    /// Of logins at a provider: a flow, what a session there has brought, a logout there, a used token, or a barred user.
    Provider,
    /// An item under a session's key that is not what we wrote, by its public name if that can be read.
    DamagedSession(Option<SessionRef>),
    /// The item of this user is not what we wrote.
    DamagedUser(UserName),
    /// An item of something else, by what its key begins with.
    Foreign(String),
}

/// A place in the table. It is shown nowhere, because keys are not.
#[derive(Clone)]
pub struct Place(HashMap<String, AttributeValue>);

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Place(..)")
    }
}

impl DynamoStore {
    /// The page of `segment` that begins at this place, or else its first one. It is read eventually consistently, which halves
    /// its price.
    pub async fn page(&self, segment: Segment, at: Option<Place>) -> Result<Page, StoreError> {
        let request = self
            .client
            .scan()
            .table_name(&self.table)
            .segment(segment.index)
            .total_segments(segment.of)
            .set_exclusive_start_key(at.map(|Place(key)| key))
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let output = request
            .send()
            .await
            .map_err(|error| fault::from_sdk(&error, &self.table))?;
        let units = output.consumed_capacity.and_then(|it| it.capacity_units);
        Ok(Page {
            items: output.items.unwrap_or_default().iter().map(seen).collect(),
            units: units.unwrap_or_default(),
            next: output.last_evaluated_key.map(Place),
        })
    }

    /// How many items the table has, and their bytes: as `DynamoDB` counted them within the last six hours. A table with another key is
    /// a fault: a scan would not notice.
    pub async fn size(&self) -> Result<(u64, u64), StoreError> {
        let request = self.client.describe_table().table_name(&self.table);
        let output = request
            .send()
            .await
            .map_err(|error| fault::from_sdk(&error, &self.table))?;
        let table = output.table.as_ref();
        if !table.is_some_and(schema::is_ours) {
            return Err(StoreError {
                kind: FaultKind::Misconfigured,
                source: format!(
                    "table {}: its key is not the partition key id (S) alone",
                    self.table
                )
                .into(),
            });
        }
        let count = |number: Option<i64>| number.unwrap_or_default().try_into().unwrap_or_default();
        Ok((
            count(table.and_then(|it| it.item_count)),
            count(table.and_then(|it| it.table_size_bytes)),
        ))
    }
}

fn seen(item: &HashMap<String, AttributeValue>) -> Seen {
    let id = item::string(item, "id").unwrap_or_default();
    Seen {
        what: what(id, item),
        bytes: item
            .iter()
            .map(|(name, value)| name.len() + bytes(value))
            .sum(),
    }
}

fn what(id: &str, item: &HashMap<String, AttributeValue>) -> What {
    match id.split_once('#') {
        Some(("s", _)) => match item::found(Some(item)) {
            Found::Session(session) => What::Session(Live {
                key: SessionKey::from_stored(id.to_owned()),
                session,
            }),
            Found::Nothing => What::Counter,
            Found::Damaged => {
                What::DamagedSession(item::string(item, "ref").and_then(SessionRef::parse))
            }
        },
        Some(("u", name)) => {
            let user = UserName::from_stored(name.to_owned());
            match item::user_sessions(item) {
                Some(sessions) => What::User(user, sessions),
                None => What::DamagedUser(user),
            }
        }
        Some(("t", _)) => What::Counter,
        Some(("f" | "i" | "l" | "j" | "b", _)) => What::Provider,
        Some((prefix, _)) => What::Foreign(format!("{prefix}#")),
        None => What::Foreign(String::new()),
    }
}

/// Bytes of a value, as `DynamoDB` counts them but for numbers, of which each digit is counted (developer guide, "`DynamoDB` item
/// sizes and formats").
fn bytes(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) | AttributeValue::N(text) => text.len(),
        AttributeValue::B(blob) => blob.as_ref().len(),
        AttributeValue::M(map) => {
            let entries = map.iter();
            3 + entries
                .map(|(name, value)| name.len() + bytes(value) + 1)
                .sum::<usize>()
        }
        AttributeValue::L(list) => 3 + list.iter().map(|value| bytes(value) + 1).sum::<usize>(),
        AttributeValue::Ss(texts) | AttributeValue::Ns(texts) => {
            texts.iter().map(String::len).sum()
        }
        AttributeValue::Bs(blobs) => blobs.iter().map(|blob| blob.as_ref().len()).sum(),
        _ => 1,
    }
}
