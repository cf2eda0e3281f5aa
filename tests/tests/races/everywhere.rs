//! The end of all sessions, and logins that overlap it: none slips through with what was true before.

use dynamodb_session::store::{SessionStore, memory::MemoryStore};
use support::{
    gate::{Gate, Point, Verb},
    orders::{Orders, in_lockstep, one_round},
};
use tests::{
    on_every_store,
    stepped::Event,
    world::{Attempt, Signed, World},
};

on_every_store! {
    a_login_and_a_logout_everywhere_in_every_order
    a_login_held_at_each_point_verifies_again_after_the_end
    a_logout_of_the_session_that_logs_out_everywhere_in_every_order
    a_logout_of_another_session_and_a_logout_everywhere_in_every_order
    two_logouts_everywhere_in_every_order
    five_logins_and_an_end_at_each_step
}

#[tokio::test]
async fn twenty_logins_and_an_end_at_each_step() {
    logins_and_an_end_at_each_step(MemoryStore::default(), 20, 5).await;
}

/// What a login may leave behind when all sessions have ended meanwhile: a session that was verified after that, or
/// none at all.
async fn assert_verified_since(world: &World<impl SessionStore>, signed: &Signed, context: &str) {
    let journal = &world.store.journal;
    let ended = journal.last(|event| *event == Event::EndedAll);
    let verified = journal.last(|event| *event == Event::Verified(signed.login));
    let stored = journal.last(|event| *event == Event::Stored(signed.key.clone()));
    assert!(verified < stored, "{context}");
    let outlives = stored > ended;
    assert_eq!(outlives, verified > ended, "{context}");
    assert_eq!(world.allows(&signed.token).await, outlives, "{context}");
}

async fn a_login_and_a_logout_everywhere_in_every_order(store: impl SessionStore) {
    let mut world = World::new(store, Gate::default());
    let (mut orders, mut outlived) = (Orders::at(world.gate()), [0, 0]);
    while orders.next() {
        world.renew();
        let old = world.signed(Attempt::default()).await;
        let (done, new) = orders
            .race(
                async { world.everywhere(&old.token).await.unwrap() },
                world.signed(Attempt::default()),
            )
            .await;
        assert!(done, "{orders}");
        assert!(!world.allows(&old.token).await, "{orders}");
        assert_verified_since(&world, &new, &orders.to_string()).await;
        outlived[world.check(&orders).await] += 1;
    }
    // Both happen.
    assert!(outlived[0] > 0 && outlived[1] > 0, "{outlived:?}");
}

async fn a_login_held_at_each_point_verifies_again_after_the_end(store: impl SessionStore) {
    let mut world = World::new(store, Gate::around());
    #[rustfmt::skip]
    let cases = [
        // the login is held           verifications   outlives
        (Point::Before(Verb::User),    1,              true),
        (Point::After(Verb::User),     2,              true),
        (Point::Before(Verb::Verify),  2,              true),
        (Point::After(Verb::Verify),   2,              true),
        (Point::Before(Verb::Commit),  2,              true),
        (Point::After(Verb::Commit),   1,              false),
    ];
    for (point, verifications, outlives) in cases {
        world.renew();
        let old = world.signed(Attempt::default()).await;
        let mut login = world.gate().hold(world.signed(Attempt::default()));
        login.reach(point).await;
        assert!(world.everywhere(&old.token).await.unwrap(), "{point:?}");
        let new = login.finish().await;
        let verified = |event: &Event| *event == Event::Verified(new.login);
        assert_eq!(
            world.store.journal.count(verified),
            verifications,
            "{point:?}"
        );
        assert_eq!(world.allows(&new.token).await, outlives, "{point:?}");
        assert_verified_since(&world, &new, &format!("{point:?}")).await;
        world.check(&format!("{point:?}")).await;
    }
}

async fn a_logout_of_the_session_that_logs_out_everywhere_in_every_order(store: impl SessionStore) {
    let mut world = World::new(store, Gate::default());
    let mut orders = Orders::at(world.gate());
    while orders.next() {
        world.renew();
        let signed = world.signed(Attempt::default()).await;
        let other = world.signed(Attempt::default()).await;
        let ((), ended) = orders
            .race(
                async { world.logout(&signed.token).await.unwrap() },
                async { world.everywhere(&signed.token).await.unwrap() },
            )
            .await;
        // Refused, where the session had ended before: then nobody was told that the other has ended.
        assert_eq!(world.allows(&other.token).await, !ended, "{orders}");
        assert!(!world.allows(&signed.token).await, "{orders}");
        assert_eq!(world.check(&orders).await, usize::from(!ended));
    }
}

async fn a_logout_of_another_session_and_a_logout_everywhere_in_every_order(
    store: impl SessionStore,
) {
    let mut world = World::new(store, Gate::default());
    let mut orders = Orders::at(world.gate());
    while orders.next() {
        world.renew();
        let signed = world.signed(Attempt::default()).await;
        let other = world.signed(Attempt::default()).await;
        let ((), everywhere) = orders
            .race(async { world.logout(&other.token).await.unwrap() }, async {
                world.everywhere(&signed.token).await.unwrap()
            })
            .await;
        assert!(everywhere, "{orders}");
        for token in [&signed.token, &other.token] {
            assert!(!world.allows(token).await, "{orders}");
        }
        assert_eq!(world.check(&orders).await, 0);
    }
}

async fn two_logouts_everywhere_in_every_order(store: impl SessionStore) {
    let mut world = World::new(store, Gate::default());
    let mut orders = Orders::at(world.gate());
    while orders.next() {
        world.renew();
        let first = world.signed(Attempt::default()).await;
        let second = world.signed(Attempt::default()).await;
        let everywhere = async |signed: &Signed| world.everywhere(&signed.token).await.unwrap();
        let (one, two) = orders.race(everywhere(&first), everywhere(&second)).await;
        // The later one may find its own session ended, and be refused.
        assert!(one || two, "{orders}");
        assert_eq!(world.check(&orders).await, 0);
        let again = world.signed(Attempt::default()).await;
        assert!(world.allows(&again.token).await, "{orders}");
    }
}

async fn five_logins_and_an_end_at_each_step(store: impl SessionStore) {
    logins_and_an_end_at_each_step(store, 5, 2).await;
}

/// All sessions end after so many rounds of logins in lockstep: after none, after one, until no login is left to
/// overlap.
async fn logins_and_an_end_at_each_step(store: impl SessionStore, logins: usize, cap: usize) {
    let mut world = World::new(store, Gate::default());
    world.cap = cap;
    let mut most = 0;
    for rounds in 0.. {
        world.renew();
        let mut signed: Vec<_> = (0..logins).map(|_| None).collect();
        let login =
            async |slot: &mut Option<Signed>| *slot = Some(world.signed(Attempt::default()).await);
        let slots = signed.iter_mut();
        let mut tasks: Vec<_> = slots.map(|slot| world.gate().hold(login(slot))).collect();
        for _ in 0..rounds {
            tasks = one_round(tasks).await;
        }
        let overlaps = !tasks.is_empty();
        world.end_all().await.unwrap();
        in_lockstep(tasks).await;

        let context = format!("after {rounds} rounds");
        let ended = world.store.journal.last(|event| *event == Event::EndedAll);
        for signed in signed.into_iter().flatten() {
            let verified = |event: &Event| *event == Event::Verified(signed.login);
            let outlives = world.is_stored(&signed.key).await;
            assert!(
                !outlives || world.store.journal.last(verified) > ended,
                "{context}"
            );
        }
        let outlived = world.check(&context).await;
        most = most.max(outlived);
        if !overlaps {
            assert_eq!(outlived, 0, "{context}");
            break;
        }
    }
    // Some did overlap and log in afterwards.
    assert_eq!(most, cap);
}
