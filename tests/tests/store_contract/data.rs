//! Writes of data: the keys that are named, in a session that is alive, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use dynamodb_session::{
    data::Edit,
    session::Session,
    store::{Change, Found, SessionStore, Write},
    time::UnixSeconds,
};
use tests::{
    on_every_store,
    world::{NOW, TIMEOUTS},
};

use super::sample::{done, key, put, retire, session};

on_every_store! {
    a_write_changes_the_keys_it_names
    a_clear_removes_every_key
    a_write_of_nothing_that_is_there_creates_nothing
    a_write_at_each_deadline
    a_write_under_a_rotated_id_is_refused
    a_write_for_a_version_is_for_no_other
    odd_keys_and_texts_are_kept
    many_writes_at_once_all_stay
}

fn merge(set: &[(&str, &str)], remove: &[&str]) -> Edit {
    Edit::Merge {
        set: set
            .iter()
            .map(|(key, json)| ((*key).to_owned(), (*json).to_owned()))
            .collect(),
        remove: remove.iter().map(|key| (*key).to_owned()).collect(),
    }
}

async fn found(store: &impl SessionStore, n: usize) -> Session {
    match store.session(&key(n)).await.unwrap() {
        Found::Session(session) => session,
        other => panic!("{other:?}"),
    }
}

async fn a_write_changes_the_keys_it_names(store: impl SessionStore) {
    done(&store, put(1)).await;
    let edit = merge(&[("new", "1"), ("cart", "[]")], &["#odd.key[0]", "unknown"]);
    let written = store.write(&key(1), NOW, &edit, None).await.unwrap();
    let expected = Session {
        data: BTreeMap::from([("cart".into(), "[]".into()), ("new".into(), "1".into())]),
        version: 8,
        ..session(1)
    };
    assert_eq!(written, Write::Written(Found::Session(expected.clone())));
    assert_eq!(found(&store, 1).await, expected);
}

async fn a_clear_removes_every_key(store: impl SessionStore) {
    done(&store, put(1)).await;
    store.write(&key(1), NOW, &Edit::Clear, None).await.unwrap();
    let cleared = found(&store, 1).await;
    assert_eq!((cleared.data.len(), cleared.version), (0, 8));
    // There is room for more.
    let edit = merge(&[("new", "1")], &[]);
    store.write(&key(1), NOW, &edit, None).await.unwrap();
    assert_eq!(found(&store, 1).await.data.len(), 1);
}

async fn a_write_of_nothing_that_is_there_creates_nothing(store: impl SessionStore) {
    for edit in [merge(&[("new", "1")], &[]), Edit::Clear] {
        let refused = store.write(&key(1), NOW, &edit, None).await.unwrap();
        assert_eq!(refused, Write::Refused(Found::Nothing));
        assert_eq!(store.session(&key(1)).await.unwrap(), Found::Nothing);
    }
}

async fn a_write_at_each_deadline(store: impl SessionStore) {
    let edit = merge(&[("new", "1")], &[]);
    let busy = Session {
        accessed: UnixSeconds(NOW.0 + TIMEOUTS.absolute - 1),
        ..session(2)
    };
    #[rustfmt::skip]
    let cases = [
        ("last idle second",     session(1),   TIMEOUTS.idle - 1,     true),
        ("idle deadline",        session(1),   TIMEOUTS.idle,         false),
        ("last second of all",   busy.clone(), TIMEOUTS.absolute - 1, true),
        ("absolute deadline",    busy,         TIMEOUTS.absolute,     false),
    ];
    for (n, (name, session, after, written)) in cases.into_iter().enumerate() {
        let change = Change {
            put: Some((key(n), session.clone())),
            ..Change::default()
        };
        done(&store, change).await;
        let now = UnixSeconds(NOW.0 + after);
        let answer = store.write(&key(n), now, &edit, None).await.unwrap();
        assert_eq!(matches!(answer, Write::Written(_)), written, "{name}");
        let version = session.version + u64::from(written);
        assert_eq!(found(&store, n).await.version, version, "{name}");
    }
}

async fn a_write_under_a_rotated_id_is_refused(store: impl SessionStore) {
    done(&store, put(1)).await;
    done(&store, retire(1, 2)).await;
    let edit = merge(&[("new", "1")], &[]);
    let refused = store.write(&key(1), NOW, &edit, None).await.unwrap();
    let Write::Refused(Found::Session(old)) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!((old.successor(), old.data.len()), (Some(&key(2)), 0));
}

async fn a_write_for_a_version_is_for_no_other(store: impl SessionStore) {
    done(&store, put(1)).await;
    let edit = merge(&[("new", "1")], &[]);
    for version in [0, 6, 8] {
        let refused = store.write(&key(1), NOW, &edit, Some(version)).await;
        let found = Found::Session(session(1));
        assert_eq!(refused.unwrap(), Write::Refused(found), "{version}");
    }
    let written = store.write(&key(1), NOW, &edit, Some(7)).await.unwrap();
    assert!(matches!(written, Write::Written(_)));
    // Once is enough: the version has moved.
    let again = store.write(&key(1), NOW, &edit, Some(7)).await.unwrap();
    assert!(matches!(again, Write::Refused(_)));
}

async fn odd_keys_and_texts_are_kept(store: impl SessionStore) {
    done(&store, put(1)).await;
    store.write(&key(1), NOW, &Edit::Clear, None).await.unwrap();
    let long = "k".repeat(255);
    let keys = [
        "a.b",
        "a[0]",
        "#a",
        ":a",
        "a b",
        "data",
        "id",
        "1",
        "\u{e9}",
        "\u{1f600}",
        "\0",
        "'\"",
        &long,
    ];
    let texts: Vec<_> = keys.iter().map(|key| (*key, "\"\u{e9}\\u0000\"")).collect();
    store
        .write(&key(1), NOW, &merge(&texts, &[]), None)
        .await
        .unwrap();
    let held: BTreeSet<_> = found(&store, 1).await.data.into_keys().collect();
    assert_eq!(held, keys.map(str::to_owned).into());
    store
        .write(&key(1), NOW, &merge(&[], &keys), None)
        .await
        .unwrap();
    assert_eq!(found(&store, 1).await.data.len(), 0);
}

async fn many_writes_at_once_all_stay(store: impl SessionStore) {
    done(&store, put(1)).await;
    let keys: Vec<_> = (0..100).map(|n| format!("key{n}")).collect();
    let texts: Vec<_> = keys.iter().map(|key| (key.as_str(), "1")).collect();
    let (one, two) = texts.split_at(50);
    let (one, two) = (merge(one, &[]), merge(two, &["cart"]));
    let key = key(1);
    let (one, two) = tokio::join!(
        store.write(&key, NOW, &one, None),
        store.write(&key, NOW, &two, None)
    );
    for written in [one, two] {
        assert!(matches!(written.unwrap(), Write::Written(_)));
    }
    let held = found(&store, 1).await;
    assert_eq!((held.data.len(), held.version), (101, 9));
    // As many keys as one edit may name.
    store
        .write(&key, NOW, &merge(&texts, &[]), None)
        .await
        .unwrap();
    let names: Vec<_> = keys.iter().map(String::as_str).collect();
    store
        .write(&key, NOW, &merge(&[], &names), None)
        .await
        .unwrap();
    assert_eq!(found(&store, 1).await.data.len(), 1);
}

/// `DynamoDB`'s own limit, should one deployment's be set near it.
#[tokio::test]
async fn an_item_beyond_400_kb_is_too_large_and_stays_as_it_was() {
    let tables = tests::engine::embedded().await;
    let store = tables.sessions();
    done(&store, put(1)).await;
    let edit = merge(&[("big", &format!("\"{}\"", "x".repeat(410_000)))], &[]);
    let answer = store.write(&key(1), NOW, &edit, None).await.unwrap();
    assert_eq!(answer, Write::TooLarge);
    assert_eq!(found(&store, 1).await, session(1));
}
