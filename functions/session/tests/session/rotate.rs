//! POST /session/rotate: a new id for the same session, and what the old one is still worth.

use dynamodb_session::{
    session::{Session, Timeouts},
    store::SessionStore,
    time::UnixSeconds,
    user::UserName,
};
use serde_json::Value;
use support::{NOW, REFERENCE, TOKEN, key_of, reply::Reply};

use super::{
    Function, Variables, answer_at, ask::Ask, cookie_token, etag, function, holding, sample,
    with_data,
};

async fn holding_data(variables: Variables<'_>) -> Function {
    function(holding(with_data(&[("a", "1")])).await, variables)
}

async fn rotate(function: &Function, token: &str, now: UnixSeconds) -> Reply {
    let [event, _] = Ask::new("POST", "/session/rotate").token(token).events();
    let reply = answer_at(function, event, now).await;
    reply.assert_is_proper("rotate");
    reply
}

async fn show(function: &Function, token: &str, now: UnixSeconds) -> Reply {
    let [event, _] = Ask::new("GET", "/session").token(token).events();
    answer_at(function, event, now).await
}

/// The keys that the user's item lists.
async fn listed(function: &Function) -> Vec<String> {
    let ada = UserName::parse("ada").unwrap();
    let item = function.sessions.inner.user(&ada).await.unwrap();
    let entries = item.into_iter().flat_map(|item| item.sessions);
    entries
        .map(|(_, entry)| entry.key.as_str().to_owned())
        .collect()
}

#[tokio::test]
async fn a_rotation_moves_the_session_to_a_new_id() {
    for event in Ask::new("POST", "/session/rotate").events() {
        let function = holding_data(&[]).await;
        let reply = answer_at(&function, event, NOW).await;
        reply.assert_is_proper("rotate");
        assert_eq!((reply.status, reply.body.as_str()), (204, ""));
        assert_eq!(function.sessions.calls(), ["touch", "commit"]);
        let new = cookie_token(&reply);
        assert_ne!(new, TOKEN);
        assert_eq!(listed(&function).await, [key_of(&new).as_str()]);

        let expected = with_data(&[("a", "1")]);
        let session = function.sessions.session_of(&new).await.unwrap();
        assert_eq!(session.reference, expected.reference);
        assert_eq!(session.user, expected.user);
        assert_eq!(
            (session.created, session.authenticated),
            (expected.created, expected.authenticated)
        );
        assert_eq!(session.timeouts, expected.timeouts);
        assert_eq!((&session.data, session.version), (&expected.data, 7));
        // The old item keeps nothing that is worth reading.
        let old = function.sessions.session_of(TOKEN).await.unwrap();
        assert!(old.data.is_empty());

        let shown = show(&function, &new, NOW).await;
        assert_eq!(shown.json()["session"], REFERENCE);
        assert_eq!(shown.json()["data"], serde_json::json!({"a": 1}));
        assert_eq!(shown.json()["expires_at"], expected.expires().0);
        assert_eq!(shown.header("etag"), Some(&*etag(7)));
    }
}

#[tokio::test]
async fn the_new_token_travels_as_configured() {
    for (mode, cookie, header) in [
        ("cookie", true, false),
        ("header", false, true),
        ("both", true, true),
    ] {
        let ask = Ask::new("POST", "/session/rotate");
        let ask = if cookie { ask } else { ask.in_header() };
        for event in ask.events() {
            let function = holding_data(&[("SESSION_TRANSPORT", mode)]).await;
            let reply = answer_at(&function, event, NOW).await;
            reply.assert_is_proper(mode);
            assert_eq!(reply.status, 204, "{mode}");
            assert_eq!(reply.cookies.len(), usize::from(cookie), "{mode}");
            assert_eq!(reply.header("x-id").is_some(), header, "{mode}");
            let token = match reply.header("x-id") {
                Some(token) => token.to_owned(),
                None => cookie_token(&reply),
            };
            assert!(!cookie || cookie_token(&reply) == token, "{mode}");
            assert!(function.sessions.session_of(&token).await.is_some());
        }
    }
}

#[tokio::test]
async fn in_the_grace_the_old_token_is_the_same_session() {
    let function = holding_data(&[]).await;
    let new = cookie_token(&rotate(&function, TOKEN, NOW).await);
    let last = NOW.plus(29);
    let shown = show(&function, TOKEN, last).await;
    assert_eq!(shown.status, 200);
    assert_eq!(shown.body, show(&function, &new, last).await.body);
    // What it writes is written to the session, and it gets no token for it.
    let [patch, _] = Ask::patch("{\"b\":2}").events();
    let reply = answer_at(&function, patch, last).await;
    assert_eq!((reply.status, reply.cookies.len()), (200, 0));
    let session = function.sessions.session_of(&new).await.unwrap();
    let keys: Vec<_> = session.data.keys().map(String::as_str).collect();
    assert_eq!(keys, ["a", "b"]);
    let [sessions, _] = Ask::new("GET", "/sessions").events();
    let devices = answer_at(&function, sessions, last).await.json();
    assert_eq!(devices["sessions"].as_array().map(Vec::len), Some(1));
    assert_eq!(devices["sessions"][0]["current"], true);
}

#[tokio::test]
async fn a_second_rotation_in_the_grace_issues_no_third_id() {
    let function = holding_data(&[]).await;
    let new = cookie_token(&rotate(&function, TOKEN, NOW).await);
    for token in [TOKEN, &new, TOKEN] {
        function.sessions.calls();
        let reply = rotate(&function, token, NOW.plus(29)).await;
        assert_eq!((reply.status, reply.cookies.len()), (204, 0));
        assert_eq!(function.sessions.inner.len(), 2);
        assert!(!function.sessions.calls().contains(&"commit"));
    }
    // None of them extended the grace.
    assert_eq!(show(&function, &new, NOW.plus(30)).await.status, 200);
    assert_eq!(show(&function, TOKEN, NOW.plus(30)).await.status, 401);
}

/// Whoever has the old id then has a copy, and nobody can tell whose it is.
#[tokio::test]
async fn after_the_grace_the_old_token_ends_the_session() {
    for (variables, grace) in [
        (&[][..], 30),
        (&[("SESSION_ROTATE_GRACE_SECONDS", "1")][..], 1),
        (&[("SESSION_ROTATE_GRACE_SECONDS", "300")][..], 300),
    ] {
        for ask in [
            Ask::new("GET", "/session"),
            Ask::patch("{\"b\":2}"),
            Ask::new("POST", "/session/rotate"),
            Ask::new("GET", "/sessions"),
        ] {
            for event in ask.events() {
                let function = holding_data(variables).await;
                let new = cookie_token(&rotate(&function, TOKEN, NOW).await);
                let (last, after) = (NOW.plus(grace - 1), NOW.plus(grace));
                let reply = answer_at(&function, event.clone(), last).await;
                assert!([200, 204].contains(&reply.status), "{}", reply.body);
                assert_eq!(show(&function, &new, after).await.status, 200);
                let reply = answer_at(&function, event, after).await;
                reply.assert_is_proper("reused");
                assert_eq!(reply.status, 401);
                assert_eq!(show(&function, &new, after).await.status, 401);
                assert_eq!(listed(&function).await, [] as [String; 0]);
            }
        }
    }
}

#[tokio::test]
async fn after_the_grace_the_session_may_be_rotated_again() {
    let function = holding_data(&[]).await;
    let second = cookie_token(&rotate(&function, TOKEN, NOW).await);
    let third = cookie_token(&rotate(&function, &second, NOW.plus(30)).await);
    assert!(third != second && third != TOKEN);
    assert_eq!(show(&function, &second, NOW.plus(59)).await.status, 200);
    let shown = show(&function, &third, NOW.plus(59)).await;
    assert_eq!(shown.json()["session"], REFERENCE);
    // The first is too old for a grace: only the second came right before the third.
    assert_eq!(show(&function, TOKEN, NOW.plus(59)).await.status, 401);
    assert_eq!(show(&function, &third, NOW.plus(59)).await.status, 401);
}

#[tokio::test]
async fn without_a_grace_the_old_id_dies_at_once() {
    let none: Variables<'_> = &[("SESSION_ROTATE_GRACE_SECONDS", "0")];
    let function = holding_data(none).await;
    let second = cookie_token(&rotate(&function, TOKEN, NOW).await);
    let third = cookie_token(&rotate(&function, &second, NOW).await);
    assert_eq!(show(&function, &third, NOW).await.status, 200);
    assert_eq!(show(&function, &second, NOW).await.status, 401);
    assert_eq!(show(&function, &third, NOW).await.status, 401);
}

#[tokio::test]
async fn no_rotation_moves_the_absolute_deadline() {
    let brief = Session {
        timeouts: Timeouts {
            idle: 50,
            absolute: 100,
        },
        ..sample()
    };
    // It was created a minute ago.
    let function = function(holding(brief).await, &[]);
    let reply = rotate(&function, TOKEN, NOW).await;
    let new = cookie_token(&reply);
    assert!(
        reply.cookies[0].contains("; Max-Age=40; Expires=Fri, 15 Jan 2027 08:00:40 GMT;"),
        "{reply:?}"
    );
    assert_eq!(show(&function, &new, NOW.plus(39)).await.status, 200);
    assert_eq!(show(&function, &new, NOW.plus(40)).await.status, 401);
}

#[tokio::test]
async fn the_cookie_lives_as_long_as_configured() {
    let long = Timeouts {
        idle: 40_000,
        absolute: 40_060,
    };
    #[rustfmt::skip]
    let cases = [
        // setting      session                                       Max-Age
        ("absolute",    sample(),                                     Some("43140")),
        ("idle",        sample(),                                     Some("7200")),
        // What is idle for longer than it lives is no longer there either.
        ("idle",        Session { timeouts: Timeouts { absolute: 40_010, ..long }, ..sample() }, Some("39950")),
        ("absolute",    Session { timeouts: long, ..sample() },       Some("40000")),
        ("browser",     sample(),                                     None),
    ];
    for (lifetime, session, expected) in cases {
        for event in Ask::new("POST", "/session/rotate").events() {
            let variables = [("SESSION_COOKIE_LIFETIME", lifetime)];
            let function = function(holding(session.clone()).await, &variables);
            let reply = answer_at(&function, event, NOW).await;
            let cookie = &reply.cookies[0];
            let age = cookie
                .split("; ")
                .find_map(|part| part.strip_prefix("Max-Age="));
            assert_eq!(age, expected, "{cookie}");
            assert_eq!(cookie.contains("; Expires="), age.is_some(), "{cookie}");
            assert!(
                cookie.ends_with("; Secure; HttpOnly; SameSite=Strict"),
                "{cookie}"
            );
        }
    }
}

/// The record tells whether a session is remembered, whatever its timeouts; where there is none, they do.
#[tokio::test]
async fn a_remembered_session_stays_one_and_no_other_becomes_one() {
    let month = Timeouts {
        idle: 2_592_000,
        absolute: 2_592_000,
    };
    let session = |remembered, timeouts| Session {
        remembered,
        timeouts,
        ..sample()
    };
    let brief = sample().timeouts;
    #[rustfmt::skip]
    let cases = [
        ("recorded",                      session(Some(true), month),    Some("2591940")),
        ("recorded, other timeouts since", session(Some(true), brief),   Some("43140")),
        ("recorded that it is not",       session(Some(false), month),   None),
        ("from before there was a record", session(None, month),         Some("2591940")),
        ("the same, other timeouts",      session(None, brief),          None),
    ];
    let variables = [
        ("SESSION_COOKIE_LIFETIME", "browser"),
        ("SESSION_REMEMBER_SECONDS", "2592000"),
        ("SESSION_ROTATE_GRACE_SECONDS", "0"),
    ];
    for (name, session, expected) in cases {
        let remembered = session.remembered;
        let function = function(holding(session).await, &variables);
        let mut token = TOKEN.to_owned();
        for _ in 0..2 {
            let reply = rotate(&function, &token, NOW).await;
            let mut parts = reply.cookies[0].split("; ");
            let age = parts.find_map(|part| part.strip_prefix("Max-Age="));
            assert_eq!(age, expected, "{name}");
            token = cookie_token(&reply);
            let renewed = function.sessions.session_of(&token).await.unwrap();
            assert_eq!(renewed.remembered, remembered, "{name}");
        }
    }
}

/// The old id may lie in a scope of settings before. The new one is set last.
#[tokio::test]
async fn a_rotation_clears_the_other_scopes_first() {
    let variables = [
        ("SESSION_COOKIE_NAME", "__Secure-id"),
        ("SESSION_COOKIE_DOMAIN", "example.com"),
    ];
    for mut event in Ask::new("POST", "/session/rotate").events() {
        let text = event.to_string().replace("__Host-id=", "__Secure-id=");
        event = serde_json::from_str(&text).unwrap();
        let function = holding_data(&variables).await;
        let reply = answer_at(&function, event, NOW).await;
        assert_eq!(reply.status, 204);
        let (last, cleared) = reply.cookies.split_last().unwrap();
        assert!(
            cleared
                .iter()
                .all(|cookie| cookie.contains("=; Path=/; Max-Age=0; ")),
            "{cleared:?}"
        );
        assert_eq!(cleared.len(), 3, "the host, and both in a partition");
        assert!(
            last.contains("; Domain=example.com; ") && !last.contains("Max-Age=0"),
            "{last}"
        );
    }
}

#[tokio::test]
async fn an_anonymous_session_is_rotated_too() {
    let anonymous = Session {
        user: None,
        authenticated: None,
        ..with_data(&[("a", "1")])
    };
    let function = function(holding(anonymous).await, &[("SESSION_ANONYMOUS", "on")]);
    let new = cookie_token(&rotate(&function, TOKEN, NOW).await);
    let shown = show(&function, &new, NOW).await;
    assert_eq!(
        (&shown.json()["user"], &shown.json()["session"]),
        (&Value::Null, &REFERENCE.into())
    );
    assert_eq!(show(&function, TOKEN, NOW.plus(30)).await.status, 401);
    assert_eq!(show(&function, &new, NOW.plus(30)).await.status, 401);
}
