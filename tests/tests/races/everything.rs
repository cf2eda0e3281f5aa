//! Logout, a call, a login and a logout everywhere of one user, all at once, in every order there is.

use dynamodb_session::{authorize::Decision, store::memory::MemoryStore};
use support::{gate::Gate, orders::Orders};
use tests::{
    stepped::Event,
    world::{Attempt, NOW, World},
};

#[tokio::test]
async fn everything_at_once_in_every_order() {
    let mut world = World::new(MemoryStore::default(), Gate::default());
    let (mut orders, mut seen) = (Orders::at(world.gate()), std::collections::BTreeSet::new());
    while orders.next() {
        world.renew();
        let ended = world.signed(Attempt::default()).await;
        let other = world.signed(Attempt::default()).await;
        let (mut call, mut new, mut everywhere) = (None, None, None);
        orders
            .run(vec![
                world
                    .gate()
                    .hold(async { world.logout(&ended.token).await.unwrap() }),
                world
                    .gate()
                    .hold(async { call = Some(world.call(&ended.token, NOW).await) }),
                world
                    .gate()
                    .hold(async { new = Some(world.signed(Attempt::default()).await) }),
                world.gate().hold(async {
                    everywhere = Some(world.everywhere(&other.token).await.unwrap());
                }),
            ])
            .await;
        let new = new.unwrap();
        assert_eq!(everywhere, Some(true), "{orders}");
        for token in [&ended.token, &other.token] {
            assert!(!world.allows(token).await, "{orders}");
        }
        let journal = &world.store.journal;
        let all_ended = journal.last(|event| *event == Event::EndedAll);
        let verified = journal.last(|event| *event == Event::Verified(new.login));
        let outlives = world.allows(&new.token).await;
        assert_eq!(outlives, verified > all_ended, "{orders}");
        assert_eq!(world.check(&orders).await, usize::from(outlives));
        seen.insert((matches!(call, Some(Decision::Allow(_))), outlives));
    }
    // Every outcome that may be is there.
    assert_eq!(seen.len(), 4, "{seen:?}");
    println!("{} orders", orders.seen());
}
