//! The cases that each store of tower-sessions passes, by their names there.

use axum::http::StatusCode;

use super::{
    engine::Engine,
    site::{HOUR, SetCookie, ask, begun, site},
};

/// An id that no session has.
const BOGUS: &str = "AAAAAAAAAAAAAAAAAAAAAA";

const HOUR_SECONDS: i64 = 60 * 60;
const DAY_SECONDS: i64 = 24 * HOUR_SECONDS;

/// A busy machine may take minutes for a request.
fn assert_about(cookie: &SetCookie, seconds: i64) {
    let age = cookie.max_age().unwrap();
    assert!(
        (seconds - 600..=seconds).contains(&age),
        "{age} of {seconds}"
    );
}

#[tokio::test]
async fn no_session_set() {
    let engine = Engine::start().await;
    let answer = ask(&site(engine.store(), HOUR, None), "/", None).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.cookie.is_none());
    assert!(engine.wire.take().is_empty());
}

#[tokio::test]
async fn bogus_session_cookie() {
    let engine = Engine::start().await;
    let answer = ask(&site(engine.store(), HOUR, None), "/insert", Some(BOGUS)).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_ne!(answer.cookie.unwrap().value, BOGUS);
}

#[tokio::test]
async fn malformed_session_cookie() {
    let engine = Engine::start().await;
    let answer = ask(&site(engine.store(), HOUR, None), "/", Some("malformed")).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_ne!(answer.cookie.unwrap().value, "malformed");
}

#[tokio::test]
async fn insert_session() {
    let engine = Engine::start().await;
    let answer = ask(&site(engine.store(), HOUR, None), "/insert", None).await;
    let cookie = answer.cookie.unwrap();
    assert_about(&cookie, HOUR_SECONDS);
    assert_is_strict(&cookie);
}

#[tokio::test]
async fn session_max_age() {
    let engine = Engine::start().await;
    let answer = ask(&site(engine.store(), None, None), "/insert", None).await;
    let cookie = answer.cookie.unwrap();
    assert_eq!(cookie.max_age(), None);
    assert_is_strict(&cookie);
}

fn assert_is_strict(cookie: &SetCookie) {
    assert_eq!(cookie.name, "id");
    let expected = [
        ("HttpOnly", Some("")),
        ("SameSite", Some("Strict")),
        ("Secure", Some("")),
        ("Path", Some("/")),
        ("Domain", None),
    ];
    for (name, value) in expected {
        assert_eq!(cookie.attribute(name), value, "{name}");
    }
}

#[tokio::test]
async fn get_session() {
    let engine = Engine::start().await;
    let site = site(engine.store(), HOUR, None);
    let id = begun(&site).await;
    let answer = ask(&site, "/get", Some(&id)).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.body, "Some(42)");
}

#[tokio::test]
async fn get_no_value() {
    let engine = Engine::start().await;
    let answer = ask(&site(engine.store(), HOUR, None), "/get_value", None).await;
    assert_eq!(answer.body, "None");
}

#[tokio::test]
async fn remove_last_value() {
    let engine = Engine::start().await;
    let site = site(engine.store(), HOUR, None);
    let id = begun(&site).await;
    let answer = ask(&site, "/remove_value", Some(&id)).await;
    assert_eq!(answer.body, "Some(Number(42))");
    // The session is empty, and still there.
    assert_eq!(ask(&site, "/get_value", Some(&id)).await.body, "None");
    assert_eq!(engine.items().await.len(), 1);
}

#[tokio::test]
async fn cycle_session_id() {
    let engine = Engine::start().await;
    let site = site(engine.store(), HOUR, None);
    let first = begun(&site).await;
    let second = ask(&site, "/cycle_id", Some(&first))
        .await
        .cookie
        .unwrap()
        .value;
    assert_ne!(first, second);
    assert_eq!(ask(&site, "/get", Some(&second)).await.body, "Some(42)");
    assert_eq!(ask(&site, "/get", Some(&first)).await.body, "None");
    assert_eq!(engine.items().await.len(), 1);
}

#[tokio::test]
async fn flush_session() {
    let engine = Engine::start().await;
    let site = site(engine.store(), HOUR, None);
    let id = begun(&site).await;
    let cookie = ask(&site, "/flush", Some(&id)).await.cookie.unwrap();
    assert_eq!(cookie.value, "");
    assert_eq!(cookie.max_age(), Some(0));
    assert_eq!(cookie.attribute("Path"), Some("/"));
    assert!(engine.items().await.is_empty());
}

#[tokio::test]
async fn flush_with_domain() {
    let engine = Engine::start().await;
    let site = site(engine.store(), HOUR, Some("localhost"));
    let id = begun(&site).await;
    let cookie = ask(&site, "/flush", Some(&id)).await.cookie.unwrap();
    assert_eq!(cookie.value, "");
    assert_eq!(cookie.max_age(), Some(0));
    assert_eq!(cookie.attribute("Path"), Some("/"));
    assert_eq!(cookie.attribute("Domain"), Some("localhost"));
}

#[tokio::test]
async fn set_expiry() {
    let engine = Engine::start().await;
    let site = site(engine.store(), HOUR, Some("localhost"));
    let cookie = ask(&site, "/insert", None).await.cookie.unwrap();
    assert_about(&cookie, HOUR_SECONDS);
    let answer = ask(&site, "/set_expiry", Some(&cookie.value)).await;
    assert_about(&answer.cookie.unwrap(), DAY_SECONDS);
}

#[tokio::test]
async fn change_expiry_type() {
    let engine = Engine::start().await;
    let cookie = site(engine.store(), None, Some("localhost"));
    let begun = ask(&cookie, "/insert", None).await.cookie.unwrap();
    assert_eq!(begun.max_age(), None);
    let answer = ask(&cookie, "/set_expiry", Some(&begun.value)).await;
    assert_about(&answer.cookie.unwrap(), DAY_SECONDS);

    let idle = site(engine.store(), HOUR, Some("localhost"));
    let begun = ask(&idle, "/insert", None).await.cookie.unwrap();
    assert_about(&begun, HOUR_SECONDS);
    let answer = ask(&idle, "/remove_expiry", Some(&begun.value)).await;
    assert_eq!(answer.cookie.unwrap().max_age(), None);
}
