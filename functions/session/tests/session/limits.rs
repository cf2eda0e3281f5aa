//! The limits of anonymous sessions: how many an address begins in a minute, and how much data each has.

use dynamodb_session::{session::Session, time::UnixSeconds};
use serde_json::json;
use support::{NOW, store::Counting};

use super::{
    anonymous::ON, answer, answer_at, ask::Ask, cookie_token, function, holding, sample, seeded,
};

/// The 21st of a minute waits for the next one, at that address alone.
#[tokio::test]
async fn an_address_begins_so_many_in_a_minute() {
    let five = [ON[0], ("SESSION_ANONYMOUS_ADDRESS_PER_MINUTE", "5")];
    let none = [ON[0], ("SESSION_ANONYMOUS_ADDRESS_PER_MINUTE", "0")];
    for (variables, most) in [(ON, Some(20)), (&five, Some(5)), (&none, None)] {
        let [event, other_format] = Ask::patch("{\"a\":1}").stranger().events();
        let function = function(Counting::default(), variables);
        for n in 0..most.unwrap_or(60) {
            let event = if n % 2 == 0 { &event } else { &other_format };
            let reply = answer(&function, event.clone()).await;
            assert_eq!(reply.status, 200, "{n}");
        }
        let Some(most) = most else { continue };
        let left = 60 - NOW.0 % 60;
        for event in [&event, &other_format] {
            let reply = answer(&function, event.clone()).await;
            reply.assert_is_proper("too many");
            assert_eq!(reply.status, 429);
            assert_eq!(reply.header("retry-after"), Some(&*left.to_string()));
            assert!(reply.cookies.is_empty());
        }
        assert_eq!(function.sessions.inner.len(), most);
        let mut elsewhere = event.clone();
        elsewhere["requestContext"]["http"]["sourceIp"] = json!("192.0.2.11");
        assert_eq!(answer(&function, elsewhere).await.status, 200);
        let next = UnixSeconds(NOW.0 + left);
        assert_eq!(answer_at(&function, event, next).await.status, 200);
        assert_eq!(function.sessions.inner.len(), most + 2);
    }
}

/// Viewers behind a CDN are counted by what it tells of them.
#[tokio::test]
async fn an_address_that_a_trusted_front_tells_begins_its_own() {
    const SECRET: &str = "a-secret-of-the-front-0123456789";
    let variables = [
        ON[0],
        ("SESSION_ANONYMOUS_ADDRESS_PER_MINUTE", "1"),
        ("SESSION_FRONT_HEADER", "X-Real-IP"),
        ("SESSION_FRONT_SECRETS", SECRET),
    ];
    let function = function(Counting::default(), &variables);
    for (secret, address, status) in [
        (SECRET, "203.0.113.1", 200),
        (SECRET, "203.0.113.1", 429),
        (SECRET, "203.0.113.2", 200),
        ("", "203.0.113.3", 200),
        ("", "203.0.113.4", 429),
    ] {
        let ask = Ask::patch("{\"a\":1}").stranger();
        let ask = ask.header("x-front-secret", secret);
        let [event, _] = ask.header("x-real-ip", address).events();
        let reply = answer(&function, event).await;
        assert_eq!(reply.status, status, "{secret} {address}");
    }
}

/// What begins nothing counts for nothing, and what goes on with a session does not either.
#[tokio::test]
async fn only_a_begin_is_counted() {
    let one = [
        ON[0],
        ("SESSION_ANONYMOUS_ADDRESS_PER_MINUTE", "1"),
        ("SESSION_DATA_MAX_BYTES", "100"),
    ];
    let function = function(Counting::default(), &one);
    let large = format!("{{\"a\":\"{}\"}}", "x".repeat(100));
    for (body, status) in [("{}", 401), ("[]", 400), (&*large, 413), ("{\"a\":1}", 200)] {
        let [event, _] = Ask::patch(body).stranger().events();
        let reply = answer(&function, event).await;
        assert_eq!(reply.status, status, "{body}");
        if status == 200 {
            let token = cookie_token(&reply);
            for _ in 0..3 {
                let [event, _] = Ask::patch("{\"a\":2}").token(&token).events();
                assert_eq!(answer(&function, event).await.status, 200);
            }
        }
    }
    let [event, _] = Ask::patch("{\"a\":1}").stranger().events();
    assert_eq!(answer(&function, event).await.status, 429);
}

/// Also of one that has begun already; a user's session has the larger one.
#[tokio::test]
async fn every_write_of_an_anonymous_session_has_the_smaller_limit() {
    let twelve = [ON[0], ("SESSION_ANONYMOUS_DATA_MAX_BYTES", "12")];
    let both = [twelve[0], twelve[1], ("SESSION_DATA_MAX_BYTES", "10")];
    for (variables, limit) in [(ON, 4096), (&twelve, 12), (&both, 10)] {
        // A key of one byte, two quotes, one for the entry and three for the map.
        let body = |bytes: usize| format!("{{\"a\":\"{}\"}}", "x".repeat(bytes - 7));
        for begun in [false, true] {
            let store = holding(Session {
                user: None,
                authenticated: None,
                ..sample()
            });
            let function = function(store.await, variables);
            for (bytes, status) in [(limit + 1, 413), (limit, 200)] {
                let ask = Ask::patch(&body(bytes));
                let ask = if begun { ask } else { ask.stranger() };
                let [event, _] = ask.events();
                let reply = answer(&function, event).await;
                reply.assert_is_proper("limit");
                assert_eq!(reply.status, status, "{begun} {bytes}");
                if status == 413 {
                    let detail = reply.json()["detail"].as_str().unwrap().to_owned();
                    assert!(
                        detail.contains(&format!("it may have {limit}.")),
                        "{detail}"
                    );
                }
            }
        }
        let function = seeded(variables).await;
        let [event, _] = Ask::patch(&body(limit.min(10) + 3)).events();
        let status = if limit == 10 { 413 } else { 200 };
        assert_eq!(answer(&function, event).await.status, status, "{limit}");
    }
}
