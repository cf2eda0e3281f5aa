//! Each edit of a user item, and each of its conditions both ways.

use std::collections::BTreeMap;

use dynamodb_session::{
    id::SessionRef,
    store::{Change, Commit, Delete, SessionStore, UserEdit},
    time::UnixSeconds,
    user::UserSessions,
};
use tests::on_every_store;

use super::sample::{
    done, edit, end_all, enter, entry, key, leave, open, reference, references, user,
};

on_every_store! {
    an_edit_of_an_absent_item
    an_edit_of_an_item
    a_capped_entry
    an_item_never_expires_before_its_sessions
    fifty_sessions_end_at_once
}

/// An item of these sessions.
fn item(epoch: u64, sessions: &[usize]) -> UserSessions {
    UserSessions {
        sessions: sessions
            .iter()
            .map(|n| (reference(*n), entry(*n)))
            .collect(),
        epoch,
        ended: None,
        expires: entry(0).expires,
    }
}

async fn an_edit_of_an_absent_item(store: impl SessionStore) {
    assert_eq!(store.user(&user("ada")).await.unwrap(), None);
    for refused in [
        enter(1),
        leave(&[1]),
        evict(&[1], 1),
        end_all(0, &[]),
        end_all(0, &[1]),
    ] {
        let context = format!("{refused:?}");
        let commit = store.commit(&edit(refused)).await.unwrap();
        assert_eq!(commit, Commit::Stale, "{context}");
        assert_eq!(store.user(&user("ada")).await.unwrap(), None, "{context}");
    }
    done(&store, edit(open(1))).await;
    assert_eq!(store.user(&user("ada")).await.unwrap(), Some(item(0, &[1])));
}

/// An [`enter`] of the third session at an epoch, which takes these out.
fn swap(epoch: u64, cap: usize, drop: &[usize]) -> UserEdit {
    UserEdit::Enter {
        reference: reference(3),
        entry: entry(3),
        epoch,
        cap,
        swept: entry(3).expires,
        drop: references(drop),
    }
}

fn evict(drop: &[usize], listed: usize) -> UserEdit {
    UserEdit::Evict {
        drop: references(drop),
        listed,
    }
}

/// Ends some of the sessions at epoch 1.
fn keeping(sessions: &[usize], keep: &[usize]) -> UserEdit {
    UserEdit::EndAll {
        epoch: 1,
        ended: None,
        sessions: references(sessions),
        keep: references(keep),
    }
}

async fn an_edit_of_an_item(store: impl SessionStore) {
    // Every case begins with the sessions 1 and 2 and the epoch 1.
    #[rustfmt::skip]
    let cases = [
        // name                          edit                     commit         sessions      epoch
        ("opened twice",                 open(3),                 Commit::Stale, &[1, 2][..],     1),
        ("entered",                      swap(1, 10, &[]),        Commit::Done,  &[1, 2, 3],      1),
        ("entered at an old epoch",      swap(0, 10, &[]),        Commit::Stale, &[1, 2],         1),
        ("entered at a later epoch",     swap(2, 10, &[]),        Commit::Stale, &[1, 2],         1),
        ("entered for another",          swap(1, 10, &[1]),       Commit::Done,  &[2, 3],         1),
        ("entered for all",              swap(1, 10, &[1, 2]),    Commit::Done,  &[3],            1),
        ("entered for one not there",    swap(1, 10, &[9]),       Commit::Stale, &[1, 2],         1),
        ("entered for one of two",       swap(1, 10, &[1, 9]),    Commit::Stale, &[1, 2],         1),
        ("one left",                     leave(&[1]),             Commit::Done,  &[2],            1),
        ("all left",                     leave(&[1, 2]),          Commit::Done,  &[],             1),
        ("one left that is not there",   leave(&[9]),             Commit::Done,  &[1, 2],         1),
        ("one there, one not",           leave(&[9, 2]),          Commit::Done,  &[1],            1),
        ("one evicted",                  evict(&[1], 2),          Commit::Done,  &[2],            1),
        ("all evicted",                  evict(&[2, 1], 2),       Commit::Done,  &[],             1),
        ("one evicted, not there",       evict(&[9], 2),          Commit::Stale, &[1, 2],         1),
        ("evicted: one there, one not",  evict(&[2, 9], 2),       Commit::Stale, &[1, 2],         1),
        ("evicted, one more was read",   evict(&[1], 3),          Commit::Stale, &[1, 2],         1),
        ("evicted, one fewer was read",  evict(&[1], 1),          Commit::Stale, &[1, 2],         1),
        ("one ended, one kept",          keeping(&[1], &[2]),     Commit::Done,  &[2],            2),
        ("none ended, all kept",         keeping(&[], &[1, 2]),   Commit::Done,  &[1, 2],         2),
        ("kept one that is not there",   keeping(&[1], &[9]),     Commit::Stale, &[1, 2],         1),
        ("kept one of two",              keeping(&[], &[2]),      Commit::Stale, &[1, 2],         1),
        ("all ended",                    end_all(1, &[1, 2]),     Commit::Done,  &[],             2),
        ("all ended, any order",         end_all(1, &[2, 1]),     Commit::Done,  &[],             2),
        ("all ended at an old epoch",    end_all(0, &[1, 2]),     Commit::Stale, &[1, 2],         1),
        ("all ended at a later epoch",   end_all(2, &[1, 2]),     Commit::Stale, &[1, 2],         1),
        ("all ended but one",            end_all(1, &[1]),        Commit::Stale, &[1, 2],         1),
        ("all ended and one more",       end_all(1, &[1, 2, 9]),  Commit::Stale, &[1, 2],         1),
        ("as many ended, not the same",  end_all(1, &[1, 9]),     Commit::Stale, &[1, 2],         1),
        ("none ended of two",            end_all(1, &[]),         Commit::Stale, &[1, 2],         1),
    ];
    for (nth, (name, edit, expected, sessions, epoch)) in cases.into_iter().enumerate() {
        let user = user(&format!("ada{nth}"));
        let change = |edit| Change {
            users: vec![(user.clone(), edit)],
            ..Change::default()
        };
        let enter = |n| UserEdit::Enter {
            reference: reference(n),
            entry: entry(n),
            epoch: 1,
            cap: 10,
            swept: entry(n).expires,
            drop: Vec::new(),
        };
        for edit in [open(0), end_all(0, &[0]), enter(1), enter(2)] {
            done(&store, change(edit)).await;
        }
        assert_eq!(
            store.commit(&change(edit)).await.unwrap(),
            expected,
            "{name}"
        );
        let found = store.user(&user).await.unwrap();
        assert_eq!(found, Some(item(epoch, sessions)), "{name}");
    }
}

async fn a_capped_entry(store: impl SessionStore) {
    #[rustfmt::skip]
    let cases = [
        // name                         before          cap  drop         commit
        ("room for one",                &[1][..],         2, &[][..],     Commit::Done),
        ("no room",                     &[1, 2],          2, &[],         Commit::Stale),
        ("no room at all",              &[1],             1, &[],         Commit::Stale),
        ("room made",                   &[1, 2],          2, &[1],        Commit::Done),
        ("too little room made",        &[1, 2, 4],       2, &[1],        Commit::Stale),
        ("room made under a lower cap", &[1, 2, 4],       2, &[1, 2],     Commit::Done),
        ("more room than needed",       &[1, 2],          9, &[1, 2],     Commit::Done),
        ("a cap of one",                &[1],             1, &[1],        Commit::Done),
    ];
    for (nth, (name, before, cap, drop, expected)) in cases.into_iter().enumerate() {
        let user = user(&format!("ada{nth}"));
        let change = |edit| Change {
            users: vec![(user.clone(), edit)],
            ..Change::default()
        };
        for (index, n) in before.iter().enumerate() {
            let edit = if index == 0 { open(*n) } else { enter(*n) };
            done(&store, change(edit)).await;
        }
        let commit = store.commit(&change(swap(0, cap, drop))).await.unwrap();
        assert_eq!(commit, expected, "{name}");
        let found = store.user(&user).await.unwrap().unwrap();
        assert_eq!(
            found.sessions.contains_key(&reference(3)),
            commit == Commit::Done,
            "{name}"
        );
        if commit == Commit::Done {
            assert!(found.sessions.len() <= cap, "{name}");
        } else {
            assert_eq!(found, item(0, before), "{name}");
        }
    }
}

async fn an_item_never_expires_before_its_sessions(store: impl SessionStore) {
    // Offsets from the first session's deadline: what another login has made of the item since it was read, and what
    // this login enters.
    #[rustfmt::skip]
    let cases = [
        // name                                 read  meanwhile  entry  commit
        ("later than the item",                    0,      None,    10, Some(Commit::Done)),
        ("as the item",                            0,      None,     0, Some(Commit::Done)),
        ("earlier than the item",                  0,      None,   -10, Some(Commit::Done)),
        ("another later one came between",         0,   Some(20),   10, None),
        ("another later one, entry earlier",       0,   Some(20),  -10, Some(Commit::Done)),
        ("another, not as late",                   0,    Some(5),   10, Some(Commit::Done)),
        ("another as late",                        0,   Some(10),   10, Some(Commit::Done)),
    ];
    for (nth, (name, read, meanwhile, enters, expected)) in cases.into_iter().enumerate() {
        let user = user(&format!("ada{nth}"));
        let deadline = |offset: i64| UnixSeconds(entry(1).expires.0.saturating_add_signed(offset));
        let change = |n, read, offset| {
            let mut entry = entry(n);
            entry.expires = deadline(offset);
            let edit = match n {
                1 => UserEdit::Open {
                    reference: reference(n),
                    entry,
                },
                _ => UserEdit::Enter {
                    reference: reference(n),
                    entry,
                    epoch: 0,
                    cap: 10,
                    swept: deadline(read),
                    drop: Vec::new(),
                },
            };
            Change {
                users: vec![(user.clone(), edit)],
                ..Change::default()
            }
        };
        done(&store, change(1, 0, 0)).await;
        if let Some(offset) = meanwhile {
            done(&store, change(2, 0, offset)).await;
        }
        let commit = store.commit(&change(3, read, enters)).await.unwrap();
        // A store may as well have the login read again.
        if let Some(expected) = expected {
            assert_eq!(commit, expected, "{name}");
        } else {
            assert_ne!(commit, Commit::Collision, "{name}");
        }
        let found = store.user(&user).await.unwrap().unwrap();
        let last = found.sessions.values().map(|entry| entry.expires).max();
        assert!(
            Some(found.expires) >= last && found.expires >= deadline(0),
            "{name}"
        );
        let entered = found.sessions.contains_key(&reference(3));
        assert_eq!(entered, commit == Commit::Done, "{name}");
    }
}

async fn fifty_sessions_end_at_once(store: impl SessionStore) {
    let numbers: Vec<usize> = (0..50).collect();
    for n in &numbers {
        let edit = if *n == 0 {
            open(0)
        } else {
            UserEdit::Enter {
                reference: reference(*n),
                entry: entry(*n),
                epoch: 0,
                cap: 50,
                swept: entry(*n).expires,
                drop: Vec::new(),
            }
        };
        let put = super::sample::put(*n);
        done(
            &store,
            Change {
                users: vec![(user("ada"), edit)],
                ..put
            },
        )
        .await;
    }
    let full = store.user(&user("ada")).await.unwrap().unwrap();
    assert_eq!(full.sessions.len(), 50);
    let change = Change {
        delete: numbers.iter().map(|n| Delete::current(key(*n))).collect(),
        ..edit(end_all(0, &numbers))
    };
    done(&store, change).await;
    let empty = UserSessions {
        sessions: BTreeMap::new(),
        epoch: 1,
        ..full
    };
    assert_eq!(store.user(&user("ada")).await.unwrap(), Some(empty));
    for n in numbers {
        let found = store.session(&key(n)).await.unwrap();
        assert_eq!(found, dynamodb_session::store::Found::Nothing, "{n}");
    }
    let again: Vec<SessionRef> = Vec::new();
    done(
        &store,
        edit(UserEdit::EndAll {
            epoch: 1,
            ended: None,
            sessions: again,
            keep: Vec::new(),
        }),
    )
    .await;
}
