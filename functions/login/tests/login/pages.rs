//! Where a browser that posted the form goes next.

use serde_json::json;
use support::{pages::Page, reply::Reply};

use super::{
    FORMS, answer, events, forget, function, refused,
    sessions::{decision, token},
};

const FORM: &str = "application/x-www-form-urlencoded";
const GOOD: &str = "username=ada&password=correct+horse+battery+staple";
const WRONG: &str = "username=ada&password=wrong";
const PAGES: &str = "return_to=%2Fapp%3Ftab%3D1&error_to=%2Flogin%3Fa%3D1";

fn location(reply: &Reply) -> (u64, Option<&str>, usize) {
    reply.assert_is_proper("form");
    (reply.status, reply.header("location"), reply.cookies.len())
}

#[tokio::test]
async fn a_form_goes_where_it_says_and_otherwise_gets_json() {
    #[rustfmt::skip]
    let cases = [
        ("both",             format!("{GOOD}&{PAGES}&go=Log+in"),           (303, Some("/app?tab=1"), 1)),
        ("no page",          GOOD.to_owned(),                               (200, None, 1)),
        ("no return",        format!("{GOOD}&error_to=/login"),             (200, None, 1)),
        ("wrong",            format!("{WRONG}&{PAGES}"),                    (303, Some("/login?a=1&error=credentials"), 0)),
        ("wrong, no page",   format!("{WRONG}&return_to=/app"),             (401, None, 0)),
        ("an unknown user",  format!("username=eve&password=x&{PAGES}"),    (303, Some("/login?a=1&error=credentials"), 0)),
        ("no password",      format!("username=ada&{PAGES}"),               (303, Some("/login?a=1&error=fields"), 0)),
        ("an empty one",     format!("username=ada&password=&{PAGES}"),     (303, Some("/login?a=1&error=fields"), 0)),
        ("two names",        format!("username=bob&{GOOD}&{PAGES}"),        (303, Some("/login?a=1&error=fields"), 0)),
        ("no password, no page", "username=ada&return_to=/app".to_owned(),  (400, None, 0)),
    ];
    for (name, body, expected) in cases {
        for event in events(FORM, &body) {
            let login = function(FORMS).await;
            let reply = answer(&login, event).await;
            assert_eq!(location(&reply), expected, "{name}: {}", reply.body);
            if expected.0 == 303 {
                assert_eq!(reply.body, "", "{name}");
            }
            if expected.2 == 1 {
                assert!(decision(&login, &token(&reply)).await.is_some(), "{name}");
            }
        }
    }
}

/// The session of a login that sends its user to another host would be a phisher's welcome.
#[tokio::test]
async fn another_place_is_refused_before_anything_is_looked_up() {
    let login = function(FORMS).await;
    for place in [
        "//evil.example",
        "https://evil.example",
        "https://app.example",
        "/%5Cevil.example",
        "%2F%2Fevil.example",
        "%252F%252Fevil.example",
        "/%0d%0aa:b",
        "",
    ] {
        for field in ["return_to", "error_to"] {
            let body = format!("{GOOD}&{field}={place}");
            refused(
                place,
                &login,
                events(FORM, &body),
                400,
                &["evil", "correct"],
            )
            .await;
        }
    }
    let twice = format!("{GOOD}&return_to=/a&return_to=/b");
    refused("twice", &login, events(FORM, &twice), 400, &["correct"]).await;
    // JSON stays strict, and a form is refused where forms are off.
    let json =
        json!({"username": "ada", "password": super::PASSWORD, "return_to": "/app"}).to_string();
    refused(
        "JSON",
        &login,
        events("application/json", &json),
        400,
        &["/app"],
    )
    .await;
    let off = function(&[]).await;
    refused(
        "off",
        &off,
        events(FORM, &format!("{GOOD}&{PAGES}")),
        415,
        &["/app"],
    )
    .await;
}

#[tokio::test]
async fn a_page_of_an_allowed_origin_is_a_place_to_go_on_to() {
    let allowed = [FORMS[0], ("SESSION_ALLOWED_ORIGINS", "https://app.example")];
    for (body, place, cookies) in [
        (GOOD, "https://app.example/a?b", 1),
        (WRONG, "https://app.example/c?error=credentials", 0),
    ] {
        let pages = "return_to=https://app.example/a?b&error_to=https://app.example/c";
        for event in events(FORM, &format!("{body}&{pages}")) {
            let reply = answer(&function(&allowed).await, event).await;
            assert_eq!(location(&reply), (303, Some(place), cookies));
        }
    }
    let login = function(&allowed).await;
    for place in [
        "https://app.example.evil",
        "https://app.example@evil",
        "//app.example",
    ] {
        let body = format!("{GOOD}&return_to={place}");
        refused(
            place,
            &login,
            events(FORM, &body),
            400,
            &["evil", "app.example"],
        )
        .await;
    }
}

/// Too many tries are told as such; a fault and a page of another site are what they are to everyone.
#[tokio::test]
async fn waits_are_told_and_faults_and_other_sites_stay_errors() {
    let login = function(&[FORMS[0], ("SESSION_LOGIN_ADDRESS_PER_MINUTE", "1")]).await;
    let [event, _] = events(FORM, &format!("{GOOD}&{PAGES}"));
    assert_eq!(answer(&login, event.clone()).await.status, 303);
    let reply = answer(&login, event.clone()).await;
    assert_eq!(location(&reply), (303, Some("/login?a=1&error=wait"), 0));
    assert!(reply.header("retry-after").is_some());
    forget(&login);

    let login = function(FORMS).await;
    let reply = answer(&login, Page::FOREIGN.sends(event.clone())).await;
    assert_eq!(location(&reply), (403, None, 0));
    login.sessions.fail();
    assert_eq!(location(&answer(&login, event).await), (503, None, 0));
}
