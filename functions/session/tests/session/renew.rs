//! `?renew=true`: the cookie anew.

use dynamodb_session::{
    session::{Session, Timeouts},
    time::UnixSeconds,
};
use serde_json::{Value, json};
use support::{NOW, TOKEN, reply::Reply};

use super::{Function, Variables, answer_at, ask::Ask, cookie_token, function, holding, sample};

const IDLE: Variables<'_> = &[("SESSION_COOKIE_LIFETIME", "idle")];

/// Both events of `ask`, with a query.
pub(crate) fn asking(ask: Ask, query: &str) -> [Value; 2] {
    let [mut http, mut rest] = ask.events();
    http["rawQueryString"] = json!(query);
    let mut parameters = serde_json::Map::new();
    for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
        parameters.insert(name.to_owned(), json!([value]));
    }
    rest["multiValueQueryStringParameters"] = parameters.into();
    [http, rest]
}

async fn ask(function: &Function, token: &str, query: &str, now: UnixSeconds) -> Reply {
    let [event, _] = asking(Ask::new("GET", "/session").token(token), query);
    answer_at(function, event, now).await
}

/// In seconds from now, how long a browser keeps the one cookie of the reply.
fn age(reply: &Reply) -> Option<u64> {
    let cookie = reply.cookies.last()?;
    let age = cookie
        .split("; ")
        .find_map(|part| part.strip_prefix("Max-Age="));
    age.map(|age| age.parse().unwrap())
}

/// With `idle` the cookie's age runs from when it was written: whoever is active for longer than that lost it.
#[tokio::test]
async fn a_page_that_asks_keeps_its_user_logged_in_beyond_the_first_idle_deadline() {
    let function = function(holding(sample()).await, IDLE);
    for hour in 0..4 {
        let now = NOW.plus(3600 * hour);
        let reply = ask(&function, TOKEN, "renew=true", now).await;
        assert_eq!(cookie_token(&reply), TOKEN, "hour {hour}");
        assert_eq!(age(&reply), Some(7200), "hour {hour}");
        assert!(reply.cookies[0].ends_with("; Secure; HttpOnly; SameSite=Strict"));
    }
}

#[tokio::test]
async fn reads_and_changes_renew_where_they_are_asked_to_and_only_there() {
    let patch = || Ask::patch(r#"{"a":1}"#);
    let get = || Ask::new("GET", "/session");
    #[rustfmt::skip]
    let cases = [
        ("read",               get(),               "renew=true",              200, Some(7200)),
        ("changed",            patch(),             "renew=true",              200, Some(7200)),
        ("touched",            get(),               "renew=true&touch=true",   200, Some(7200)),
        ("not asked",          get(),               "",                        200, None),
        ("changed, not asked", patch(),             "renew=false",             200, None),
        ("no use of it",       get(),               "touch=false",             200, None),
        ("a contradiction",    get(),               "touch=false&renew=true",  400, None),
        ("a bad value",        get(),               "renew=1",                 400, None),
        ("of a change",        patch(),             "renew=yes",               400, None),
        ("no session",         get().stranger(),    "renew=true",              401, None),
        ("two tokens",         get().cookie(&format!("__Host-id={TOKEN}; __Host-id=x")), "renew=true", 401, None),
        ("quoted",             get().token(&format!("\"{TOKEN}\"")), "renew=true", 401, None),
    ];
    for (name, request, query, status, expected) in cases {
        for event in asking(request, query) {
            let function = function(holding(sample()).await, IDLE);
            let reply = answer_at(&function, event, NOW).await;
            assert_eq!(reply.status, status, "{name}: {}", reply.body);
            assert_eq!(age(&reply), expected, "{name}");
            if status == 400 {
                assert_eq!(function.sessions.calls(), [] as [&str; 0], "{name}");
            }
        }
    }
}

/// The old id of a rotation would take the new one's place, and end the session after its grace.
#[tokio::test]
async fn an_id_in_its_grace_is_not_renewed() {
    let function = function(holding(sample()).await, IDLE);
    let [rotate, _] = Ask::new("POST", "/session/rotate").events();
    let new = cookie_token(&answer_at(&function, rotate, NOW).await);
    for (event, name) in [
        (asking(Ask::new("GET", "/session"), "renew=true"), "read"),
        (asking(Ask::patch(r#"{"a":1}"#), "renew=true"), "changed"),
    ] {
        for event in event {
            let reply = answer_at(&function, event, NOW.plus(5)).await;
            assert_eq!((reply.status, reply.cookies.len()), (200, 0), "{name}");
        }
    }
    let reply = ask(&function, &new, "renew=true", NOW.plus(5)).await;
    assert_eq!(cookie_token(&reply), new);
}

/// What a cookie is not the carrier of, none takes over; a remembered session's lasts as long as that.
#[tokio::test]
async fn the_cookie_is_renewed_as_it_was_set() {
    let in_header = || Ask::new("GET", "/session").in_header();
    let in_cookie = || Ask::new("GET", "/session");
    let month = Session {
        timeouts: Timeouts {
            idle: 2_592_000,
            absolute: 2_592_000,
        },
        remembered: Some(true),
        ..sample()
    };
    #[rustfmt::skip]
    let cases: [(_, _, Variables<'_>, _); 6] = [
        ("absolute",   in_cookie(), &[],                                                        Some(43_140)),
        ("header",     in_header(), &[IDLE[0], ("SESSION_TRANSPORT", "header")],                None),
        ("of both",    in_header(), &[IDLE[0], ("SESSION_TRANSPORT", "both")],                  None),
        ("both",       in_cookie(), &[IDLE[0], ("SESSION_TRANSPORT", "both")],                  Some(7200)),
        ("unmarked",   in_cookie(), &[IDLE[0], ("SESSION_TOUCH_INTERVAL_SECONDS", "60")],       Some(7170)),
        ("remembered", in_cookie(), &[IDLE[0], ("SESSION_REMEMBER_SECONDS", "2592000")],        Some(2_591_940)),
    ];
    for (name, request, variables, expected) in cases {
        let session = if name == "remembered" {
            month.clone()
        } else {
            sample()
        };
        for event in asking(request, "renew=true") {
            let function = function(holding(session.clone()).await, variables);
            let reply = answer_at(&function, event, NOW).await;
            assert_eq!((reply.status, age(&reply)), (200, expected), "{name}");
            assert_eq!(reply.header("x-id"), None, "{name}");
        }
    }
}
