//! Rotation, and what overlaps it: one session, one living id, and an end that is one for all its ids.

use std::{collections::BTreeSet, fmt::Display};

use dynamodb_session::{
    authorize::{Decision, Denial},
    store::{SessionStore, memory::MemoryStore},
    time::UnixSeconds,
};
use support::{
    gate::{Gate, Held},
    orders::Orders,
};
use tests::{
    careless::{Lapse, careless},
    on_every_store,
    world::{Attempt, GRACE, NOW, World},
};

on_every_store! {
    two_rotations_in_every_order
    a_rotation_and_a_call_in_every_order
    a_rotation_and_a_logout_in_every_order
    a_rotation_and_a_logout_everywhere_in_every_order
    a_rotation_and_a_change_of_password_in_every_order
    a_rotation_and_a_login_that_evicts_the_session_in_every_order
    a_rotation_and_a_login_that_presents_the_session_in_every_order
    a_rotation_and_a_write_in_every_order
    a_late_use_and_a_rotation_in_every_order
    a_late_use_and_a_logout_in_every_order
    a_rotation_killed_at_each_point
    a_rotation_without_a_grace_waits_for_no_earlier_one
    an_old_id_of_a_session_rotated_often_is_refused_at_once
}

/// The first second after the grace of a rotation at [`NOW`].
const LATE: UnixSeconds = UnixSeconds(NOW.0 + GRACE);

/// Whether none of the tokens opens the session any more.
async fn assert_ended(
    world: &World<impl SessionStore>,
    tokens: impl IntoIterator<Item = &String>,
    context: &impl Display,
) {
    for token in tokens {
        assert!(!world.allows(token).await, "{context}");
    }
}

/// What a task came to.
fn given<T>(slot: Option<T>) -> T {
    slot.expect("the task has ended")
}

async fn two_rotations_in_every_order(store: impl SessionStore) {
    let mut world = World::new(store, Gate::default());
    let mut orders = Orders::at(world.gate());
    while orders.next() {
        world.renew();
        let old = world.signed(Attempt::default()).await.token;
        let (one, two) = orders
            .race(world.rotate(&old, NOW), world.rotate(&old, NOW))
            .await;
        // Both succeed, and one new id is issued.
        let issued: Vec<_> = [one, two]
            .into_iter()
            .filter_map(|rotated| rotated.expect("a session"))
            .collect();
        assert_eq!(issued.len(), 1, "{orders}");
        assert!(
            world.allows(&issued[0]).await && world.allows(&old).await,
            "{orders}"
        );
        assert_eq!(world.check(&orders).await, 1);
        // A third in the grace, with either id, issues none.
        for token in [&old, &issued[0]] {
            assert_eq!(world.rotate(token, NOW).await, Some(None), "{orders}");
        }
        let next = world
            .rotate(&issued[0], LATE)
            .await
            .flatten()
            .expect("a new id");
        assert!(matches!(world.call(&next, LATE).await, Decision::Allow(_)));
        assert_eq!(world.check(&orders).await, 1);
    }
    assert!(orders.seen() > 3);
}

async fn a_rotation_and_a_call_in_every_order(store: impl SessionStore) {
    let mut world = World::new(store, Gate::default());
    let mut orders = Orders::at(world.gate());
    while orders.next() {
        world.renew();
        let old = world.signed(Attempt::default()).await;
        let (rotated, call) = orders
            .race(world.rotate(&old.token, NOW), world.call(&old.token, NOW))
            .await;
        assert!(rotated.flatten().is_some(), "{orders}");
        let Decision::Allow(live) = call else {
            panic!("a call under way is not logged out, {orders}");
        };
        assert_eq!(live.session.reference, old.session.reference, "{orders}");
        assert_eq!(live.session.expires(), old.session.expires(), "{orders}");
    }
    assert!(orders.seen() > 2);
}

async fn a_rotation_and_a_logout_in_every_order(store: impl SessionStore) {
    assert_eq!(survivors(store).await, 0);
}

/// In how many orders of a logout and a rotation the session outlives the logout.
async fn survivors(store: impl SessionStore) -> usize {
    let mut world = World::new(store, Gate::default());
    let (mut orders, mut survivors, mut issued) = (Orders::at(world.gate()), 0, BTreeSet::new());
    while orders.next() {
        world.renew();
        let old = world.signed(Attempt::default()).await.token;
        let ((), rotated) = orders
            .race(
                async { world.logout(&old).await.unwrap() },
                world.rotate(&old, NOW),
            )
            .await;
        let new = rotated.flatten();
        issued.insert(new.is_some());
        let tokens: Vec<_> = [Some(old), new].into_iter().flatten().collect();
        for token in &tokens {
            if world.allows(token).await {
                survivors += 1;
            }
        }
    }
    assert_eq!(issued.len(), 2, "the search met only one of the outcomes");
    survivors
}

#[tokio::test]
async fn a_logout_that_deletes_whatever_is_there_is_found_out() {
    assert!(survivors(careless(Lapse::DeletesAnything)).await > 0);
}

/// After a rotation that nothing overlaps: the living ids, and whether the user's item names them.
async fn living(lapse: Lapse) -> (usize, bool) {
    let world = World::new(careless(lapse), Gate::default());
    let old = world.signed(Attempt::default()).await.token;
    let new = world.rotate(&old, NOW).await.flatten().expect("a new id");
    assert!(world.allows(&new).await);
    let stored = world.stored().await;
    (stored.len(), stored == world.listed().await)
}

#[tokio::test]
async fn a_rotation_that_leaves_something_out_is_found_out() {
    assert_eq!(living(Lapse::DeletesAnything).await, (1, true));
    assert_eq!(living(Lapse::RetiresNothing).await, (2, false));
    assert_eq!(living(Lapse::MovesNothing).await, (1, false));
}

async fn a_rotation_and_a_logout_everywhere_in_every_order(store: impl SessionStore) {
    let mut world = World::new(store, Gate::default());
    let mut orders = Orders::at(world.gate());
    while orders.next() {
        world.renew();
        let old = world.signed(Attempt::default()).await.token;
        let other = world.signed(Attempt::default()).await.token;
        let (rotated, everywhere) = orders
            .race(world.rotate(&old, NOW), world.everywhere(&other))
            .await;
        assert!(everywhere.unwrap(), "{orders}");
        let new = rotated.flatten();
        assert_ended(&world, [&old, &other].into_iter().chain(&new), &orders).await;
        assert_eq!(world.check(&orders).await, 0);
    }
    assert!(orders.seen() > 3);
}

async fn a_rotation_and_a_change_of_password_in_every_order(store: impl SessionStore) {
    let mut world = World::new(store, Gate::default());
    let mut orders = Orders::at(world.gate());
    while orders.next() {
        world.renew();
        let old = world.signed(Attempt::default()).await.token;
        let (rotated, _) = orders
            .race(world.rotate(&old, NOW), async {
                world.change_password().await.unwrap()
            })
            .await;
        assert_ended(
            &world,
            [&old].into_iter().chain(&rotated.flatten()),
            &orders,
        )
        .await;
        assert_eq!(world.check(&orders).await, 0);
    }
    assert!(orders.seen() > 3);
}

async fn a_rotation_and_a_login_that_evicts_the_session_in_every_order(store: impl SessionStore) {
    let mut world = World::new(store, Gate::default());
    world.cap = 1;
    overlapped_by_a_login(&mut world, false).await;
}

async fn a_rotation_and_a_login_that_presents_the_session_in_every_order(store: impl SessionStore) {
    overlapped_by_a_login(&mut World::new(store, Gate::default()), true).await;
}

/// A login ends the session, under whichever id, and is alive itself.
async fn overlapped_by_a_login(world: &mut World<impl SessionStore>, presents: bool) {
    let mut orders = Orders::at(world.gate());
    while orders.next() {
        world.renew();
        let old = world.signed(Attempt::default()).await.token;
        let attempt = Attempt {
            presented: presents.then_some(&*old),
            ..Attempt::default()
        };
        let (rotated, login) = orders
            .race(world.rotate(&old, NOW), async {
                world.signed(attempt).await.token
            })
            .await;
        assert_ended(world, [&old].into_iter().chain(&rotated.flatten()), &orders).await;
        assert!(world.allows(&login).await, "{orders}");
        assert_eq!(world.check(&orders).await, 1);
    }
    assert!(orders.seen() > 3);
}

async fn a_rotation_and_a_write_in_every_order(store: impl SessionStore) {
    let mut world = World::new(store, Gate::default());
    let mut orders = Orders::at(world.gate());
    while orders.next() {
        world.renew();
        let old = world.signed(Attempt::default()).await.token;
        world.write(&old, "before", "1").await.unwrap();
        let (rotated, written) = orders
            .race(world.rotate(&old, NOW), world.write(&old, "during", "2"))
            .await;
        assert!(written.is_some(), "{orders}");
        let new = rotated.flatten().expect("a new id");
        let Decision::Allow(live) = world.call(&new, NOW).await else {
            panic!("{orders}");
        };
        let keys: Vec<_> = live.session.data.keys().collect();
        assert_eq!(keys, ["before", "during"], "{orders}");
        assert_eq!(live.session.version, 2, "{orders}");
    }
    assert!(orders.seen() > 3);
}

/// A session that was rotated at [`NOW`]: the old token and the new one.
async fn rotated(world: &World<impl SessionStore>) -> (String, String) {
    let old = world.signed(Attempt::default()).await.token;
    let new = world.rotate(&old, NOW).await.flatten().expect("a new id");
    (old, new)
}

fn denial(decision: Decision) -> Denial {
    match decision {
        Decision::Deny { denial, .. } => denial,
        Decision::Allow(live) => panic!("allowed: {live:?}"),
    }
}

async fn a_late_use_and_a_rotation_in_every_order(store: impl SessionStore) {
    let mut world = World::new(store, Gate::default());
    let mut orders = Orders::at(world.gate());
    while orders.next() {
        world.renew();
        let (old, new) = rotated(&world).await;
        let (call, next) = orders
            .race(world.call(&old, LATE), world.rotate(&new, LATE))
            .await;
        assert_eq!(denial(call), Denial::Reused, "{orders}");
        let next = next.flatten();
        assert_ended(&world, [&new].into_iter().chain(&next), &orders).await;
        assert_eq!(world.check(&orders).await, 0);
    }
    assert!(orders.seen() > 3);
}

async fn a_late_use_and_a_logout_in_every_order(store: impl SessionStore) {
    let mut world = World::new(store, Gate::default());
    let (mut orders, mut seen) = (Orders::at(world.gate()), BTreeSet::new());
    while orders.next() {
        world.renew();
        let (old, new) = rotated(&world).await;
        let (call, ()) = orders
            .race(world.call(&old, LATE), async {
                world.logout(&new).await.unwrap();
            })
            .await;
        seen.insert(denial(call).as_str());
        assert_ended(&world, [&old, &new], &orders).await;
        assert_eq!(world.check(&orders).await, 0);
    }
    assert_eq!(seen, BTreeSet::from(["replaced", "reused"]));
}

async fn a_rotation_killed_at_each_point(store: impl SessionStore) {
    let mut world = World::new(store, Gate::around());
    for steps in 0.. {
        world.renew();
        let old = world.signed(Attempt::default()).await.token;
        let mut rotation = world.gate().hold(world.rotate(&old, NOW));
        let mut ended = false;
        for _ in 0..steps {
            ended = rotation.step().await.is_none();
        }
        drop(rotation);
        // Whatever was done, the client goes on with the id it has, and one session is there.
        assert!(world.allows(&old).await, "killed after {steps} steps");
        assert_eq!(world.check(&format!("{steps} steps")).await, 1);
        world.logout(&old).await.unwrap();
        assert_eq!(world.check(&format!("{steps} steps")).await, 0);
        if ended {
            assert!(steps > 3);
            return;
        }
    }
}

/// A change of privileges: whoever has an earlier id is out at once.
async fn a_rotation_without_a_grace_waits_for_no_earlier_one(store: impl SessionStore) {
    let world = World::new(store, Gate::default());
    let (old, new) = rotated(&world).await;
    let next = world.rotate_for(0, &new, NOW).await;
    let next = next.flatten().expect("a new id");
    assert_eq!(denial(world.call(&old, NOW).await), Denial::Replaced);
    assert!(world.allows(&next).await);
    assert_eq!(denial(world.call(&new, NOW).await), Denial::Reused);
    assert!(!world.allows(&next).await);
}

/// However long the chain of ids is: the user's item tells where it ends, or that it has.
async fn an_old_id_of_a_session_rotated_often_is_refused_at_once(store: impl SessionStore) {
    let world = World::new(store, Gate::default());
    for ended in [false, true] {
        let first = world.signed(Attempt::default()).await.token;
        let (mut last, mut now) = (first.clone(), NOW);
        for _ in 0..120 {
            last = world.rotate(&last, now).await.flatten().expect("a new id");
            now = now.plus(GRACE);
        }
        if ended {
            world.logout(&last).await.unwrap();
        }
        let expected = if ended {
            Denial::Replaced
        } else {
            Denial::Reused
        };
        assert_eq!(denial(world.call(&first, now).await), expected);
        assert_eq!(denial(world.call(&last, now).await), Denial::Unknown);
    }
}

/// Two rotations, a call and a logout, all at once.
#[tokio::test]
async fn everything_around_a_rotation_in_every_order() {
    let mut world = World::new(MemoryStore::default(), Gate::default());
    let (mut orders, mut seen) = (Orders::at(world.gate()), BTreeSet::new());
    while orders.next() {
        world.renew();
        let old = world.signed(Attempt::default()).await.token;
        let (mut one, mut two, mut call) = (None, None, None);
        let tasks: Vec<Held<'_, ()>> = vec![
            world
                .gate()
                .hold(async { one = Some(world.rotate(&old, NOW).await) }),
            world
                .gate()
                .hold(async { two = Some(world.rotate(&old, NOW).await) }),
            world
                .gate()
                .hold(async { call = Some(world.call(&old, NOW).await) }),
            world
                .gate()
                .hold(async { world.logout(&old).await.unwrap() }),
        ];
        orders.run(tasks).await;
        let (one, two) = (given(one), given(two));
        let issued: Vec<_> = [&one, &two].into_iter().flatten().flatten().collect();
        assert!(issued.len() <= 1, "two ids of one session, {orders}");
        assert_ended(
            &world,
            [&old].into_iter().chain(issued.iter().copied()),
            &orders,
        )
        .await;
        assert_eq!(world.check(&orders).await, 0);
        let allowed = matches!(given(call), Decision::Allow(_));
        seen.insert((one.is_some(), two.is_some(), allowed));
    }
    // Each of the three came before the logout in some order and after it in another.
    assert_eq!(seen.len(), 8, "{seen:?}");
    println!("{} orders", orders.seen());
}
