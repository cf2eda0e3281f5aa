//! A password that changes, or a user who is disabled, while a login is under way: the old password lets nobody in.

use dynamodb_session::{session::Timeouts, store::SessionStore};
use support::{
    gate::{Gate, Verb},
    orders::Orders,
};
use tests::{
    engine::{Tables, number, text},
    on_every_engine, on_every_store,
    world::{Attempt, NOW, TIMEOUTS, World},
};

on_every_store! {
    a_first_login_and_a_change_of_password_in_every_order
    a_login_and_a_change_of_password_in_every_order
    a_login_of_an_item_soon_swept_and_a_change_of_password_in_every_order
    a_first_login_and_a_disabling_in_every_order
    a_login_and_a_disabling_in_every_order
    a_first_login_that_has_to_look_again_leaves_the_other_one_alone
}

on_every_engine! {
    a_login_a_sweep_of_the_user_item_and_a_change_of_password_in_every_order
}

/// What the table says about the user before.
#[derive(Clone, Copy)]
enum Item {
    /// Nothing: the login is the first one.
    Absent,
    /// An item that TTL may remove before the login is over.
    SweptSoon,
    /// An item with a session.
    There,
}

/// What the operator does.
#[derive(Clone, Copy)]
enum Action {
    ChangePassword,
    Disable,
}

async fn every_order(store: impl SessionStore, item: Item, action: Action) {
    let mut world = World::new(store, Gate::default());
    let (mut orders, mut created, mut refused) = (Orders::at(world.gate()), 0, 0);
    while orders.next() {
        world.renew();
        let soon = Timeouts {
            idle: 600,
            absolute: 600,
        };
        let timeouts = match item {
            Item::Absent => None,
            Item::SweptSoon => Some(soon),
            Item::There => Some(TIMEOUTS),
        };
        if let Some(timeouts) = timeouts {
            let attempt = Attempt {
                timeouts,
                ..Attempt::default()
            };
            world.signed(attempt).await;
        }
        let (login, _) = orders
            .race(
                async { world.login(Attempt::default()).await.unwrap() },
                async {
                    match action {
                        Action::ChangePassword => world.change_password().await.unwrap(),
                        Action::Disable => world.disable().await.unwrap(),
                    }
                },
            )
            .await;
        match login {
            Some(signed) => {
                assert!(!world.allows(&signed.token).await, "{orders}");
                created += 1;
            }
            None => refused += 1,
        }
        assert_eq!(world.check(&orders).await, 0);
        assert!(
            world.login(Attempt::default()).await.unwrap().is_none(),
            "{orders}"
        );
    }
    // Both happen, so the orders do differ.
    assert!(created > 0 && refused > 0, "{created} {refused}");
}

async fn a_first_login_and_a_change_of_password_in_every_order(store: impl SessionStore) {
    every_order(store, Item::Absent, Action::ChangePassword).await;
}

async fn a_login_and_a_change_of_password_in_every_order(store: impl SessionStore) {
    every_order(store, Item::There, Action::ChangePassword).await;
}

async fn a_login_of_an_item_soon_swept_and_a_change_of_password_in_every_order(
    store: impl SessionStore,
) {
    every_order(store, Item::SweptSoon, Action::ChangePassword).await;
}

async fn a_first_login_and_a_disabling_in_every_order(store: impl SessionStore) {
    every_order(store, Item::Absent, Action::Disable).await;
}

async fn a_login_and_a_disabling_in_every_order(store: impl SessionStore) {
    every_order(store, Item::There, Action::Disable).await;
}

async fn a_first_login_that_has_to_look_again_leaves_the_other_one_alone(store: impl SessionStore) {
    let mut world = World::new(store, Gate::default());
    let mut orders = Orders::at(world.gate());
    while orders.next() {
        world.renew();
        let (old, new) = orders
            .race(
                async { world.login(Attempt::default()).await.unwrap() },
                async {
                    world.change_password().await.unwrap();
                    let attempt = Attempt {
                        password: 1,
                        ..Attempt::default()
                    };
                    world.login(attempt).await.unwrap()
                },
            )
            .await;
        assert!(
            world.allows(&new.expect("the right password").token).await,
            "{orders}"
        );
        if let Some(old) = old {
            assert!(!world.allows(&old.token).await, "{orders}");
        }
        assert_eq!(world.check(&orders).await, 1);
    }
}

/// TTL takes the user item, and the epoch with it, between any two steps.
async fn a_login_a_sweep_of_the_user_item_and_a_change_of_password_in_every_order(tables: &Tables) {
    let mut world = World::new(tables.sessions(), Gate::default());
    let mut orders = Orders::at(world.gate());
    while orders.next() {
        world.renew();
        let soon = Timeouts {
            absolute: 600,
            idle: 600,
        };
        let old = world
            .signed(Attempt {
                timeouts: soon,
                ..Attempt::default()
            })
            .await;
        assert_eq!(world.end_all().await.unwrap(), 1);
        let id = text(&format!("u#{}", world.user));
        let sweep = tables
            .client
            .delete_item()
            .table_name(&tables.config.tables.sessions)
            .key("id", id)
            // As TTL does: an item that a login has kept for longer is not swept.
            .condition_expression("expires <= :soon")
            .expression_attribute_values(":soon", number(&(NOW.0 + 600)));
        let (login, ()) = orders
            .race(
                async {
                    let attempt = Attempt {
                        timeouts: TIMEOUTS,
                        ..Attempt::default()
                    };
                    world.login(attempt).await.unwrap()
                },
                async {
                    // An error says that the item is kept.
                    _ = world.gate().call(Verb::Commit, sweep.send()).await;
                    world.change_password().await.unwrap();
                },
            )
            .await;
        if let Some(signed) = login {
            assert!(!world.allows(&signed.token).await, "{orders}");
        }
        assert!(!world.allows(&old.token).await, "{orders}");
        assert!(world.stored().await.is_empty(), "{orders}");
    }
}
