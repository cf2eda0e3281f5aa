//! Logouts that begin here (`OpenID` Connect RP-Initiated Logout 1.0).
//!
//! The session here has ended before the browser goes to the provider, and it comes back to a page of the application: so no
//! `state` is sent, and none that comes back has a meaning.

use lambda_http::http::Request;
use oidc::fetch::{Client, Fetch};
use provider::behaviour::Endpoint;
use serde_json::json;

use crate::tests::{World, session_cookie, with};

const BACK: &str = "https://app.example/";

/// A deployment whose logout goes on at its provider.
async fn world() -> World {
    World::with_logout(BACK).await
}

/// Where a browser is sent that logs out with this query.
async fn sent(world: &World, query: &str) -> String {
    let event = with(support::event("oidc-end-session"), query, None);
    let reply = world.send(event).await;
    assert_eq!(reply.status, 302);
    reply.header("location").unwrap().to_owned()
}

#[tokio::test]
async fn oidcc_client_test_rp_init_logout() {
    let world = world().await;
    let place = sent(&world, "").await;
    let request = Request::get(&place).body(String::new()).unwrap();
    let answer = Client::new(None).fetch(request).await.unwrap();
    assert!(
        answer.status.is_redirection(),
        "the provider knows where to send the browser back to"
    );
    let asked = world.provider.requests(Endpoint::EndSession);
    let sent = |name| asked[0].parameter(name);
    assert_eq!(asked.len(), 1);
    assert_eq!(
        (sent("client_id"), sent("post_logout_redirect_uri")),
        (Some("shop"), Some(BACK))
    );

    let elsewhere = place.replace("app.example", "elsewhere.example");
    let request = Request::get(elsewhere).body(String::new()).unwrap();
    let answer = Client::new(None).fetch(request).await.unwrap();
    assert!(!answer.status.is_redirection());
}

#[tokio::test]
async fn oidcc_client_test_rp_init_logout_other_state() {
    let world = world().await;
    let reply = world.log_in("", "ada").await;
    assert_eq!(sent(&world, "state=other").await, sent(&world, "").await);
    // Nor does a callback with a state of a logout begin or end anything.
    let returned = with(
        support::event("oidc-callback"),
        "state=other",
        Some(&"A".repeat(43)),
    );
    assert_eq!(world.send(returned).await.status, 403);
    let token = session_cookie(&reply).unwrap();
    assert!(world.function.store.session_of(&token).await.is_some());
}

#[tokio::test]
async fn oidcc_client_test_rp_init_logout_no_state() {
    let world = world().await;
    let place = sent(&world, "").await;
    let (_, query) = place.split_once('?').unwrap();
    let names: Vec<_> = form_urlencoded::parse(query.as_bytes())
        .map(|(name, _)| name.into_owned())
        .collect();
    assert_eq!(
        json!(names),
        json!(["client_id", "post_logout_redirect_uri"])
    );
}
