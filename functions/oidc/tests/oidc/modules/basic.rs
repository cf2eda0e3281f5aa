//! Basic relying party.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::STANDARD};
use provider::{
    behaviour::Endpoint,
    client::Client,
    key::{Key, Rsa},
    token::{Forgery, Signature},
};
use serde_json::{Value, json};

use super::{assert_logged_in, assert_rejected};
use crate::tests::{SECRET, World, assert_failed, registered};

/// A provider that changes its id tokens so.
async fn claims(change: Value) -> World {
    let world = World::new(&[]).await;
    world
        .provider
        .err(|it| it.id_token = Forgery::of_claims(change));
    world
}

/// A deployment that asks for the user's address.
async fn with_email() -> World {
    World::new(&[
        ("SESSION_OIDC_SCOPES", "openid,email"),
        ("SESSION_OIDC_CLAIMS", "email"),
    ])
    .await
}

#[tokio::test]
async fn oidcc_client_test() {
    let world = World::new(&[]).await;
    let reply = assert_logged_in(&world).await;
    let identity = world.session_of(&reply).await.origin.identity.unwrap();
    assert_eq!(identity.issuer, world.provider.issuer());
    assert_eq!(identity.subject.as_str(), "248289761001");
}

#[tokio::test]
async fn oidcc_client_test_invalid_iss() {
    assert_rejected(&claims(json!({"iss": "https://invalid.example"})).await).await;
}

#[tokio::test]
async fn oidcc_client_test_missing_sub() {
    assert_rejected(&claims(json!({"sub": null})).await).await;
}

#[tokio::test]
async fn oidcc_client_test_invalid_aud() {
    assert_rejected(&claims(json!({"aud": "invalid"})).await).await;
}

#[tokio::test]
async fn oidcc_client_test_missing_iat() {
    assert_rejected(&claims(json!({"iat": null})).await).await;
}

#[tokio::test]
async fn oidcc_client_test_kid_absent_single_jwks() {
    let world = World::new(&[]).await;
    world
        .provider
        .err(|it| it.id_token = Forgery::of_header(json!({"kid": null})));
    assert_logged_in(&world).await;
}

/// The test lets a relying party try each key or refuse. It is refused here.
#[tokio::test]
async fn oidcc_client_test_kid_absent_multiple_jwks() {
    let world = World::new(&[]).await;
    world.provider.sign_with(Key::rs256("a", Rsa::First));
    world.provider.publish(Key::rs256("b", Rsa::Second));
    assert_logged_in(&world).await;
    world
        .provider
        .err(|it| it.id_token = Forgery::of_header(json!({"kid": null})));
    assert_rejected(&world).await;
}

#[tokio::test]
async fn oidcc_client_test_idtoken_sig_rs256() {
    let world = World::new(&[]).await;
    world.provider.sign_with(Key::rs256("a", Rsa::First));
    assert_logged_in(&world).await;
}

/// The test lets a relying party take it where the token came over TLS. It is refused here.
#[tokio::test]
async fn oidcc_client_test_idtoken_sig_none() {
    let world = World::new(&[]).await;
    world.provider.err(|it| it.id_token = Forgery::unsigned());
    assert_rejected(&world).await;
}

#[tokio::test]
async fn oidcc_client_test_invalid_sig_rs256() {
    let world = World::new(&[]).await;
    world.provider.sign_with(Key::rs256("a", Rsa::First));
    let other = Arc::new(Key::rs256("a", Rsa::Second));
    for signature in [Signature::Broken, Signature::By(other)] {
        world.provider.err(|it| it.id_token.signature = signature);
        assert_rejected(&world).await;
    }
}

#[tokio::test]
async fn oidcc_client_test_userinfo_invalid_sub() {
    let world = with_email().await;
    assert_logged_in(&world).await;
    world
        .provider
        .err(|it| it.userinfo = json!({"sub": "invalid"}));
    assert_rejected(&world).await;
}

#[tokio::test]
async fn oidcc_client_test_nonce_invalid() {
    assert_rejected(&claims(json!({"nonce": "invalid"})).await).await;
}

#[tokio::test]
async fn oidcc_client_test_scope_userinfo_claims() {
    let world = with_email().await;
    let reply = assert_logged_in(&world).await;
    let identity = world.session_of(&reply).await.origin.identity.unwrap();
    let claims: Value = serde_json::from_str(&identity.claims.unwrap()).unwrap();
    assert_eq!(claims, json!({"email": "ada@example.com"}));
    let asked = world.provider.requests(Endpoint::Userinfo);
    let authorization = asked[0].authorization.as_deref().unwrap();
    assert!(asked.len() == 1 && authorization.starts_with("Bearer "));
}

#[tokio::test]
async fn oidcc_client_test_client_secret_basic() {
    let world = World::new(&[]).await;
    assert_logged_in(&world).await;
    let asked = world.provider.requests(Endpoint::Token);
    let encoded = asked[0].authorization.as_deref().unwrap();
    let pair = STANDARD.decode(encoded.strip_prefix("Basic ").unwrap());
    let pair = String::from_utf8(pair.unwrap()).unwrap();
    let secret: String = form_urlencoded::byte_serialize(SECRET.as_bytes()).collect();
    assert_eq!(pair, format!("shop:{secret}"));
    assert_eq!(asked[0].parameter("client_secret"), None);

    // The provider refuses another secret, and with it the login.
    world.provider.register(Client {
        secret: Some("another".to_owned()),
        ..registered()
    });
    let reply = world.log_in("", "ada").await;
    assert_failed("another secret", &reply, 503, "does not answer");
}
