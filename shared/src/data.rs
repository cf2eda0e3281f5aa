//! Session data: top-level keys, each with a JSON text that is kept as it came, changed key by key.
//!
//! A change names the keys that it changes and nothing else, and demands the version that it was made for: requests that
//! change different keys of one session never lose each other's writes, and none undoes a later one.

mod edit;
mod mark;
mod tag;
mod typed;

use std::{collections::BTreeMap, fmt};

use serde_json::value::RawValue;

#[cfg(feature = "dynamodb")]
pub(crate) use edit::may_hold;
pub use edit::{Edit, InvalidEdit};
pub use mark::{Mark, Marks};
pub use tag::{InvalidTag, Tag};
pub use typed::{edit_between, read};

/// Data as the session's item holds it: top-level key to JSON text.
pub type Data = BTreeMap<String, String>;

/// Bytes of the data, as `DynamoDB` counts them: 3 for the map, and for each entry its key, its text and 1 (developer
/// guide, "`DynamoDB` item sizes and formats").
#[must_use]
pub fn size(data: &Data) -> usize {
    let entries = data.iter().map(|(key, json)| key.len() + json.len() + 1);
    3 + entries.sum::<usize>()
}

/// The data as one JSON object, each value as it was written.
pub fn to_json(data: &Data) -> Result<Box<RawValue>, DataError> {
    let mut text = String::with_capacity(size(data) + 8 * data.len());
    text.push('{');
    for (index, (key, json)) in data.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        text.push_str(&serde_json::to_string(key)?);
        text.push(':');
        text.push_str(json);
    }
    text.push('}');
    Ok(RawValue::from_string(text)?)
}

/// The stored data does not fit the type that it is read as. It stays as it is, and nothing may be written over it.
#[derive(Debug)]
pub struct DataError(serde_json::Error);

impl fmt::Display for DataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the session's data does not fit the type that it is read or written as")
    }
}

/// The source may quote a part of the data.
impl std::error::Error for DataError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

impl From<serde_json::Error> for DataError {
    fn from(error: serde_json::Error) -> Self {
        Self(error)
    }
}
