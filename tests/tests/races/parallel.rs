//! Many logins of one user at once: the cap holds exactly, every login verifies exactly once, nobody is left out.

use std::{collections::BTreeSet, sync::Arc};

use dynamodb_session::{
    store::{SessionStore, memory::MemoryStore},
    time::UnixSeconds,
};
use support::{gate::Gate, orders::in_lockstep};
use tests::{
    engine,
    world::{Attempt, NOW, Signed, World},
};
use tokio::{sync::Barrier, task::JoinSet};

const CAP: usize = 10;

/// A user at the cap, and the sessions that they have from before.
async fn full<S: SessionStore>(store: S) -> (World<S>, Vec<Signed>) {
    let world = World::new(store, Gate::default());
    assert_eq!(world.cap, CAP);
    let mut old = Vec::new();
    for age in (1..=10).rev() {
        let attempt = Attempt {
            at: UnixSeconds(NOW.0 - age),
            ..Attempt::default()
        };
        old.push(world.signed(attempt).await);
    }
    assert_eq!(world.check(&"before").await, CAP);
    (world, old)
}

/// What holds after so many logins at once: every session that was stored was handed out, so these are all there are.
async fn assert_exact<S: SessionStore>(world: &World<S>, old: Vec<Signed>, new: Vec<Signed>) {
    let mut alive = BTreeSet::new();
    for signed in old.iter().chain(&new) {
        if world.allows(&signed.token).await {
            alive.insert(signed.key.as_str().to_owned());
        }
    }
    assert_eq!(alive.len(), CAP);
    assert_eq!(world.listed().await, alive);
    assert!(
        old.iter()
            .all(|signed| !alive.contains(signed.key.as_str()))
    );
    assert_eq!(world.verifications(), old.len() + new.len());
}

async fn at_once<S: SessionStore + 'static>(store: S, count: usize) {
    let (world, old) = full(store).await;
    let world = Arc::new(world);
    let barrier = Arc::new(Barrier::new(count));
    let mut tasks = JoinSet::new();
    for _ in 0..count {
        let (world, barrier) = (Arc::clone(&world), Arc::clone(&barrier));
        tasks.spawn(async move {
            barrier.wait().await;
            world.signed(Attempt::default()).await
        });
    }
    let new = tasks.join_all().await;
    assert_exact(&world, old, new).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fourteen_in_memory() {
    at_once(MemoryStore::default(), 14).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_in_memory() {
    at_once(MemoryStore::default(), 50).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fourteen_in_the_embedded_engine() {
    let tables = engine::embedded().await;
    at_once(tables.sessions(), 14).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_in_the_embedded_engine() {
    let tables = engine::embedded().await;
    at_once(tables.sessions(), 50).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fourteen_and_fifty_in_the_named_engine() {
    for count in [14, 50] {
        if let Some(tables) = engine::named().await {
            at_once(tables.sessions(), count).await;
            tables.remove().await;
        }
    }
}

#[tokio::test]
async fn fifty_in_lockstep() {
    let (world, old) = full(MemoryStore::default()).await;
    let mut new: Vec<_> = (0..50).map(|_| None).collect();
    let login =
        async |slot: &mut Option<Signed>| *slot = Some(world.signed(Attempt::default()).await);
    let tasks = new.iter_mut().map(|slot| world.gate().hold(login(slot)));
    in_lockstep(tasks.collect()).await;
    let new = new.into_iter().flatten().collect();
    assert_exact(&world, old, new).await;
}

#[tokio::test]
async fn one_after_the_other_the_one_used_longest_ago_leaves() {
    let (world, mut sessions) = full(MemoryStore::default()).await;
    for later in 0..15 {
        let attempt = Attempt {
            at: UnixSeconds(NOW.0 + later),
            ..Attempt::default()
        };
        sessions.push(world.signed(attempt).await);
        let (gone, alive) = sessions.split_at(sessions.len() - CAP);
        for signed in gone {
            assert!(!world.allows(&signed.token).await, "{later}");
        }
        for signed in alive {
            assert!(world.allows(&signed.token).await, "{later}");
        }
    }
}
