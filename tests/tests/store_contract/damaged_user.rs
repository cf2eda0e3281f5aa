//! Damaged user items: a fault, because a login that went on without one would lose count of the sessions.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use dynamodb_session::{
    abandon::abandon,
    fault::FaultKind,
    store::{Change, Commit, Found, SessionStore, Touch},
};
use tests::{
    engine::{Item, Tables, number, text},
    on_every_engine,
};

use super::sample::{done, end_all, enter, entry, key, open, put, reference, session, user};

on_every_engine! {
    a_damaged_user_item_is_a_fault_and_stays_as_it_is
    a_session_of_a_damaged_user_item_can_be_ended
    sessions_of_other_users_are_not_affected
}

const ITEM: &str = "u#ada";

async fn good(tables: &Tables) -> Item {
    let open = Change {
        users: vec![(user("ada"), open(1))],
        ..put(1)
    };
    done(&tables.sessions(), open).await;
    tables.item(ITEM).await.expect("ada's item")
}

/// The item, damaged in every way.
fn damages(good: &Item) -> Vec<(String, Item)> {
    let name = reference(1).as_str().to_owned();
    let list = |entry| AttributeValue::M(HashMap::from([(name.clone(), entry)]));
    let broken_entry = |field: &str, value| {
        let mut entry = good["sessions"].as_m().unwrap()[&name]
            .as_m()
            .unwrap()
            .clone();
        entry.insert(field.to_owned(), value);
        list(AttributeValue::M(entry))
    };
    let nameless = HashMap::from([("*".to_owned(), AttributeValue::M(HashMap::new()))]);
    #[rustfmt::skip]
    let cases = [
        ("sessions", None),
        ("sessions", Some(text("{}"))),
        ("sessions", Some(AttributeValue::Null(true))),
        ("sessions", Some(AttributeValue::L(Vec::new()))),
        ("sessions", Some(AttributeValue::M(nameless))),
        ("sessions", Some(list(text("s#key1")))),
        ("sessions", Some(broken_entry("key", number(&1)))),
        ("sessions", Some(broken_entry("created", text("1")))),
        ("sessions", Some(broken_entry("expires", number(&"1.5")))),
        ("epoch",    None),
        ("epoch",    Some(text("0"))),
        ("epoch",    Some(number(&"-1"))),
        ("epoch",    Some(number(&"0.5"))),
        ("expires",  None),
        ("expires",  Some(text("4000043200"))),
    ];
    let damaged = |(field, value): (&str, Option<AttributeValue>)| {
        let (context, mut item) = (format!("{field} {value:?}"), good.clone());
        match value {
            Some(value) => item.insert(field.to_owned(), value),
            None => item.remove(field),
        };
        (context, item)
    };
    cases.into_iter().map(damaged).collect()
}

async fn a_damaged_user_item_is_a_fault_and_stays_as_it_is(tables: &Tables) {
    let (good, store) = (good(tables).await, tables.sessions());
    for (context, item) in damages(&good) {
        tables.put(item.clone()).await;
        let error = store.user(&user("ada")).await.unwrap_err();
        assert_eq!(error.kind, FaultKind::Damaged, "{context}");
        // Neither does a change that was prepared before make one of it.
        let change = Change {
            users: vec![(user("ada"), open(2))],
            ..put(2)
        };
        assert_eq!(
            store.commit(&change).await.unwrap(),
            Commit::Stale,
            "{context}"
        );
        assert_eq!(tables.item(ITEM).await, Some(item), "{context}");
        assert_eq!(
            store.session(&key(2)).await.unwrap(),
            Found::Nothing,
            "{context}"
        );
    }
}

async fn a_session_of_a_damaged_user_item_can_be_ended(tables: &Tables) {
    let (good, store) = (good(tables).await, tables.sessions());
    for (context, item) in damages(&good) {
        tables.put(item).await;
        if store.session(&key(1)).await.unwrap() == Found::Nothing {
            done(&store, put(1)).await;
        }
        let ended = abandon(&store, &key(1)).await.unwrap();
        assert_eq!(ended, Some(session(1)), "{context}");
        assert_eq!(
            store.session(&key(1)).await.unwrap(),
            Found::Nothing,
            "{context}"
        );
    }
}

async fn sessions_of_other_users_are_not_affected(tables: &Tables) {
    let (mut item, store) = (good(tables).await, tables.sessions());
    item.remove("epoch");
    tables.put(item).await;
    let bob = |n, edit| Change {
        users: vec![(user("bob"), edit)],
        ..put(n)
    };
    done(&store, bob(3, open(3))).await;
    done(&store, bob(4, enter(4))).await;
    let touch = store
        .touch(&key(1), session(1).created, None)
        .await
        .unwrap();
    assert_eq!(touch, Touch::Touched(Found::Session(session(1))));
    done(
        &store,
        Change {
            users: vec![(user("bob"), end_all(0, &[3, 4]))],
            ..Change::default()
        },
    )
    .await;
    let listed = store.user(&user("bob")).await.unwrap().unwrap();
    assert!(listed.sessions.is_empty());
    assert_eq!(listed.expires, entry(3).expires);
}
