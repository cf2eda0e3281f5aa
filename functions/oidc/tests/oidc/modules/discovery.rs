//! Relying party that reads the provider's metadata ("Config").

use provider::{
    behaviour::Endpoint,
    key::{Key, Rsa},
    token::Forgery,
};
use serde_json::json;

use super::{assert_logged_in, assert_rejected};
use crate::tests::{World, assert_failed};

#[tokio::test]
async fn oidcc_client_test_discovery_openid_config() {
    let world = World::new(&[]).await;
    assert_logged_in(&world).await;
    assert_eq!(world.provider.requests(Endpoint::Metadata).len(), 1);
    // What they name is what is used, whatever it is.
    let elsewhere = format!("{}/keys?of=shop", world.provider.issuer());
    let world = World::new(&[]).await;
    world
        .provider
        .err(|it| it.metadata = json!({"jwks_uri": elsewhere}));
    let reply = world.log_in("", "ada").await;
    // They are the keys of another provider.
    assert_failed("keys of another", &reply, 403, "be accepted");
    assert_eq!(world.provider.requests(Endpoint::Keys).len(), 0);
}

#[tokio::test]
async fn oidcc_client_test_discovery_jwks_uri_keys() {
    let world = World::new(&[]).await;
    world.provider.publish(Key::rs256("other", Rsa::Second));
    assert_logged_in(&world).await;
    assert_eq!(world.provider.requests(Endpoint::Keys).len(), 1);
}

#[tokio::test]
async fn oidcc_client_test_discovery_issuer_mismatch() {
    let world = World::new(&[]).await;
    let other = format!("{}/", world.provider.issuer());
    world
        .provider
        .err(|it| it.metadata = json!({"issuer": other}));
    let reply = world.start("", None).await;
    assert_failed("another issuer", &reply, 503, "does not answer");
}

/// As in the basic tests: refused, also where the metadata offer it.
#[tokio::test]
async fn oidcc_client_test_idtoken_sig_none() {
    let world = World::new(&[]).await;
    world.provider.err(|it| {
        it.metadata = json!({"id_token_signing_alg_values_supported": ["none"]});
        it.id_token = Forgery::unsigned();
    });
    assert_rejected(&world).await;
}

/// The keys were read before the provider took a new one, which it signs the next token with.
#[tokio::test]
async fn oidcc_client_test_signing_key_rotation_just_before_signing() {
    let world = World::new(&[]).await;
    assert_logged_in(&world).await;
    let returned = world.returned("", "ada").await;
    world.provider.sign_with(Key::es256("new"));
    assert_eq!(world.callback(&returned).await.status, 200);
    assert_eq!(world.provider.requests(Endpoint::Keys).len(), 2);
}

/// Two logins, and another key in between.
#[tokio::test]
async fn oidcc_client_test_signing_key_rotation() {
    let world = World::new(&[]).await;
    world.provider.sign_with(Key::rs256("a", Rsa::First));
    assert_logged_in(&world).await;
    world.provider.sign_with(Key::rs256("b", Rsa::Second));
    assert_logged_in(&world).await;
    assert_eq!(world.provider.requests(Endpoint::Keys).len(), 2);
}
