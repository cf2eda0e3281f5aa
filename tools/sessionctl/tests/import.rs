//! `sessionctl import`: what it says, and what it refuses.

use std::process::Output;

use aws_sdk_dynamodb::primitives::{DateTime, DateTimeFormat};
use dynamodb_session::time::UnixSeconds;
use tests::{
    engine::{Item, number, text},
    proxy::{Fault, Proxy, Rule},
};

use super::engine::{Engine, run, said, sessionctl};

#[cfg(unix)]
mod signal;
mod stack;

const IDS: [&str; 2] = [
    "kppVJdgqUVmY1EztFYdHrDvRaTU6l2uYM_Qwsg5jcZs",
    "W840dcij7HW6ZT1GCihB1sFBGAjUcDXWXnSN3zV8yus",
];

/// An engine with a predecessor's table, in which two sessions live.
async fn engine() -> Engine {
    let engine = Engine::start().await;
    engine.create_table("old", "id").await;
    for id in IDS {
        put(&engine, row(id, 7200, r#"{"foo": "bar"}"#)).await;
    }
    engine
}

async fn put(engine: &Engine, row: Item) {
    let request = engine.client.put_item().table_name("old");
    request.set_item(Some(row)).send().await.unwrap();
}

/// A row as dynamodb-session-web 0.2.9 writes it, last used a minute ago.
fn row(id: &str, idle: u64, data: &str) -> Item {
    let used = UnixSeconds::from_system_clock().0 - 60;
    let moment = DateTime::from_secs(used.try_into().unwrap());
    let moment = moment.fmt(DateTimeFormat::DateTimeWithOffset).unwrap();
    let moment = text(&moment.replace('Z', "+00:00"));
    Item::from([
        ("id".to_owned(), text(id)),
        ("created".to_owned(), moment.clone()),
        ("accessed".to_owned(), moment),
        ("idle_timeout".to_owned(), number(&idle)),
        ("absolute_timeout".to_owned(), number(&43_200)),
        ("expires".to_owned(), number(&(used + idle))),
        ("data".to_owned(), text(data)),
    ])
}

/// Exit code and the last line, which an announcement of what reading takes comes before.
fn imported(output: &Output) -> (i32, String) {
    let mut rest = output.clone();
    let told = String::from_utf8(rest.stderr).unwrap();
    let (announced, failure) = match told.split_once('\n') {
        Some((line, rest)) if line.starts_with("reading table old ") => (line, rest),
        _ => ("", told.as_str()),
    };
    assert_eq!(
        announced.is_empty(),
        failure.contains("nothing was changed"),
        "{told}"
    );
    assert!(
        announced.is_empty() || announced.contains(" items, as counted within six hours: about "),
        "{told}"
    );
    rest.stderr = failure.into();
    said(&rest)
}

async fn sessions(engine: &Engine) -> Vec<Item> {
    let request = engine.client.scan().table_name("app_session");
    request.send().await.unwrap().items.unwrap_or_default()
}

/// Runs `sessionctl import old` with more arguments and this environment.
fn import(engine: &Engine, more: &[&str], environment: &[(&str, &str)]) -> (i32, String) {
    let mut command = engine.command(&["import", "old"]);
    command.args(more).envs(environment.iter().copied());
    let (code, text) = imported(&run(command, ""));
    assert!(!IDS.iter().any(|id| text.contains(id)), "{text}");
    (code, text)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_is_told_and_why_the_rest_was_not() {
    let engine = engine().await;
    let short = "NyG-gypDC1RhcNQpYY7xKg";
    let signed = "f4fNd0kul3-rlEWAzTiwEv2Ehp7xOIG-zgUqnOduOV8.1IhZ5ZFVZd87OOUnouJE5L6gSgs";
    put(&engine, row("expired", 30, "{}")).await;
    put(&engine, row(short, 7200, "{}")).await;
    put(&engine, row(signed, 7200, "{}")).await;
    put(
        &engine,
        row(
            "sDE2w-zMskLlKo0K0ocebMUlvRVQ4p3GFIOBoCIxf_k",
            7200,
            r#"{"user_id": "ada"}"#,
        ),
    )
    .await;
    put(&engine, Item::from([("id".to_owned(), text("a ghost"))])).await;
    let counts = "1 expired, 1 with a signed id, 1 with an id that is not of 32 bytes, 1 with a user in the data, \
                  1 not readable as a session; read ";
    let named = ["--user-key", "user_id"];

    let (code, text) = import(&engine, &[&named[..], &["--dry-run"]].concat(), &[]);
    assert_eq!(code, 0, "{text}");
    let place = format!("of table old into table app_session ({})", engine.endpoint);
    let said = format!("would import 2 sessions {place}, anonymous there; left 5: {counts}");
    assert!(text.starts_with(&said), "{text}");
    assert!(sessions(&engine).await.is_empty());

    let (code, text) = import(&engine, &named, &[]);
    assert_eq!(code, 0, "{text}");
    let said = format!("imported 2 sessions {place}, anonymous there; left 5: {counts}");
    assert!(text.starts_with(&said), "{text}");
    assert_eq!(sessions(&engine).await.len(), 2);

    // Without the key, the user is data like any other.
    let (code, text) = import(&engine, &["--json", "--max-read-units", "1000"], &[]);
    assert_eq!(code, 0, "{text}");
    let mut told: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert!(told["read_units"].take().as_f64().unwrap() > 0.0, "{text}");
    let expected = serde_json::json!({
        "imported": 1,
        "left": {"damaged": 1, "expired": 1, "id_length": 1, "imported_before": 2, "signed": 1},
        "read_units": null,
        "dry_run": false,
    });
    assert_eq!(told, expected);
}

/// A page has a megabyte at most.
#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_taken() {
    let engine = engine().await;
    let large = format!(r#"{{"text": "{}"}}"#, "x".repeat(300_000));
    for last in ["A", "E", "I", "M", "Q"] {
        let id = format!("sDE2w-zMskLlKo0K0ocebMUlvRVQ4p3GFIOBoCIxf_{last}");
        put(&engine, row(&id, 7200, &large)).await;
    }
    let (code, text) = import(&engine, &["--json"], &[]);
    assert_eq!(code, 0, "{text}");
    let told: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(told["imported"], 7, "{text}");
    assert!(told["read_units"].as_f64().unwrap() > 128.0, "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_no_old_id_would_be_taken_nothing_is_imported() {
    let engine = engine().await;
    let key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:session/keys-AbCdEf";
    for (name, value) in [
        ("SESSION_SIGNING_KEYS", key),
        ("SESSION_SIGNING_KEYS_SECRET_ARN", arn),
        ("SESSION_ID_BYTES", "64"),
    ] {
        let (code, text) = import(&engine, &[], &[(name, value)]);
        assert_eq!(code, 2, "{text}");
        assert!(
            text.contains(name) && text.ends_with("nothing was changed"),
            "{text}"
        );
    }
    let (code, text) = import(&engine, &["--session-table", "old"], &[]);
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("table old is that of the sessions"), "{text}");
    assert_untouched(&engine).await;
}

/// A mark without a session costs a login: so the table of the sessions is looked at first.
#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_is_not_there_is_told_before_any_row_is_marked() {
    let engine = engine().await;
    engine.create_table("other_key", "pk").await;
    let cases = [
        (
            "missing",
            [
                "nothing was changed: table missing: ResourceNotFoundException",
                "see TABLE, --session-table",
            ],
        ),
        (
            "other_key",
            [
                "nothing was changed: table other_key: ",
                "with the partition key id (S)",
            ],
        ),
    ];
    for (table, parts) in cases {
        let (code, text) = import(&engine, &["--session-table", table], &[]);
        assert_eq!(code, 1, "{text}");
        assert!(parts.iter().all(|part| text.contains(part)), "{text}");
    }
    assert_untouched(&engine).await;

    put_other(&engine).await;
    for (table, part) in [
        ("missing", "table missing: ResourceNotFoundException"),
        (
            "other_key",
            "table other_key: its key is not the partition key id (S) alone; is it a predecessor's",
        ),
    ] {
        let (code, text) = said(&run(engine.command(&["import", table]), ""));
        assert_eq!(code, 1, "{text}");
        assert!(
            text.contains(part) && text.contains("nothing was changed: "),
            "{text}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_table_refuses_is_told_and_what_it_throttles_is_waited_for() {
    let engine = engine().await;
    let proxy = Proxy::start(&engine.endpoint).await;
    let refuse = |target, times, code| {
        proxy.inject(Rule {
            target: Some(target),
            skip: 0,
            times,
            fault: Fault::error(400, code),
        });
    };
    refuse("UpdateItem", 1, "AccessDeniedException");
    let command = || sessionctl(&["--endpoint-url", &proxy.endpoint, "import", "old"]);
    let (code, text) = imported(&run(command(), ""));
    assert_eq!(code, 1, "{text}");
    let parts = [
        "table old: AccessDeniedException",
        "need DescribeTable, Scan and UpdateItem on",
        "imported 0 sessions",
        "run again",
    ];
    assert!(parts.iter().all(|part| text.contains(part)), "{text}");

    proxy.calm();
    refuse("Scan", 3, "ProvisionedThroughputExceededException");
    refuse("UpdateItem", 3, "ThrottlingException");
    let (code, text) = imported(&run(command(), ""));
    assert_eq!(code, 0, "{text}");
    assert!(text.starts_with("imported 2 sessions"), "{text}");
}

async fn put_other(engine: &Engine) {
    let request = engine.client.put_item().table_name("other_key");
    request.item("pk", text("x")).send().await.unwrap();
}

async fn assert_untouched(engine: &Engine) {
    let request = engine.client.scan().table_name("old");
    let rows = request.send().await.unwrap().items.unwrap();
    assert_eq!(rows.len(), 2);
    assert!(rows.iter().all(|row| !row.contains_key("imported")));
    assert!(sessions(engine).await.is_empty());
}
