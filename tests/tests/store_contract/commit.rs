//! Commit: everything of a change or nothing of it.

use dynamodb_session::{
    id::SessionKey,
    session::{Origin, Session},
    store::{Change, Commit, Delete, Found, MOST_SPENT, SessionStore, Spent, UserEdit},
    time::UnixSeconds,
};
use tests::{on_every_store, world::NOW};

use super::sample::{
    done, edit, end_all, enter, entry, key, leave, open, put, reference, references, session, user,
};

on_every_store! {
    a_begin_never_overwrites
    what_is_put_is_what_is_found
    a_put_never_overwrites
    a_delete_of_nothing_is_no_obstacle
    a_login_is_one_change
    nothing_is_put_under_a_spent_key
    a_key_that_is_taken_is_not_spent
    a_refused_change_leaves_everything_as_it_was
    an_edit_of_one_user_does_not_touch_another
}

async fn a_begin_never_overwrites(store: impl SessionStore) {
    let other = Session {
        user: None,
        ..session(2)
    };
    assert!(store.begin(&key(1), &session(1)).await.unwrap());
    assert!(!store.begin(&key(1), &other).await.unwrap());
    let found = store.session(&key(1)).await.unwrap();
    assert_eq!(found, Found::Session(session(1)));
    // Nor does what was put in another way.
    assert_eq!(store.commit(&put(1)).await.unwrap(), Commit::Collision);
    done(&store, put(2)).await;
    assert!(!store.begin(&key(2), &other).await.unwrap());
}

async fn what_is_put_is_what_is_found(store: impl SessionStore) {
    let anonymous = Session {
        user: None,
        authenticated: None,
        origin: Origin::default(),
        data: std::collections::BTreeMap::new(),
        ..session(2)
    };
    let empty_texts = Session {
        origin: Origin::new(Some(""), Some("")),
        ..session(3)
    };
    let long = Session {
        user: Some(user(&"\u{e9}".repeat(128))),
        data: [("json".to_owned(), format!("\"{}\"", "x".repeat(10_000)))].into(),
        version: u64::MAX,
        ..session(4)
    };
    for (n, session) in [session(1), anonymous, empty_texts, long]
        .into_iter()
        .enumerate()
    {
        let change = Change {
            put: Some((key(n), session.clone())),
            ..Change::default()
        };
        done(&store, change).await;
        assert_eq!(
            store.session(&key(n)).await.unwrap(),
            Found::Session(session)
        );
    }
    assert_eq!(store.session(&key(9)).await.unwrap(), Found::Nothing);
}

async fn a_put_never_overwrites(store: impl SessionStore) {
    done(&store, put(1)).await;
    let other = Change {
        put: Some((key(1), session(2))),
        ..Change::default()
    };
    assert_eq!(store.commit(&other).await.unwrap(), Commit::Collision);
    assert_eq!(store.commit(&put(1)).await.unwrap(), Commit::Collision);
    let found = store.session(&key(1)).await.unwrap();
    assert_eq!(found, Found::Session(session(1)));

    // Also not one that has expired: only a delete makes room.
    let expired = Session {
        created: UnixSeconds(NOW.0 - 50_000),
        ..session(3)
    };
    let change = Change {
        put: Some((key(3), expired.clone())),
        ..Change::default()
    };
    done(&store, change).await;
    assert_eq!(store.commit(&put(3)).await.unwrap(), Commit::Collision);
    let found = store.session(&key(3)).await.unwrap();
    assert_eq!(found, Found::Session(expired));
}

async fn a_delete_of_nothing_is_no_obstacle(store: impl SessionStore) {
    done(&store, put(1)).await;
    for _ in 0..2 {
        let change = Change {
            delete: [key(1), key(2)].map(Delete::current).into(),
            ..Change::default()
        };
        done(&store, change).await;
        assert_eq!(store.session(&key(1)).await.unwrap(), Found::Nothing);
    }
    done(&store, put(1)).await;
}

async fn nothing_is_put_under_a_spent_key(store: impl SessionStore) {
    let spent = (2..2 + MOST_SPENT).map(|n| spent(key(n))).collect();
    done(&store, Change { spent, ..put(1) }).await;
    for n in [2, 1 + MOST_SPENT] {
        assert_eq!(store.commit(&put(n)).await.unwrap(), Commit::Collision);
        assert!(!store.begin(&key(n), &session(n)).await.unwrap());
        let found = store.session(&key(n)).await.unwrap();
        assert_eq!(found, Found::Nothing, "{n}");
    }
}

async fn a_key_that_is_taken_is_not_spent(store: impl SessionStore) {
    done(&store, put(1)).await;
    let change = Change {
        spent: vec![spent(key(3)), spent(key(1))],
        ..put(2)
    };
    assert_eq!(store.commit(&change).await.unwrap(), Commit::Stale);
    let found = store.session(&key(1)).await.unwrap();
    assert_eq!(found, Found::Session(session(1)));
    done(&store, put(3)).await;
}

fn spent(key: SessionKey) -> Spent {
    let expires = NOW.plus(900);
    Spent { key, expires }
}

async fn a_login_is_one_change(store: impl SessionStore) {
    done(
        &store,
        Change {
            users: vec![(user("ada"), open(1))],
            ..put(1)
        },
    )
    .await;
    done(
        &store,
        Change {
            users: vec![(user("ada"), enter(2))],
            ..put(2)
        },
    )
    .await;
    done(
        &store,
        Change {
            users: vec![(user("bob"), open(3))],
            ..put(3)
        },
    )
    .await;
    // Presents bob's session, evicts one of ada's.
    let drop = references(&[1]);
    let enter = UserEdit::Enter {
        reference: reference(4),
        entry: entry(4),
        epoch: 0,
        cap: 2,
        swept: entry(1).expires,
        drop,
    };
    let login = Change {
        delete: [key(1), key(3)].map(Delete::current).into(),
        users: vec![(user("bob"), leave(&[3])), (user("ada"), enter)],
        ..put(4)
    };
    done(&store, login).await;
    for (n, expected) in [(1, false), (2, true), (3, false), (4, true)] {
        let found = store.session(&key(n)).await.unwrap();
        assert_eq!(found != Found::Nothing, expected, "{n}");
    }
    let ada = store.user(&user("ada")).await.unwrap().unwrap();
    let listed: Vec<_> = ada.sessions.into_iter().collect();
    assert_eq!(listed, [(reference(2), entry(2)), (reference(4), entry(4))]);
    let bob = store.user(&user("bob")).await.unwrap().unwrap();
    assert!(bob.sessions.is_empty());
}

async fn a_refused_change_leaves_everything_as_it_was(store: impl SessionStore) {
    done(
        &store,
        Change {
            users: vec![(user("ada"), open(1))],
            ..put(1)
        },
    )
    .await;
    done(
        &store,
        Change {
            users: vec![(user("bob"), open(2))],
            ..put(2)
        },
    )
    .await;
    let (ada, bob) = (user("ada"), user("bob"));
    let before = (
        store.user(&ada).await.unwrap(),
        store.user(&bob).await.unwrap(),
    );
    #[rustfmt::skip]
    let cases = [
        ("first of two users stale",  put(3), vec![(ada.clone(), open(3)), (bob.clone(), leave(&[2]))],  Commit::Stale),
        ("second of two users stale", put(3), vec![(bob.clone(), leave(&[2])), (ada.clone(), open(3))],  Commit::Stale),
        ("a user who is not there",   put(3), vec![(ada.clone(), enter(3)), (user("eve"), leave(&[4]))], Commit::Stale),
        ("collision",                 put(2), vec![(ada.clone(), enter(3))],                             Commit::Collision),
        ("all ended at another epoch", Change::default(), vec![(ada.clone(), end_all(1, &[1]))],         Commit::Stale),
    ];
    for (name, change, users, expected) in cases {
        let change = Change {
            delete: vec![Delete::current(key(1))],
            users,
            ..change
        };
        assert_eq!(store.commit(&change).await.unwrap(), expected, "{name}");
        let after = (
            store.user(&ada).await.unwrap(),
            store.user(&bob).await.unwrap(),
        );
        assert_eq!(before, after, "{name}");
        assert_eq!(store.user(&user("eve")).await.unwrap(), None, "{name}");
        for n in [1, 2] {
            let found = store.session(&key(n)).await.unwrap();
            assert_eq!(found, Found::Session(session(n)), "{name}");
        }
        assert_eq!(
            store.session(&key(3)).await.unwrap(),
            Found::Nothing,
            "{name}"
        );
    }
}

async fn an_edit_of_one_user_does_not_touch_another(store: impl SessionStore) {
    done(&store, edit(open(1))).await;
    let ada = store.user(&user("ada")).await.unwrap();
    for bob in [open(2), enter(3), leave(&[2]), end_all(0, &[3])] {
        done(
            &store,
            Change {
                users: vec![(user("bob"), bob)],
                ..Change::default()
            },
        )
        .await;
        assert_eq!(store.user(&user("ada")).await.unwrap(), ada);
    }
}
