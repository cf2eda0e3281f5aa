//! A login that is confirmed is durable and usable at once; one that is refused changes nothing.

use dynamodb_session::{
    authorize::Decision,
    create::CreateError,
    id::SessionRef,
    session::{Live, Session},
    store::SessionStore,
    time::UnixSeconds,
};
use support::gate::Gate;
use tests::{
    engine::Tables,
    on_every_engine, on_every_store,
    world::{Attempt, GRACE, NOW, World},
};

on_every_store! {
    a_login_is_usable_at_once
    no_login_ends_as_it_begins
    the_eleventh_login_ends_the_session_used_longest_ago_and_no_other
    a_wrong_password_changes_nothing
    a_login_ends_the_session_it_presents
    a_login_ends_the_session_of_another_user_that_it_presents
    an_id_serves_for_the_grace_of_its_own_rotation
}

on_every_engine! {
    a_login_is_usable_by_whoever_comes_next
}

async fn a_login_is_usable_at_once(store: impl SessionStore) {
    let world = World::new(store, Gate::default());
    for count in 1..=3 {
        let signed = world.signed(Attempt::default()).await;
        let Decision::Allow(Live { session, .. }) = world.call(&signed.token, NOW).await else {
            panic!("denied");
        };
        assert_eq!(session, signed.session);
        assert_eq!(session.user.as_ref(), Some(&world.user));
        assert_eq!((session.created, session.authenticated), (NOW, Some(NOW)));
        assert_eq!(world.check(&count).await, count);
    }
}

/// A limit of age that is ahead, by another clock's time, would end what begins before it.
async fn no_login_ends_as_it_begins(store: impl SessionStore) {
    let mut world = World::new(store, Gate::default());
    for ahead in [2, 1] {
        world.policy.not_before = Some(NOW.plus(ahead));
        let refused = world.login(Attempt::default()).await.unwrap_err();
        assert!(matches!(refused, CreateError::Closed(seconds) if seconds == ahead));
    }
    assert_eq!(world.verifications(), 0);
    assert_eq!(world.check(&"ahead").await, 0);
    world.policy.not_before = Some(NOW);
    let signed = world.signed(Attempt::default()).await;
    assert!(world.allows(&signed.token).await);
}

async fn a_login_is_usable_by_whoever_comes_next(tables: &Tables) {
    let world = World::new(tables.sessions(), Gate::default());
    let signed = world.signed(Attempt::default()).await;
    let item = tables.item(signed.key.as_str()).await.unwrap();
    assert_eq!(
        item["ref"],
        tests::engine::text(signed.session.reference.as_str())
    );
    let next = World::new(tables.sessions(), Gate::default());
    assert!(next.allows(&signed.token).await);
}

async fn the_eleventh_login_ends_the_session_used_longest_ago_and_no_other(
    store: impl SessionStore,
) {
    let world = World::new(store, Gate::default());
    let mut sessions = Vec::new();
    for age in (0..11).rev() {
        let attempt = Attempt {
            at: UnixSeconds(NOW.0 - age),
            ..Attempt::default()
        };
        sessions.push(world.signed(attempt).await);
    }
    for (nth, signed) in sessions.iter().enumerate() {
        assert_eq!(world.allows(&signed.token).await, nth > 0, "{nth}");
    }
    assert_eq!(world.check(&"eleven").await, 10);
    assert_eq!(world.verifications(), 11);
}

async fn a_wrong_password_changes_nothing(store: impl SessionStore) {
    let world = World::new(store, Gate::default());
    let wrong = Attempt {
        password: 9,
        ..Attempt::default()
    };
    assert!(world.login(wrong.clone()).await.unwrap().is_none());
    assert_eq!(world.store.inner.user(&world.user).await.unwrap(), None);
    let signed = world.signed(Attempt::default()).await;
    let before = world.store.inner.user(&world.user).await.unwrap();
    let wrong = Attempt {
        presented: Some(&signed.token),
        ..wrong
    };
    assert!(world.login(wrong).await.unwrap().is_none());
    assert_eq!(world.store.inner.user(&world.user).await.unwrap(), before);
    assert!(world.allows(&signed.token).await);
    assert_eq!(world.check(&"wrong").await, 1);
}

async fn a_login_ends_the_session_it_presents(store: impl SessionStore) {
    let world = World::new(store, Gate::default());
    let first = world.signed(Attempt::default()).await;
    let attempt = Attempt {
        presented: Some(&first.token),
        ..Attempt::default()
    };
    let second = world.signed(attempt).await;
    assert_ne!(first.token, second.token);
    assert_ne!(first.session.reference, second.session.reference);
    assert!(!world.allows(&first.token).await);
    assert!(world.allows(&second.token).await);
    assert_eq!(world.check(&"presented").await, 1);
}

async fn a_login_ends_the_session_of_another_user_that_it_presents(store: impl SessionStore) {
    let mut world = World::new(store, Gate::default());
    let theirs = world.signed(Attempt::default()).await;
    let other = world.user.clone();
    world.renew();
    let attempt = Attempt {
        presented: Some(&theirs.token),
        ..Attempt::default()
    };
    let own = world.signed(attempt).await;
    assert!(world.allows(&own.token).await && !world.allows(&theirs.token).await);
    assert_eq!(own.session.user.as_ref(), Some(&world.user));
    assert!(own.session.data.is_empty());
    let item = world.store.inner.user(&other).await.unwrap().unwrap();
    assert!(item.sessions.is_empty());
    assert_eq!(world.check(&"another's").await, 1);
}

/// Of a chain of ids the first one's grace counts, not that of the id that took its place: an anonymous session has no list
/// that would tell at once where the chain ends.
async fn an_id_serves_for_the_grace_of_its_own_rotation(store: impl SessionStore) {
    let mut world = World::new(store, Gate::default());
    world.policy.anonymous = true;
    world.policy.require_user = false;
    for (after, carried) in [(GRACE - 1, true), (GRACE, false)] {
        let anonymous = Session {
            reference: SessionRef::generate(&world.entropy).expect("random bytes"),
            user: None,
            authenticated: None,
            data: [("k".to_owned(), "1".to_owned())].into(),
            ..world.signed(Attempt::default()).await.session
        };
        let first = world.lay(anonymous).await;
        let second = world.rotate_for(GRACE, &first, NOW).await.flatten();
        let second = second.expect("a new id");
        // The second id's own grace is over at once.
        let third = world.rotate_for(0, &second, NOW.plus(1)).await.flatten();
        assert!(third.is_some());
        let attempt = Attempt {
            presented: Some(&first),
            at: NOW.plus(after),
            ..Attempt::default()
        };
        let session = world.signed(attempt).await.session;
        assert_eq!(!session.data.is_empty(), carried, "after {after} s");
    }
}
