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

/// A session lies under another key than its entry says: logging out everywhere would miss it.
#[tokio::test(flavor = "multi_thread")]
async fn an_entry_of_the_same_name_with_another_key_is_no_entry_of_the_session() {
    let engine = Engine::start().await;
    let (key, session) = log_in(&engine, "ada", 60, false).await;
    let (other, _) = log_in(&engine, "bob", 60, false).await;
    for id in [other.as_str(), "u#bob"] {
        delete(&engine, id).await;
    }
    let read = engine.client.get_item().table_name("app_session");
    let read = read.key("id", AttributeValue::S(key.as_str().to_owned()));
    let mut item = read.send().await.unwrap().item.unwrap();
    item.insert(
        "id".to_owned(),
        AttributeValue::S(other.as_str().to_owned()),
    );
    let write = engine.client.put_item().table_name("app_session");
    write.set_item(Some(item)).send().await.unwrap();
    delete(&engine, key.as_str()).await;

    let (_, text, _) = ask(&engine, &["session", "list", "--dangling", "--json"]);
    let mut halves: Vec<_> = objects(&text)
        .iter()
        .map(|it| format!("{} {}", it["dangling"], it["session"]))
        .collect();
    halves.sort();
    let name = session.reference.as_str();
    let expected = ["entry", "session"].map(|half| format!(r#""{half}" "{name}""#));
    assert_eq!(halves, expected);

    let (code, text, error) = ask(&engine, &["session", "revoke", "--dangling", "--yes"]);
    assert_eq!(code, 0, "{text} {error}");
    assert_eq!(
        engine.sessions().session(&other).await.unwrap(),
        Found::Nothing
    );
    assert_eq!(engine.session_count("ada").await, 0);
}
