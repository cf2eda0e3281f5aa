//! The counters of logins: none is lost however many count at once, and one wait is over for one guess.

use std::sync::Arc;

use aws_sdk_dynamodb::types::AttributeValue;
use dynamodb_session::{
    aws::client::connect_local,
    fault::FaultKind,
    store::dynamodb::DynamoStore,
    throttle::{
        Counter, CounterKey, Limits, Throttle, Turn, at_account, forget, from_address, unlock,
    },
    time::UnixSeconds,
};
use tests::{
    engine::{Item, Tables, number, text},
    late::Late,
    on_every_engine, on_every_store,
    proxy::{Fault, Proxy, Rule},
    wire::{Failure, Wire},
    world::NOW,
};
use tokio::{sync::Barrier, task::JoinSet};

use super::sample::user;

on_every_store! {
    a_counter_counts_up_to_its_limit
    a_counter_that_has_expired_is_shown_and_left
    a_counter_is_replaced_as_it_was_read
    a_counter_with_a_later_try_is_not_cleared
    whoever_is_unlocked_need_not_wait_whatever_clock_counted
    of_fifty_guesses_at_once_the_free_ones_go_on
    of_fifty_tries_from_one_address_twenty_go_on
    nobody_waits_for_another
}

on_every_engine! {
    a_counter_is_an_item_that_expires_and_names_nobody
    a_damaged_counter_is_a_fault
    a_guess_whose_answer_was_lost_counts
    no_attempt_that_arrives_late_forgets_a_guess
    a_damaged_counter_can_be_cleared
}

const LIMITS: Limits = Limits {
    free_failures: 5,
    address_per_minute: 20,
};

const DAY: u64 = 86_400;

fn at(seconds: u64) -> UnixSeconds {
    UnixSeconds(NOW.0 + seconds)
}

fn account(name: &str) -> CounterKey {
    CounterKey::account(&user(name))
}

fn counter(tries: u64, latest: u64, expires: u64) -> Counter {
    Counter {
        tries,
        latest: at(latest),
        expires: at(expires),
    }
}

async fn a_counter_counts_up_to_its_limit(store: impl Throttle) {
    let (ada, eve) = (account("ada"), account("eve"));
    for n in 0..3 {
        let counted = store.count(&ada, 3, at(n), at(100 + n)).await.unwrap();
        assert_eq!(counted, None, "{n}");
    }
    for _ in 0..2 {
        let full = store.count(&ada, 3, at(9), at(109)).await.unwrap();
        assert_eq!(full, Some(counter(3, 2, 102)));
    }
    assert_eq!(store.count(&eve, 1, at(9), at(109)).await.unwrap(), None);
    assert_eq!(store.count(&ada, 4, at(9), at(109)).await.unwrap(), None);
    let full = store.count(&ada, 4, at(10), at(110)).await.unwrap();
    assert_eq!(full, Some(counter(4, 9, 109)));

    assert_eq!(store.clear(&ada, at(9)).await.unwrap(), None);
    assert_eq!(store.clear(&ada, at(9)).await.unwrap(), None);
    assert_eq!(store.count(&ada, 1, at(10), at(110)).await.unwrap(), None);
    let full = store.count(&eve, 1, at(10), at(110)).await.unwrap();
    assert_eq!(full, Some(counter(1, 9, 109)));
}

/// I9: it may lie there for days before it is swept.
async fn a_counter_that_has_expired_is_shown_and_left(store: impl Throttle) {
    let ada = account("ada");
    for (now, expected) in [(0, None), (99, None), (199, Some(counter(2, 99, 199)))] {
        let counted = store.count(&ada, 5, at(now), at(now + 100)).await;
        assert_eq!(counted.unwrap(), expected, "{now}");
    }
}

async fn a_counter_is_replaced_as_it_was_read(store: impl Throttle) {
    let ada = account("ada");
    let (one, two) = (counter(1, 0, 100), counter(2, 7, 107));
    assert!(!store.replace(&ada, &one, &two).await.unwrap());
    assert_eq!(store.count(&ada, 1, at(0), at(100)).await.unwrap(), None);
    for other in [counter(2, 0, 100), counter(1, 1, 100), counter(1, 0, 101)] {
        assert!(!store.replace(&ada, &other, &two).await.unwrap());
    }
    assert!(store.replace(&ada, &one, &two).await.unwrap());
    assert!(!store.replace(&ada, &one, &two).await.unwrap());
    let now = store.count(&ada, 1, at(7), at(107)).await.unwrap();
    assert_eq!(now, Some(two));
}

async fn a_counter_with_a_later_try_is_not_cleared(store: impl Throttle) {
    let ada = account("ada");
    for now in [5, 7] {
        assert_eq!(store.count(&ada, 9, at(now), at(100)).await.unwrap(), None);
    }
    let there = Some(counter(2, 7, 100));
    for until in [0, 5, 6] {
        assert_eq!(
            store.clear(&ada, at(until)).await.unwrap(),
            there,
            "{until}"
        );
    }
    assert_eq!(store.count(&ada, 0, at(8), at(108)).await.unwrap(), there);
    assert_eq!(store.clear(&ada, at(7)).await.unwrap(), None);
    assert_eq!(store.count(&ada, 1, at(8), at(108)).await.unwrap(), None);
}

/// The operator's clock may be behind that of the functions.
async fn whoever_is_unlocked_need_not_wait_whatever_clock_counted(store: impl Throttle) {
    let ada = user("ada");
    for _ in 0..5 {
        at_account(&store, LIMITS, &ada, at(100)).await.unwrap();
    }
    let turn = at_account(&store, LIMITS, &ada, at(100)).await.unwrap();
    assert_eq!(turn, Turn::Wait(1));
    unlock(&store, &ada, at(0)).await.unwrap();
    let turn = at_account(&store, LIMITS, &ada, at(100)).await.unwrap();
    assert_eq!(turn, Turn::Granted);
}

/// How many of fifty that begin together are granted their turn; all others are told to wait so long.
async fn granted_of_fifty<S, F>(store: &Arc<S>, wait: u64, turn: impl Fn(Arc<S>) -> F) -> usize
where
    F: Future<Output = Turn> + Send + 'static,
{
    let barrier = Arc::new(Barrier::new(50));
    let mut guesses = JoinSet::new();
    for _ in 0..50 {
        let (barrier, turn) = (Arc::clone(&barrier), turn(Arc::clone(store)));
        guesses.spawn(async move {
            barrier.wait().await;
            turn.await
        });
    }
    let (granted, refused): (Vec<_>, Vec<_>) = guesses
        .join_all()
        .await
        .into_iter()
        .partition(|turn| *turn == Turn::Granted);
    assert!(
        refused.iter().all(|turn| *turn == Turn::Wait(wait)),
        "{refused:?}"
    );
    granted.len()
}

/// CVE-2019-5421 of Devise: a limit that guesses at the same moment pass together.
async fn of_fifty_guesses_at_once_the_free_ones_go_on(store: impl Throttle + 'static) {
    let store = Arc::new(store);
    #[rustfmt::skip]
    let rounds = [
        // name                      now              granted  wait
        ("at first",                   0,                   5,   1),
        ("in the same second",         0,                   0,   1),
        ("a second later",             1,                   1,   2),
        ("too early",                  2,                   0,   1),
        ("after the second wait",      3,                   1,   4),
        ("a day after",                3 + DAY,             5,   1),
    ];
    for (name, now, expected, wait) in rounds {
        let granted = granted_of_fifty(&store, wait, |store| async move {
            let turn = at_account(&*store, LIMITS, &user("ada"), at(now)).await;
            turn.unwrap()
        });
        assert_eq!(granted.await, expected, "{name}");
    }
    forget(&*store, LIMITS, &user("ada"), at(3 + DAY))
        .await
        .unwrap();
    let turn = at_account(&*store, LIMITS, &user("ada"), at(3 + DAY)).await;
    assert_eq!(turn.unwrap(), Turn::Granted);
}

async fn of_fifty_tries_from_one_address_twenty_go_on(store: impl Throttle + 'static) {
    let store = Arc::new(store);
    let begin = 60 - NOW.0 % 60;
    for (seconds, expected) in [(0, 20), (59, 0), (60, 20)] {
        let now = at(begin + seconds);
        let granted = granted_of_fifty(&store, 60 - seconds % 60, |store| async move {
            let turn = from_address(&*store, LIMITS, Some("192.0.2.1"), now).await;
            turn.unwrap()
        });
        assert_eq!(granted.await, expected, "{seconds}");
    }
}

async fn nobody_waits_for_another(store: impl Throttle) {
    for _ in 0..6 {
        at_account(&store, LIMITS, &user("ada"), NOW).await.unwrap();
    }
    let turn = at_account(&store, LIMITS, &user("ada"), NOW).await;
    assert_eq!(turn.unwrap(), Turn::Wait(1));
    let turn = at_account(&store, LIMITS, &user("eve"), NOW).await;
    assert_eq!(turn.unwrap(), Turn::Granted);
    forget(&store, LIMITS, &user("eve"), NOW).await.unwrap();
    let turn = at_account(&store, LIMITS, &user("ada"), NOW).await;
    assert_eq!(turn.unwrap(), Turn::Wait(1));
}

/// The one item of the table.
async fn only_item(tables: &Tables) -> Item {
    let items = tables.items().await;
    let [item] = items.as_slice() else {
        panic!("{items:?}");
    };
    item.clone()
}

async fn a_counter_is_an_item_that_expires_and_names_nobody(tables: &Tables) {
    let store = tables.sessions();
    let name = user("ada@example.com");
    at_account(&store, LIMITS, &name, NOW).await.unwrap();
    let item = only_item(tables).await;
    assert!(!format!("{item:?}").contains("ada"));
    let expected = [
        ("id", text(CounterKey::account(&name).as_str())),
        ("tries", number(&1)),
        ("latest", number(&NOW.0)),
        ("expires", number(&at(DAY).0)),
    ];
    assert_eq!(
        item,
        expected
            .map(|(name, value)| (name.to_owned(), value))
            .into()
    );
    forget(&store, LIMITS, &name, NOW).await.unwrap();

    let ip = Some("2001:db8::1");
    from_address(&store, LIMITS, ip, NOW).await.unwrap();
    let item = only_item(tables).await;
    assert_eq!(item["id"], text(CounterKey::address(ip, NOW).as_str()));
    let begun = NOW.0 - NOW.0 % 60;
    assert_eq!(item["expires"], number(&(begun + 60)));
}

async fn a_damaged_counter_is_a_fault(tables: &Tables) {
    let store = tables.sessions();
    let whole = Item::from([
        ("id".to_owned(), text(account("ada").as_str())),
        ("tries".to_owned(), number(&1)),
        ("latest".to_owned(), number(&NOW.0)),
        ("expires".to_owned(), number(&at(DAY).0)),
    ]);
    for (name, value) in [
        ("tries", Some(text("1"))),
        ("tries", None),
        ("expires", Some(AttributeValue::Bool(true))),
        ("expires", None),
        ("tries", Some(number(&(u128::from(u64::MAX) + 1)))),
    ] {
        let mut item = whole.clone();
        match value.clone() {
            Some(value) => item.insert(name.to_owned(), value),
            None => item.remove(name),
        };
        tables.put(item.clone()).await;
        let turn = at_account(&store, LIMITS, &user("ada"), NOW).await;
        assert_eq!(
            turn.unwrap_err().kind,
            FaultKind::Damaged,
            "{name} {value:?}"
        );
        assert_eq!(only_item(tables).await, item, "it is left as it was");
    }
}

/// A counter that could not be asked is neither damaged nor another's.
#[tokio::test]
async fn a_refusal_of_the_store_is_a_fault_of_every_verb() {
    let tables = tests::engine::embedded().await;
    let proxy = Proxy::start(&tables.endpoint).await;
    let table = tables.config.tables.sessions.clone();
    let store = DynamoStore::new(connect_local(&proxy.endpoint), table);
    let (ada, before) = (account("ada"), counter(1, NOW.0, at(DAY).0));
    assert_eq!(store.count(&ada, 5, NOW, at(DAY)).await.unwrap(), None);
    proxy.inject(Rule {
        target: None,
        skip: 0,
        times: usize::MAX,
        fault: Fault::error(400, "AccessDeniedException"),
    });
    let counted = store.count(&ada, 5, NOW, at(DAY)).await.map(drop);
    let replaced = store
        .replace(&ada, &before, &counter(2, NOW.0, at(DAY).0))
        .await;
    let cleared = store.clear(&ada, NOW).await.map(drop);
    for told in [counted, replaced.map(drop), cleared] {
        assert_eq!(told.unwrap_err().kind, FaultKind::Misconfigured);
    }
}

/// Duplicates never make a guess free: it counts once more at most.
async fn a_guess_whose_answer_was_lost_counts(tables: &Tables) {
    let wire = Wire::default();
    let store = DynamoStore::new(
        wire.watch(&tables.client),
        tables.config.tables.sessions.clone(),
    );
    let ada = user("ada");
    wire.fail_next([Failure::AnswerLost]);
    let turn = at_account(&store, LIMITS, &ada, NOW).await.unwrap();
    assert_eq!(turn, Turn::Granted);
    assert_eq!(only_item(tables).await["tries"], number(&2));

    for _ in 0..3 {
        at_account(&store, LIMITS, &ada, NOW).await.unwrap();
    }
    let requests = wire.take().len();
    assert_eq!(
        requests, 5,
        "one a guess, and one for the answer that was lost"
    );

    // Of a wait that is over, it can't be told whether this guess or another one has had the turn.
    let key = account("ada");
    let current = store.count(&key, 5, at(1), at(1 + DAY)).await.unwrap();
    let current = current.unwrap();
    let next = counter(6, 1, 1 + DAY);
    wire.fail_next([Failure::AnswerLost]);
    assert!(!store.replace(&key, &current, &next).await.unwrap());
    let turn = at_account(&store, LIMITS, &ada, at(1)).await.unwrap();
    assert_eq!(turn, Turn::Wait(2));
    assert_eq!(only_item(tables).await["tries"], number(&6));
}

/// One that counts may count a guess once more; one that takes the turn after a wait, or forgets, changes nothing.
async fn no_attempt_that_arrives_late_forgets_a_guess(tables: &Tables) {
    let late = Late::default();
    let store = DynamoStore::new(
        late.watch(&tables.client),
        tables.config.tables.sessions.clone(),
    );
    let (ada, key) = (user("ada"), account("ada"));
    let guess = async |seconds| at_account(&store, LIMITS, &ada, at(seconds)).await.unwrap();

    // A login at 0 whose forgetting comes late, and guesses since.
    guess(0).await;
    late.hold("DeleteItem");
    forget(&store, LIMITS, &ada, at(0)).await.unwrap();
    for _ in 0..5 {
        assert_eq!(guess(1).await, Turn::Granted);
    }
    let five = only_item(tables).await;
    late.arrive().await;
    assert_eq!(only_item(tables).await, five);
    assert_eq!(guess(1).await, Turn::Wait(1));

    // The sixth guess, which comes late, after the seventh; and after all was forgotten.
    late.hold("UpdateItem");
    late.hold("UpdateItem");
    let (current, next) = (counter(5, 1, 1 + DAY), counter(6, 2, 2 + DAY));
    assert!(store.replace(&key, &current, &next).await.unwrap());
    assert_eq!(guess(4).await, Turn::Granted);
    let seven = only_item(tables).await;
    late.arrive().await;
    assert_eq!(only_item(tables).await, seven);

    late.hold("UpdateItem");
    let (current, next) = (counter(7, 4, 4 + DAY), counter(8, 8, 8 + DAY));
    assert!(store.replace(&key, &current, &next).await.unwrap());
    forget(&store, LIMITS, &ada, at(8)).await.unwrap();
    late.arrive().await;
    assert!(tables.items().await.is_empty());

    // A count that comes late is one guess more, and never one less.
    late.hold("UpdateItem");
    assert_eq!(guess(9).await, Turn::Granted);
    late.arrive().await;
    assert_eq!(only_item(tables).await["tries"], number(&2));
}

async fn a_damaged_counter_can_be_cleared(tables: &Tables) {
    for latest in [None, Some(text("1"))] {
        let mut item = Item::from([("id".to_owned(), text(account("ada").as_str()))]);
        item.extend(latest.map(|latest| ("latest".to_owned(), latest)));
        tables.put(item).await;
        unlock(&tables.sessions(), &user("ada"), NOW).await.unwrap();
        assert!(tables.items().await.is_empty());
    }
}
