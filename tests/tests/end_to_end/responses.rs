//! What every response of a function has, and what none has.

use super::{
    client::{Answer, Headers},
    stack::{User, credentials, send},
};

fn assert_safe(name: &str, answer: &Answer, token: &str) {
    assert_eq!(
        answer.header("cache-control"),
        Some("no-store"),
        "{name}: {answer:?}"
    );
    assert_eq!(
        answer.header("x-content-type-options"),
        Some("nosniff"),
        "{name}"
    );
    let transport = answer.header("strict-transport-security").unwrap();
    assert!(
        transport.starts_with("max-age=31536000"),
        "{name}: {transport}"
    );
    assert!(
        !answer.body.contains(token),
        "{name}: a token is in the body"
    );
    assert_eq!(answer.header("access-control-allow-origin"), None, "{name}");
    let media_type = answer.header("content-type");
    match answer.status {
        200 => assert_eq!(media_type, Some("application/json"), "{name}"),
        204 => assert_eq!(answer.body, "", "{name}"),
        status => {
            assert_eq!(media_type, Some("application/problem+json"), "{name}");
            assert_eq!(answer.json()["status"], status, "{name}");
            assert!(answer.json()["title"].is_string(), "{name}");
        }
    }
}

#[tokio::test]
async fn every_response_is_kept_from_caches_and_holds_no_token() {
    let user = User::new().await;
    let session = user.log_in(None).await;
    let token = session.token();
    let own = ("cookie", session.cookie.as_str());
    let json = ("content-type", "application/json");
    let wrong = credentials(&user.name, "wrong");
    assert_safe("login", &session.answer, token);
    #[rustfmt::skip]
    let cases: [(&str, &str, Headers<'_>, &str, u16); 17] = [
        ("GET",  "/profile",                 &[own],        "",     200),
        ("GET",  "/session",                 &[own],        "",     200),
        ("GET",  "/session",                 &[],           "",     401),
        ("PATCH", "/session",                &[own, json],  "{\"a\":1}", 200),
        ("PATCH", "/session",                &[own, json],  "[]",   400),
        ("PATCH", "/session",                &[json],       "{}",   401),
        ("DELETE", "/session/data",          &[own],        "",     204),
        ("POST", "/session/rotate",          &[],           "",     401),
        ("GET",  "/sessions",                &[own],        "",     200),
        ("GET",  "/sessions",                &[],           "",     401),
        ("DELETE", "/sessions/x",            &[own],        "",     404),
        ("POST", "/login",                   &[own, json],  &wrong, 401),
        ("POST", "/login",                   &[own, json],  "{",    400),
        ("POST", "/login",                   &[own],        "{}",   415),
        ("POST", "/logout?everywhere=maybe", &[own],        "",     400),
        ("POST", "/logout?everywhere=true",  &[],           "",     401),
        ("POST", "/logout",                  &[own],        "",     204),
    ];
    for (method, target, headers, body, expected) in cases {
        let name = format!("{method} {target}, {expected}");
        let answer = send(method, target, headers, body).await;
        assert_eq!(answer.status, expected, "{name}: {answer:?}");
        assert_safe(&name, &answer, token);
    }
}
