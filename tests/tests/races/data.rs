//! Writes of data at once: each demands what it read, none is lost, and of those that demand the same tag one is made.

use std::sync::Arc;

use dynamodb_session::{
    authorize::Decision,
    data::{Data, Edit, Tag, size},
    patch::{Patch, Patched},
    store::{SessionStore, memory::MemoryStore},
};
use support::{
    gate::Gate,
    orders::{Orders, in_lockstep},
};
use tests::{
    engine, on_every_store,
    world::{Attempt, NOW, World},
};
use tokio::{sync::Barrier, task::JoinSet};

on_every_store! {
    of_equal_writes_for_one_tag_one_is_made
    two_writes_of_different_keys_in_every_order
    a_write_for_a_tag_and_a_logout_in_every_order
    a_tag_outlives_a_rotation_and_no_login
}

/// What a call finds.
async fn data(world: &World<impl SessionStore>, token: &str) -> Data {
    match world.call(token, NOW).await {
        Decision::Allow(live) => live.session.data,
        denied @ Decision::Deny { .. } => panic!("{denied:?}"),
    }
}

fn edit(body: &str) -> Edit {
    Edit::parse(body.as_bytes()).expect("an edit")
}

/// A change for one tag: `true` if it was made.
async fn made(world: &World<impl SessionStore>, token: &str, body: &str, tag: &Tag) -> bool {
    let write = Patch {
        edit: &edit(body),
        tags: Some(std::slice::from_ref(tag)),
        limit: 1000,
        anonymous_limit: 1000,
    };
    match world.change(token, &write).await {
        Patched::Done(_) => true,
        Patched::Mismatch(_) => false,
        other => panic!("{other:?}"),
    }
}

/// Equal values are no reason to take another's write for one's own: a counter would lose increments.
async fn of_equal_writes_for_one_tag_one_is_made(store: impl SessionStore) {
    let mut world = World::new(store, Gate::default());
    let mut orders = Orders::at(world.gate());
    while orders.next() {
        world.renew();
        let token = world.signed(Attempt::default()).await.token;
        let tag = world
            .write(&token, "n", "1")
            .await
            .expect("a session")
            .tag();
        let (one, two) = orders
            .race(
                made(&world, &token, r#"{"n":2}"#, &tag),
                made(&world, &token, r#"{"n":2}"#, &tag),
            )
            .await;
        assert_ne!(one, two, "{orders}");
    }
    assert!(orders.seen() > 2);
}

async fn two_writes_of_different_keys_in_every_order(store: impl SessionStore) {
    let mut world = World::new(store, Gate::default());
    let mut orders = Orders::at(world.gate());
    while orders.next() {
        world.renew();
        let token = world.signed(Attempt::default()).await.token;
        let write = async |key| {
            world.write(&token, key, "1").await.expect("a session");
        };
        orders.race(write("one"), write("two")).await;
        let data = data(&world, &token).await;
        let keys: Vec<_> = data.keys().collect();
        assert_eq!(keys, ["one", "two"], "{orders}");
    }
    assert!(orders.seen() > 2);
}

async fn a_write_for_a_tag_and_a_logout_in_every_order(store: impl SessionStore) {
    let mut world = World::new(store, Gate::default());
    let mut orders = Orders::at(world.gate());
    while orders.next() {
        world.renew();
        let token = world.signed(Attempt::default()).await.token;
        orders
            .race(async { drop(world.write(&token, "n", "1").await) }, async {
                world.logout(&token).await.expect("a store");
            })
            .await;
        assert!(!world.allows(&token).await, "{orders}");
        assert_eq!(world.check(&orders).await, 0);
    }
    assert!(orders.seen() > 2);
}

/// Sessions of one version are not one session.
async fn a_tag_outlives_a_rotation_and_no_login(store: impl SessionStore) {
    let world = World::new(store, Gate::default());
    let first = world.signed(Attempt::default()).await.token;
    let tag = world
        .write(&first, "n", "1")
        .await
        .expect("a session")
        .tag();
    let rotated = world.rotate(&first, NOW).await.flatten().expect("a new id");
    assert!(made(&world, &rotated, r#"{"n":2}"#, &tag).await);

    let carried = world
        .signed(Attempt {
            presented: Some(&rotated),
            ..Attempt::default()
        })
        .await;
    assert_eq!(carried.session.version, 2);
    for other in [carried, world.signed(Attempt::default()).await] {
        world
            .write(&other.token, "n", "3")
            .await
            .expect("a session");
        let second = world.write(&other.token, "n", "4").await;
        let version = second.expect("a session").version;
        for tag in [1, 2, version]
            .map(|version| format!("{}.{version}", tag.to_string().split('.').next().unwrap()))
        {
            let tag = tag.parse().expect("a tag");
            assert!(!made(&world, &other.token, r#"{"n":5}"#, &tag).await);
        }
    }
}

/// So many writers of different keys, all at once: each gets through.
async fn at_once<S: SessionStore + 'static>(store: S, count: usize) {
    let world = Arc::new(World::new(store, Gate::default()));
    let token = world.signed(Attempt::default()).await.token;
    let barrier = Arc::new(Barrier::new(count));
    let mut tasks = JoinSet::new();
    for n in 0..count {
        let (world, barrier, token) = (Arc::clone(&world), Arc::clone(&barrier), token.clone());
        tasks.spawn(async move {
            barrier.wait().await;
            let written = world.write(&token, &format!("k{n}"), "1").await;
            written.expect("a session");
        });
    }
    tasks.join_all().await;
    assert_eq!(data(&world, &token).await.len(), count);
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_writers_in_memory() {
    at_once(MemoryStore::default(), 50).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_writers_in_the_embedded_engine() {
    let tables = engine::embedded().await;
    at_once(tables.sessions(), 20).await;
}

/// Each of the writers read data that had room for one more.
#[tokio::test]
async fn the_limit_holds_for_writers_in_lockstep() {
    let world = World::new(MemoryStore::default(), Gate::default());
    let token = world.signed(Attempt::default()).await.token;
    let bodies: Vec<_> = (0..8)
        .map(|n| format!("{{\"k{n}\":\"0123456789\"}}"))
        .collect();
    let tasks = bodies.iter().map(|body| {
        world.gate().hold(async {
            let write = Patch {
                edit: &edit(body),
                tags: None,
                limit: 50,
                anonymous_limit: 50,
            };
            let changed = world.change(&token, &write).await;
            assert!(matches!(
                changed,
                Patched::Done(_) | Patched::TooLarge { .. }
            ));
        })
    });
    in_lockstep(tasks.collect()).await;
    // Three of 15 bytes, and 3 for the map.
    assert_eq!(size(&data(&world, &token).await), 48);
}

/// The worst order: at every step all who still write have read the same version.
#[tokio::test]
async fn ninety_writers_in_lockstep() {
    let world = World::new(MemoryStore::default(), Gate::default());
    let token = world.signed(Attempt::default()).await.token;
    let keys: Vec<_> = (0..90).map(|n| format!("k{n}")).collect();
    let tasks = keys.iter().map(|key| {
        world.gate().hold(async {
            let written = world.write(&token, key, "1").await;
            written.expect("a session");
        })
    });
    in_lockstep(tasks.collect()).await;
    assert_eq!(data(&world, &token).await.len(), 90);
}
