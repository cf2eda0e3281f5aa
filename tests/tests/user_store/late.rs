//! Attempts that arrive late: after the answer to the second one, after another writer, after the user was removed and
//! added again. None of them changes anything; and what was made once is not made again over a later write.

use dynamodb_session::password::{dynamodb::DynamoUserStore, store::UserStore};
use tests::{
    engine::{self, Item, Tables, text},
    late::Late,
    wire::{Failure, Wire},
};

use super::{at, hash, name};

/// What is done to a user.
#[derive(Clone, Copy, Debug)]
enum Action {
    Add(u8),
    Passwd(u8),
    Disable,
    Enable,
    Remove,
}

use Action::{Add, Disable, Enable, Passwd, Remove};

impl Action {
    /// Which attempts at it can be late.
    fn attempts(self) -> &'static [&'static [&'static str]] {
        match self {
            Add(_) => &[
                &["PutItem"],
                &["UpdateItem"],
                &["PutItem", "UpdateItem"],
                &["PutItem", "PutItem", "UpdateItem", "UpdateItem"],
            ],
            Passwd(_) | Disable | Enable => &[&["UpdateItem"], &["UpdateItem", "UpdateItem"]],
            Remove => &[&["DeleteItem"], &["DeleteItem", "DeleteItem"]],
        }
    }

    /// The answer; `None`: a fault.
    async fn done(self, store: &DynamoUserStore) -> Option<bool> {
        let user = name("ada");
        let answer = match self {
            Add(salt) => store.add(&user, &hash(salt), at(1)).await,
            Passwd(salt) => store.set_password(&user, &hash(salt), at(1)).await,
            Disable => store.set_disabled(&user, true, at(1)).await,
            Enable => store.set_disabled(&user, false, at(1)).await,
            Remove => store.remove(&user).await,
        };
        answer.ok()
    }
}

/// One engine, reached by two operators: the network is bad to one of them.
struct World {
    tables: Tables,
    late: Late,
    wire: Wire,
    late_store: DynamoUserStore,
    store: DynamoUserStore,
}

impl World {
    async fn new() -> Self {
        let tables = engine::embedded().await;
        let (late, wire) = (Late::default(), Wire::default());
        let client = late.watch(&wire.watch(&tables.client));
        Self {
            late_store: DynamoUserStore::new(client, tables.config.tables.users.clone()),
            store: tables.users(),
            late,
            wire,
            tables,
        }
    }

    /// Takes the user away, and what was held back and has not come.
    async fn begin_anew(&self) {
        self.late.forget();
        self.store.remove(&name("ada")).await.unwrap();
    }

    async fn do_all(&self, actions: &[Action]) {
        for action in actions {
            assert_eq!(action.done(&self.store).await, Some(true), "{action:?}");
        }
    }

    /// The user's item as it lies in the table.
    async fn item(&self) -> Option<Item> {
        let request = self.tables.client.get_item();
        let request = request.table_name(&self.tables.config.tables.users);
        let request = request.key("id", text("p#ada")).consistent_read(true);
        request.send().await.unwrap().item
    }

    async fn user(&self) -> Option<(String, bool)> {
        let record = self.store.find(&name("ada")).await.unwrap();
        record.map(|record| (record.hash.to_string(), record.disabled))
    }
}

/// What was there, what is done late, and what others do before it arrives.
#[rustfmt::skip]
const COURSES: [(&[Action], Action, &[Action]); 15] = [
    (&[Add(1)],          Passwd(2), &[]),
    (&[Add(1)],          Passwd(2), &[Passwd(3)]),
    (&[Add(1)],          Passwd(2), &[Passwd(3), Passwd(1)]),
    (&[Add(1)],          Passwd(2), &[Remove, Add(1)]),
    (&[Add(1)],          Disable,   &[Enable]),
    (&[Add(1)],          Disable,   &[Remove, Add(3)]),
    (&[Add(1), Disable], Enable,    &[Disable]),
    (&[Add(1), Disable], Enable,    &[Passwd(2), Disable]),
    (&[Add(1), Disable], Enable,    &[Remove, Add(1), Disable]),
    (&[Add(1)],          Remove,    &[Add(3)]),
    (&[Add(1)],          Remove,    &[Add(1)]),
    (&[Add(1), Disable], Remove,    &[Add(3), Disable, Enable]),
    (&[],                Add(1),    &[Remove]),
    (&[],                Add(1),    &[Remove, Add(3)]),
    (&[],                Add(1),    &[Remove, Add(3), Remove]),
];

#[tokio::test]
async fn an_attempt_that_arrives_after_its_answer_changes_nothing() {
    let world = World::new().await;
    for (before, late, after) in COURSES {
        for operations in late.attempts() {
            world.begin_anew().await;
            world.do_all(before).await;
            operations
                .iter()
                .for_each(|operation| world.late.hold(operation));
            assert_eq!(late.done(&world.late_store).await, Some(true), "{late:?}");
            world.do_all(after).await;
            let (user, item) = (world.user().await, world.item().await);
            world.late.arrive().await;
            let course = format!("{before:?}, late {operations:?} of {late:?}, {after:?}");
            assert_eq!(world.user().await, user, "{course}");
            if user.is_some() {
                assert_eq!(world.item().await, item, "{course}");
            }
        }
    }
}

/// It was not known whether the first command did anything, and it was run again.
#[tokio::test]
async fn an_attempt_that_nobody_waits_for_changes_nothing_after_the_next_answer() {
    let world = World::new().await;
    for (before, late, after) in COURSES {
        let single = late.attempts().iter().filter(|held| held.len() == 1);
        for operation in single.flat_map(|held| held.iter()) {
            world.begin_anew().await;
            world.do_all(before).await;
            (0..3).for_each(|_| world.late.hold(operation));
            if late.done(&world.late_store).await.is_none() {
                world.do_all(&[late]).await;
            }
            world.do_all(after).await;
            let user = world.user().await;
            world.late.arrive().await;
            assert_eq!(
                world.user().await,
                user,
                "{before:?}, late {operation} of {late:?}, {after:?}"
            );
        }
    }
}

/// The answer that there is no such user holds as well.
#[tokio::test]
async fn a_user_who_was_found_missing_is_not_added_by_a_late_attempt() {
    let world = World::new().await;
    for operation in ["PutItem", "UpdateItem"] {
        world.begin_anew().await;
        (0..3).for_each(|_| world.late.hold(operation));
        assert_eq!(Add(1).done(&world.late_store).await, None);
        assert_eq!(Remove.done(&world.store).await, Some(false));
        world.late.arrive().await;
        assert_eq!(world.user().await, None, "{operation}");
        world.do_all(&[Add(2), Passwd(3)]).await;
    }
}

#[tokio::test]
async fn a_write_whose_answer_was_lost_is_not_made_again_over_a_later_one() {
    let world = World::new().await;
    for (before, lost, later) in [
        (&[Add(1)][..], Passwd(2), Passwd(3)),
        (&[Add(1)], Disable, Enable),
        (&[Add(1), Disable], Enable, Disable),
        (&[Add(1)], Remove, Add(3)),
    ] {
        world.begin_anew().await;
        world.do_all(before).await;
        world.wire.fail_next([Failure::Spared, Failure::AnswerLost]);
        world.late.pause();
        let (answer, item) = tokio::join!(lost.done(&world.late_store), async {
            world.late.paused().await;
            world.do_all(&[later]).await;
            let item = world.item().await;
            world.late.go_on();
            item
        });
        assert_eq!(answer, Some(true), "{lost:?}");
        assert_eq!(world.item().await, item, "{lost:?}, {later:?}");
    }
}

/// Also where a write of another kind, which does not take it back, comes between.
#[tokio::test]
async fn a_write_that_another_one_overtakes_is_decided_anew() {
    let world = World::new().await;
    for (late, overtaking) in [
        (Disable, Passwd(2)),
        (Passwd(2), Disable),
        (Remove, Disable),
        (Disable, Enable),
    ] {
        world.begin_anew().await;
        world.do_all(&[Add(1)]).await;
        world.late.hold(late.attempts()[0][0]);
        world.late.pause();
        let (answer, ()) = tokio::join!(late.done(&world.late_store), async {
            world.late.paused().await;
            world.do_all(&[overtaking]).await;
            world.late.go_on();
        });
        assert_eq!(answer, Some(true), "{late:?}");
        let hashed = |salt| hash(salt).to_string();
        let expected = match (late, overtaking) {
            (Remove, _) => None,
            (Disable, Enable) => Some((hashed(1), true)),
            _ => Some((hashed(2), true)),
        };
        assert_eq!(world.user().await, expected, "{late:?}, {overtaking:?}");
        let user = world.user().await;
        world.late.arrive().await;
        assert_eq!(world.user().await, user, "{late:?}, {overtaking:?}");
    }
}
