//! `If-Match` (RFC 9110 section 13.1.1): a change of exactly the data that the caller has read.

use serde_json::json;
use support::{REFERENCE, TOKEN};

use super::{answer, ask::Ask, etag, function, holding, seeded, with_data};

#[tokio::test]
async fn a_change_is_made_of_the_version_it_names() {
    #[rustfmt::skip]
    let cases = [
        // R is the session's name.
        ("\"R.7\"",                200),
        (" \"R.7\" ",              200),
        ("*",                      200),
        (" * ",                    200),
        ("\"R.6\", \"R.7\"",       200),
        ("\"R.7\",\"R.8\"",        200),
        ("W/\"R.6\", \"R.7\"",     200),
        ("\"R.6\"",                412),
        ("\"R.8\"",                412),
        ("\"R.6\", \"R.8\"",       412),
        // Of another session, or of none.
        ("\"BBBBBBBBBBBBBBBBBBBBBA.7\"", 412),
        ("\"7\"",                  412),
        ("\".7\"",                 412),
        ("\"R\"",                  412),
        // Weak tags never match here (section 8.8.3.2), and tags are compared by their characters.
        ("W/\"R.7\"",              412),
        ("\"\"",                   412),
        ("\"x\"",                  412),
        ("\"R.07\"",               412),
        ("\"R.+7\"",               412),
        ("\"R.-7\"",               412),
        ("\" R.7\"",               412),
        ("\"R.7.0\"",              412),
        ("\"R.99999999999999999999999999\"", 412),
        ("R.7",                    400),
        ("",                       400),
        ("\"R.7",                  400),
        ("R.7\"",                  400),
        ("\"",                     400),
        ("'R.7'",                  400),
        ("W/R.7",                  400),
        ("w/\"R.7\"",              400),
        ("\"R.7\", x",             400),
        ("\"R.7\", *",             400),
        ("**",                     400),
    ];
    for (value, status) in cases {
        let value = &value.replace('R', REFERENCE);
        for ask in [
            Ask::patch("{\"canary\":2}"),
            // Even a change that leaves the data as it is has to be of the version that was named.
            Ask::patch("{\"a\":1}"),
            Ask::new("DELETE", "/session/data"),
        ] {
            for event in ask.header("if-match", value).events() {
                let before = with_data(&[("a", "1")]);
                let function = function(holding(before.clone()).await, &[]);
                let reply = answer(&function, event).await;
                reply.assert_is_proper(value);
                let answered = match reply.status {
                    204 => 200,
                    other => other,
                };
                assert_eq!(answered, status, "{value}: {}", reply.body);
                if status == 200 {
                    continue;
                }
                assert!(!reply.body.contains("canary"), "{value}");
                let calls: &[_] = if status == 412 { &["touch"] } else { &[] };
                assert_eq!(function.sessions.calls(), calls, "{value}");
                let after = function.sessions.session_of(TOKEN).await.unwrap();
                assert_eq!((after.data, after.version), (before.data, 7), "{value}");
            }
        }
    }
}

/// A proxy that compresses makes a weak tag of the `ETag`. It matches nothing, and whoever sends it is told so instead of
/// being sent to read again what has not changed.
#[tokio::test]
async fn a_weak_tag_is_told_that_it_never_matches() {
    let (weak, other) = ("W/\"R.7\"", "\"R.6\"");
    #[rustfmt::skip]
    let cases = [
        (weak.to_owned(),              true),
        (format!("{weak}, W/\"x\""),   true),
        // One of the tags could have matched: what it is of has changed.
        (format!("{weak}, {other}"),   false),
        (format!("{other}, {weak}"),   false),
        (other.to_owned(),             false),
        ("\"x\"".to_owned(),           false),
    ];
    for (value, never) in cases {
        let value = &value.replace('R', REFERENCE);
        for ask in [
            Ask::patch("{\"canary\":2}"),
            Ask::new("DELETE", "/session/data"),
        ] {
            for event in ask.header("if-match", value).events() {
                let function = function(holding(with_data(&[("a", "1")])).await, &[]);
                let reply = answer(&function, event).await;
                assert_eq!(reply.status, 412, "{value}");
                let detail = reply.json()["detail"].as_str().unwrap().to_owned();
                assert_eq!(detail.contains("never matches"), never, "{value}: {detail}");
                assert_eq!(detail.contains("has changed since"), !never, "{value}");
            }
        }
    }
}

/// A REST API sends two lines of one header as two values.
#[tokio::test]
async fn versions_on_several_lines_are_one_list() {
    for (lines, status) in [
        ([etag(6), etag(7)], 200),
        ([etag(7), etag(6)], 200),
        ([etag(5), etag(6)], 412),
        ([etag(7), "x".to_owned()], 400),
    ] {
        let [_, mut event] = Ask::patch("{\"b\":2}").events();
        event["multiValueHeaders"]["If-Match"] = json!(lines);
        let function = function(holding(with_data(&[("a", "1")])).await, &[]);
        assert_eq!(answer(&function, event).await.status, status, "{lines:?}");
    }
}

#[tokio::test]
async fn each_change_gives_the_tag_for_the_next() {
    let function = seeded(&[]).await;
    let mut tag = etag(0);
    for body in ["{\"a\":1}", "{\"a\":2}", "{\"b\":null}", "{\"a\":null}"] {
        for event in Ask::patch(body).header("if-match", &tag).events() {
            let reply = answer(&function, event).await;
            // In the second format the change is already made, and its version is the one before.
            if reply.status == 200 {
                reply.header("etag").unwrap().clone_into(&mut tag);
            }
        }
        let [stale, _] = Ask::patch("{\"z\":1}")
            .header("if-match", &etag(0))
            .events();
        assert_eq!(answer(&function, stale).await.status, 412, "{body}");
    }
    assert_eq!(tag, etag(3));
}
