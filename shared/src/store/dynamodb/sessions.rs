//! Several sessions without their data in one strongly consistent read.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    Client,
    types::{AttributeValue, KeysAndAttributes, builders::KeysAndAttributesBuilder},
};

use super::item;
use crate::{
    aws::fault,
    fault::{FaultKind, StoreError},
    id::SessionKey,
    store::Found,
};

/// The most items of one request (developer guide, "Quotas").
const MOST_KEYS: usize = 100;

/// How often the items that an answer left out are asked for again, if the answer held none at all. While answers hold
/// some items, asking comes to an end, however large the items are.
const TRIES: usize = 10;

/// The items under `keys`, in the same order. Their data is not sent.
pub(super) async fn read(
    client: &Client,
    table: &str,
    keys: &[SessionKey],
) -> Result<Vec<Found>, StoreError> {
    let mut found = HashMap::new();
    for keys in keys.chunks(MOST_KEYS) {
        let mut asked = projected(KeysAndAttributes::builder()).consistent_read(true);
        for key in keys {
            let key = HashMap::from([("id".to_owned(), item::text(key.as_str()))]);
            asked = asked.keys(key);
        }
        let mut asked = Some(asked.build().map_err(fault::from_build)?);
        let mut empty = 0;
        while empty < TRIES
            && let Some(keys) = asked.take()
        {
            let request = client.batch_get_item().request_items(table, keys);
            let answer = request
                .send()
                .await
                .map_err(|error| fault::from_sdk(&error, table))?;
            let items = answer.responses.and_then(|mut tables| tables.remove(table));
            let items = items.unwrap_or_default();
            empty += usize::from(items.is_empty());
            for item in items {
                if let Some(AttributeValue::S(id)) = item.get("id") {
                    found.insert(id.clone(), item::found_without_data(item));
                }
            }
            let left = answer.unprocessed_keys;
            asked = left.and_then(|mut tables| tables.remove(table));
        }
        if asked.is_some() {
            return Err(StoreError {
                kind: FaultKind::Unavailable,
                source: format!("table {table}: a batch was never read to its end").into(),
            });
        }
    }
    let take = |key: &SessionKey| found.remove(key.as_str()).unwrap_or(Found::Nothing);
    Ok(keys.iter().map(take).collect())
}

/// Asks for all attributes but the data. Some of their names are reserved words, so each has a placeholder.
fn projected(mut asked: KeysAndAttributesBuilder) -> KeysAndAttributesBuilder {
    let mut projection = Vec::new();
    for name in item::WITHOUT_DATA {
        let placeholder = format!("#{name}");
        asked = asked.expression_attribute_names(&placeholder, name);
        projection.push(placeholder);
    }
    asked.projection_expression(projection.join(", "))
}
