//! Methods, paths, carriers, and events that no API sends.

use lambda::routes::{Function, ROUTES};
use proptest::prelude::*;
use serde_json::{Value, json};
use support::{REFERENCE, TOKEN, arbitrary::changed, event};
use tokio::runtime::Builder;

use super::{answer, ask::Ask, seeded};

#[tokio::test]
async fn each_route_of_the_table_is_answered() {
    let routes = ROUTES.iter().filter(|r| r.function == Function::Session);
    for route in routes {
        let path = route.path.replace("{ref}", REFERENCE);
        for ask in [Ask::new(route.method, &path), Ask::new("TRACE", &path)] {
            for event in ask.body("application/merge-patch+json", "{}").events() {
                let status = answer(&seeded(&[]).await, event.clone()).await.status;
                let expected: &[u64] = if event.to_string().contains("TRACE") {
                    &[405]
                } else {
                    &[200, 204]
                };
                assert!(expected.contains(&status), "{status} {event}");
            }
        }
    }
}

/// What a stage, a prefix, a mapping or a client's slash adds to the path changes nothing.
#[tokio::test]
async fn the_route_that_was_matched_is_answered_whatever_the_path() {
    let function = seeded(&[]).await;
    for path in ["/session/", "/sessions/session", "/prod/session", "/"] {
        let [mut http, mut rest] = Ask::new("GET", "/session").events();
        http["rawPath"] = json!(path);
        rest["path"] = json!(path);
        for event in [http, rest] {
            assert_eq!(answer(&function, event).await.status, 200, "{path}");
        }
    }
    let [mut http, mut rest] = Ask::new("GET", "/sessions/").events();
    http["routeKey"] = json!("$default");
    rest["resource"] = json!("/{proxy+}");
    for event in [http, rest] {
        assert_eq!(answer(&function, event).await.status, 200);
    }
}

#[tokio::test]
async fn each_resource_takes_its_own_methods() {
    let methods = [
        "GET", "POST", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE",
    ];
    #[rustfmt::skip]
    let resources = [
        ("/session",        "GET, PATCH"),
        ("/session/data",   "DELETE"),
        ("/session/rotate", "POST"),
        ("/sessions",       "GET, DELETE"),
        ("/sessions/abc",   "DELETE"),
    ];
    let function = seeded(&[]).await;
    for (path, allowed) in resources {
        for method in methods
            .into_iter()
            .filter(|method| !allowed.contains(method))
        {
            for event in Ask::new(method, path).events() {
                let reply = answer(&function, event).await;
                reply.assert_is_proper(method);
                assert_eq!(
                    (reply.status, reply.header("allow")),
                    (405, Some(allowed)),
                    "{method} {path}"
                );
            }
        }
    }
    for path in ["/", "/session/other", "/profile"] {
        for event in Ask::new("GET", path).events() {
            let reply = answer(&function, event).await;
            reply.assert_is_proper(path);
            assert_eq!(reply.status, 404, "{path}");
        }
    }
    assert_eq!(function.sessions.calls(), [] as [&str; 0]);
}

#[tokio::test]
async fn each_mode_reads_its_own_carriers() {
    let header = |mut event: Value, token: &str| {
        event["headers"]["X-ID"] = json!(token);
        event
    };
    #[rustfmt::skip]
    let cases = [
        // event                                                 cookie header both
        ("cookie", event("session-ok"),                              [200, 401, 200]),
        ("header", header(event("session-without-cookie"), TOKEN),   [401, 200, 200]),
        ("equal",  header(event("session-ok"), TOKEN),               [200, 200, 200]),
        ("differ", header(event("session-ok"), &"A".repeat(43)),     [200, 401, 401]),
        ("joined", header(event("session-without-cookie"), &format!("{TOKEN},{TOKEN}")), [401, 401, 401]),
    ];
    for (name, event, statuses) in cases {
        for (mode, status) in ["cookie", "header", "both"].into_iter().zip(statuses) {
            let function = seeded(&[("SESSION_TRANSPORT", mode)]).await;
            let reply = answer(&function, event.clone()).await;
            assert_eq!(reply.status, status, "{name} in mode {mode}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_event_with_parts_replaced(event in changed(["session-ok", "session-rest"].map(event).to_vec())) {
        Builder::new_current_thread().build().unwrap().block_on(async {
            let function = seeded(&[("SESSION_TRANSPORT", "both")]).await;
            let status = answer(&function, event.clone()).await.status;
            assert!([200, 400, 401, 404, 405, 415].contains(&status), "{status}");
            assert!(status != 200 || event.to_string().contains(TOKEN));
        });
    }

    #[test]
    fn a_change_with_parts_replaced(event in changed([
        "session-patch", "session-patch-rest", "session-data-clear", "session-rotate", "session-list", "session-end-others", "session-end-one",
    ].map(event).to_vec())) {
        Builder::new_current_thread().build().unwrap().block_on(async {
            let function = seeded(&[("SESSION_TRANSPORT", "both"), ("SESSION_ANONYMOUS", "on")]).await;
            let status = answer(&function, event.clone()).await.status;
            assert!([200, 204, 400, 401, 404, 405, 412, 415].contains(&status), "{status}");
        });
    }
}
