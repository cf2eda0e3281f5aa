//! Sessions by the batch: items as a login leaves them, one session a user.

use aws_sdk_dynamodb::{
    Client,
    types::{AttributeValue, PutRequest, WriteRequest},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use tests::engine::{Item, number, text};
use tokio::task::JoinSet;

use crate::user::now;

/// Items of one request (the API's limit is 25), and how many requests are on their way.
const BATCH: u64 = 24;
const WRITERS: usize = 8;

/// Puts the items numbered from `from` up to `to`: every second one is a session, the next its user's.
pub(crate) async fn fill(client: &Client, from: u64, to: u64) {
    let mut writers = JoinSet::new();
    let mut next = from;
    while next < to {
        let until = to.min(next + BATCH);
        if writers.len() >= WRITERS {
            writers
                .join_next()
                .await
                .expect("a writer")
                .expect("a write");
        }
        writers.spawn(write(client.clone(), (next..until).map(item).collect()));
        next = until;
    }
    while let Some(written) = writers.join_next().await {
        written.expect("a write");
    }
}

async fn write(client: Client, items: Vec<Item>) {
    let puts = items.into_iter().map(|item| {
        let put = PutRequest::builder().set_item(Some(item)).build();
        let put = put.expect("an item");
        WriteRequest::builder().put_request(put).build()
    });
    let mut left: Vec<_> = puts.collect();
    while !left.is_empty() {
        let request = client.batch_write_item().request_items("app_session", left);
        let written = request.send().await.expect("a table");
        let unprocessed = written.unprocessed_items.unwrap_or_default();
        left = unprocessed.into_values().flatten().collect();
    }
}

fn item(index: u64) -> Item {
    let pair = index / 2;
    let (key, reference, user) = (key(pair), reference(pair), format!("filled-{pair}"));
    let now = now().0;
    let (created, expires) = (now - pair % 3600, now - pair % 3600 + 43_200);
    let item = if index.is_multiple_of(2) {
        vec![
            ("id", text(&key)),
            ("ref", text(&reference)),
            ("user", text(&user)),
            ("created", number(&created)),
            ("accessed", number(&created)),
            ("authenticated", number(&created)),
            ("idle_timeout", number(&7200)),
            ("absolute_timeout", number(&43_200)),
            ("idle_expires", number(&(created + 7200))),
            ("expires", number(&expires)),
            ("data", AttributeValue::M(Item::new())),
            ("version", number(&0)),
            ("ip", text("192.0.2.1")),
            (
                "agent",
                text("Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0.0.0 Safari/537.36"),
            ),
        ]
    } else {
        let entry = [
            ("key", text(&key)),
            ("created", number(&created)),
            ("expires", number(&expires)),
        ];
        let sessions = [(reference, AttributeValue::M(named(entry)))].into();
        vec![
            ("id", text(&format!("u#{user}"))),
            ("sessions", AttributeValue::M(sessions)),
            ("epoch", number(&0)),
            ("expires", number(&expires)),
        ]
    };
    named(item)
}

fn named(item: impl IntoIterator<Item = (&'static str, AttributeValue)>) -> Item {
    let item = item.into_iter();
    item.map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Of the form that a key has: no id is known that leads to it.
fn key(number: u64) -> String {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    format!("s#{}", URL_SAFE_NO_PAD.encode(bytes))
}

fn reference(number: u64) -> String {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}
