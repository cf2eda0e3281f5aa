//! Rotation, deletes that mind it, and reads of several sessions.

use dynamodb_session::{
    session::{Rotation, Session},
    store::{Change, Commit, Delete, Expected, Found, Retire, SessionStore, Touch, UserEdit},
    time::UnixSeconds,
    user::UserSessions,
};
use tests::{
    on_every_store,
    world::{NOW, TIMEOUTS},
};

use super::sample::{done, edit, enter, entry, key, open, put, reference, retire, session, user};

on_every_store! {
    a_retired_session_is_touched_no_more
    a_session_is_retired_once_and_only_while_it_is_alive
    a_delete_minds_what_it_expects
    an_entry_moves_from_the_key_it_names
    all_but_one_end
    several_are_found_without_their_data_in_the_order_asked
}

async fn a_retired_session_is_touched_no_more(store: impl SessionStore) {
    done(&store, put(1)).await;
    done(&store, retire(1, 2)).await;
    let old = Session {
        data: [].into(),
        rotation: Some(Box::new(Rotation {
            successor: Some(key(2)),
            grace_expires: UnixSeconds(NOW.0 + 30),
        })),
        ..session(1)
    };
    for now in [NOW, UnixSeconds(NOW.0 + 31)] {
        let touch = store.touch(&key(1), now, None).await.unwrap();
        assert_eq!(touch, Touch::Refused(Found::Session(old.clone())));
    }
}

async fn a_session_is_retired_once_and_only_while_it_is_alive(store: impl SessionStore) {
    let stale = async |change: &Change, name: &str| {
        let before = store.session(&key(1)).await.unwrap();
        assert_eq!(store.commit(change).await.unwrap(), Commit::Stale, "{name}");
        assert_eq!(store.session(&key(1)).await.unwrap(), before, "{name}");
    };
    let with = |change: fn(&mut Retire)| {
        let mut whole = retire(1, 2);
        change(whole.retire.as_mut().unwrap());
        whole
    };
    stale(&retire(1, 2), "nothing there").await;
    done(&store, put(1)).await;
    stale(&with(|retire| retire.version = 6), "another version").await;
    stale(
        &with(|retire| retire.now = UnixSeconds(NOW.0 + TIMEOUTS.idle)),
        "idle",
    )
    .await;
    stale(
        &with(|retire| retire.now = UnixSeconds(NOW.0 + TIMEOUTS.absolute)),
        "expired",
    )
    .await;
    done(&store, retire(1, 2)).await;
    stale(&retire(1, 3), "twice").await;
}

async fn a_delete_minds_what_it_expects(store: impl SessionStore) {
    let delete = |n, expected| Change {
        delete: vec![Delete {
            key: key(n),
            expected,
        }],
        ..Change::default()
    };
    #[rustfmt::skip]
    let cases = [
        ("nothing, anything",   0, Expected::Anything,   Commit::Done),
        ("nothing, current",    0, Expected::Current,    Commit::Done),
        ("nothing, a version",  0, Expected::Version(7), Commit::Stale),
        ("whole, a version",    1, Expected::Version(6), Commit::Stale),
        ("whole, its version",  1, Expected::Version(7), Commit::Done),
        ("rotated, current",    2, Expected::Current,    Commit::Stale),
        ("rotated, version",    2, Expected::Version(7), Commit::Stale),
        ("rotated, anything",   2, Expected::Anything,   Commit::Done),
    ];
    for n in [1, 2] {
        done(&store, put(n)).await;
    }
    done(&store, retire(2, 3)).await;
    for (name, n, expected, answer) in cases {
        let before = store.session(&key(n)).await.unwrap();
        assert_eq!(
            store.commit(&delete(n, expected)).await.unwrap(),
            answer,
            "{name}"
        );
        let after = match answer {
            Commit::Done => Found::Nothing,
            _ => before,
        };
        assert_eq!(store.session(&key(n)).await.unwrap(), after, "{name}");
    }
}

fn moved(from: usize, to: usize) -> Change {
    edit(UserEdit::Move {
        reference: reference(1),
        from: key(from),
        to: key(to),
    })
}

async fn an_entry_moves_from_the_key_it_names(store: impl SessionStore) {
    assert_eq!(store.commit(&moved(1, 2)).await.unwrap(), Commit::Stale);
    assert_eq!(store.user(&user("ada")).await.unwrap(), None);
    done(&store, edit(open(3))).await;
    assert_eq!(store.commit(&moved(1, 2)).await.unwrap(), Commit::Stale);
    done(&store, edit(enter(1))).await;
    assert_eq!(store.commit(&moved(2, 4)).await.unwrap(), Commit::Stale);
    done(&store, moved(1, 2)).await;
    let item = store.user(&user("ada")).await.unwrap().unwrap();
    let entries: Vec<_> = item.sessions.into_values().collect();
    let new = dynamodb_session::user::Entry {
        key: key(2),
        ..entry(1)
    };
    assert_eq!(entries, [new, entry(3)]);
}

async fn all_but_one_end(store: impl SessionStore) {
    done(&store, edit(open(1))).await;
    for n in [2, 3] {
        done(&store, edit(enter(n))).await;
    }
    let end = |epoch, sessions: &[usize], keep: usize| {
        edit(UserEdit::EndAll {
            epoch,
            ended: None,
            sessions: sessions.iter().map(|n| reference(*n)).collect(),
            keep: vec![reference(keep)],
        })
    };
    let before = store.user(&user("ada")).await.unwrap();
    for (name, change) in [
        ("epoch", end(1, &[1, 2], 3)),
        ("too few", end(0, &[1], 3)),
        ("one is gone", end(0, &[1, 4], 3)),
        ("the one to keep is gone", end(0, &[1, 2], 4)),
    ] {
        assert_eq!(
            store.commit(&change).await.unwrap(),
            Commit::Stale,
            "{name}"
        );
        assert_eq!(store.user(&user("ada")).await.unwrap(), before, "{name}");
    }
    done(&store, end(0, &[1, 2], 3)).await;
    let one = UserSessions {
        sessions: [(reference(3), entry(3))].into(),
        epoch: 1,
        ..before.unwrap()
    };
    assert_eq!(store.user(&user("ada")).await.unwrap(), Some(one));
}

async fn several_are_found_without_their_data_in_the_order_asked(store: impl SessionStore) {
    for n in 0..120 {
        done(&store, put(n)).await;
    }
    let keys: Vec<_> = (0..130).rev().map(key).collect();
    let found = store.sessions(&keys).await.unwrap();
    let expected: Vec<_> = (0..130)
        .rev()
        .map(|n| match n {
            0..120 => Found::Session(Session {
                data: [].into(),
                ..session(n)
            }),
            _ => Found::Nothing,
        })
        .collect();
    assert_eq!(found, expected);
    assert_eq!(store.sessions(&[]).await.unwrap(), []);
}
