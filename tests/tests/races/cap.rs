//! The cap: who leaves so that one more fits, and that it stays exact.

use dynamodb_session::{
    fault::FaultKind,
    session::Timeouts,
    store::{Change, Delete, SessionStore, memory::MemoryStore},
    time::UnixSeconds,
};
use support::{
    gate::{Gate, Point, Verb},
    orders::Orders,
};
use tests::{
    engine::{Tables, number},
    on_every_engine, on_every_store,
    rigged::{Failure, failing},
    world::{Attempt, NOW, Signed, TIMEOUTS, World},
};

on_every_store! {
    those_that_are_idle_leave_before_the_one_in_use
    those_that_are_missing_leave_before_the_one_in_use
    of_the_living_the_one_used_longest_ago_leaves
    what_begins_meanwhile_counts_as_just_used_and_one_look_is_enough
    what_is_rotated_meanwhile_counts_as_just_used
    a_lowered_cap_leaves_as_many_and_the_last_used_ones
    two_logins_after_the_cap_was_lowered_in_every_order
    two_who_would_have_others_leave_end_no_more_than_they_must
}

on_every_engine! {
    a_damaged_one_leaves_before_the_one_in_use
}

/// A login so many seconds ago.
async fn signed(world: &World<impl SessionStore>, ago: u64) -> Signed {
    let at = UnixSeconds(NOW.0 - ago);
    let attempt = Attempt {
        at,
        ..Attempt::default()
    };
    world.signed(attempt).await
}

/// A call so many seconds ago.
async fn used(world: &World<impl SessionStore>, signed: &Signed, ago: u64) {
    world.call(&signed.token, UnixSeconds(NOW.0 - ago)).await;
}

/// The user's oldest session, used a second ago, and two newer ones that were not used since their login.
async fn in_use(world: &mut World<impl SessionStore>, ago: u64) -> (Signed, [Signed; 2]) {
    world.cap = 3;
    let old = signed(world, ago + 100).await;
    let others = [signed(world, ago + 1).await, signed(world, ago).await];
    used(world, &old, ago).await;
    used(world, &old, 1).await;
    (old, others)
}

/// Two logins take the places of the two, and none that of the session in use.
async fn assert_the_two_leave(
    world: &World<impl SessionStore>,
    (old, others): (Signed, [Signed; 2]),
) {
    for (gone, other) in others.iter().enumerate() {
        let new = signed(world, 0).await;
        let listed = world.listed().await;
        assert!(!listed.contains(other.key.as_str()), "{gone}");
        assert!(listed.contains(old.key.as_str()), "{gone}");
        assert!(listed.contains(new.key.as_str()), "{gone}");
    }
    assert!(world.allows(&old.token).await);
    assert_eq!(world.check(&"the two have left").await, 3);
}

async fn those_that_are_idle_leave_before_the_one_in_use(store: impl SessionStore) {
    let mut world = World::new(store, Gate::default());
    let all = in_use(&mut world, TIMEOUTS.idle).await;
    assert_the_two_leave(&world, all).await;
}

async fn those_that_are_missing_leave_before_the_one_in_use(store: impl SessionStore) {
    let mut world = World::new(store, Gate::default());
    let (old, others) = in_use(&mut world, 2).await;
    // The two are in use as well, and were: their items are gone.
    for other in &others {
        used(&world, other, 0).await;
        let change = Change {
            delete: vec![Delete::current(other.key.clone())],
            ..Change::default()
        };
        world.store.inner.commit(&change).await.unwrap();
    }
    assert_the_two_leave(&world, (old, others)).await;
}

async fn a_damaged_one_leaves_before_the_one_in_use(tables: &Tables) {
    let mut world = World::new(tables.sessions(), Gate::default());
    let (old, others) = in_use(&mut world, 2).await;
    // One of them with what looks like a rotation.
    for (name, other) in ["accessed", "successor"].into_iter().zip(&others) {
        let mut item = tables.item(other.key.as_str()).await.unwrap();
        item.insert(name.to_owned(), tests::engine::text("s#x"));
        item.insert("idle_expires".to_owned(), number(&(NOW.0 + 9)));
        tables.put(item).await;
    }
    assert_the_two_leave(&world, (old, others)).await;
}

async fn of_the_living_the_one_used_longest_ago_leaves(store: impl SessionStore) {
    let mut world = World::new(store, Gate::default());
    world.cap = 3;
    let sessions = [
        signed(&world, 100).await,
        signed(&world, 90).await,
        signed(&world, 80).await,
    ];
    for (session, ago) in sessions.iter().zip([10, 30, 20]) {
        used(&world, session, ago).await;
    }
    let mut left = Vec::new();
    for _ in 0..3 {
        signed(&world, 0).await;
        let listed = world.listed().await;
        left.push(
            sessions
                .iter()
                .map(|one| listed.contains(one.key.as_str()))
                .collect::<Vec<_>>(),
        );
    }
    let expected = [
        [true, false, true],
        [true, false, false],
        [false, false, false],
    ];
    assert_eq!(left, expected);
}

async fn what_begins_meanwhile_counts_as_just_used_and_one_look_is_enough(
    store: impl SessionStore,
) {
    let mut world = World::new(store, Gate::default());
    world.cap = 2;
    let (first, second) = (signed(&world, 50).await, signed(&world, 40).await);
    let mut slow = world.gate().hold(signed(&world, 0));
    slow.reach(Point::Before(Verb::Commit)).await;
    // A clock that is behind has it that this one was used before the others.
    let meanwhile = signed(&world, 100).await;
    let mut steps = Vec::new();
    loop {
        match slow.step().await {
            Some(Point::Before(call)) => steps.push(call),
            Some(Point::After(_)) => {}
            None => break,
        }
    }
    assert_eq!(steps, [Verb::User, Verb::Commit]);
    let listed = world.listed().await;
    for (signed, there) in [(&first, false), (&second, false), (&meanwhile, true)] {
        assert_eq!(listed.contains(signed.key.as_str()), there);
    }
    assert_eq!(world.check(&"one look").await, 2);
}

async fn what_is_rotated_meanwhile_counts_as_just_used(store: impl SessionStore) {
    let mut world = World::new(store, Gate::default());
    world.cap = 2;
    for point in [Verb::Sessions, Verb::Commit] {
        world.renew();
        let (first, second) = (signed(&world, 50).await, signed(&world, 40).await);
        let mut slow = world.gate().hold(signed(&world, 0));
        slow.reach(Point::Before(point)).await;
        let rotated = world.rotate(&first.token, NOW).await.flatten();
        slow.finish().await;
        assert!(world.allows(&rotated.expect("a token")).await, "{point:?}");
        let listed = world.listed().await;
        assert!(!listed.contains(second.key.as_str()), "{point:?}");
        assert_eq!(world.check(&"rotated").await, 2);
    }
}

async fn a_lowered_cap_leaves_as_many_and_the_last_used_ones(store: impl SessionStore) {
    let mut world = World::new(store, Gate::default());
    world.cap = 50;
    let mut sessions = Vec::new();
    for n in 0..50 {
        sessions.push(signed(&world, 1000 - n).await);
    }
    used(&world, &sessions[0], 5).await;
    used(&world, &sessions[25], 6).await;
    world.cap = 3;
    let new = signed(&world, 0).await;
    for signed in [&sessions[0], &sessions[25], &new] {
        assert!(world.allows(&signed.token).await);
    }
    assert_eq!(world.check(&"lowered").await, 3);
    assert_eq!(world.verifications(), 51);
}

async fn two_logins_after_the_cap_was_lowered_in_every_order(store: impl SessionStore) {
    let mut world = World::new(store, Gate::default());
    let mut orders = Orders::at(world.gate());
    while orders.next() {
        world.renew();
        world.cap = 10;
        for n in 0..10 {
            signed(&world, 100 - n).await;
        }
        world.cap = 2;
        let (one, two) = orders.race(signed(&world, 0), signed(&world, 0)).await;
        for signed in [one, two] {
            assert!(world.allows(&signed.token).await, "{orders}");
        }
        // Neither more, nor fewer because both made room.
        assert_eq!(world.check(&orders).await, 2, "{orders}");
        assert_eq!(world.verifications(), 12, "{orders}");
    }
    assert!(orders.seen() > 10);
}

async fn two_who_would_have_others_leave_end_no_more_than_they_must(store: impl SessionStore) {
    let mut world = World::new(store, Gate::default());
    world.cap = 11;
    let mut sessions = Vec::new();
    for n in 0..11 {
        sessions.push(signed(&world, 100 - n).await);
    }
    world.cap = 3;
    // It is about to end the two that were used longest ago, which are used after all.
    let mut slow = world.gate().hold(signed(&world, 0));
    slow.reach(Point::Before(Verb::Commit)).await;
    for session in &sessions[..2] {
        used(&world, session, 0).await;
    }
    let quick = signed(&world, 0).await;
    let listed = world.listed().await;
    for kept in [&sessions[0], &sessions[1], &quick] {
        assert!(listed.contains(kept.key.as_str()));
    }
    let slow = slow.finish().await;
    for signed in [&quick, &slow] {
        assert!(world.allows(&signed.token).await);
    }
    assert_eq!(world.check(&"both made room").await, 3);
}

/// As it was before there was a look: which is the oldest is known without.
#[tokio::test]
async fn if_the_look_fails_the_oldest_leaves() {
    for kind in [FaultKind::Unavailable, FaultKind::Misconfigured] {
        let store = failing(MemoryStore::default());
        let mut world = World::new(store, Gate::default());
        let (old, others) = in_use(&mut world, 2).await;
        world.store.inner.fail(Some(Failure {
            verb: Verb::Sessions,
            kind,
            made: false,
        }));
        let new = signed(&world, 0).await;
        assert!(!world.allows(&old.token).await);
        for signed in [&others[0], &others[1], &new] {
            assert!(world.allows(&signed.token).await, "{kind:?}");
        }
        assert_eq!(world.check(&"no look").await, 3);
    }
}

/// Who has room asks for nothing, and who keeps one session alone does not either.
#[tokio::test]
async fn below_the_cap_there_is_no_look() {
    for (cap, logins) in [(1, 3), (3, 3)] {
        let store = failing(MemoryStore::default());
        let mut world = World::new(store, Gate::default());
        world.cap = cap;
        for _ in 0..logins {
            let mut login = world.gate().hold(signed(&world, 0));
            while let Some(point) = login.step().await {
                assert_ne!(point, Point::Before(Verb::Sessions), "{cap}");
            }
        }
    }
}

/// A deadline is the first second that fails: what has expired leaves without a look, whatever is older.
#[tokio::test]
async fn an_entry_leaves_at_its_deadline() {
    let mut world = World::new(failing(MemoryStore::default()), Gate::default());
    world.cap = 2;
    let old = signed(&world, 0).await;
    let short = Attempt {
        at: NOW.plus(1),
        timeouts: Timeouts {
            idle: 10,
            absolute: 10,
        },
        ..Attempt::default()
    };
    world.signed(short).await;
    world.store.inner.fail(Some(Failure {
        verb: Verb::Sessions,
        kind: FaultKind::Unavailable,
        made: false,
    }));
    let third = Attempt {
        at: NOW.plus(11),
        ..Attempt::default()
    };
    world.signed(third).await;
    assert!(world.allows(&old.token).await);
}
