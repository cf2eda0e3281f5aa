//! The items of the table, and the records that they hold.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use dynamodb_session::time::UnixSeconds;
use time::OffsetDateTime;
use tower_sessions_core::{
    session::{Id, Record},
    session_store::{Error, Result},
};

use crate::id;

/// An item as it lies in the table.
pub(crate) type Item = HashMap<String, AttributeValue>;

/// The most bytes of an item (`DynamoDB` developer guide, "Quotas").
const MOST_BYTES: usize = 400 * 1024;

/// What a number takes at most: a byte for two of its digits, and two more.
const NUMBER_BYTES: usize = 12;

/// The item of a record: `id` S, `expires` N in Unix seconds, `data` S: JSON.
///
/// The second in which the record expires is the first in which it has.
pub(crate) fn of(record: &Record) -> Result<Item> {
    let data = serde_json::to_string(&record.data)
        .map_err(|error| Error::Encode(format!("the session's data has no JSON: {error}")))?;
    let key = id::key(record.id);
    let names = ["id", "expires", "data"].map(str::len);
    let bytes = names.iter().sum::<usize>() + key.len() + NUMBER_BYTES + data.len();
    if bytes > MOST_BYTES {
        return Err(Error::Encode(format!(
            "the session is an item of {bytes} bytes, and DynamoDB takes {MOST_BYTES}: keep less data in it, and the rest elsewhere"
        )));
    }
    let expires = record.expiry_date.unix_timestamp().to_string();
    let attributes = [
        ("id", AttributeValue::S(key)),
        ("expires", AttributeValue::N(expires)),
        ("data", AttributeValue::S(data)),
    ];
    Ok(attributes
        .map(|(name, value)| (name.to_owned(), value))
        .into())
}

/// The record of `id` in its item; `None` if it has expired, which TTL takes days to notice.
pub(crate) fn record(id: Id, item: &Item, now: UnixSeconds) -> Result<Option<Record>> {
    let damaged = |attribute: &str, form: &str| {
        Error::Decode(format!(
            "the item {} is damaged: {attribute} is not {form}; the session ends when it is deleted",
            id::key(id)
        ))
    };
    let expires = item.get("expires").and_then(|value| value.as_n().ok());
    let expiry_date = expires
        .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds.parse().ok()?).ok())
        .ok_or_else(|| damaged("expires", "a number of seconds"))?;
    if i128::from(expiry_date.unix_timestamp()) <= i128::from(now.0) {
        return Ok(None);
    }
    let data = item.get("data").and_then(|value| value.as_s().ok());
    let data = data
        .and_then(|json| serde_json::from_str(json).ok())
        .ok_or_else(|| damaged("data", "the JSON of an object"))?;
    Ok(Some(Record {
        id,
        data,
        expiry_date,
    }))
}
