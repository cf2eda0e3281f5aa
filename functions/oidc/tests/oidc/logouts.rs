//! Logouts at both ends.

use dynamodb_session::time::UnixSeconds;
use provider::{
    behaviour::{Endpoint, Fault},
    key::Key,
};
use serde_json::{Value, json};
use support::NOW;

use super::{World, session_cookie};

fn end_session() -> Value {
    support::event("oidc-end-session")
}

/// The event of the provider's request with this body.
fn logout(body: &str) -> Value {
    let mut event = support::event("oidc-backchannel");
    event["body"] = json!(body);
    event["isBase64Encoded"] = json!(false);
    event
}

pub(super) fn of_token(token: &str) -> Value {
    logout(&format!("logout_token={token}"))
}

#[tokio::test]
async fn a_browser_goes_on_to_the_provider_and_nothing_depends_on_it() {
    let variables = [
        ("SESSION_OIDC_LOGOUT_URL", "https://login.example/logout"),
        ("SESSION_OIDC_POST_LOGOUT_URI", "https://app.example/"),
    ];
    let world = World::new(&variables).await;
    world
        .provider
        .err(|it| drop(it.faults.insert(Endpoint::Metadata, Fault::Status(500))));
    world.function.store.hook.fail();
    let reply = world.send(end_session()).await;
    let place = "https://login.example/logout?client_id=shop&post_logout_redirect_uri=https%3A%2F%2Fapp.example%2F";
    assert_eq!((reply.status, reply.header("location")), (302, Some(place)));
    reply.assert_is_kept_private("logout");
    assert_eq!(reply.cookies, [] as [&str; 0]);

    let world = World::new(&[]).await;
    let reply = world.send(end_session()).await;
    assert_eq!(reply.status, 404);
    reply.assert_is_proper("no logout");
}

#[tokio::test]
async fn the_provider_ends_the_sessions_of_its_own() {
    let world = World::new(&[]).await;
    let (one, other) = (world.log_in("", "ada").await, world.log_in("", "ada").await);
    let sid = world
        .session_of(&one)
        .await
        .origin
        .identity
        .unwrap()
        .sid
        .unwrap();
    let token = world.provider.logout_token(None, Some(&sid));
    let reply = world.send(of_token(&token)).await;
    assert_eq!((reply.status, reply.body.as_str()), (200, ""), "{reply:?}");
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    let of = |reply| session_cookie(reply).unwrap();
    assert!(world.function.store.session_of(&of(&one)).await.is_none());
    assert!(world.function.store.session_of(&of(&other)).await.is_some());
    // A repeated one has no effect, and is a 200.
    assert_eq!(world.send(of_token(&token)).await.status, 200);
    // All of the user's.
    let token = world.provider.logout_token(Some("248289761001"), None);
    assert_eq!(world.send(of_token(&token)).await.status, 200);
    assert!(world.function.store.session_of(&of(&other)).await.is_none());
    // An unknown one.
    let token = world.provider.logout_token(None, Some("unknown"));
    assert_eq!(world.send(of_token(&token)).await.status, 200);
}

/// A provider may name its sessions in logout tokens alone: which of the user's it is can't be told, so each of them ends.
#[tokio::test]
async fn a_session_whose_id_token_named_none_ends_with_any_of_its_user() {
    let world = World::new(&[]).await;
    world
        .provider
        .err(|it| it.id_token.claims = json!({"sid": null}));
    let unnamed = world.log_in("", "ada").await;
    let of_another = world.log_in("", "ben").await;
    world.provider.err(|it| it.id_token.claims = json!({}));
    let named = world.log_in("", "ada").await;
    let token = world
        .provider
        .logout_token(Some("248289761001"), Some("unknown"));
    assert_eq!(world.send(of_token(&token)).await.status, 200);
    for (reply, lives) in [(&unnamed, false), (&of_another, true), (&named, true)] {
        let token = session_cookie(reply).unwrap();
        let found = world.function.store.session_of(&token).await;
        assert_eq!(found.is_some(), lives);
    }
}

#[tokio::test]
async fn a_refused_logout_token_ends_nothing() {
    let world = World::new(&[]).await;
    let one = world.log_in("", "ada").await;
    let token = world.provider.logout_token(Some("248289761001"), None);
    world
        .provider
        .err(|it| it.logout_token.claims = json!({"aud": "others"}));
    let of_others = world.provider.logout_token(Some("248289761001"), None);
    world.function.store.hook.calls();
    #[rustfmt::skip]
    let cases = [
        ("nothing",       logout("")),
        ("no token",      logout("a=b")),
        ("two",           logout(&format!("logout_token={token}&logout_token={token}"))),
        ("malformed",     of_token("x")),
        ("of others",     of_token(&of_others)),
        ("broken",        of_token(&format!("{token}x"))),
        ("large",         logout(&format!("logout_token={}", "a".repeat(40_000)))),
        ("in the query",  { let mut event = logout(""); event["rawQueryString"] = json!(format!("logout_token={token}")); event }),
        ("JSON",          { let mut event = of_token(&token); event["headers"]["content-type"] = json!("application/json"); event }),
    ];
    for (name, event) in cases {
        let reply = world.send(event).await;
        assert_eq!(reply.status, 400, "{name}");
        reply.assert_is_proper(name);
    }
    assert_eq!(world.function.store.hook.calls(), [] as [&str; 0]);
    let token_of = session_cookie(&one).unwrap();
    assert!(world.function.store.session_of(&token_of).await.is_some());
    let mut event = of_token(&token);
    support::pages::set_method(&mut event, "GET");
    assert_eq!(world.send(event).await.status, 405);
}

/// A 200 says that the logout is durable, and a 400 that it never will be.
#[tokio::test]
async fn what_can_t_be_decided_or_done_is_a_503() {
    let world = World::new(&[]).await;
    world.log_in("", "ada").await;
    let token = world.provider.logout_token(Some("248289761001"), None);
    world.function.store.hook.fail();
    assert_eq!(world.send(of_token(&token)).await.status, 503);

    let world = World::new(&[]).await;
    let token = world.provider.logout_token(Some("248289761001"), None);
    // A provider that failed is left alone for a few seconds.
    let after = |seconds| UnixSeconds(NOW.0 + seconds);
    for (endpoint, seconds) in [(Endpoint::Metadata, 0), (Endpoint::Keys, 10)] {
        let fault = Fault::Status(500);
        world
            .provider
            .err(|it| drop(it.faults.insert(endpoint, fault)));
        let reply = world.send_at(of_token(&token), after(seconds)).await;
        assert_eq!(reply.status, 503, "{endpoint:?}");
        world.provider.err(|it| it.faults.clear());
    }
    assert_eq!(world.provider.requests(Endpoint::Keys).len(), 1);
    let reply = world.send_at(of_token(&token), after(20)).await;
    assert_eq!(reply.status, 200);
}

/// Nobody repeats what is answered with a 400: a token is refused only by keys that were read just now.
#[tokio::test]
async fn a_token_of_a_new_key_is_refused_by_no_old_ones() {
    let world = World::new(&[]).await;
    let one = world.log_in("", "ada").await;
    world.provider.sign_with(Key::es256("new"));
    let token = world.provider.logout_token(Some("248289761001"), None);
    let keys = Endpoint::Keys;
    let fault = Fault::Status(500);
    world.provider.err(|it| drop(it.faults.insert(keys, fault)));
    assert_eq!(world.send(of_token(&token)).await.status, 503);
    // The minute's one try is used up.
    world.provider.err(|it| it.faults.clear());
    assert_eq!(world.send(of_token(&token)).await.status, 503);
    assert_eq!(world.provider.requests(keys).len(), 2);
    let later = UnixSeconds(NOW.0 + 60);
    assert_eq!(world.send_at(of_token(&token), later).await.status, 200);
    let ended = session_cookie(&one).unwrap();
    assert!(world.function.store.session_of(&ended).await.is_none());
}
