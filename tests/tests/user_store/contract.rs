//! What every store of users must do.

use std::sync::Arc;

use dynamodb_session::password::store::{UserRecord, UserStore};
use tokio::{sync::Barrier, task::JoinSet};

use super::{at, hash, name};

/// What every store of users must do.
pub(crate) async fn contract<S: UserStore + 'static>(store: Arc<S>) {
    nothing_but_add_makes_a_record(&*store).await;
    add_takes_a_name_once(&*store).await;
    every_write_moves_the_version(&*store).await;
    a_removed_user_is_gone(&*store).await;
    names_are_users_of_their_own(&*store).await;
    one_of_many_adds_wins(&store).await;
    no_write_is_lost(&store).await;
    no_write_brings_a_removed_user_back(&store).await;
}

async fn nothing_but_add_makes_a_record(store: &impl UserStore) {
    let user = name("nobody");
    assert_eq!(store.find(&user).await.unwrap(), None);
    assert!(!store.set_password(&user, &hash(1), at(1)).await.unwrap());
    assert!(!store.set_disabled(&user, true, at(1)).await.unwrap());
    assert!(!store.set_disabled(&user, false, at(1)).await.unwrap());
    assert!(!store.remove(&user).await.unwrap());
    assert_eq!(store.find(&user).await.unwrap(), None);
}

async fn add_takes_a_name_once(store: &impl UserStore) {
    let user = name("once");
    assert!(store.add(&user, &hash(1), at(5)).await.unwrap());
    let record = UserRecord {
        hash: hash(1),
        disabled: false,
        version: 0,
        created: at(5),
        changed: at(5),
    };
    assert_eq!(store.find(&user).await.unwrap().as_ref(), Some(&record));
    assert!(!store.add(&user, &hash(2), at(6)).await.unwrap());
    assert_eq!(store.find(&user).await.unwrap().as_ref(), Some(&record));
}

async fn every_write_moves_the_version(store: &impl UserStore) {
    let user = name("writes");
    store.add(&user, &hash(1), at(10)).await.unwrap();
    let mut expected = store.find(&user).await.unwrap().unwrap();

    assert!(store.set_password(&user, &hash(2), at(20)).await.unwrap());
    (expected.hash, expected.version, expected.changed) = (hash(2), 1, at(20));
    assert_eq!(store.find(&user).await.unwrap().as_ref(), Some(&expected));

    // Also a write of what is there already.
    for (disabled, version) in [(true, 2), (true, 3), (false, 4), (false, 5)] {
        assert!(store.set_disabled(&user, disabled, at(30)).await.unwrap());
        (expected.disabled, expected.version, expected.changed) = (disabled, version, at(30));
        assert_eq!(store.find(&user).await.unwrap().as_ref(), Some(&expected));
    }
    assert!(store.set_password(&user, &hash(2), at(40)).await.unwrap());
    (expected.version, expected.changed) = (6, at(40));
    assert_eq!(store.find(&user).await.unwrap().as_ref(), Some(&expected));
}

async fn a_removed_user_is_gone(store: &impl UserStore) {
    let user = name("gone");
    store.add(&user, &hash(1), at(1)).await.unwrap();
    store.set_disabled(&user, true, at(1)).await.unwrap();
    assert!(store.remove(&user).await.unwrap());
    assert_eq!(store.find(&user).await.unwrap(), None);
    assert!(!store.remove(&user).await.unwrap());

    assert!(store.add(&user, &hash(2), at(2)).await.unwrap());
    let record = store.find(&user).await.unwrap().unwrap();
    assert_eq!((record.hash, record.disabled), (hash(2), false));
}

async fn names_are_users_of_their_own(store: &impl UserStore) {
    let names = ["eve", "eve#", "p#eve", "zo\u{e9}", &"\u{e9}".repeat(128)].map(name);
    for (salt, user) in (0..).zip(&names) {
        assert!(store.add(user, &hash(salt), at(1)).await.unwrap(), "{user}");
    }
    for (salt, user) in (0..).zip(&names) {
        let record = store.find(user).await.unwrap().unwrap();
        assert_eq!(record.hash, hash(salt), "{user}");
    }
    assert!(!store.add(&name("EVE"), &hash(9), at(1)).await.unwrap());
}

async fn one_of_many_adds_wins<S: UserStore + 'static>(store: &Arc<S>) {
    let added = at_once(store, 12, |store, nth| async move {
        let added = store.add(&name("crowd"), &hash(nth), at(1)).await;
        added.unwrap().then_some(nth)
    })
    .await;
    let winners: Vec<u8> = added.into_iter().flatten().collect();
    let record = store.find(&name("crowd")).await.unwrap().unwrap();
    assert_eq!(winners.len(), 1);
    assert_eq!(record.hash, hash(winners[0]));
}

async fn no_write_is_lost<S: UserStore + 'static>(store: &Arc<S>) {
    store.add(&name("busy"), &hash(0), at(1)).await.unwrap();
    at_once(store, 12, |store, nth| async move {
        assert!(
            store
                .set_password(&name("busy"), &hash(nth), at(1))
                .await
                .unwrap()
        );
    })
    .await;
    let record = store.find(&name("busy")).await.unwrap().unwrap();
    assert_eq!(record.version, 12);
}

async fn no_write_brings_a_removed_user_back<S: UserStore + 'static>(store: &Arc<S>) {
    for _ in 0..10 {
        store.add(&name("back"), &hash(0), at(1)).await.unwrap();
        at_once(store, 3, |store, nth| async move {
            let user = name("back");
            match nth {
                0 => assert!(store.remove(&user).await.unwrap()),
                1 => _ = store.set_password(&user, &hash(1), at(1)).await.unwrap(),
                _ => _ = store.set_disabled(&user, true, at(1)).await.unwrap(),
            }
        })
        .await;
        assert_eq!(store.find(&name("back")).await.unwrap(), None);
    }
}

/// Runs `count` tasks that start together.
async fn at_once<S, T, F>(store: &Arc<S>, count: u8, task: impl Fn(Arc<S>, u8) -> F) -> Vec<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    let barrier = Arc::new(Barrier::new(count.into()));
    let mut tasks = JoinSet::new();
    for nth in 0..count {
        let (barrier, task) = (Arc::clone(&barrier), task(Arc::clone(store), nth));
        tasks.spawn(async move {
            barrier.wait().await;
            task.await
        });
    }
    tasks.join_all().await
}
