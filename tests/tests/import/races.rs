//! An import beside another one, beside a logout, and cut off in between.

use dynamodb_session::{
    abandon,
    entropy::SystemEntropy,
    fault::FaultKind,
    import::{Left, Row, Terms, take},
    store::SessionStore,
};
use support::{
    gate::{Gate, Point, Verb},
    orders::Orders,
};
use tests::{
    engine::Tables,
    on_every_engine,
    rigged::{Failure, failing},
    world::World,
};

use super::{NOW, Old, WEB, web};

on_every_engine! {
    two_imports_at_once_take_a_row_once
    an_import_beside_a_logout_in_every_order
    an_import_that_ends_after_its_mark_costs_one_login
    a_put_that_fails_costs_one_login
}

/// A world without users, and the row of [`WEB`] beside it.
async fn world(tables: &Tables) -> (World<impl SessionStore>, Old, Row) {
    let mut world = World::new(tables.sessions(), Gate::default());
    world.policy.anonymous = true;
    world.policy.require_user = false;
    let old = Old::beside(tables).await;
    let row = fresh(&old).await;
    (world, old, row)
}

/// The row of [`WEB`], as it was before any import.
async fn fresh(old: &Old) -> Row {
    let request = old.client.delete_item().table_name(&old.name);
    let request = request.key("id", tests::engine::text(super::FLASK));
    request.send().await.unwrap();
    old.put(web()).await;
    old.table().page(None).await.unwrap().rows.remove(0)
}

async fn takes(old: &Old, store: &impl SessionStore, row: &Row) -> Option<Left> {
    let table = old.table();
    let taken = take(&table, store, &SystemEntropy, Terms::default(), row, NOW);
    taken.await.unwrap()
}

async fn allows(world: &World<impl SessionStore>) -> bool {
    let decision = world.call(WEB, NOW).await;
    matches!(decision, dynamodb_session::authorize::Decision::Allow(_))
}

async fn two_imports_at_once_take_a_row_once(tables: &Tables) {
    let (world, old, row) = world(tables).await;
    let mut first = world.gate().hold(takes(&old, &world.store, &row));
    first.reach(Point::Before(Verb::Commit)).await;
    // Marked, and not there yet: the other one leaves it, and so does a third when it has come and gone.
    assert_eq!(takes(&old, &world.store, &row).await, Some(Left::Before));
    assert!(!allows(&world).await);
    assert_eq!(first.finish().await, None);
    assert!(allows(&world).await);
    world.logout(WEB).await.unwrap();
    assert_eq!(takes(&old, &world.store, &row).await, Some(Left::Before));
    assert!(!allows(&world).await);
    old.remove().await;
}

/// A logout that found the session has ended it for good. One that came before the session was here found nothing: no request
/// with an old id is sent here before the import is done.
async fn an_import_beside_a_logout_in_every_order(tables: &Tables) {
    let (world, old, _) = world(tables).await;
    let key = world.key(WEB).unwrap();
    let mut orders = Orders::at(world.gate());
    let mut found = [0, 0];
    while orders.next() {
        abandon::abandon(&world.store.inner, &key).await.unwrap();
        let row = fresh(&old).await;
        let import = takes(&old, &world.store, &row);
        let logout = abandon::abandon(&world.store, &key);
        let (taken, ended) = orders.race(import, logout).await;
        assert_eq!(taken, None, "{orders}");
        let ended = ended.unwrap().is_some();
        found[usize::from(ended)] += 1;
        assert_eq!(takes(&old, &world.store, &row).await, Some(Left::Before));
        assert_eq!(allows(&world).await, !ended, "{orders}");
    }
    assert!(found[0] > 0 && found[1] > 0, "{found:?}");
    old.remove().await;
}

async fn an_import_that_ends_after_its_mark_costs_one_login(tables: &Tables) {
    let (world, old, row) = world(tables).await;
    let mut killed = world.gate().hold(takes(&old, &world.store, &row));
    killed.reach(Point::Before(Verb::Commit)).await;
    drop(killed);
    assert_eq!(takes(&old, &world.store, &row).await, Some(Left::Before));
    assert!(!allows(&world).await);
    old.remove().await;
}

async fn a_put_that_fails_costs_one_login(tables: &Tables) {
    let (world, old, _) = world(tables).await;
    for made in [false, true] {
        let row = fresh(&old).await;
        let store = failing(tables.sessions());
        let failure = Failure {
            verb: Verb::Commit,
            kind: FaultKind::Unavailable,
            made,
        };
        store.fail(Some(failure));
        let table = old.table();
        let taken = take(&table, &store, &SystemEntropy, Terms::default(), &row, NOW);
        assert!(taken.await.is_err());
        store.fail(None);
        assert_eq!(takes(&old, &store, &row).await, Some(Left::Before));
        assert_eq!(allows(&world).await, made);
    }
    old.remove().await;
}
