//! What GET /session answers: the caller's session, or the one 401.

#![cfg(test)]

#[path = "../../gateway/tests/support/mod.rs"]
mod support;

use dynamodb_session::{
    entropy::SystemEntropy,
    session::{Session, Timeouts},
    time::UnixSeconds,
};
use gateway::http;
use proptest::prelude::*;
use serde_json::{Value, json};
use session::SessionRoute;
use tokio::runtime::Builder;

use support::{
    NOW, REFERENCE, TOKEN,
    arbitrary::changed,
    config, event,
    pages::{self, ALLOWED, CSRF, METHODS, Page, pages},
    reply::Reply,
    session as sample,
    store::Counting,
};

const REQUIRED: (&str, &str) = ("SESSION_CSRF_TOKEN", "required");

/// The answer, and how many calls of the store it took.
async fn answer(store: Counting, variables: &[(&str, &str)], event: Value) -> (Reply, usize) {
    let route = SessionRoute {
        entropy: SystemEntropy,
        sessions: store,
        config: config(variables),
    };
    let response = http::answer(event, |request| route.handle(request, NOW)).await;
    (Reply::of(&response), route.sessions.calls().len())
}

async fn holding(session: Session) -> Counting {
    let store = Counting::default();
    store.put(TOKEN, session).await;
    store
}

/// The samples with another cookie, in both formats.
fn events(cookie: &str) -> [Value; 2] {
    let mut http = event("session-ok");
    http["cookies"] = json!([cookie]);
    let mut rest = event("session-rest");
    rest["headers"]["Cookie"] = json!(cookie);
    rest["multiValueHeaders"]["Cookie"] = json!([cookie]);
    [http, rest]
}

#[tokio::test]
async fn a_living_session_is_shown() {
    let shown = json!({
        "user": "ada",
        "session": REFERENCE,
        "created_at": NOW.0 - 60,
        "authenticated_at": NOW.0 - 60,
        "expires_at": NOW.0 - 60 + 43200,
        // It has just been touched.
        "idle_expires_at": NOW.0 + 7200,
        "data": {},
    });
    for file in ["session-ok", "session-rest"] {
        let (reply, calls) = answer(Counting::seeded().await, &[], event(file)).await;
        reply.assert_is_proper(file);
        assert_eq!((reply.status, calls), (200, 1), "{file}");
        assert_eq!(reply.json(), shown, "{file}");
        assert_eq!(reply.header("etag"), Some("\"0\""), "{file}");
        assert_eq!(reply.cookies, Vec::<String>::new(), "{file}");
        assert!(!reply.body.contains(TOKEN), "{file}");
    }
}

#[tokio::test]
async fn data_is_shown_as_the_json_it_is() {
    let holding = |texts: &[(&str, &str)]| {
        let data = texts
            .iter()
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        holding(Session {
            data: data.collect(),
            version: 7,
            ..sample()
        })
    };
    let texts = [
        ("cart", "[1,{\"a\":null}]"),
        ("count", "123456789012345678901234567890"),
        ("name", "\"\u{1f600}\""),
    ];
    let (reply, _) = answer(holding(&texts).await, &[], event("session-ok")).await;
    let whole =
        r#""data":{"cart":[1,{"a":null}],"count":123456789012345678901234567890,"name":"😀"}}"#;
    assert!(reply.body.ends_with(whole), "{}", reply.body);
    assert_eq!(reply.header("etag"), Some("\"7\""));

    // What is no JSON was not written by us: the answer is neither that there is no data nor that there is no session.
    let broken = holding(&[("broken", "[1,")]).await;
    let (reply, _) = answer(broken, &[], event("session-ok")).await;
    reply.assert_is_proper("broken");
    assert_eq!(reply.status, 503);
}

/// The same bytes for every cause (row 79), and no call of the store where there is no token.
#[tokio::test]
async fn every_refusal_is_the_same() {
    let one = format!("__Host-id={TOKEN}");
    let times = |created: u64, accessed: u64| Session {
        created: UnixSeconds(created),
        accessed: UnixSeconds(accessed),
        timeouts: Timeouts {
            idle: 50,
            absolute: 100,
        },
        ..sample()
    };
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
        ("idle",        one.clone(),                                times(NOW.0 - 60, NOW.0 - 50),   1),
        ("expired",     one.clone(),                                times(NOW.0 - 100, NOW.0 - 1),   1),
        ("ahead",       one.clone(),                                times(NOW.0 + 61, NOW.0 + 61),   1),
        ("anonymous",   one.clone(),                                anonymous,                       1),
    ];
    let (expected, _) = answer(
        Counting::seeded().await,
        &[],
        event("session-without-cookie"),
    )
    .await;
    assert_eq!(expected.status, 401);
    assert_eq!(expected.header("www-authenticate"), Some("Session"));
    expected.assert_is_proper("401");
    for (name, cookie, session, calls) in cases {
        for event in events(&cookie) {
            let answer = answer(holding(session.clone()).await, &[], event).await;
            assert_eq!(answer, (expected.clone(), calls), "{name}");
        }
    }
    let store = Counting::seeded().await;
    store.damage();
    assert_eq!(
        answer(store, &[], event("session-ok")).await.0,
        expected,
        "damaged"
    );
    let superseded = [("SESSION_NOT_BEFORE", "1800000000")];
    assert_eq!(
        answer(Counting::seeded().await, &superseded, event("session-ok"))
            .await
            .0,
        expected,
        "superseded"
    );
    let keys = "A".repeat(43);
    let signing = [("SESSION_SIGNING_KEYS", keys.as_str())];
    for event in events(&format!("{one}.{}", "A".repeat(43))) {
        let answer = answer(Counting::seeded().await, &signing, event).await;
        assert_eq!(answer, (expected.clone(), 0), "forged");
    }
}

#[tokio::test]
async fn a_fault_of_the_store_is_a_503() {
    for file in ["session-ok", "session-rest"] {
        let store = Counting::seeded().await;
        store.fail();
        let (reply, _) = answer(store, &[], event(file)).await;
        reply.assert_is_proper(file);
        assert_eq!(reply.status, 503, "{file}");
        assert!(!reply.body.contains("Secret"), "{file}");
    }
}

/// The event with another method and path.
fn asking(method: &str, path: &str, mut event: Value) -> Value {
    if event["version"] == "2.0" {
        event["requestContext"]["http"]["method"] = json!(method);
        event["rawPath"] = json!(path);
    } else {
        event["httpMethod"] = json!(method);
        event["path"] = json!(path);
    }
    event
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
    for (path, allowed) in resources {
        for method in methods
            .into_iter()
            .filter(|method| !allowed.contains(method))
        {
            for event in events(&format!("__Host-id={TOKEN}")) {
                let event = asking(method, path, event);
                let (reply, calls) = answer(Counting::seeded().await, &[], event).await;
                reply.assert_is_proper(method);
                assert_eq!(
                    (reply.status, reply.header("allow"), calls),
                    (405, Some(allowed), 0),
                    "{method} {path}"
                );
            }
        }
    }
    for path in ["/", "/session/", "/session/other", "/profile"] {
        for event in events(&format!("__Host-id={TOKEN}")) {
            let (reply, calls) =
                answer(Counting::seeded().await, &[], asking("GET", path, event)).await;
            reply.assert_is_proper(path);
            assert_eq!((reply.status, calls), (404, 0), "{path}");
        }
    }
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
            let (reply, _) = answer(
                Counting::seeded().await,
                &[("SESSION_TRANSPORT", mode)],
                event.clone(),
            )
            .await;
            assert_eq!(reply.status, status, "{name} in mode {mode}");
        }
    }
}

/// Row 32: what only reads is anybody's to send; no page of another site reads the answer.
#[tokio::test]
async fn each_method_site_and_origin() {
    for (method, safe) in METHODS {
        for page in pages() {
            for file in ["session-ok", "session-rest"] {
                let mut event = page.sends(event(file));
                pages::set_method(&mut event, method);
                let (reply, calls) = answer(Counting::seeded().await, &[ALLOWED], event).await;
                let name = format!("{method} {file} {page:?}");
                reply.assert_is_proper(&name);
                let refused = !safe && !page.passes;
                assert_eq!(reply.status == 403, refused, "{name}");
                assert_eq!(reply.status == 200, method == "GET", "{name}");
                assert!(calls == 0 || reply.status == 200, "{name}");
            }
        }
    }
}

/// An event of a request with `method` to `path`, in each format.
fn requests(method: &str, path: &str) -> [Value; 2] {
    ["session-ok", "session-rest"].map(|file| {
        let mut event = event(file);
        pages::set_method(&mut event, method);
        let field = if file == "session-ok" {
            "rawPath"
        } else {
            "path"
        };
        event[field] = json!(path);
        event
    })
}

#[tokio::test]
async fn every_route_that_changes_something_is_guarded() {
    let one = format!("/sessions/{REFERENCE}");
    for (method, path) in [
        ("PATCH", "/session"),
        ("DELETE", "/session/data"),
        ("POST", "/session/rotate"),
        ("DELETE", "/sessions"),
        ("DELETE", &one),
    ] {
        for mut event in requests(method, path) {
            let name = format!("{method} {path}");
            let foreign = Page::FOREIGN.sends(event.clone());
            let (reply, calls) = answer(Counting::seeded().await, &[], foreign).await;
            reply.assert_is_proper(&name);
            assert_eq!((reply.status, calls), (403, 0), "{name}");
            let (reply, calls) = answer(Counting::seeded().await, &[REQUIRED], event.clone()).await;
            assert_eq!((reply.status, calls), (403, 0), "{name}");
            pages::add(&mut event, "X-CSRF-Token", CSRF);
            let (reply, _) = answer(Counting::seeded().await, &[REQUIRED], event).await;
            assert_ne!(reply.status, 403, "{name}");
        }
    }
}

/// T33: a new id has a new CSRF token, and does not take the old one.
#[tokio::test]
async fn a_csrf_token_ends_with_the_id() {
    let route = SessionRoute {
        entropy: SystemEntropy,
        sessions: Counting::seeded().await,
        config: config(&[REQUIRED]),
    };
    let send = async |cookie: &str, csrf_token: &str, method: &str, path: &str| {
        let [mut event, _] = requests(method, path);
        event["cookies"] = json!([cookie]);
        pages::add(&mut event, "x-csrf-token", csrf_token);
        Reply::of(&http::answer(event, |request| route.handle(request, NOW)).await)
    };
    let old = format!("__Host-id={TOKEN}");
    let rotated = send(&old, CSRF, "POST", "/session/rotate").await;
    assert_eq!(rotated.status, 204, "{}", rotated.body);
    let new = rotated.cookies[0].split(';').next().unwrap();
    assert_ne!(new, old);
    let shown = send(new, "", "GET", "/session").await.json();
    let shown = shown["csrf_token"].as_str().unwrap();
    assert_ne!(shown, CSRF);
    for (csrf_token, status) in [(CSRF, 403), (shown, 204)] {
        let cleared = send(new, csrf_token, "DELETE", "/session/data").await;
        assert_eq!(cleared.status, status, "{}", cleared.body);
    }
}

#[tokio::test]
async fn the_csrf_token_is_told_where_it_is_required() {
    let mut header = event("session-without-cookie");
    header["headers"]["x-id"] = json!(TOKEN);
    for (event, mode) in [
        (event("session-ok"), "cookie"),
        (event("session-rest"), "cookie"),
        (event("session-ok"), "both"),
        (header, "both"),
    ] {
        let mode = ("SESSION_TRANSPORT", mode);
        let required = [mode, REQUIRED];
        let (reply, _) = answer(Counting::seeded().await, &required, event.clone()).await;
        assert_eq!(reply.json()["csrf_token"], CSRF);
        let (reply, _) = answer(Counting::seeded().await, &[mode], event).await;
        assert_eq!(reply.json().get("csrf_token"), None);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_event_with_parts_replaced(event in changed(["session-ok", "session-rest"].map(event).to_vec())) {
        Builder::new_current_thread().build().unwrap().block_on(async {
            let (reply, _) = answer(Counting::seeded().await, &[("SESSION_TRANSPORT", "both")], event.clone()).await;
            assert!([200, 400, 401, 404, 405, 415].contains(&reply.status), "{}", reply.status);
            assert!(reply.status != 200 || event.to_string().contains(TOKEN));
        });
    }
}
