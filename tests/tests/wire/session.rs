//! The routes of a session: its data, its id, and the user's other sessions.

use serde_json::Value;
use tests::functions::token;

use super::{line::Line, units::units};

/// Sends a request, and expects a status.
async fn send(
    line: &Line,
    ask: (&str, &str),
    token: Option<&str>,
    body: &str,
    status: u64,
) -> Value {
    let (method, path) = ask;
    let event = line.functions.event(method, path, "", token, body);
    let answer = line.functions.send(event).await;
    assert_eq!(answer["statusCode"], status, "{method} {path}: {answer}");
    answer
}

const PATCH: (&str, &str) = ("PATCH", "/session");
const ROTATE: (&str, &str) = ("POST", "/session/rotate");

/// The token that an answer hands out.
fn handed(line: &Line, answer: &Value) -> String {
    token(&line.functions.config.transport, answer).expect("a token")
}

#[tokio::test]
async fn a_change_of_data_is_a_touch_and_one_update() {
    let line = Line::open(&[("SESSION_DATA_MAX_BYTES", "100")]).await;
    let own = line.functions.log_in("ada").await;
    line.sent();
    let (touch, both) = (["UpdateItem s#"], ["UpdateItem s#", "UpdateItem s#"]);
    let change = r#"{"a":1,"b":[2],"c":null}"#;
    send(&line, PATCH, Some(&own), change, 200).await;
    let mut sent = line.sent();
    assert_eq!(sent.iter().map(super::line::tell).collect::<Vec<_>>(), both);
    // Sent once more, the write demands the version that it left.
    sent[1].body["ExpressionAttributeValues"][":version"]["N"] = "1".into();
    for seen in &sent {
        assert_eq!(units(&line.tables.endpoint, seen).await, 1.0);
    }
    // Only what changes is sent: neither what is as it was, nor what is not there to be removed.
    send(&line, PATCH, Some(&own), r#"{"a":1,"b":3,"c":null}"#, 200).await;
    let write = line.sent().pop().unwrap().body;
    assert_eq!(
        write["UpdateExpression"],
        "SET version = :next, marks = :marks, #data.#s0 = :s0"
    );
    assert_eq!(write["ExpressionAttributeNames"]["#s0"], "b");

    for (body, status) in [
        (r#"{"a":1,"b":3,"c":null}"#, 200),
        ("{}", 200),
        (&*format!("{{\"d\":\"{}\"}}", "x".repeat(100)), 413),
    ] {
        send(&line, PATCH, Some(&own), body, status).await;
        assert_eq!(line.operations(), touch, "{body}");
    }
    for body in ["[]", "{\"a\":1,\"a\":2}"] {
        send(&line, PATCH, Some(&own), body, 400).await;
        assert_eq!(line.operations(), [] as [&str; 0], "{body}");
    }
    let clear = ("DELETE", "/session/data");
    send(&line, clear, Some(&own), "", 204).await;
    assert_eq!(line.operations(), both);
    send(&line, clear, Some(&own), "", 204).await;
    assert_eq!(line.operations(), touch);
}

/// A touch writes the whole item: data makes every call dearer.
#[tokio::test]
async fn data_is_paid_for_by_every_call() {
    let line = Line::open(&[]).await;
    let own = line.functions.log_in("ada").await;
    let body = format!("{{\"k\":\"{}\"}}", "x".repeat(3000));
    send(&line, PATCH, Some(&own), &body, 200).await;
    line.sent();
    assert!(line.authorize(Some(&own)).await);
    let touch = line.sent().pop().unwrap();
    assert_eq!(units(&line.tables.endpoint, &touch).await, 4.0);
}

#[tokio::test]
async fn a_visit_is_stored_in_one_request() {
    let line = Line::open(&[("SESSION_ANONYMOUS", "on")]).await;
    line.sent();
    let answer = send(&line, PATCH, None, "{\"a\":1}", 200).await;
    assert_eq!(line.operations(), ["UpdateItem t#v", "PutItem s#"]);
    send(&line, PATCH, None, "{}", 401).await;
    send(&line, ("GET", "/session"), None, "", 401).await;
    assert_eq!(line.operations(), [] as [&str; 0]);
    let visit = handed(&line, &answer);
    send(&line, PATCH, Some(&visit), "{\"a\":2}", 200).await;
    assert_eq!(line.operations(), ["UpdateItem s#", "UpdateItem s#"]);
    let answer = send(&line, ROTATE, Some(&visit), "", 204).await;
    assert_eq!(line.operations(), ["UpdateItem s#", "Put s#, Update s#"]);
    handed(&line, &answer);
}

#[tokio::test]
async fn a_rotation_is_a_touch_and_one_transaction() {
    let mut line = Line::open(&[]).await;
    let first = line.functions.log_in("ada").await;
    line.sent();
    let answer = send(&line, ROTATE, Some(&first), "", 204).await;
    assert_eq!(
        line.operations(),
        ["UpdateItem s#", "Put s#, Update s#, Update u#"]
    );
    let second = handed(&line, &answer);
    // Another rotation in the grace changes nothing; the old id takes one more request to be told where it went.
    send(&line, ROTATE, Some(&second), "", 204).await;
    assert_eq!(line.operations(), ["UpdateItem s#"]);
    send(&line, ROTATE, Some(&first), "", 204).await;
    assert_eq!(line.operations(), ["UpdateItem s#", "UpdateItem s#"]);
    assert!(line.authorize(Some(&second)).await);
    assert_eq!(line.operations(), ["UpdateItem s#"]);
    assert!(line.authorize(Some(&first)).await);
    assert_eq!(line.operations(), ["UpdateItem s#", "UpdateItem s#"]);
    // After it, the old id ends the session once, and asks in vain from there.
    line.functions.now = line.functions.now.plus(30);
    assert!(!line.authorize(Some(&first)).await);
    let told = line.operations();
    assert_eq!(told.first().map(String::as_str), Some("UpdateItem s#"));
    assert_eq!(
        told.last().map(String::as_str),
        Some("Delete s#, Update u#")
    );
    assert!(!line.authorize(Some(&second)).await);
}

#[tokio::test]
async fn the_list_is_three_requests_however_long() {
    let line = Line::open(&[]).await;
    let own = line.functions.log_in("ada").await;
    for sessions in 1..=3 {
        line.sent();
        send(&line, ("GET", "/sessions"), Some(&own), "", 200).await;
        let batch = format!("BatchGetItem {sessions}");
        assert_eq!(line.operations(), ["UpdateItem s#", "GetItem u#", &batch]);
        line.functions.log_in("ada").await;
    }
}

#[tokio::test]
async fn an_end_is_a_touch_a_read_and_one_transaction() {
    let line = Line::open(&[]).await;
    let own = line.functions.log_in("ada").await;
    let other = line.functions.log_in("ada").await;
    line.functions.log_in("ada").await;
    let shown = line.functions.session(Some(&other)).await;
    let shown: Value = serde_json::from_str(shown["body"].as_str().unwrap()).unwrap();
    let path = format!("/sessions/{}", shown["session"].as_str().unwrap());
    line.sent();
    send(&line, ("DELETE", &path), Some(&own), "", 204).await;
    let one = ["UpdateItem s#", "GetItem u#", "Delete s#, Update u#"];
    assert_eq!(line.operations(), one);
    // It is not there any more: nothing is written.
    send(&line, ("DELETE", &path), Some(&own), "", 404).await;
    assert_eq!(line.operations(), one[..2]);
    send(&line, ("DELETE", "/sessions/x"), Some(&own), "", 404).await;
    assert_eq!(line.operations(), one[..1]);
    send(&line, ("DELETE", "/sessions"), Some(&own), "", 204).await;
    assert_eq!(line.operations(), one);
}
