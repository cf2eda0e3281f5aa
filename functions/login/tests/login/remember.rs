//! Remember-me: off unless the deployment says for how long.

use serde_json::json;

use super::{FORMS, PASSWORD, answer, events, function};

/// Variables of the environment.
type Variables<'a> = &'a [(&'a str, &'a str)];

const MONTH: (&str, &str) = ("SESSION_REMEMBER_SECONDS", "2592000");
const BROWSER: (&str, &str) = ("SESSION_COOKIE_LIFETIME", "browser");

/// The lifetime of the session in seconds, and the `Max-Age` of its cookie, if it has one.
async fn lifetimes(variables: &[(&str, &str)], remember: bool) -> (u64, Option<u64>) {
    let login = function(variables).await;
    let body = json!({"username": "ada", "password": PASSWORD, "remember": remember});
    let [event, _] = events("application/json", &body.to_string());
    let reply = answer(&login, event).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let age = reply.cookies[0].split("Max-Age=").nth(1);
    let age = age.map(|rest| rest.split(';').next().unwrap().parse().unwrap());
    let expires = reply.json()["expires_at"].as_u64().unwrap();
    let idle = reply.json()["idle_expires_at"].as_u64().unwrap();
    let now = support::NOW.0;
    // A remembered session may lie idle for as long as it lives.
    assert_eq!(idle == expires, expires - now > 43_200);
    (expires - now, age)
}

#[tokio::test]
async fn a_session_is_remembered_only_where_both_sides_ask() {
    assert_eq!(lifetimes(&[], true).await, (43_200, Some(43_200)));
    assert_eq!(lifetimes(&[MONTH], false).await, (43_200, Some(43_200)));
    assert_eq!(
        lifetimes(&[MONTH], true).await,
        (2_592_000, Some(2_592_000))
    );
}

#[tokio::test]
async fn the_cookie_of_a_remembered_session_outlives_the_browser() {
    assert_eq!(lifetimes(&[MONTH, BROWSER], false).await, (43_200, None));
    assert_eq!(
        lifetimes(&[MONTH, BROWSER], true).await,
        (2_592_000, Some(2_592_000))
    );
}

/// Equal timeouts do not make a session one that its user wanted remembered.
#[tokio::test]
async fn whether_a_session_is_remembered_is_recorded() {
    let equal = [("SESSION_TIMEOUT_PRESET", "nist-aal1"), MONTH, BROWSER];
    assert_eq!(lifetimes(&equal, false).await, (2_592_000, None));
    assert_eq!(lifetimes(&equal, true).await, (2_592_000, Some(2_592_000)));
    // Where remembering is off, asking for it changes nothing.
    let none = [equal[0], BROWSER];
    assert_eq!(lifetimes(&none, true).await, (2_592_000, None));
}

/// A page that always asks is not refused where remembering is off: it is told.
#[tokio::test]
async fn the_answer_says_whether_the_session_is_remembered() {
    #[rustfmt::skip]
    let cases: [(Variables<'_>, Option<bool>, bool); 6] = [
        (&[MONTH], Some(true),  true),
        (&[MONTH], Some(false), false),
        (&[MONTH], None,        false),
        (&[],      Some(true),  false),
        (&[],      Some(false), false),
        (&[],      None,        false),
    ];
    for (variables, remember, expected) in cases {
        let login = function(variables).await;
        let mut body = json!({"username": "ada", "password": PASSWORD});
        if let Some(remember) = remember {
            body["remember"] = json!(remember);
        }
        for event in events("application/json", &body.to_string()) {
            let reply = answer(&login, event).await;
            assert_eq!(reply.status, 200, "{}", reply.body);
            assert_eq!(reply.json()["remembered"], expected, "{remember:?}");
        }
    }
}

#[tokio::test]
async fn remember_is_a_truth_value() {
    let form = "application/x-www-form-urlencoded";
    let encoded = PASSWORD.replace(' ', "+");
    for (value, status) in [
        ("on", 200),
        ("true", 200),
        ("false", 200),
        ("1", 400),
        ("", 400),
        ("on&remember=on", 400),
    ] {
        let login = function(FORMS).await;
        let body = format!("username=ada&password={encoded}&remember={value}");
        for event in events(form, &body) {
            assert_eq!(answer(&login, event).await.status, status, "{value}");
        }
    }
    for value in [json!("true"), json!(1), json!(null), json!([])] {
        let login = function(&[]).await;
        let body = json!({"username": "ada", "password": PASSWORD, "remember": value});
        for event in events("application/json", &body.to_string()) {
            assert_eq!(answer(&login, event).await.status, 400, "{value}");
        }
    }
}
