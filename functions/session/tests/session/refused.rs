//! What every resource has in common: one 401 for every cause, and a 503 while the store fails.

use dynamodb_session::{
    session::{Rotation, Session, Timeouts},
    time::UnixSeconds,
};
use support::{NOW, REFERENCE, TOKEN, key_of, reply::Reply, store::Counting};

use super::{Variables, answer, ask::Ask, function, holding, sample, seeded, with_data};

/// A good request to every resource, in every method that it takes.
fn asks() -> Vec<Ask> {
    vec![
        Ask::new("GET", "/session"),
        Ask::patch("{\"b\":2}"),
        Ask::new("DELETE", "/session/data"),
        Ask::new("POST", "/session/rotate"),
        Ask::new("GET", "/sessions"),
        Ask::new("DELETE", "/sessions"),
        Ask::new("DELETE", &format!("/sessions/{REFERENCE}")),
    ]
}

/// The 401 of a request that presents nothing.
async fn expected() -> Reply {
    let [event, _] = Ask::new("GET", "/session").stranger().events();
    let reply = answer(&seeded(&[]).await, event).await;
    assert_eq!(reply.status, 401);
    assert_eq!(reply.header("www-authenticate"), Some("Session"));
    reply.assert_is_proper("401");
    reply
}

fn times(created: u64, accessed: u64) -> Session {
    Session {
        created: UnixSeconds(created),
        accessed: UnixSeconds(accessed),
        timeouts: Timeouts {
            idle: 50,
            absolute: 100,
        },
        ..sample()
    }
}

/// A session whose id another took over; the old one serves until `grace_expires`.
fn rotated(grace_expires: u64) -> Session {
    Session {
        rotation: Some(Box::new(Rotation {
            successor: Some(key_of(&"A".repeat(43))),
            grace_expires: UnixSeconds(grace_expires),
        })),
        ..sample()
    }
}

/// The same bytes for every cause, and no call of the store where there is no token.
#[tokio::test]
async fn every_refusal_is_the_same() {
    let one = format!("__Host-id={TOKEN}");
    let anonymous = Session {
        user: None,
        authenticated: None,
        ..sample()
    };
    #[rustfmt::skip]
    let cases = [
        ("nothing",     "a=1".to_owned(),                           sample(),                        0),
        ("two",         format!("{one}; __Host-id=x"),              sample(),                        0),
        ("malformed",   "__Host-id=x".to_owned(),                   sample(),                        0),
        ("not UTF-8",   format!("{one}\u{fffd}"),                   sample(),                        0),
        ("control",     format!("{one}\u{0}"),                      sample(),                        0),
        ("line break",  format!("{one}\r\nx: y"),                   sample(),                        0),
        ("another name",format!("__host-id={TOKEN}"),               sample(),                        0),
        ("unknown",     format!("__Host-id={}", "A".repeat(43)),    sample(),                        1),
        ("idle",        one.clone(),                                times(NOW.0 - 60, NOW.0 - 50),   2),
        ("expired",     one.clone(),                                times(NOW.0 - 100, NOW.0 - 1),   1),
        ("ahead",       one.clone(),                                times(NOW.0 + 61, NOW.0 + 61),   1),
        ("anonymous",   one.clone(),                                anonymous,                       1),
        // Its successor is gone: asked for in the grace, looked for after it.
        ("replaced",    one.clone(),                                rotated(NOW.0 + 1),              2),
        ("ended",       one.clone(),                                rotated(NOW.0),                  4),
    ];
    let expected = expected().await;
    for (name, cookie, session, calls) in cases {
        for ask in asks() {
            for event in ask.cookie(&cookie).events() {
                let function = function(holding(session.clone()).await, &[]);
                let reply = answer(&function, event).await;
                assert_eq!(reply, expected, "{name}");
                assert_eq!(function.sessions.calls().len(), calls, "{name}");
                let after = function.sessions.session_of(TOKEN).await;
                assert!(after.is_some_and(|after| after.data == session.data));
            }
        }
    }
}

#[tokio::test]
async fn refusals_that_depend_on_settings_are_the_same() {
    let expected = expected().await;
    let keys = "A".repeat(43);
    let forged = format!("{TOKEN}.{}", "A".repeat(43));
    #[rustfmt::skip]
    let cases: [(&str, Variables<'_>, &str, usize); 3] = [
        ("superseded", &[("SESSION_NOT_BEFORE", "1800000000")],  TOKEN,   1),
        ("forged",     &[("SESSION_SIGNING_KEYS", &keys)],       &forged, 0),
        ("unsigned",   &[("SESSION_SIGNING_KEYS", &keys)],       TOKEN,   0),
    ];
    for (name, variables, token, calls) in cases {
        for ask in asks() {
            for event in ask.token(token).events() {
                let function = seeded(variables).await;
                assert_eq!(answer(&function, event).await, expected, "{name}");
                assert_eq!(function.sessions.calls().len(), calls, "{name}");
            }
        }
    }
    for ask in asks() {
        for event in ask.events() {
            let store = Counting::seeded().await;
            store.damage();
            assert_eq!(answer(&function(store, &[]), event).await, expected);
        }
    }
}

/// Whichever of its calls fails, no resource tells it for a missing session, and none clears a cookie.
#[tokio::test]
async fn a_fault_of_the_store_is_a_503() {
    for ask in asks() {
        for event in ask.events() {
            let fresh = async || function(holding(with_data(&[("a", "1")])).await, &[]);
            let sound = fresh().await;
            let status = answer(&sound, event.clone()).await.status;
            assert!([200, 204].contains(&status), "{status}");
            let calls = sound.sessions.calls();
            for sound in 0..calls.len() {
                let function = fresh().await;
                function.sessions.fail_after(sound);
                let reply = answer(&function, event.clone()).await;
                let name = format!("{calls:?}, {sound} sound");
                reply.assert_is_proper(&name);
                assert_eq!(reply.status, 503, "{name}");
                assert!(!reply.body.contains("Secret"), "{name}");
                assert_eq!(reply.header("x-id"), None, "{name}");
                assert!(function.sessions.session_of(TOKEN).await.is_some());
            }
        }
    }
}
