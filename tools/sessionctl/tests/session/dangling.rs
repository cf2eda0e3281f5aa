//! Halves of pairs.

use aws_sdk_dynamodb::types::AttributeValue;
use dynamodb_session::store::{Found, SessionStore};

use super::{ask, log_in, objects};
use crate::engine::Engine;

pub(crate) async fn delete(engine: &Engine, id: &str) {
    let request = engine.client.delete_item().table_name("app_session");
    request
        .key("id", AttributeValue::S(id.to_owned()))
        .send()
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn halves_are_counted_listed_and_ended() {
    let engine = Engine::start().await;
    let (ada, _) = log_in(&engine, "ada", 60, false).await;
    let (_, whole) = log_in(&engine, "bob", 60, false).await;
    let (bob, _) = log_in(&engine, "bob", 60, false).await;
    // Idle for too long, and listed as long as it lies there.
    log_in(&engine, "bob", 8000, false).await;
    delete(&engine, "u#ada").await;
    delete(&engine, bob.as_str()).await;

    let (_, text, _) = ask(&engine, &["stats", "--json"]);
    let counted = &objects(&text)[0];
    assert_eq!(
        (&counted["dangling_sessions"], &counted["dangling_entries"]),
        (&1.into(), &1.into())
    );
    let (code, text, error) = ask(&engine, &["session", "list", "--dangling", "--json"]);
    assert_eq!(code, 0, "{error}");
    let mut kinds: Vec<_> = objects(&text)
        .iter()
        .map(|it| format!("{} {}", it["user"], it["dangling"]))
        .collect();
    kinds.sort();
    assert_eq!(kinds, [r#""ada" "session""#, r#""bob" "entry""#]);

    let (code, text, error) = ask(&engine, &["session", "revoke", "--dangling", "--yes"]);
    assert_eq!(code, 0, "{error}");
    assert!(text.starts_with("ended 2 sessions"), "{text}");
    assert_eq!(
        engine.sessions().session(&ada).await.unwrap(),
        Found::Nothing
    );
    let item = engine
        .sessions()
        .user(&crate::engine::name("bob"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(item.sessions.len(), 2);
    assert!(item.sessions.contains_key(&whole.reference));
    let (_, text, _) = ask(&engine, &["session", "list", "--dangling"]);
    assert_eq!(text, "no sessions");
}
