//! Counts.

use dynamodb_session::{session::Session, store::SessionStore};
use serde_json::{Value, json};

use super::{ask, dangling::delete, log_in, objects, put, visit};
use crate::engine::Engine;

/// What an item of sdk/tower-sessions has.
const TOWER: [(&str, &str); 3] = [
    ("id", "w#vkXLJgW_Nr695oSEGijw_UPGmFCj3OX-26aZKO46iZE"),
    ("ref", "unvy-QqtA9zJwD3MUuFTwg"),
    ("data", "{}"),
];

async fn filled() -> Engine {
    let engine = Engine::start().await;
    log_in(&engine, "acme/ada", 4000, true).await;
    log_in(&engine, "acme/bob", 60, false).await;
    log_in(&engine, "acme/bob", 8000, false).await;
    log_in(&engine, "eve", 60, false).await;
    visit(&engine).await;
    put(&engine, &TOWER).await;
    put(&engine, &[("id", "something else")]).await;
    for id in ["f#a", "i#a", "l#a", "j#a", "b#a"] {
        put(&engine, &[("id", id)]).await;
    }
    put(
        &engine,
        &[("id", "s#damaged"), ("ref", "c2FtcGxlIHJlZmVyZW5jZQ")],
    )
    .await;
    // A living session, whose user's item is damaged.
    log_in(&engine, "mallory", 60, false).await;
    put(&engine, &[("id", "u#mallory"), ("sessions", "none")]).await;
    engine
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_in_the_table_is_counted() {
    let engine = filled().await;
    let (code, text, error) = ask(&engine, &["stats", "--json", "--by-prefix", "/"]);
    assert_eq!(code, 0, "{error}");
    assert!(
        error.contains("about")
            && error.contains("dollars on demand")
            && error.contains("items by a scan, which took"),
        "{error}"
    );
    let mut counted = objects(&text).remove(0);
    assert!(
        counted["read_units"].take().as_f64().unwrap() > 0.0,
        "{text}"
    );
    let by_age: u64 = counted["by_age_seconds"]
        .take()
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["count"].as_u64().unwrap())
        .sum();
    let by_idle = counted["by_idle_seconds"].take();
    let hour = by_idle
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["below"] == 43_200)
        .unwrap();
    assert_eq!((by_age, &hour["count"]), (5, &json!(1)));
    let by_bytes = counted["by_item_bytes"].take();
    assert_eq!(by_bytes[0]["below"], 1024);
    let expected = json!({
        "users": 4, "sessions": 5, "anonymous": 1, "remembered": 1, "over": 1, "rotated": 0, "counters": 0, "provider": 5,
        "damaged": 2, "foreign": {"": 1, "w#": 1}, "by_client": {"Chrome": 4, "none": 1},
        "users_by_prefix": {"": 2, "acme": 2}, "dangling_sessions": 1, "dangling_entries": 0,
        "by_age_seconds": null, "by_idle_seconds": null, "by_item_bytes": null, "read_units": null,
    });
    assert_eq!(counted, expected);
    let (_, text, _) = ask(&engine, &["stats", "--by-prefix", "/"]);
    let (begins, _) = text.split_once("by_age_seconds").unwrap();
    let expected = "\
users                4
users_by_prefix
  (none)             2
  acme               2
sessions             5
anonymous            1
remembered           1
by_client
  Chrome             4
  none               1
";
    assert_eq!(begins, expected);
    // Each count of the object has its line.
    for name in counted
        .as_object()
        .unwrap()
        .keys()
        .filter(|name| *name != "read_units")
    {
        assert!(
            text.lines().any(|line| line.starts_with(name)),
            "{name}\n{text}"
        );
    }
}

/// A page has a megabyte at most. A low limit has the table read in one part, and all of its pages in turn.
#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_read() {
    let engine = Engine::start().await;
    log_in(&engine, "ada", 60, false).await;
    let large = "x".repeat(300_000);
    for id in ["x#1", "x#2", "x#3", "x#4", "x#5", "x#6", "x#7"] {
        put(&engine, &[("id", id), ("text", &large)]).await;
    }
    let command = ["stats", "--json", "--max-read-units", "200"];
    let (code, text, error) = ask(&engine, &command);
    assert_eq!(code, 0, "{error}");
    let counted = objects(&text).remove(0);
    assert_eq!(
        (
            &counted["foreign"],
            &counted["sessions"],
            &counted["dangling_entries"]
        ),
        (&json!({"x#": 7}), &json!(1), &json!(0))
    );
    assert!(counted["read_units"].as_f64().unwrap() > 250.0, "{text}");
    assert!(error.contains("read 9 items by a scan"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn items_that_are_not_ours_or_damaged_are_listed_and_stop_nothing() {
    let engine = filled().await;
    let (code, text, error) = ask(&engine, &["stats", "--unreadable", "--json"]);
    assert_eq!(code, 0, "{error}");
    let mut listed: Vec<Value> = objects(&text)
        .into_iter()
        .map(|it| json!([it["kind"], it["name"]]))
        .collect();
    listed.sort_by_key(ToString::to_string);
    let expected = json!([
        ["damaged session", "c2FtcGxlIHJlZmVyZW5jZQ"],
        ["damaged user item", "mallory"],
        ["foreign", ""],
        ["foreign", "w#"]
    ]);
    assert_eq!(json!(listed), expected);
    let (code, text, _) = ask(&engine, &["session", "list", "--json"]);
    assert_eq!((code, objects(&text).len()), (0, 5));
    assert!(!text.contains("unvy-QqtA9zJwD3MUuFTwg"), "{text}");
}

/// A clock that is far wrong, or a hand: it would serve once its time has come.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_of_the_future_is_damaged_listed_and_ended() {
    let engine = Engine::start().await;
    let (key, session) = log_in(&engine, "ada", 60, false).await;
    let created = session.created.plus(7200);
    let session = Session {
        created,
        accessed: created,
        ..session
    };
    delete(&engine, key.as_str()).await;
    assert!(engine.sessions().begin(&key, &session).await.unwrap());
    let (_, text, _) = ask(&engine, &["stats", "--json"]);
    let counted = &objects(&text)[0];
    assert_eq!(
        (&counted["sessions"], &counted["damaged"]),
        (&json!(0), &json!(1))
    );
    let (_, text, _) = ask(&engine, &["stats", "--unreadable", "--json"]);
    assert_eq!(objects(&text)[0]["name"], session.reference.as_str());
    let (code, text, error) = ask(&engine, &["session", "revoke", "--all", "--yes"]);
    assert_eq!(code, 0, "{error}");
    assert!(text.starts_with("ended 1 session "), "{text}");
    assert_eq!(engine.session_count("ada").await, 0);
}
