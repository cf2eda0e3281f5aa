//! PATCH /session and DELETE /session/data over a living session.

use dynamodb_session::session::Session;
use support::{TOKEN, event, reply::Reply};

use super::{Function, answer, ask::Ask, etag, function, holding, sample, seeded, with_data};

/// What is stored under the token of the samples.
async fn stored(function: &Function) -> Session {
    function.sessions.session_of(TOKEN).await.unwrap()
}

/// Fails unless the reply to a change is proper and hands out nothing.
fn assert_hands_out_nothing(reply: &Reply, name: &str) {
    reply.assert_is_proper(name);
    assert_eq!(reply.cookies, Vec::<String>::new(), "{name}");
    assert_eq!(reply.header("x-id"), None, "{name}");
    assert!(!reply.body.contains(TOKEN), "{name}");
}

/// RFC 7396 at the top level: the named keys are set or removed, the others stay.
#[tokio::test]
async fn a_patch_changes_what_it_names() {
    #[rustfmt::skip]
    let cases = [
        // patch                           data after it                               what it writes
        (r#"{"a":3}"#,                     r#"{"a":3,"b":[2]}"#,                       true),
        (r#"{"c":"new"}"#,                 r#"{"a":1,"b":[2],"c":"new"}"#,             true),
        (r#"{"a":null}"#,                  r#"{"b":[2]}"#,                             true),
        (r#"{"a":null,"b":null}"#,         "{}",                                       true),
        (r#"{"a":null,"c":true,"b":{}}"#,  r#"{"b":{},"c":true}"#,                     true),
        (r#"{"c":{"d":null}}"#,            r#"{"a":1,"b":[2],"c":{"d":null}}"#,        true),
        (r#"{"b":{"e":5}}"#,               r#"{"a":1,"b":{"e":5}}"#,                   true),
        (r#"{"a":1.0}"#,                   r#"{"a":1.0,"b":[2]}"#,                     true),
        (r#"{"a":"null"}"#,                r#"{"a":"null","b":[2]}"#,                  true),
        ("{}",                             r#"{"a":1,"b":[2]}"#,                       false),
        (r#"{"a":1}"#,                     r#"{"a":1,"b":[2]}"#,                       false),
        (r#"{"a":1,"z":null}"#,            r#"{"a":1,"b":[2]}"#,                       false),
    ];
    for (patch, after, writes) in cases {
        for event in Ask::patch(patch).events() {
            let held = with_data(&[("a", "1"), ("b", "[2]")]);
            let function = function(holding(held).await, &[]);
            let reply = answer(&function, event).await;
            assert_hands_out_nothing(&reply, patch);
            assert_eq!(reply.status, 200, "{patch}: {}", reply.body);
            let whole = format!("\"data\":{after}}}");
            assert!(reply.body.ends_with(&whole), "{patch}: {}", reply.body);
            let (calls, version) = if writes {
                (&["touch", "write"][..], 8)
            } else {
                (&["touch"][..], 7)
            };
            assert_eq!(function.sessions.calls(), calls, "{patch}");
            let etag = etag(version);
            assert_eq!(reply.header("etag"), Some(&*etag), "{patch}");
            assert_eq!(stored(&function).await.version, version, "{patch}");
            // What is read later is what was answered.
            let [show, _] = Ask::new("GET", "/session").events();
            let shown = answer(&function, show).await;
            assert_eq!(shown.body, reply.body, "{patch}");
            assert_eq!(shown.header("etag"), Some(&*etag), "{patch}");
        }
    }
}

#[tokio::test]
async fn every_kind_of_json_is_kept_as_it_came() {
    #[rustfmt::skip]
    let values = [
        "9007199254740993", "-9223372036854775809", "123456789012345678901234567890", "0.10", "1e400", "-0", "true", "false",
        "\"\"", "\"null\"", "\"\\u0000\"", "\"\\ud83d\\ude00\"", "\"\u{1f600} zo\u{eb} \u{202e}\"", "\"<script>\"", "[]", "{}",
        "[null, [1, {\"a\": null}]]", "{\"\": {\"a\":{\"b\":[{\"c\":[]}]}}}", "\"\\\"}{\\\\\"",
    ];
    for value in values {
        for event in Ask::patch(&format!(r#"{{"k\u00e9y \"1\"": {value}}}"#)).events() {
            let function = seeded(&[]).await;
            let reply = answer(&function, event).await;
            assert_eq!(reply.status, 200, "{value}: {}", reply.body);
            let whole = format!(r#""data":{{"kéy \"1\"":{value}}}}}"#);
            assert!(reply.body.ends_with(&whole), "{value}: {}", reply.body);
            assert_eq!(stored(&function).await.data["kéy \"1\""], value);
        }
    }
}

#[tokio::test]
async fn what_was_written_before_stays_when_another_key_is_written() {
    let function = seeded(&[]).await;
    for (nth, key) in (0..).zip(["a", "b", "c"]) {
        let [http, rest] = Ask::patch(&format!("{{\"{key}\":{nth}}}")).events();
        let event = if nth == 1 { rest } else { http };
        let reply = answer(&function, event).await;
        assert_eq!(reply.header("etag"), Some(&*etag(nth + 1)));
    }
    let data = stored(&function).await.data;
    let keys: Vec<_> = data.keys().map(String::as_str).collect();
    assert_eq!(keys, ["a", "b", "c"]);
}

#[tokio::test]
async fn a_clear_empties_the_data_and_nothing_else() {
    for event in Ask::new("DELETE", "/session/data").events() {
        let held = with_data(&[("a", "1"), ("b", "2")]);
        let function = function(holding(held.clone()).await, &[]);
        let reply = answer(&function, event.clone()).await;
        assert_hands_out_nothing(&reply, "clear");
        assert_eq!((reply.status, reply.body.as_str()), (204, ""));
        assert_eq!(function.sessions.calls(), ["touch", "write"]);
        let left = stored(&function).await;
        assert!(left.data.is_empty());
        assert_eq!(left.version, 8);
        assert_eq!(
            (left.reference, left.created),
            (held.reference, held.created)
        );
        // What is empty is not written again.
        let reply = answer(&function, event).await;
        assert_eq!(reply.status, 204);
        assert_eq!(function.sessions.calls(), ["touch"]);
        assert_eq!(stored(&function).await.version, 8);
    }
}

/// The figures are those of the data as it would be, counted as `DynamoDB` does: 3 bytes for the map, and for each entry its
/// key, its text and 1. Nothing of the change is made.
#[tokio::test]
async fn data_over_the_limit_is_refused_whole() {
    let limit: &[_] = &[("SESSION_DATA_MAX_BYTES", "24")];
    #[rustfmt::skip]
    let cases = [
        // held                         patch                              bytes
        (vec![],                        r#"{"key":"0123456789abcde"}"#,    None),
        (vec![],                        r#"{"key":"0123456789abcdef"}"#,   Some(25)),
        (vec![],                        r#"{"ké":"0123456789abcdef"}"#,    Some(25)),
        (vec![("a", "12345678")],       r#"{"b":"12345678"}"#,             Some(25)),
        (vec![("a", "12345678")],       r#"{"b":"1234567"}"#,              None),
        (vec![("a", "12345678")],       r#"{"a":null,"b":"1234567890ab"}"#, None),
        // It was written while the limit was higher: what makes it smaller is welcome, what makes it larger is not.
        (vec![("a", "1"), ("b", "1123456789012345678901234")], r#"{"b":"012345678901234567890"}"#, None),
        (vec![("a", "1"), ("b", "1123456789012345678901234")], r#"{"a":null}"#,                    None),
        (vec![("a", "1"), ("b", "1123456789012345678901234")], r#"{"a":22}"#,                      Some(34)),
    ];
    for (held, patch, bytes) in cases {
        for event in Ask::patch(patch).events() {
            let before = with_data(&held);
            let function = function(holding(before.clone()).await, limit);
            let reply = answer(&function, event).await;
            assert_hands_out_nothing(&reply, patch);
            let Some(bytes) = bytes else {
                assert_eq!(reply.status, 200, "{patch}: {}", reply.body);
                continue;
            };
            assert_eq!(reply.status, 413, "{patch}");
            let detail = reply.json()["detail"].as_str().unwrap().to_owned();
            for figure in [format!("{bytes} bytes"), "24".to_owned()] {
                assert!(detail.contains(&figure), "{patch}: {detail}");
            }
            assert!(!detail.contains("0123"), "{patch}: {detail}");
            assert_eq!(function.sessions.calls(), ["touch"], "{patch}");
            let after = stored(&function).await;
            assert_eq!((after.data, after.version), (before.data, 7), "{patch}");
        }
    }
}

/// Fields of the session itself are not data, whatever their names.
#[tokio::test]
async fn a_patch_changes_nothing_but_data() {
    let patch = r#"{"user":"admin","session":"x","expires_at":9e15,"authenticated":1,"version":99,"data":{"a":1},"id":"s#x"}"#;
    for event in Ask::patch(patch).events() {
        let function = seeded(&[]).await;
        let reply = answer(&function, event).await;
        let body = reply.json();
        let (expected, after) = (sample(), stored(&function).await);
        assert_eq!((reply.status, &body["user"]), (200, &"ada".into()));
        assert_eq!(body["session"], expected.reference.as_str());
        assert_eq!(body["expires_at"], expected.expires().0);
        assert_eq!((after.user, after.version), (expected.user, 1));
        assert_eq!(after.authenticated, expected.authenticated);
        assert_eq!(after.data.len(), 7);
        assert_eq!(body["data"]["user"], "admin");
    }
}

/// An anonymous session is written like any other, where there are such.
#[tokio::test]
async fn an_anonymous_session_keeps_data() {
    let anonymous = Session {
        user: None,
        authenticated: None,
        ..sample()
    };
    let function = function(holding(anonymous).await, &[("SESSION_ANONYMOUS", "on")]);
    let reply = answer(&function, event("session-patch")).await;
    assert_hands_out_nothing(&reply, "anonymous");
    assert_eq!(reply.status, 200);
    assert_eq!(function.sessions.calls(), ["touch", "write"]);
    assert_eq!(reply.json()["user"], serde_json::Value::Null);
    let [clear, _] = Ask::new("DELETE", "/session/data").events();
    assert_eq!(answer(&function, clear).await.status, 204);
    assert!(stored(&function).await.data.is_empty());
}
