//! No client chooses an id, and no draw takes another session over.

use dynamodb_session::{
    authorize::{Decision, Denial},
    signing_keys::SigningKeys,
    store::{Found, SessionStore},
    token,
};
use support::gate::Gate;
use tests::{
    entropy, on_every_store,
    world::{Attempt, NOW, World},
};

on_every_store! {
    a_presented_id_is_never_issued
    an_id_that_is_drawn_twice_takes_no_session_over
    an_id_drawn_again_and_again_is_no_session_of_anybody
    an_id_that_is_drawn_and_presented_is_not_issued
}

fn token(id: &[u8]) -> String {
    let token = token::issue(&entropy::id(id), &SigningKeys::default());
    token.expose().to_owned()
}

async fn a_presented_id_is_never_issued(store: impl SessionStore) {
    let world = World::new(store, Gate::default());
    let own = world.signed(Attempt::default()).await;
    let ended = world.signed(Attempt::default()).await;
    world.logout(&ended.token).await.unwrap();
    let made_up = [
        token(&[0; 32]),
        token(&[0xff; 32]),
        token(b"an id that somebody has made up."),
    ];
    for presented in made_up.iter().chain([&own.token, &ended.token]) {
        let attempt = Attempt {
            presented: Some(presented),
            ..Attempt::default()
        };
        let signed = world.signed(attempt).await;
        assert_ne!(&signed.token, presented);
        let unknown = Decision::Deny {
            denial: Denial::Unknown,
            session: None,
        };
        assert_eq!(world.call(presented, NOW).await, unknown);
        assert!(!world.is_stored(&world.key(presented).unwrap()).await);
        assert!(world.allows(&signed.token).await);
    }
    // A malformed token is as if nothing was presented.
    for presented in [
        "",
        "A",
        "s#key",
        &"A".repeat(44),
        &format!("{}=", own.token),
        "\u{e9}",
    ] {
        let attempt = Attempt {
            presented: Some(presented),
            ..Attempt::default()
        };
        let signed = world.signed(attempt).await;
        assert_ne!(signed.token, presented);
        let malformed = Decision::Deny {
            denial: Denial::Malformed,
            session: None,
        };
        assert_eq!(world.call(presented, NOW).await, malformed);
    }
    world.check(&"presented").await;
}

async fn an_id_that_is_drawn_twice_takes_no_session_over(store: impl SessionStore) {
    let mut world = World::new(store, Gate::default());
    let theirs = world.signed(Attempt::default()).await;
    let before = world.store.inner.session(&theirs.key).await.unwrap();
    let id = world.entropy.drawn(32)[0].clone();
    assert_eq!(entropy::id(&id).key(), theirs.key);

    world.renew();
    // A first login, then one of several; each draws the other's id first.
    for count in 1..=2 {
        world.entropy.draw_again(&id);
        let own = world.signed(Attempt::default()).await;
        assert_ne!(own.token, theirs.token);
        let drawn = world.entropy.drawn(32);
        assert_eq!(drawn.iter().filter(|draw| **draw == id).count(), count);
        assert_eq!(drawn.len(), 2 * count, "{count}");
        assert_eq!(world.verifications(), count);
        assert_eq!(
            world.store.inner.session(&theirs.key).await.unwrap(),
            before
        );
        assert!(world.allows(&own.token).await && world.allows(&theirs.token).await);
        assert_eq!(world.listed().await.len(), count);
    }
    let Found::Session(session) = before else {
        panic!("{before:?}");
    };
    assert_ne!(session.user.as_ref(), Some(&world.user));
}

async fn an_id_drawn_again_and_again_is_no_session_of_anybody(store: impl SessionStore) {
    let world = World::new(store, Gate::default());
    let theirs = world.signed(Attempt::default()).await;
    let id = world.entropy.drawn(32)[0].clone();
    for _ in 0..1_000 {
        world.entropy.draw_again(&id);
    }
    world.login(Attempt::default()).await.unwrap_err();
    assert!(world.allows(&theirs.token).await);
    assert_eq!(
        world.listed().await,
        [theirs.key.as_str().to_owned()].into()
    );
}

async fn an_id_that_is_drawn_and_presented_is_not_issued(store: impl SessionStore) {
    let world = World::new(store, Gate::default());
    let own = world.signed(Attempt::default()).await;
    let id = world.entropy.drawn(32)[0].clone();
    world.entropy.draw_again(&id);
    let attempt = Attempt {
        presented: Some(&own.token),
        ..Attempt::default()
    };
    // DynamoDB takes no transaction that deletes what it puts: a store may fail here, with nothing changed.
    if let Ok(again) = world.login(attempt).await {
        assert_ne!(again.unwrap().token, own.token);
        assert!(!world.allows(&own.token).await);
    }
    assert_eq!(world.check(&"drawn and presented").await, 1);
}
