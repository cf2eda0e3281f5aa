//! Requests that pages of other sites send, and CSRF tokens.

use serde_json::json;
use support::{
    REFERENCE, TOKEN, event,
    pages::{self, ALLOWED, CSRF, METHODS, Page, pages},
};

use super::{answer, ask::Ask, seeded};

pub(crate) const REQUIRED: (&str, &str) = ("SESSION_CSRF_TOKEN", "required");

/// What only reads is anybody's to send; no page of another site reads the answer.
#[tokio::test]
async fn each_method_site_and_origin() {
    for (method, safe) in METHODS {
        for page in pages() {
            for file in ["session-ok", "session-rest"] {
                let mut event = page.sends(event(file));
                pages::set_method(&mut event, method);
                let function = seeded(&[ALLOWED]).await;
                let reply = answer(&function, event).await;
                let calls = function.sessions.calls().len();
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
        for mut event in Ask::new(method, path).events() {
            let name = format!("{method} {path}");
            let foreign = Page::FOREIGN.sends(event.clone());
            for (variables, refused, told) in [
                (&[][..], foreign, "neither of this host nor of an allowed"),
                (&[REQUIRED], event.clone(), "X-CSRF-Token"),
            ] {
                let function = seeded(variables).await;
                let reply = answer(&function, refused).await;
                reply.assert_is_proper(&name);
                assert_eq!(reply.status, 403, "{name}");
                assert!(reply.body.contains(told), "{name}: {}", reply.body);
                assert_eq!(function.sessions.calls(), [] as [&str; 0], "{name}");
            }
            pages::add(&mut event, "X-CSRF-Token", CSRF);
            let reply = answer(&seeded(&[REQUIRED]).await, event).await;
            assert_ne!(reply.status, 403, "{name}");
        }
    }
}

/// A new id has a new CSRF token, and does not take the old one.
#[tokio::test]
async fn a_csrf_token_ends_with_the_id() {
    let function = seeded(&[REQUIRED]).await;
    let send = async |cookie: &str, csrf_token: &str, method: &str, path: &str| {
        let [mut event, _] = Ask::new(method, path).cookie(cookie).events();
        pages::add(&mut event, "x-csrf-token", csrf_token);
        answer(&function, event).await
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
        let reply = answer(&seeded(&required).await, event.clone()).await;
        assert_eq!(reply.json()["csrf_token"], CSRF);
        let reply = answer(&seeded(&[mode]).await, event).await;
        assert_eq!(reply.json().get("csrf_token"), None);
    }
}
