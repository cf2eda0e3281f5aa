//! Logout, and what overlaps it: nothing brings the session back.

use dynamodb_session::{
    authorize::{Decision, Denial},
    store::SessionStore,
    time::UnixSeconds,
};
use support::{
    gate::{Gate, Point, Verb},
    orders::Orders,
};
use tests::{
    on_every_store,
    world::{Attempt, NOW, World},
};

on_every_store! {
    a_call_held_before_its_touch_finds_nothing_after_a_logout
    a_call_held_after_its_touch_leaves_nothing_after_a_logout
    a_logout_and_a_call_in_every_order
    a_write_and_a_logout_in_every_order
    two_logouts_of_one_session_in_every_order
    logouts_of_two_sessions_in_every_order
    a_logout_and_a_login_that_presents_the_session_in_every_order
    a_logout_and_a_login_that_evicts_the_session_in_every_order
}

const LATER: UnixSeconds = UnixSeconds(NOW.0 + 60);

fn unknown() -> Decision {
    Decision::Deny {
        denial: Denial::Unknown,
        session: None,
    }
}

/// The session has ended: whoever replays its token finds nothing, and makes nothing.
async fn assert_ended(world: &World<impl SessionStore>, token: &str, context: &str) {
    for _ in 0..3 {
        assert_eq!(world.call(token, LATER).await, unknown(), "{context}");
    }
    let key = world.key(token).unwrap();
    assert!(!world.is_stored(&key).await, "{context}");
}

async fn a_call_held_before_its_touch_finds_nothing_after_a_logout(store: impl SessionStore) {
    let world = World::new(store, Gate::around());
    let signed = world.signed(Attempt::default()).await;
    let mut call = world.gate().hold(world.call(&signed.token, LATER));
    call.reach(Point::Before(Verb::Touch)).await;
    world.logout(&signed.token).await.unwrap();
    assert_eq!(call.finish().await, unknown());
    assert_ended(&world, &signed.token, "").await;
}

async fn a_call_held_after_its_touch_leaves_nothing_after_a_logout(store: impl SessionStore) {
    let world = World::new(store, Gate::around());
    let signed = world.signed(Attempt::default()).await;
    let mut call = world.gate().hold(world.call(&signed.token, LATER));
    call.reach(Point::After(Verb::Touch)).await;
    world.logout(&signed.token).await.unwrap();
    // It began before the logout, and may go ahead. It has nothing left to write.
    assert!(matches!(call.finish().await, Decision::Allow(_)));
    assert_ended(&world, &signed.token, "").await;
}

async fn a_logout_and_a_call_in_every_order(store: impl SessionStore) {
    let mut world = World::new(store, Gate::default());
    let (mut orders, mut allowed, mut denied) = (Orders::at(world.gate()), 0, 0);
    while orders.next() {
        world.renew();
        let signed = world.signed(Attempt::default()).await;
        let ((), decision) = orders
            .race(
                async { world.logout(&signed.token).await.unwrap() },
                world.call(&signed.token, LATER),
            )
            .await;
        match decision {
            Decision::Allow(_) => allowed += 1,
            decision @ Decision::Deny { .. } => {
                assert_eq!(decision, unknown(), "{orders}");
                denied += 1;
            }
        }
        assert_ended(&world, &signed.token, &orders.to_string()).await;
        assert_eq!(world.check(&orders).await, 0);
    }
    assert!(allowed > 0 && denied > 0, "{allowed} {denied}");
}

async fn a_write_and_a_logout_in_every_order(store: impl SessionStore) {
    let mut world = World::new(store, Gate::default());
    let (mut orders, mut written, mut refused) = (Orders::at(world.gate()), 0, 0);
    while orders.next() {
        world.renew();
        let signed = world.signed(Attempt::default()).await;
        let ((), answer) = orders
            .race(
                async { world.logout(&signed.token).await.unwrap() },
                world.write(&signed.token, "key", "1"),
            )
            .await;
        match answer {
            Some(_) => written += 1,
            None => refused += 1,
        }
        assert_ended(&world, &signed.token, &orders.to_string()).await;
        assert_eq!(world.check(&orders).await, 0);
    }
    assert!(written > 0 && refused > 0, "{written} {refused}");
}

async fn two_logouts_of_one_session_in_every_order(store: impl SessionStore) {
    let mut world = World::new(store, Gate::default());
    let mut orders = Orders::at(world.gate());
    while orders.next() {
        world.renew();
        let signed = world.signed(Attempt::default()).await;
        let other = world.signed(Attempt::default()).await;
        let logout = || async { world.logout(&signed.token).await.unwrap() };
        orders.race(logout(), logout()).await;
        // A third, when all is done.
        logout().await;
        assert_ended(&world, &signed.token, &orders.to_string()).await;
        assert!(world.allows(&other.token).await, "{orders}");
        assert_eq!(world.check(&orders).await, 1);
    }
    assert!(orders.seen() > 3);
}

async fn logouts_of_two_sessions_in_every_order(store: impl SessionStore) {
    let mut world = World::new(store, Gate::default());
    let mut orders = Orders::at(world.gate());
    while orders.next() {
        world.renew();
        let first = world.signed(Attempt::default()).await;
        let second = world.signed(Attempt::default()).await;
        let logout = async |token: &str| world.logout(token).await.unwrap();
        orders
            .race(logout(&first.token), logout(&second.token))
            .await;
        assert_eq!(world.check(&orders).await, 0);
    }
}

async fn a_logout_and_a_login_that_presents_the_session_in_every_order(store: impl SessionStore) {
    let mut world = World::new(store, Gate::default());
    let mut orders = Orders::at(world.gate());
    while orders.next() {
        world.renew();
        let old = world.signed(Attempt::default()).await;
        let ((), new) = orders
            .race(async { world.logout(&old.token).await.unwrap() }, async {
                let attempt = Attempt {
                    presented: Some(&old.token),
                    ..Attempt::default()
                };
                world.signed(attempt).await
            })
            .await;
        assert_ended(&world, &old.token, &orders.to_string()).await;
        assert!(world.allows(&new.token).await, "{orders}");
        assert_eq!(world.check(&orders).await, 1);
    }
}

async fn a_logout_and_a_login_that_evicts_the_session_in_every_order(store: impl SessionStore) {
    let mut world = World::new(store, Gate::default());
    world.cap = 2;
    let mut orders = Orders::at(world.gate());
    while orders.next() {
        world.renew();
        let early = Attempt {
            at: UnixSeconds(NOW.0 - 1),
            ..Attempt::default()
        };
        let oldest = world.signed(early).await;
        let other = world.signed(Attempt::default()).await;
        let ((), new) = orders
            .race(
                async { world.logout(&oldest.token).await.unwrap() },
                world.signed(Attempt::default()),
            )
            .await;
        assert_ended(&world, &oldest.token, &orders.to_string()).await;
        for token in [&other.token, &new.token] {
            assert!(world.allows(token).await, "{orders}");
        }
        assert_eq!(world.check(&orders).await, 2);
    }
}
