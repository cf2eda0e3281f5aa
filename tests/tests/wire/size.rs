//! The size of a session's item: one write unit is one KiB.

use aws_sdk_dynamodb::types::AttributeValue;
use dynamodb_session::time::UnixSeconds;
use serde_json::json;
use tests::{
    engine::Item,
    functions::{PASSWORD, token},
};

use super::{line::Line, units::units};

#[tokio::test]
async fn the_longest_item_is_one_write_unit() {
    let longest = "u".repeat(256);
    for agent in ["m".repeat(500), "\u{1f36a}".repeat(500)] {
        let year = "31536000";
        let mut line = Line::open(&[
            ("SESSION_IDLE_TIMEOUT_SECONDS", year),
            ("SESSION_ABSOLUTE_TIMEOUT_SECONDS", year),
            ("SESSION_ID_BYTES", "128"),
        ])
        .await;
        line.functions.now = UnixSeconds(9_999_999_999);
        line.functions.add_user(&longest).await;
        let body = json!({"username": longest, "password": PASSWORD}).to_string();
        let mut event = line.functions.event("POST", "/login", "", None, &body);
        event["headers"]["user-agent"] = agent.into();
        event["requestContext"]["http"]["sourceIp"] =
            "2001:0db8:85a3:0000:0000:8a2e:0370:7334".into();
        let answer = line.functions.send(event).await;
        let token = token(&line.functions.config.transport, &answer).expect("a token");
        for _ in 0..2 {
            let items = line.tables.items().await.into_iter();
            let mut sessions = items.filter(|item| item.contains_key("ref"));
            let size = size(&sessions.next().unwrap());
            println!("{size} bytes");
            // Marks of writes, a rotation and an end add 217 bytes at most; shared/src/store/dynamodb/item.rs holds the whole.
            assert!(size + 217 <= 1024, "{size}");
            assert!(line.authorize(Some(&token)).await);
            let touch = line.sent().pop().unwrap();
            assert_eq!(units(&line.tables.endpoint, &touch).await, 1.0);
        }
    }
}

/// What `DynamoDB` counts of an item (developer guide, "DynamoDB item sizes and formats").
fn size(item: &Item) -> usize {
    let attributes = item.iter();
    attributes
        .map(|(name, value)| name.len() + value_size(value))
        .sum()
}

fn value_size(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(number) => number.len().div_ceil(2) + 1,
        AttributeValue::Bool(_) => 1,
        AttributeValue::M(map) => 3 + size(map) + map.len(),
        other => panic!("{other:?}"),
    }
}
