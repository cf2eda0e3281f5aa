//! Who may log in, and who has to prove it anew.

use dynamodb_session::{
    abandon::end_all,
    provider::{Subject, bar, user_of},
    time::UnixSeconds,
    user::UserName,
};
use serde_json::json;
use support::NOW;

use super::{World, assert_failed, session_cookie};

fn ada(world: &World) -> UserName {
    user_of(
        world.provider.issuer(),
        &Subject::parse("248289761001").unwrap(),
    )
}

#[tokio::test]
async fn an_address_is_verified_and_of_an_allowed_domain() {
    #[rustfmt::skip]
    let cases = [
        ("ada", "example.com",       None,                                          true),
        ("ada", "other.example",     None,                                          false),
        ("eve", "example.com",       None,                                          false),
        ("ada", "example.com",       Some(json!({"email": "x@evil.example@example.com"})), false),
        ("ada", "example.com",       Some(json!({"email": "ada@EXAMPLE.com", "email_verified": "true"})), true),
        ("ada", "example.com",       Some(json!({"email_verified": null})),         false),
    ];
    for (user, domains, patch, expected) in cases {
        let variables = [
            ("SESSION_OIDC_EMAIL_DOMAINS", domains),
            ("SESSION_OIDC_SCOPES", "openid,email"),
        ];
        let world = World::new(&variables).await;
        if let Some(patch) = &patch {
            world.provider.err(|it| {
                it.claims_in_id_token = true;
                it.id_token.claims = patch.clone();
                it.userinfo = patch.clone();
            });
        }
        let reply = world.log_in("", user).await;
        if expected {
            assert!(
                session_cookie(&reply).is_some(),
                "{user} {domains} {patch:?}: {reply:?}"
            );
        } else {
            assert_failed(user, &reply, 403, "e-mail address may not log in");
        }
    }
}

/// Who was thrown out does not come back by the provider's own session.
#[tokio::test]
async fn after_the_end_of_all_sessions_the_provider_is_told_to_ask_once() {
    let world = World::new(&[]).await;
    world.session_of(&world.log_in("", "ada").await).await;
    let ended = UnixSeconds(NOW.0 + 10);
    end_all(&world.function.store, &ada(&world), ended)
        .await
        .unwrap();
    let mut browser = world.provider.browser();
    // The provider's session is older than the end.
    let reply = world.start("return_to=/app", None).await;
    let location = reply.header("location").unwrap();
    let first = browser.log_in("ada", location).unwrap();
    let cookie = super::flow_cookie(&reply).unwrap();
    let query = first.split_once('?').unwrap().1.to_owned();
    let later = UnixSeconds(NOW.0 + 20);
    world.provider.clock().set(later);
    let again = world
        .callback_at(&super::Returned { cookie, query }, later)
        .await;
    assert_eq!(again.status, 302, "{again:?}");
    assert_eq!(session_cookie(&again), None);
    let location = again.header("location").unwrap();
    assert!(
        location.contains("prompt=login") && location.contains("max_age=0"),
        "{location}"
    );
    // Whoever really logs in goes on where they wanted.
    let returned = world.back(&again, "ada");
    let reply = world.callback_at(&returned, later).await;
    assert!(reply.body.contains("0;url=/app"), "{reply:?}");
    world.session_of(&reply).await;
}

/// A provider that asks nobody is asked no third time.
#[tokio::test]
async fn a_provider_that_does_not_tell_when_is_asked_no_third_time() {
    let world = World::new(&[]).await;
    world.session_of(&world.log_in("", "ada").await).await;
    end_all(&world.function.store, &ada(&world), NOW)
        .await
        .unwrap();
    world
        .provider
        .err(|it| it.id_token.claims = json!({"auth_time": null}));
    let first = world.log_in("", "ada").await;
    let returned = world.back(&first, "ada");
    assert_failed(
        "again",
        &world.callback(&returned).await,
        403,
        "provider anew",
    );
}

#[tokio::test]
async fn a_login_that_has_to_be_recent_is() {
    let cases = [
        (json!({}), true),
        (json!({"auth_time": NOW.0 - 60}), true),
        (json!({"auth_time": NOW.0 - 61}), false),
        (json!({"auth_time": null}), false),
    ];
    for (claims, expected) in cases {
        let world = World::new(&[]).await;
        world.provider.err(|it| it.id_token.claims = claims.clone());
        let reply = world.log_in("recent=true", "ada").await;
        if expected {
            assert!(session_cookie(&reply).is_some(), "{claims}: {reply:?}");
        } else {
            assert_failed("not recent", &reply, 403, "provider anew");
        }
    }
}

#[tokio::test]
async fn who_is_barred_stays_out() {
    let world = World::new(&[]).await;
    bar(&world.function.store, &ada(&world), NOW).await.unwrap();
    assert_failed(
        "barred",
        &world.log_in("", "ada").await,
        403,
        "may not log in here",
    );
    assert!(session_cookie(&world.log_in("", "ben").await).is_some());
}
