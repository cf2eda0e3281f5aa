//! The end of more sessions than one transaction takes: in portions, the first of which decides.

use dynamodb_session::store::{MOST_SESSIONS, SessionStore, memory::MemoryStore};
use support::gate::{Gate, Point, Verb};
use tests::{
    on_every_store,
    stepped::Event,
    world::{Attempt, NOW, Signed, World},
};

on_every_store! {
    all_end_however_many
    a_login_between_two_portions_verifies_again_and_stays
    a_rotation_between_two_portions_is_followed
    logouts_between_two_portions_leave_nothing_to_do
    all_but_one_end_however_many
}

/// The user's sessions.
async fn signed(world: &mut World<impl SessionStore>, count: usize) -> Vec<Signed> {
    world.cap = 50;
    let mut signed = Vec::new();
    for _ in 0..count {
        signed.push(world.signed(Attempt::default()).await);
    }
    signed
}

const COMMIT: Point = Point::Before(Verb::Commit);

async fn all_end_however_many(store: impl SessionStore) {
    let mut world = World::new(store, Gate::default());
    for count in [0, 1, MOST_SESSIONS, MOST_SESSIONS + 1, 50] {
        world.renew();
        signed(&mut world, count).await;
        assert_eq!(world.end_all().await.unwrap(), count);
        assert_eq!(world.check(&"all have ended").await, 0);
        // One end, however many portions.
        let ends = |event: &Event| *event == Event::EndedAll;
        let expected = usize::from(count > 0);
        assert_eq!(world.store.journal.count(ends), expected, "{count}");
    }
}

async fn a_login_between_two_portions_verifies_again_and_stays(store: impl SessionStore) {
    let mut world = World::new(store, Gate::default());
    let old = signed(&mut world, 25).await;
    let mut login = world.gate().hold(world.signed(Attempt::default()));
    login.reach(COMMIT).await;
    let mut end = world.gate().hold(world.end_all());
    end.reach(COMMIT).await;
    end.reach(COMMIT).await;
    let overlapping = login.finish().await;
    let later = world.signed(Attempt::default()).await;
    assert_eq!(end.finish().await.unwrap(), 25);
    for signed in &old {
        assert!(!world.allows(&signed.token).await);
    }
    for signed in [&overlapping, &later] {
        assert!(world.allows(&signed.token).await);
    }
    let verified = |event: &Event| *event == Event::Verified(overlapping.login);
    assert_eq!(world.store.journal.count(verified), 2);
    assert_eq!(world.check(&"two stay").await, 2);
}

async fn a_rotation_between_two_portions_is_followed(store: impl SessionStore) {
    let mut world = World::new(store, Gate::default());
    for portions in 1..=3 {
        world.renew();
        let old = signed(&mut world, 25).await;
        let mut end = world.gate().hold(world.end_all());
        for _ in 0..portions {
            end.reach(COMMIT).await;
        }
        let mut rotated = Vec::new();
        for signed in &old {
            rotated.extend(world.rotate(&signed.token, NOW).await.flatten());
        }
        assert_eq!(rotated.len(), 25 - (portions - 1) * MOST_SESSIONS);
        assert_eq!(end.finish().await.unwrap(), 25);
        for token in &rotated {
            assert!(!world.allows(token).await, "{portions}");
        }
        assert_eq!(world.check(&portions).await, 0);
    }
}

async fn logouts_between_two_portions_leave_nothing_to_do(store: impl SessionStore) {
    let mut world = World::new(store, Gate::default());
    for left in [0, 1] {
        world.renew();
        let old = signed(&mut world, MOST_SESSIONS + 3).await;
        let mut end = world.gate().hold(world.end_all());
        end.reach(COMMIT).await;
        end.reach(Point::Before(Verb::User)).await;
        let listed = world.listed().await;
        let mut rest = old.iter().filter(|one| listed.contains(one.key.as_str()));
        for signed in rest.by_ref().take(3 - left) {
            world.logout(&signed.token).await.unwrap();
        }
        assert_eq!(rest.count(), left);
        assert_eq!(end.finish().await.unwrap(), MOST_SESSIONS + 3);
        assert_eq!(world.check(&left).await, 0);
    }
}

async fn all_but_one_end_however_many(store: impl SessionStore) {
    let mut world = World::new(store, Gate::default());
    for kept in [0, 12, 24] {
        world.renew();
        let old = signed(&mut world, 25).await;
        let kept = &old[kept];
        assert_eq!(world.end_others(kept).await.unwrap(), 24);
        assert!(world.allows(&kept.token).await);
        assert_eq!(world.check(&"one stays").await, 1);
    }
}

/// A process that dies after any of the portions: whoever asked can ask again, and then all have ended.
#[tokio::test]
async fn what_was_left_ends_at_the_next_try() {
    let mut most = 0;
    for steps in 0.. {
        let mut world = World::new(MemoryStore::default(), Gate::around());
        let old = signed(&mut world, 25).await;
        let own = &old[12];
        let mut first = world.gate().hold(world.everywhere(&own.token));
        let mut over = false;
        for _ in 0..steps {
            over = first.step().await.is_none();
            if over {
                break;
            }
        }
        if over {
            assert_eq!(world.check(&"to the end").await, 0);
            break;
        }
        drop(first);
        let left = world.check(&steps).await;
        most = most.max(left);
        // Either may be asked again, or has nothing left to do.
        let again = world.everywhere(&own.token).await.unwrap();
        assert_eq!(again, left > 0, "{steps}");
        assert_eq!(world.check(&steps).await, 0);
    }
    assert_eq!(most, 25);
}
