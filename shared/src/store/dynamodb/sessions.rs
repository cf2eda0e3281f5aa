//! Several sessions in one strongly consistent read.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    Client,
    types::{AttributeValue, KeysAndAttributes},
};

use super::{fault, item};
use crate::{
    id::SessionKey,
    store::{FaultKind, Found, StoreError},
};

/// The most items of one request (developer guide, "Quotas").
const MOST_KEYS: usize = 100;

/// How often what was left out of an answer is asked for again.
const TRIES: usize = 10;

/// The items under `keys`, in the same order.
pub(super) async fn read(
    client: &Client,
    table: &str,
    keys: &[SessionKey],
) -> Result<Vec<Found>, StoreError> {
    let mut found = HashMap::new();
    for keys in keys.chunks(MOST_KEYS) {
        let mut asked = KeysAndAttributes::builder().consistent_read(true);
        for key in keys {
            let key = HashMap::from([("id".to_owned(), item::text(key.as_str()))]);
            asked = asked.keys(key);
        }
        let mut asked = Some(asked.build().map_err(fault::from_build)?);
        for _ in 0..TRIES {
            let Some(keys) = asked.take() else { break };
            let request = client.batch_get_item().request_items(table, keys);
            let answer = request
                .send()
                .await
                .map_err(|error| fault::from_sdk(&error, table))?;
            let items = answer.responses.and_then(|mut tables| tables.remove(table));
            for item in items.into_iter().flatten() {
                if let Some(AttributeValue::S(id)) = item.get("id") {
                    found.insert(id.clone(), item::found(Some(&item)));
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
