//! Damaged session items: whatever is wrong with one, it is never allowed, never mended, and no fault.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use dynamodb_session::{
    authorize::{Decision, Denial, Policy, authorize},
    claim::Claim,
    store::{Change, Delete, Found, SessionStore, Touch},
    time::UnixSeconds,
    token,
    transport::Presented,
};
use tests::{
    engine::{Item, Tables, number, text},
    entropy, on_every_engine,
    world::NOW,
};

use super::sample::{done, key, put, session};

on_every_engine! {
    a_damaged_item_is_denied_and_stays_as_it_is
    a_wrong_mark_of_the_last_use_gains_nothing_beyond_the_absolute_deadline
    milliseconds_are_no_seconds
    a_part_of_a_session_is_damaged
    an_attribute_of_a_later_version_is_kept
    a_damaged_session_can_be_ended
}

const ID: [u8; 32] = [7; 32];

/// The item of a session that is alive, under the key of [`ID`].
async fn good(tables: &Tables) -> Item {
    let change = Change {
        put: Some((entropy::id(&ID).key(), session(1))),
        ..put(1)
    };
    done(&tables.sessions(), change).await;
    let id = entropy::id(&ID).key();
    let item = tables
        .item(id.as_str())
        .await
        .expect("the item that was put");
    let delete = Change {
        delete: vec![Delete::current(id)],
        ..Change::default()
    };
    done(&tables.sessions(), delete).await;
    item
}

/// Asks about the session of [`ID`] in every way.
async fn assert_damaged(tables: &Tables, item: Item, context: &str) {
    let (store, id) = (tables.sessions(), entropy::id(&ID));
    tables.put(item).await;
    // As the engine spells it.
    let before = tables.item(id.key().as_str()).await.expect(context);
    let policy = Policy::default();
    let token = token::issue(&id, &policy.format.keys);
    for now in [NOW, UnixSeconds(NOW.0 + 1)] {
        assert_eq!(
            store.session(&id.key()).await.unwrap(),
            Found::Damaged,
            "{context}"
        );
        let touch = store.touch(&id.key(), now, None).await.unwrap();
        let (Touch::Touched(found) | Touch::Refused(found)) = touch;
        assert_eq!(found, Found::Damaged, "{context}");
        let claim = Claim::verify(Presented::Token(token.expose()), &policy.format);
        let decision = authorize(&store, &policy, &claim, now).await.unwrap();
        let denied = Decision::Deny {
            denial: Denial::Damaged,
            session: None,
        };
        assert_eq!(decision, denied, "{context}");
    }
    // A touch may have left the marks of a use, in their right places; anything else is as it was.
    let after = tables.item(id.key().as_str()).await.expect(context);
    for (name, value) in &before {
        if name != "accessed" && name != "idle_expires" {
            assert_eq!(after.get(name), Some(value), "{context} {name}");
        }
    }
    assert_eq!(after.len(), before.len(), "{context}");
}

async fn a_damaged_item_is_denied_and_stays_as_it_is(tables: &Tables) {
    let good = good(tables).await;
    let wrong = |name: &'static str, value| (name, Some(value));
    let map = |value| AttributeValue::M(HashMap::from([("a".to_owned(), value)]));
    #[rustfmt::skip]
    let mut cases = vec![
        wrong("ref", text("")),
        wrong("ref", text("*")),
        wrong("ref", number(&1)),
        wrong("user", number(&1)),
        wrong("user", AttributeValue::Null(true)),
        wrong("authenticated", text("4000000000")),
        wrong("created", number(&(NOW.0 + 1))),
        wrong("expires", number(&(NOW.0 + 1))),
        wrong("expires", number(&"9999999999")),
        wrong("expires", number(&4_000_000_000_000_u64)),
        wrong("expires", number(&"1E+40")),
        wrong("idle_timeout", number(&"-7200")),
        wrong("idle_timeout", number(&"7200.5")),
        wrong("absolute_timeout", number(&1)),
        wrong("data", text("{}")),
        wrong("data", AttributeValue::L(Vec::new())),
        wrong("data", map(number(&1))),
        wrong("data", map(AttributeValue::Null(true))),
        wrong("version", text("7")),
        wrong("version", number(&"-1")),
        wrong("ip", number(&1)),
        wrong("agent", AttributeValue::Bool(false)),
        wrong("remembered", number(&1)),
    ];
    let required = [
        "ref",
        "created",
        "accessed",
        "idle_timeout",
        "absolute_timeout",
        "idle_expires",
        "expires",
        "data",
        "version",
    ];
    let numbers = [
        "created",
        "accessed",
        "idle_timeout",
        "absolute_timeout",
        "idle_expires",
        "expires",
    ];
    cases.extend(required.map(|name| (name, None)));
    cases.extend(numbers.map(|name| (name, Some(text("4000000000")))));
    let kept = ["created", "idle_timeout", "absolute_timeout", "expires"];
    cases.extend(kept.map(|name| (name, Some(number(&"4000000000.5")))));
    cases.extend(kept.map(|name| (name, Some(number(&"-1")))));
    for (name, value) in cases {
        let mut item = good.clone();
        match value.clone() {
            Some(value) => item.insert(name.to_owned(), value),
            None => item.remove(name),
        };
        assert_damaged(tables, item, &format!("{name} {value:?}")).await;
    }
    // The suite can tell: the same item, undamaged, is a session.
    tables.put(good).await;
    let found = tables.sessions().session(&entropy::id(&ID).key()).await;
    assert_eq!(found.unwrap(), Found::Session(session(1)));
}

/// A touch writes `accessed` and `idle_expires` anew, and `DynamoDB` does no arithmetic in conditions: it can't tell
/// whether the two and `idle_timeout` agreed before.
async fn a_wrong_mark_of_the_last_use_gains_nothing_beyond_the_absolute_deadline(tables: &Tables) {
    let (good, store, id) = (
        good(tables).await,
        tables.sessions(),
        entropy::id(&ID).key(),
    );
    #[rustfmt::skip]
    let cases = [
        ("accessed",     number(&0)),
        ("accessed",     number(&"-1")),
        ("accessed",     number(&"4000000000.5")),
        ("accessed",     number(&4_000_000_000_000_u64)),
        ("idle_expires", number(&"4000000000.5")),
        ("idle_expires", number(&9_999_999_999_u64)),
        ("idle_expires", number(&4_000_007_200_000_u64)),
        ("idle_timeout", number(&7_201)),
    ];
    for (name, value) in cases {
        let mut item = good.clone();
        item.insert(name.to_owned(), value.clone());
        tables.put(item).await;
        assert_eq!(
            store.session(&id).await.unwrap(),
            Found::Damaged,
            "{name} {value:?}"
        );
        store.touch(&id, NOW, None).await.unwrap();
        for now in [session(1).expires(), UnixSeconds(NOW.0 + 1_000_000)] {
            let touch = store.touch(&id, now, None).await.unwrap();
            assert!(matches!(touch, Touch::Refused(_)), "{name} {value:?}");
        }
        let after = tables.item(id.as_str()).await.unwrap();
        assert_eq!(after["expires"], good["expires"], "{name} {value:?}");
    }
}

async fn milliseconds_are_no_seconds(tables: &Tables) {
    let mut item = good(tables).await;
    for name in [
        "created",
        "accessed",
        "idle_expires",
        "expires",
        "authenticated",
    ] {
        let AttributeValue::N(seconds) = &item[name] else {
            panic!("{name}");
        };
        let milliseconds = number(&format!("{seconds}000"));
        item.insert(name.to_owned(), milliseconds);
    }
    assert_damaged(tables, item.clone(), "all in milliseconds").await;
    // Also if the timeouts are, so that the item agrees with itself: then it is from a far future.
    for name in ["idle_timeout", "absolute_timeout"] {
        let AttributeValue::N(seconds) = &item[name] else {
            panic!("{name}");
        };
        let milliseconds = number(&format!("{seconds}000"));
        item.insert(name.to_owned(), milliseconds);
    }
    tables.put(item).await;
    let policy = Policy::default();
    let token = token::issue(&entropy::id(&ID), &policy.format.keys);
    let claim = Claim::verify(Presented::Token(token.expose()), &policy.format);
    for _ in 0..2 {
        let decision = authorize(&tables.sessions(), &policy, &claim, NOW).await;
        let Decision::Deny { denial, .. } = decision.unwrap() else {
            panic!("allowed");
        };
        assert_eq!(denial, Denial::Damaged);
    }
}

async fn a_part_of_a_session_is_damaged(tables: &Tables) {
    let good = good(tables).await;
    let parts: [&[&str]; 6] = [
        // What an unconditional touch of a deleted session would leave.
        &["accessed", "idle_expires"],
        &["accessed", "idle_expires", "idle_timeout"],
        &["accessed", "idle_expires", "idle_timeout", "expires"],
        &["data", "version"],
        &["user", "expires", "idle_expires"],
        &[],
    ];
    for part in parts {
        let mut item = good.clone();
        item.retain(|name, _| name == "id" || part.contains(&name.as_str()));
        assert_damaged(tables, item, &format!("{part:?}")).await;
    }
    let mut user_item = Item::new();
    user_item.insert("id".to_owned(), good["id"].clone());
    user_item.insert("sessions".to_owned(), AttributeValue::M(HashMap::new()));
    user_item.insert("epoch".to_owned(), number(&0));
    user_item.insert("expires".to_owned(), number(&(NOW.0 + 1)));
    assert_damaged(tables, user_item, "a user item").await;
}

async fn an_attribute_of_a_later_version_is_kept(tables: &Tables) {
    let mut item = good(tables).await;
    item.insert("later".to_owned(), AttributeValue::Bool(true));
    let id = entropy::id(&ID).key();
    tables.put(item).await;
    let touch = tables.sessions().touch(&id, NOW, None).await.unwrap();
    assert_eq!(touch, Touch::Touched(Found::Session(session(1))));
    let after = tables.item(id.as_str()).await.unwrap();
    assert_eq!(after.get("later"), Some(&AttributeValue::Bool(true)));

    // A session that was rotated has a successor: its own id is of no use to a version that knows of none.
    let mut item = after;
    item.insert("successor".to_owned(), text("s#other"));
    tables.put(item.clone()).await;
    let touch = tables.sessions().touch(&id, NOW, None).await.unwrap();
    assert!(matches!(touch, Touch::Refused(_)), "{touch:?}");
    assert_eq!(tables.item(id.as_str()).await.unwrap(), item);
}

async fn a_damaged_session_can_be_ended(tables: &Tables) {
    let store = tables.sessions();
    let mut item = good(tables).await;
    item.remove("ref");
    tables.put(item).await;
    let id = entropy::id(&ID).key();
    let ended = dynamodb_session::abandon::abandon(&store, &id).await;
    assert_eq!(ended.unwrap(), None);
    assert_eq!(tables.item(id.as_str()).await, None);
    assert_eq!(store.session(&key(1)).await.unwrap(), Found::Nothing);
}
