//! Logouts that the provider announces (`OpenID` Connect Back-Channel Logout 1.0), while a browser goes there.

use provider::{
    key::{Key, Rsa},
    token::{Forgery, Signature},
};
use serde_json::json;

use crate::tests::{World, logouts, session_cookie};

const SUBJECT: &str = "248289761001";
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// What becomes of a session when the provider sends a logout token of this kind: the status, and whether it lives on.
async fn announced(forgery: Forgery) -> (u64, bool) {
    let world = World::with_logout("https://app.example/").await;
    world.provider.sign_with(Key::rs256("a", Rsa::First));
    let reply = world.log_in("", "ada").await;
    let token = session_cookie(&reply).unwrap();
    let identity = world.session_of(&reply).await.origin.identity.unwrap();
    // The browser goes to the provider's logout, which ends its session there and tells it here.
    let sent = world.send(support::event("oidc-end-session")).await;
    assert_eq!(sent.status, 302);
    world.provider.err(|it| it.logout_token = forgery);
    let logout = world
        .provider
        .logout_token(Some(SUBJECT), identity.sid.as_deref());
    let status = world.send(logouts::of_token(&logout)).await.status;
    let lives = world.function.store.session_of(&token).await.is_some();
    (status, lives)
}

const ENDED: (u64, bool) = (200, false);
const REFUSED: (u64, bool) = (400, true);

#[tokio::test]
async fn oidcc_client_test_rp_backchannel_rpinitlogout() {
    assert_eq!(announced(Forgery::default()).await, ENDED);
}

#[tokio::test]
async fn oidcc_client_test_rp_backchannel_rpinitlogout_alg_none() {
    assert_eq!(announced(Forgery::unsigned()).await, REFUSED);
}

#[tokio::test]
async fn oidcc_client_test_rp_backchannel_rpinitlogout_no_event() {
    let forgery = Forgery::of_claims(json!({"events": null}));
    assert_eq!(announced(forgery).await, REFUSED);
}

#[tokio::test]
async fn oidcc_client_test_rp_backchannel_rpinitlogout_with_nonce() {
    let forgery = Forgery::of_claims(json!({"nonce": "n"}));
    assert_eq!(announced(forgery).await, REFUSED);
}

/// Signed by the client's secret, in place of the key that id tokens have.
#[tokio::test]
async fn oidcc_client_test_rp_backchannel_rpinitlogout_wrong_alg() {
    let forgery = Forgery {
        signature: Signature::Mac(crate::tests::SECRET.into()),
        ..Forgery::of_header(json!({"alg": "HS256", "kid": null}))
    };
    assert_eq!(announced(forgery).await, REFUSED);
}

#[tokio::test]
async fn oidcc_client_test_rp_backchannel_rpinitlogout_wrong_aud() {
    let forgery = Forgery::of_claims(json!({"aud": "invalid"}));
    assert_eq!(announced(forgery).await, REFUSED);
}

#[tokio::test]
async fn oidcc_client_test_rp_backchannel_rpinitlogout_wrong_event() {
    let other = json!({"events": {EVENT: null, "http://schemas.openid.net/event/other": {}}});
    assert_eq!(announced(Forgery::of_claims(other)).await, REFUSED);
}

#[tokio::test]
async fn oidcc_client_test_rp_backchannel_rpinitlogout_wrong_iss() {
    let forgery = Forgery::of_claims(json!({"iss": "https://invalid.example"}));
    assert_eq!(announced(forgery).await, REFUSED);
}
