//! `?everywhere=true`: the end of all of a user's sessions.

use dynamodb_session::{
    store::{SessionStore, UserEdit},
    time::UnixSeconds,
    user::UserName,
};
use lambda::http;
use support::{NOW, TOKEN, event, reply::Reply, session};

use super::{BOBS, PROCESSES, answer, events, function, left};

/// A process that can't verify a token knows the id's session, and not that it is the caller's: all of the user's end
/// only for whoever proves to be signed in.
#[tokio::test]
async fn everywhere_takes_a_token_that_is_verified() {
    for variables in &PROCESSES[1..] {
        for event in events(&format!("__Host-id={TOKEN}"), "everywhere=true") {
            let logout = function(variables).await;
            let reply = answer(&logout, event).await;
            reply.assert_is_proper("everywhere");
            assert_eq!(reply.status, 401, "{variables:?}");
            assert_eq!(left(&logout).await, [true; 3], "{variables:?}");
        }
    }
}

/// Only who is signed in ends all of a user's sessions, and is told if it was not done.
#[tokio::test]
async fn everywhere_takes_a_living_session() {
    let one = format!("__Host-id={TOKEN}");
    let none = [true, true, true];
    #[rustfmt::skip]
    let cases = [
        ("alive",       one.clone(),                              NOW.0,            204, [false, false, true]),
        ("bob's",       format!("__Host-id={BOBS}"),              NOW.0,            204, [true, true, false]),
        ("idle",        one.clone(),                              NOW.0 + 7170,     401, none),
        ("expired",     one.clone(),                              NOW.0 + 43140,    401, none),
        ("nothing",     "a=1".to_owned(),                         NOW.0,            401, none),
        ("unknown",     format!("__Host-id={}", "A".repeat(43)),  NOW.0,            401, none),
        ("malformed",   "__Host-id=x".to_owned(),                 NOW.0,            401, none),
        ("signed",      format!("{one}.{}", "A".repeat(43)),      NOW.0,            401, none),
    ];
    let mut refusals = Vec::new();
    for (name, cookie, now, status, expected) in cases {
        for event in events(&cookie, "everywhere=true") {
            let logout = function(&[]).await;
            let response =
                http::answer(event, |request| logout.handle(request, UnixSeconds(now))).await;
            let reply = Reply::of(&response);
            reply.assert_is_proper(name);
            assert_eq!(reply.status, status, "{name}");
            assert_eq!(left(&logout).await, expected, "{name}");
            if status == 401 {
                refusals.push(reply);
            }
        }
    }
    assert!(
        refusals.windows(2).all(|pair| pair[0] == pair[1]),
        "one 401 for all causes"
    );
}

/// I1: a session that its user's item does not list ends with the others.
#[tokio::test]
async fn everywhere_ends_the_callers_session_even_if_it_is_not_listed() {
    let logout = function(&[]).await;
    let ada = UserName::parse("ada").unwrap();
    let drop = vec![session().reference];
    let change = dynamodb_session::store::Change {
        users: vec![(ada, UserEdit::Leave { drop })],
        ..Default::default()
    };
    logout.sessions.inner.commit(&change).await.unwrap();
    assert_eq!(
        answer(&logout, event("logout-everywhere")).await.status,
        204
    );
    assert_eq!(left(&logout).await, [false, false, true]);
}

/// What asks for neither of two things is done neither way.
#[tokio::test]
async fn the_parameter_is_true_or_false_and_there_once() {
    let one = format!("__Host-id={TOKEN}");
    #[rustfmt::skip]
    let cases = [
        ("",                                  204, [false, true, true]),
        ("everywhere=false",                  204, [false, true, true]),
        ("other=true",                        204, [false, true, true]),
        ("a=<b>&everywhere=true",             204, [false, false, true]),
        ("everywhere",                        400, [true, true, true]),
        ("everywhere=",                       400, [true, true, true]),
        ("everywhere=TRUE",                   400, [true, true, true]),
        ("everywhere=1",                      400, [true, true, true]),
        ("everywhere=<sample>",               400, [true, true, true]),
        ("everywhere=false&everywhere=true",  400, [true, true, true]),
        ("everywhere=true&everywhere=true",   400, [true, true, true]),
        ("everywhere=true&everywhere=false",  400, [true, true, true]),
    ];
    for (query, status, expected) in cases {
        for event in events(&one, query) {
            let logout = function(&[]).await;
            let reply = answer(&logout, event).await;
            assert_eq!(reply.status, status, "{query}: {}", reply.body);
            reply.assert_is_proper(query);
            assert!(!reply.body.contains("sample"), "{query}");
            assert_eq!(left(&logout).await, expected, "{query}");
        }
    }
}
