//! Sessions, keys and names to fill a store with: the n-th of each is always the same.

use std::collections::BTreeMap;

use dynamodb_session::{
    data::Marks,
    id::{SessionKey, SessionRef},
    session::{Origin, Session},
    store::{Change, Commit, Retire, SessionStore, UserEdit},
    time::UnixSeconds,
    user::{Entry, UserName},
};
use tests::world::{NOW, TIMEOUTS};

pub(crate) fn user(name: &str) -> UserName {
    UserName::from_stored(name.to_owned())
}

pub(crate) fn key(n: usize) -> SessionKey {
    SessionKey::from_stored(format!("s#key{n}"))
}

pub(crate) fn reference(n: usize) -> SessionRef {
    SessionRef::parse(&format!("{n:0>21}A")).expect("the shape of a ref")
}

/// A session of `ada` with everything that a session can have.
pub(crate) fn session(n: usize) -> Session {
    Session {
        reference: reference(n),
        user: Some(user("ada")),
        created: NOW,
        accessed: NOW,
        authenticated: Some(NOW),
        timeouts: TIMEOUTS,
        origin: Origin::new(Some("2001:db8::1"), Some("Mozilla/5.0 (\u{e9})")),
        data: BTreeMap::from([
            ("cart".to_owned(), "[1,{\"a\":null}]".to_owned()),
            ("#odd.key[0]".to_owned(), "\"\"".to_owned()),
        ]),
        version: 7,
        marks: Marks::default(),
        rotation: None,
        ended: None,
        remembered: None,
    }
}

/// The entry of [`session`] in the user item.
pub(crate) fn entry(n: usize) -> Entry {
    Entry {
        key: key(n),
        created: NOW,
        expires: session(n).expires(),
    }
}

pub(crate) fn open(n: usize) -> UserEdit {
    UserEdit::Open {
        reference: reference(n),
        entry: entry(n),
    }
}

/// An entry that drops none, at epoch 0, with room.
pub(crate) fn enter(n: usize) -> UserEdit {
    UserEdit::Enter {
        reference: reference(n),
        entry: entry(n),
        epoch: 0,
        cap: 10,
        swept: UnixSeconds(0),
        drop: Vec::new(),
    }
}

pub(crate) fn leave(sessions: &[usize]) -> UserEdit {
    UserEdit::Leave {
        drop: references(sessions),
    }
}

pub(crate) fn end_all(epoch: u64, sessions: &[usize]) -> UserEdit {
    UserEdit::EndAll {
        epoch,
        ended: None,
        sessions: references(sessions),
        keep: Vec::new(),
    }
}

pub(crate) fn references(sessions: &[usize]) -> Vec<SessionRef> {
    sessions.iter().map(|n| reference(*n)).collect()
}

/// A change that puts the n-th session.
pub(crate) fn put(n: usize) -> Change {
    Change {
        put: Some((key(n), session(n))),
        ..Change::default()
    }
}

/// A change that rotates the n-th session's id away, to that of another, with a grace of 30 seconds.
pub(crate) fn retire(n: usize, successor: usize) -> Change {
    Change {
        retire: Some(Retire {
            key: key(n),
            successor: key(successor),
            grace_expires: UnixSeconds(NOW.0 + 30),
            version: session(n).version,
            now: NOW,
        }),
        ..Change::default()
    }
}

/// A change of `ada`'s item alone.
pub(crate) fn edit(edit: UserEdit) -> Change {
    Change {
        users: vec![(user("ada"), edit)],
        ..Change::default()
    }
}

/// Makes the change, which must go through.
pub(crate) async fn done(store: &impl SessionStore, change: Change) {
    assert_eq!(store.commit(&change).await.unwrap(), Commit::Done);
}
