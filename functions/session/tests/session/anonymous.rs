//! Anonymous sessions: the first write makes one, where there are such, and nothing else does.

use dynamodb_session::{
    session::{Rotation, Session, Timeouts},
    time::UnixSeconds,
};
use serde_json::{Value, json};
use support::{NOW, TOKEN, key_of, store::Counting};

use super::{
    Variables, answer, answer_at, ask::Ask, cookie_token, function, holding, sample, seeded,
};

pub(crate) const ON: Variables<'_> = &[("SESSION_ANONYMOUS", "on")];

#[tokio::test]
async fn by_default_a_first_write_begins_no_session() {
    for variables in [&[][..], &[("SESSION_ANONYMOUS", "off")]] {
        for event in Ask::patch("{\"a\":1}").stranger().events() {
            let function = function(Counting::default(), variables);
            let reply = answer(&function, event).await;
            reply.assert_is_proper("off");
            assert_eq!(reply.status, 401);
            assert!(function.sessions.inner.is_empty());
            assert_eq!(function.sessions.calls(), [] as [&str; 0]);
        }
    }
}

#[tokio::test]
async fn the_first_write_makes_a_session_and_hands_out_its_token() {
    for (mode, cookie, header) in [
        ("cookie", true, false),
        ("header", false, true),
        ("both", true, true),
    ] {
        for event in Ask::patch("{\"a\":[1],\"b\":null}").stranger().events() {
            let variables = [ON[0], ("SESSION_TRANSPORT", mode)];
            let function = function(Counting::default(), &variables);
            let reply = answer(&function, event).await;
            reply.assert_is_proper(mode);
            assert_eq!(reply.status, 200, "{mode}: {}", reply.body);
            assert_eq!(function.sessions.calls(), ["count", "begin"], "{mode}");
            assert_eq!(function.sessions.inner.len(), 1, "{mode}");
            assert_eq!(reply.cookies.len(), usize::from(cookie), "{mode}");
            assert_eq!(reply.header("x-id").is_some(), header, "{mode}");
            let token = match reply.header("x-id") {
                Some(token) => token.to_owned(),
                None => cookie_token(&reply),
            };
            let session = function.sessions.session_of(&token).await.unwrap();
            let expected = json!({
                "user": null, "session": session.reference.as_str(), "created_at": NOW.0, "authenticated_at": null,
                "expires_at": NOW.0 + 43200, "idle_expires_at": NOW.0 + 7200, "data": {"a": [1]},
            });
            assert_eq!(reply.json(), expected, "{mode}");
            let etag = format!("\"{}.0\"", session.reference);
            assert_eq!(reply.header("etag"), Some(&*etag), "{mode}");
            assert!(!reply.body.contains(&token), "{mode}");
            assert_eq!(session.origin.ip.as_deref(), Some("192.0.2.10"), "{mode}");
            if cookie {
                assert_eq!(cookie_token(&reply), token);
                let attributes = "; Path=/; Max-Age=43200; Expires=Fri, 15 Jan 2027 20:00:00 GMT; \
                                  Secure; HttpOnly; SameSite=Strict";
                assert!(reply.cookies[0].ends_with(attributes), "{reply:?}");
            }
            // It is used like any other from there.
            let next = Ask::patch("{\"c\":1}");
            let next = if header {
                next.stranger().header("x-id", &token)
            } else {
                next.token(&token)
            };
            let [event, _] = next.events();
            let reply = answer(&function, event).await;
            assert_eq!(reply.json()["data"], json!({"a": [1], "c": 1}), "{mode}");
            assert!(reply.cookies.is_empty(), "{mode}");
            assert_eq!(function.sessions.inner.len(), 1, "{mode}");
        }
    }
}

/// Only a login can ask to be remembered, even if the timeouts are those of remembered sessions.
#[tokio::test]
async fn an_anonymous_session_is_not_remembered() {
    let variables = [
        ON[0],
        ("SESSION_TIMEOUT_PRESET", "nist-aal1"),
        ("SESSION_REMEMBER_SECONDS", "2592000"),
        ("SESSION_COOKIE_LIFETIME", "browser"),
    ];
    for event in Ask::patch("{\"a\":1}").stranger().events() {
        let function = function(Counting::default(), &variables);
        let reply = answer(&function, event).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        assert!(!reply.cookies[0].contains("Max-Age"), "{reply:?}");
    }
}

#[tokio::test]
async fn nothing_but_a_write_makes_a_session() {
    for ask in [
        Ask::new("GET", "/session"),
        Ask::new("DELETE", "/session/data"),
        Ask::new("POST", "/session/rotate"),
        Ask::new("GET", "/sessions"),
        Ask::new("DELETE", "/sessions"),
        // What is nothing in the end is nothing to store.
        Ask::patch("{}"),
        Ask::patch("{\"a\":null}"),
        // What names a version means a session that is there.
        Ask::patch("{\"a\":1}").header("if-match", "\"0\""),
        Ask::patch("{\"a\":1}").header("if-match", "*"),
    ] {
        for event in ask.stranger().events() {
            let function = function(Counting::default(), ON);
            let reply = answer(&function, event.clone()).await;
            reply.assert_is_proper("a read");
            assert_eq!(reply.status, 401, "{event}");
            assert!(function.sessions.inner.is_empty(), "{event}");
        }
    }
}

/// I7: whatever is presented, the id is another, and what lies under the presented one is over, or as it was.
#[tokio::test]
async fn what_is_presented_is_never_taken_for_the_new_id() {
    let over = Session {
        timeouts: Timeouts {
            idle: 30,
            absolute: 43200,
        },
        ..sample()
    };
    let since = (NOW.0 - 59).to_string();
    let superseded = [ON[0], ("SESSION_NOT_BEFORE", &*since)];
    #[rustfmt::skip]
    let cases: [(&str, String, Session, Variables<'_>); 5] = [
        ("idle",        format!("__Host-id={TOKEN}"),    over,     ON),
        ("superseded",  format!("__Host-id={TOKEN}"),    sample(), &superseded),
        ("malformed",   "__Host-id=x".to_owned(),        sample(), ON),
        ("empty",       "__Host-id=".to_owned(),         sample(), ON),
        ("another name","__host-id=x".to_owned(),        sample(), ON),
    ];
    for (name, cookie, held, variables) in cases {
        for event in Ask::patch("{\"a\":1}").cookie(&cookie).events() {
            let function = function(holding(held.clone()).await, variables);
            let reply = answer(&function, event).await;
            reply.assert_is_proper(name);
            assert_eq!(reply.status, 200, "{name}: {}", reply.body);
            let token = cookie_token(&reply);
            assert_ne!(token, TOKEN, "{name}");
            assert_eq!(reply.json()["user"], Value::Null, "{name}");
            assert_eq!(reply.json()["data"], json!({"a": 1}), "{name}");
            let kept = function.sessions.session_of(TOKEN).await;
            let expected = Session {
                ended: (name == "idle").then_some(NOW),
                ..held.clone()
            };
            assert_eq!(kept, Some(expected), "{name}");
            assert_eq!(function.sessions.inner.len(), 2, "{name}");
        }
    }
}

/// The session may have ended this very moment, by a login or a logout of the same browser.
#[tokio::test]
async fn a_write_in_a_session_that_has_ended_begins_no_anonymous_one() {
    let unknown = format!("__Host-id={}", "A".repeat(43));
    for event in Ask::patch("{\"a\":1}").cookie(&unknown).events() {
        let function = seeded(ON).await;
        let reply = answer(&function, event).await;
        assert_eq!((reply.status, reply.cookies.len()), (401, 0));
        assert_eq!(function.sessions.inner.len(), 1);
    }
}

/// A token that this process can't verify may be the user's all the same.
#[tokio::test]
async fn a_token_that_names_a_living_session_makes_no_other() {
    let rotated = Session {
        rotation: Some(Box::new(Rotation {
            successor: Some(key_of(&"A".repeat(43))),
            grace_expires: NOW,
        })),
        ..sample()
    };
    let over = Session {
        timeouts: Timeouts {
            idle: 30,
            absolute: 43200,
        },
        ..sample()
    };
    let unknown = "A".repeat(43);
    let key = ("SESSION_SIGNING_KEYS", &*unknown);
    #[rustfmt::skip]
    let processes = [
        ("another key",         vec![ON[0], key],                                TOKEN.to_owned() + "." + &unknown),
        ("the first key",       vec![ON[0], key],                                TOKEN.to_owned()),
        ("no keys",             vec![ON[0]],                                     TOKEN.to_owned() + "." + &unknown),
        ("another length",      vec![ON[0], ("SESSION_ID_BYTES", "16")],         TOKEN.to_owned()),
    ];
    for (process, variables, token) in processes {
        for (name, session, status) in [
            ("alive", sample(), 401),
            ("rotated", rotated.clone(), 401),
            ("over", over.clone(), 200),
        ] {
            for event in Ask::patch("{\"a\":1}").token(&token).events() {
                let function = function(holding(session.clone()).await, &variables);
                let reply = answer(&function, event).await;
                let name = format!("{process}, {name}");
                reply.assert_is_proper(&name);
                assert_eq!(reply.status, status, "{name}: {}", reply.body);
                let made = usize::from(status == 200);
                assert_eq!(reply.cookies.len(), made, "{name}");
                assert_eq!(function.sessions.inner.len(), 1 + made, "{name}");
                let kept = function.sessions.session_of(TOKEN).await;
                assert_eq!(kept, Some(session.clone()), "{name}");
            }
        }
        // Nothing under the id, or a store that can't tell.
        for event in Ask::patch("{\"a\":1}").token(&token).events() {
            let store = function(Counting::default(), &variables);
            assert_eq!(answer(&store, event.clone()).await.status, 200, "{process}");
            let store = function(holding(sample()).await, &variables);
            store.sessions.fail();
            let reply = answer(&store, event).await;
            assert_eq!((reply.status, reply.cookies.len()), (503, 0), "{process}");
        }
    }
}

/// I4: a session that the limit of age would end as it begins is not begun.
#[tokio::test]
async fn before_the_limit_of_age_a_first_write_is_told_to_wait() {
    let limit = (NOW.0 + 30).to_string();
    let variables = [ON[0], ("SESSION_NOT_BEFORE", limit.as_str())];
    for ask in [
        Ask::patch("{\"a\":1}").stranger(),
        Ask::patch("{\"a\":1}").token("x"),
        // The limit has ended it.
        Ask::patch("{\"a\":1}"),
    ] {
        for event in ask.events() {
            let function = function(holding(sample()).await, &variables);
            for (seconds, left) in [(0, "30"), (29, "1")] {
                let at = UnixSeconds(NOW.0 + seconds);
                let reply = answer_at(&function, event.clone(), at).await;
                reply.assert_is_proper("closed");
                assert_eq!((reply.status, reply.cookies.len()), (503, 0));
                assert_eq!(reply.header("retry-after"), Some(left));
                assert_eq!(function.sessions.inner.len(), 1);
            }
            let at = UnixSeconds(NOW.0 + 30);
            let reply = answer_at(&function, event, at).await;
            assert_eq!(reply.status, 200, "{}", reply.body);
            let token = cookie_token(&reply);
            let [next, _] = Ask::new("GET", "/session").token(&token).events();
            assert_eq!(answer_at(&function, next, at).await.status, 200);
        }
    }
}

/// Two tokens leave open whether either session lives, so this is not a first visit.
#[tokio::test]
async fn two_tokens_make_no_session() {
    let two = format!("__Host-id={TOKEN}; __Host-id={}", "A".repeat(43));
    for event in Ask::patch("{\"a\":1}").cookie(&two).events() {
        let function = seeded(ON).await;
        let reply = answer(&function, event).await;
        assert_eq!(reply.status, 401);
        assert_eq!(function.sessions.inner.len(), 1);
        assert_eq!(function.sessions.calls(), [] as [&str; 0]);
    }
}

#[tokio::test]
async fn what_is_too_large_or_no_change_makes_no_session() {
    let limited = [ON[0], ("SESSION_DATA_MAX_BYTES", "12")];
    for (body, status) in [
        ("{\"a\":\"12345\"}", 200),
        ("{\"a\":\"123456\"}", 413),
        ("[]", 400),
        ("{\"a\":1,\"a\":2}", 400),
    ] {
        for event in Ask::patch(body).stranger().events() {
            let function = function(Counting::default(), &limited);
            let reply = answer(&function, event).await;
            reply.assert_is_proper(body);
            assert_eq!(reply.status, status, "{body}");
            assert_eq!(function.sessions.inner.is_empty(), status != 200);
            if status == 413 {
                assert!(reply.body.contains("13 bytes") && reply.body.contains("12"));
            }
        }
    }
}

/// A fault is told, and no token of a session that may not be there.
#[tokio::test]
async fn a_fault_makes_no_session() {
    for (token, sound) in [("", 0), (TOKEN, 0), ("A", 0)] {
        for event in Ask::patch("{\"a\":1}").cookie(token).events() {
            let function = function(Counting::default(), ON);
            function.sessions.fail_after(sound);
            let reply = answer(&function, event).await;
            reply.assert_is_proper("fault");
            assert_eq!(reply.status, 503);
        }
    }
    // The session is looked for, and is over; then the store fails.
    let over = Session {
        timeouts: Timeouts {
            idle: 30,
            absolute: 43200,
        },
        ..sample()
    };
    for event in Ask::patch("{\"a\":1}").events() {
        let function = function(holding(over.clone()).await, ON);
        function.sessions.fail_after(2);
        let reply = answer(&function, event).await;
        reply.assert_is_proper("fault");
        assert_eq!(reply.status, 503);
        assert_eq!(function.sessions.calls(), ["touch", "end_idle", "count"]);
    }
}

/// Each try has an id of its own: what arrives late is a session whose token nobody has.
#[tokio::test]
async fn a_begin_without_an_answer_is_tried_again_under_another_id() {
    for (begins, status) in [(1, 200), (2, 200), (3, 503)] {
        let [event, _] = Ask::patch("{\"a\":1}").stranger().events();
        let function = function(Counting::default(), ON);
        function.sessions.lose("begin", begins);
        let reply = answer(&function, event).await;
        reply.assert_is_proper("lost");
        assert_eq!(reply.status, status, "{begins}");
        let handed = usize::from(status == 200);
        assert_eq!(reply.cookies.len(), handed, "{begins}");
        // All of them are stored, under as many ids.
        assert_eq!(function.sessions.inner.len(), begins + handed);
    }
}

/// An outage of the store takes no user for a client without a session.
#[tokio::test]
async fn a_write_in_a_session_that_can_not_be_read_begins_no_anonymous_one() {
    let function = seeded(ON).await;
    function.sessions.fail_after(0);
    let [event, _] = Ask::patch("{\"a\":1}").events();
    let reply = answer(&function, event).await;
    reply.assert_is_proper("fault");
    assert_eq!((reply.status, reply.cookies.len()), (503, 0));
    assert_eq!(function.sessions.inner.len(), 1);
}
