//! Logins that a page of another site has the browser send, which would log the user in as somebody else.

use dynamodb_session::{claim::Claim, csrf, transport::Presented};
use serde_json::{Value, json};
use support::{
    TOKEN,
    pages::{ALLOWED, Page, pages},
};

use super::{FORMS, PASSWORD, answer, events, function, refused};

const REQUIRED: (&str, &str) = ("SESSION_CSRF_TOKEN", "required");

fn good() -> [Value; 2] {
    ["login-ok", "login-rest"].map(support::event)
}

#[tokio::test]
async fn a_form_of_another_site_logs_nobody_in() {
    let login = function(FORMS).await;
    let body = "username=ada&password=correct+horse+battery+staple";
    let forms = || events("application/x-www-form-urlencoded", body);
    let foreign = forms().map(|event| Page::FOREIGN.sends(event));
    refused("form", &login, foreign, 403, &[PASSWORD, "evil"]).await;
    let foreign = good().map(|event| Page::FOREIGN.sends(event));
    refused("JSON", &login, foreign, 403, &[PASSWORD, "evil"]).await;
    for event in forms() {
        let reply = answer(&login, event).await;
        assert_eq!((reply.status, reply.cookies.len()), (200, 1));
    }
}

#[tokio::test]
async fn each_site_and_origin() {
    let login = function(&[ALLOWED]).await;
    for page in pages() {
        // A login in all but its media type: what passes gets as far as that.
        let sent = events("text/plain", "{}").map(|event| page.sends(event));
        let status = if page.passes { 415 } else { 403 };
        refused(&format!("{page:?}"), &login, sent, status, &[]).await;
    }
}

/// A browser keeps a cookie that the answer sets, and no header.
#[tokio::test]
async fn only_a_login_that_may_set_a_cookie_is_guarded() {
    for (mode, status) in [("cookie", 403), ("both", 403), ("header", 415)] {
        let login = function(&[("SESSION_TRANSPORT", mode)]).await;
        let sent = events("text/plain", "{}").map(|event| Page::FOREIGN.sends(event));
        refused(mode, &login, sent, status, &[]).await;
    }
}

/// It is the password that authenticates it, whatever session it presents.
#[tokio::test]
async fn a_login_shows_no_csrf_token_and_gets_one() {
    for keys in ["", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        let login = function(&[REQUIRED, ("SESSION_SIGNING_KEYS", keys)]).await;
        for mut event in good() {
            support::pages::add(&mut event, "Cookie", &format!("__Host-id={TOKEN}"));
            let reply = answer(&login, event).await;
            assert_eq!(reply.status, 200, "{}", reply.body);
            let cookie = reply.cookies[0].strip_prefix("__Host-id=").unwrap();
            let text = cookie.split(';').next().unwrap();
            let format = &login.config.policy.format;
            let claim = Claim::verify(Presented::Token(text), format);
            let expected = csrf::issue(claim.id().unwrap());
            assert_eq!(reply.json()["csrf_token"], expected.expose());
            assert!(!format!("{:?}", reply.cookies).contains(expected.expose()));
        }
    }
    let login = function(&[]).await;
    for event in good() {
        assert_eq!(answer(&login, event).await.json().get("csrf_token"), None);
    }
}

/// A method that only reads is refused for what it is.
#[tokio::test]
async fn a_page_of_another_site_learns_of_methods_alone() {
    let login = function(&[]).await;
    for (method, status) in [("GET", 405), ("HEAD", 405), ("PUT", 403), ("DELETE", 403)] {
        let sent = good().map(|mut event| {
            support::pages::set_method(&mut event, method);
            support::pages::add(&mut event, "x-http-method-override", "GET");
            event["body"] = json!("");
            Page::FOREIGN.sends(event)
        });
        refused(method, &login, sent, status, &[]).await;
    }
}
