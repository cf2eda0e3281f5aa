//! Logins that overlap each other: each gets a session that is usable at once, and the cap holds.

use std::collections::BTreeSet;

use dynamodb_session::{authorize::Decision, store::SessionStore, time::UnixSeconds};
use support::{
    gate::{Gate, Point, Verb},
    orders::Orders,
};
use tests::{
    on_every_store,
    world::{Attempt, NOW, Signed, World},
};

on_every_store! {
    the_first_two_logins_in_every_order
    two_logins_that_present_the_same_session_in_every_order
    two_logins_at_the_cap_in_every_order
    a_login_and_a_write_to_the_session_it_presents_in_every_order
    a_login_whose_eviction_was_overtaken_reads_again_and_verifies_once
    a_repeated_login_is_one_more_session_at_most
}

/// Both sessions are usable, and each login has verified once.
async fn assert_both(
    world: &World<impl SessionStore>,
    (first, second): (Signed, Signed),
    orders: &Orders,
) {
    assert_ne!(first.key, second.key, "{orders}");
    for token in [&first.token, &second.token] {
        assert!(world.allows(token).await, "{orders}");
    }
}

async fn the_first_two_logins_in_every_order(store: impl SessionStore) {
    let mut world = World::new(store, Gate::default());
    let mut orders = Orders::at(world.gate());
    while orders.next() {
        world.renew();
        let login = || world.signed(Attempt::default());
        let signed = orders.race(login(), login()).await;
        assert_both(&world, signed, &orders).await;
        assert_eq!(world.verifications(), 2, "{orders}");
        assert_eq!(world.check(&orders).await, 2);
    }
    assert!(orders.seen() > 3);
}

async fn two_logins_that_present_the_same_session_in_every_order(store: impl SessionStore) {
    let mut world = World::new(store, Gate::default());
    let mut orders = Orders::at(world.gate());
    while orders.next() {
        world.renew();
        let old = world.signed(Attempt::default()).await;
        let attempt = Attempt {
            presented: Some(&old.token),
            ..Attempt::default()
        };
        let login = || world.signed(attempt.clone());
        let signed = orders.race(login(), login()).await;
        assert_both(&world, signed, &orders).await;
        assert!(!world.allows(&old.token).await, "{orders}");
        assert_eq!(world.verifications(), 3, "{orders}");
        assert_eq!(world.check(&orders).await, 2);
    }
}

/// What was acknowledged is carried over; what comes after the login is refused.
async fn a_login_and_a_write_to_the_session_it_presents_in_every_order(store: impl SessionStore) {
    let mut world = World::new(store, Gate::default());
    let mut orders = Orders::at(world.gate());
    let mut seen = BTreeSet::new();
    while orders.next() {
        world.renew();
        let old = world.signed(Attempt::default()).await.token;
        let attempt = Attempt {
            presented: Some(&old),
            ..Attempt::default()
        };
        let (signed, written) = orders
            .race(world.signed(attempt), world.write(&old, "k", "1"))
            .await;
        let Decision::Allow(live) = world.call(&signed.token, NOW).await else {
            panic!("{orders}");
        };
        let carried = live.session.data.contains_key("k");
        assert_eq!(carried, written.is_some(), "{orders}");
        seen.insert(carried);
    }
    assert_eq!(seen.len(), 2);
}

async fn two_logins_at_the_cap_in_every_order(store: impl SessionStore) {
    let mut world = World::new(store, Gate::default());
    world.cap = 3;
    let mut orders = Orders::at(world.gate());
    while orders.next() {
        world.renew();
        let mut old = Vec::new();
        for age in (1..=3).rev() {
            let attempt = Attempt {
                at: UnixSeconds(NOW.0 - age),
                ..Attempt::default()
            };
            old.push(world.signed(attempt).await);
        }
        let login = || world.signed(Attempt::default());
        let signed = orders.race(login(), login()).await;
        assert_both(&world, signed, &orders).await;
        for (session, expected) in old.iter().zip([false, false, true]) {
            assert_eq!(world.allows(&session.token).await, expected, "{orders}");
        }
        assert_eq!(world.verifications(), 5, "{orders}");
        assert_eq!(world.check(&orders).await, 3);
    }
}

async fn a_login_whose_eviction_was_overtaken_reads_again_and_verifies_once(
    store: impl SessionStore,
) {
    let mut world = World::new(store, Gate::around());
    world.cap = 1;
    world.signed(Attempt::default()).await;
    let mut slow = world.gate().hold(world.signed(Attempt::default()));
    // Ten logins evict what it was about to evict.
    for _ in 0..10 {
        slow.reach(Point::Before(Verb::Commit)).await;
        world.signed(Attempt::default()).await;
    }
    let slow = slow.finish().await;
    assert!(world.allows(&slow.token).await);
    assert_eq!(world.verifications(), 12);
    assert_eq!(world.check(&"overtaken").await, 1);
}

async fn a_repeated_login_is_one_more_session_at_most(store: impl SessionStore) {
    let mut world = World::new(store, Gate::default());
    world.cap = 2;
    let old = world.signed(Attempt::default()).await;
    let mut last = None;
    for count in [1, 2, 2, 2] {
        let attempt = Attempt {
            presented: Some(&old.token),
            ..Attempt::default()
        };
        last = Some(world.signed(attempt).await);
        assert_eq!(world.check(&"repeated").await, count);
    }
    assert!(world.allows(&last.unwrap().token).await);
    assert!(!world.allows(&old.token).await);
}
