//! Writes of data: the keys that are named, in a session that is alive, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use dynamodb_session::{
    data::{Edit, Mark, Marks},
    entropy::SystemEntropy,
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
    many_keys_are_written_at_once
    of_writes_at_once_one_is_made
    a_write_leaves_its_mark
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

async fn write(
    store: &impl SessionStore,
    n: usize,
    now: UnixSeconds,
    edit: &Edit,
    version: u64,
) -> Write {
    let marks = Marks::default();
    let written = store.write(&key(n), now, edit, version, &marks).await;
    written.unwrap()
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
    let written = write(&store, 1, NOW, &edit, 7).await;
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
    write(&store, 1, NOW, &Edit::Clear, 7).await;
    let cleared = found(&store, 1).await;
    assert_eq!((cleared.data.len(), cleared.version), (0, 8));
    // There is room for more.
    let edit = merge(&[("new", "1")], &[]);
    write(&store, 1, NOW, &edit, 8).await;
    assert_eq!(found(&store, 1).await.data.len(), 1);
}

async fn a_write_of_nothing_that_is_there_creates_nothing(store: impl SessionStore) {
    for edit in [merge(&[("new", "1")], &[]), Edit::Clear] {
        let refused = write(&store, 1, NOW, &edit, 7).await;
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
        let answer = write(&store, n, now, &edit, 7).await;
        assert_eq!(matches!(answer, Write::Written(_)), written, "{name}");
        let version = session.version + u64::from(written);
        assert_eq!(found(&store, n).await.version, version, "{name}");
    }
}

async fn a_write_under_a_rotated_id_is_refused(store: impl SessionStore) {
    done(&store, put(1)).await;
    done(&store, retire(1, 2)).await;
    let edit = merge(&[("new", "1")], &[]);
    let refused = write(&store, 1, NOW, &edit, 7).await;
    let Write::Refused(Found::Session(old)) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!((old.successor(), old.data.len()), (Some(&key(2)), 0));
}

async fn a_write_for_a_version_is_for_no_other(store: impl SessionStore) {
    done(&store, put(1)).await;
    let edit = merge(&[("new", "1")], &[]);
    for version in [0, 6, 8] {
        let refused = write(&store, 1, NOW, &edit, version).await;
        let found = Found::Session(session(1));
        assert_eq!(refused, Write::Refused(found), "{version}");
    }
    let written = write(&store, 1, NOW, &edit, 7).await;
    assert!(matches!(written, Write::Written(_)));
    // Once is enough: the version has moved.
    let again = write(&store, 1, NOW, &edit, 7).await;
    assert!(matches!(again, Write::Refused(_)));
}

async fn odd_keys_and_texts_are_kept(store: impl SessionStore) {
    done(&store, put(1)).await;
    write(&store, 1, NOW, &Edit::Clear, 7).await;
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
    write(&store, 1, NOW, &merge(&texts, &[]), 8).await;
    let held: BTreeSet<_> = found(&store, 1).await.data.into_keys().collect();
    assert_eq!(held, keys.map(str::to_owned).into());
    write(&store, 1, NOW, &merge(&[], &keys), 9).await;
    assert_eq!(found(&store, 1).await.data.len(), 0);
}

async fn many_keys_are_written_at_once(store: impl SessionStore) {
    done(&store, put(1)).await;
    // As many keys as one edit may name.
    let keys: Vec<_> = (0..100).map(|n| format!("key{n}")).collect();
    let texts: Vec<_> = keys.iter().map(|key| (key.as_str(), "1")).collect();
    write(&store, 1, NOW, &merge(&texts, &[]), 7).await;
    assert_eq!(found(&store, 1).await.data.len(), 102);
    let names: Vec<_> = keys.iter().map(String::as_str).collect();
    write(&store, 1, NOW, &merge(&[], &names), 8).await;
    assert_eq!(found(&store, 1).await.data.len(), 2);
}

/// Of writes that read the same version one is made, whatever keys they name.
async fn of_writes_at_once_one_is_made(store: impl SessionStore) {
    done(&store, put(1)).await;
    let (one, two) = (merge(&[("a", "1")], &[]), merge(&[("b", "1")], &["cart"]));
    let (one, two) = tokio::join!(
        write(&store, 1, NOW, &one, 7),
        write(&store, 1, NOW, &two, 7)
    );
    let made = [&one, &two].map(|write| matches!(write, Write::Written(_)));
    assert_ne!(made[0], made[1], "{one:?}, {two:?}");
    assert_eq!(found(&store, 1).await.version, 8);
}

async fn a_write_leaves_its_mark(store: impl SessionStore) {
    done(&store, put(1)).await;
    let mut marks = Marks::default();
    for version in 7..30 {
        let mark = Mark::draw(&SystemEntropy).unwrap();
        marks = marks.with(mark);
        let edit = merge(&[("n", &version.to_string())], &[]);
        let written = store.write(&key(1), NOW, &edit, version, &marks).await;
        assert!(matches!(written.unwrap(), Write::Written(_)));
        let found = found(&store, 1).await;
        assert!(found.marks.contains(mark) && found.marks == marks);
    }
    // Read with others, it comes without its data, and so without the marks of their writes.
    let [Found::Session(found)] = &store.sessions(&[key(1)]).await.unwrap()[..] else {
        panic!("not found");
    };
    assert!(found.data.is_empty() && found.marks == Marks::default());
    assert_eq!(found.version, 30);
}

/// `DynamoDB`'s own limit, should one deployment's be set near it.
#[tokio::test]
async fn an_item_beyond_400_kb_is_too_large_and_stays_as_it_was() {
    let tables = tests::engine::embedded().await;
    let store = tables.sessions();
    done(&store, put(1)).await;
    let edit = merge(&[("big", &format!("\"{}\"", "x".repeat(410_000)))], &[]);
    let answer = write(&store, 1, NOW, &edit, 7).await;
    assert_eq!(answer, Write::TooLarge);
    assert_eq!(found(&store, 1).await, session(1));
}
