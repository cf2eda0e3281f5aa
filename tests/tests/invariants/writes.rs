//! Only a login creates, or an anonymous session's first write: nothing else leaves an item where there was none.

use dynamodb_session::store::{SessionStore, memory::MemoryStore};
use support::gate::Gate;
use tests::{
    engine::Tables,
    on_every_engine, on_every_store,
    wire::Wire,
    world::{Attempt, World},
};

on_every_store! {
    nothing_but_a_login_makes_a_user_item
}

on_every_engine! {
    nothing_but_a_login_makes_an_item
    every_allowed_call_asks_the_table_anew
}

/// Tokens that were never issued.
const TOKENS: [&str; 3] = [
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "_____________________________________ue_w__8",
    "",
];

/// Everything but a right login.
async fn everything_else(world: &World<impl SessionStore>) {
    for token in TOKENS {
        assert!(!world.allows(token).await);
        world.logout(token).await.unwrap();
        assert!(!world.everywhere(token).await.unwrap());
        let wrong = Attempt {
            password: 9,
            presented: Some(token),
            ..Attempt::default()
        };
        assert!(world.login(wrong).await.unwrap().is_none());
    }
    assert_eq!(world.end_all().await.unwrap(), 0);
}

async fn nothing_but_a_login_makes_a_user_item(store: impl SessionStore) {
    let world = World::new(store, Gate::default());
    everything_else(&world).await;
    assert_eq!(world.store.inner.user(&world.user).await.unwrap(), None);
}

async fn nothing_but_a_login_makes_an_item(tables: &Tables) {
    let world = World::new(tables.sessions(), Gate::default());
    everything_else(&world).await;
    assert!(tables.items().await.is_empty());

    let signed = world.signed(Attempt::default()).await;
    assert_eq!(tables.items().await.len(), 2);
    world.logout(&signed.token).await.unwrap();
    let left = tables.items().await;
    assert_eq!(left.len(), 1);
    everything_else(&world).await;
    assert!(!world.allows(&signed.token).await);
    world.logout(&signed.token).await.unwrap();
    let after = tables.items().await;
    assert_eq!(after.len(), 1);
    assert_eq!(after[0]["sessions"], left[0]["sessions"]);
}

async fn every_allowed_call_asks_the_table_anew(tables: &Tables) {
    let wire = Wire::default();
    let watched = dynamodb_session::store::dynamodb::DynamoStore::new(
        wire.watch(&tables.client),
        tables.config.tables.sessions.clone(),
    );
    let world = World::new(watched, Gate::default());
    let signed = world.signed(Attempt::default()).await;
    _ = wire.take();
    for _ in 0..3 {
        assert!(world.allows(&signed.token).await);
        let requests = wire.take();
        assert_eq!(requests.len(), 1);
        assert_eq!(requests[0].operation, "UpdateItem");
    }
    // Somebody else ends it, without this process's knowledge.
    World::new(tables.sessions(), Gate::default())
        .logout(&signed.token)
        .await
        .unwrap();
    assert!(!world.allows(&signed.token).await);
}

#[tokio::test]
async fn ten_thousand_calls_of_strangers_leave_nothing() {
    let world = World::new(MemoryStore::default(), Gate::default());
    for n in 0..10_000_u32 {
        let mut id = [0; 32];
        id[..4].copy_from_slice(&n.to_be_bytes());
        let id = tests::entropy::id(&id);
        let token = dynamodb_session::token::issue(&id, &world.policy.format.keys);
        assert!(!world.allows(token.expose()).await);
        world.logout(token.expose()).await.unwrap();
    }
    assert!(world.store.inner.is_empty());
}
