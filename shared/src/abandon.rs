//! Logout: the end of one session, or of several of a user's.

mod several;

use crate::{
    audit::Event,
    claim::Claim,
    fault::{FaultKind, StoreError},
    id::{SessionKey, SessionRef},
    session::{Live, Session},
    store::{Change, Commit, Delete, Expected, Found, SessionStore, UserEdit},
    time::UnixSeconds,
    token,
    transport::Presented,
    user::{UserName, UserSessions},
};

pub(crate) use several::{End, Logout, Which};

/// How often a change is tried again that others overtook.
const TRIES: usize = 100;

/// The most sessions that one logout ends, of those that a request presents: more than a browser can keep under the scopes of
/// one deployment's history.
pub const MOST_PRESENTED: usize = 10;

/// The key of the session that a request names, to end it and for nothing else: no signature is checked, because
/// whoever holds an id may end its session. No store is asked.
#[must_use]
pub fn key(claim: &Claim<'_>) -> Option<SessionKey> {
    match (claim.id(), claim.presented()) {
        (Ok(id), _) => Some(id.key()),
        (Err(_), Presented::Token(text)) => token::id_to_end(text).map(|id| id.key()),
        (Err(_), Presented::Nothing | Presented::Ambiguous | Presented::Oversized) => None,
    }
}

/// Ends the session under `key`, durably, whatever state it is in, and returns it if there was one.
///
/// If its id was rotated away, the session ends under its new id. Doing it again changes nothing.
pub async fn abandon(
    store: &impl SessionStore,
    key: &SessionKey,
) -> Result<Option<Session>, StoreError> {
    let mut listed = true;
    for _ in 0..TRIES {
        let Some(Ending {
            delete, session, ..
        }) = ending(store, key).await?
        else {
            return Ok(None);
        };
        let change = Change {
            delete: vec![delete],
            users: session
                .iter()
                .filter(|_| listed)
                .filter_map(leave)
                .collect(),
            ..Change::default()
        };
        if store.commit(&change).await? == Commit::Done {
            return Ok(session);
        }
        // Meanwhile the session was rotated, or its user's item was made or removed.
        if let Some(user) = session.and_then(|session| session.user) {
            listed = list(store, &user).await?.is_some();
        }
    }
    Err(StoreError::overtaken("changes of the same session"))
}

/// Ends the session of `user` that is named `reference`, durably; `false`: the user has none of this name.
pub async fn revoke(
    store: &impl SessionStore,
    user: &UserName,
    reference: &SessionRef,
) -> Result<bool, StoreError> {
    for _ in 0..TRIES {
        let Some(entry) = store
            .user(user)
            .await?
            .and_then(|mut item| item.sessions.remove(reference))
        else {
            return Ok(false);
        };
        let leave = UserEdit::Leave {
            drop: vec![reference.clone()],
        };
        let change = Change {
            delete: vec![Delete::current(entry.key)],
            users: vec![(user.clone(), leave)],
            ..Change::default()
        };
        if store.commit(&change).await? == Commit::Done {
            return Ok(true);
        }
    }
    Err(overtaken())
}

/// Ends all sessions of `user`, durably, and returns how many entries there were.
///
/// A login that began before this and has not finished verifies again, against what is true by then: change the
/// password or disable the user first, then call this. A login by the word of a provider takes a proof of identity from after `now`
/// from then on. Sessions that begin meanwhile are not touched. After an error some may have ended: call it again.
pub async fn end_all(
    store: &impl SessionStore,
    user: &UserName,
    now: UnixSeconds,
) -> Result<usize, StoreError> {
    at_once(store, user, Which::All { last: None }, now).await
}

/// Logs the user of `live` out everywhere, durably, and returns how many sessions were listed; `None`: the session is
/// anonymous, and nothing ends.
///
/// Like [`end_all`], but it takes a living session: a caller without one must not believe that sessions were ended. The
/// caller's own session ends last, so that the caller can ask again after an error.
pub async fn everywhere(
    store: &impl SessionStore,
    live: &Live,
    now: UnixSeconds,
) -> Result<Option<usize>, StoreError> {
    let Live { key, session } = live;
    let Some(user) = &session.user else {
        return Ok(None);
    };
    let session = &session.reference;
    let last = Some(session);
    let ended = at_once(store, user, Which::All { last }, now).await?;
    Event::LogoutEverywhere {
        user,
        session,
        ended,
    }
    .log();
    // The user's item may not have listed it.
    abandon(store, key).await?;
    Ok(Some(ended))
}

/// Like [`end_all`], but the session named `keep` stays.
pub async fn end_others(
    store: &impl SessionStore,
    user: &UserName,
    keep: &SessionRef,
    now: UnixSeconds,
) -> Result<usize, StoreError> {
    at_once(store, user, Which::Others(keep), now).await
}

/// Ends those sessions of `user`, and has the user's item remember that it was at `now`.
async fn at_once(
    store: &impl SessionStore,
    user: &UserName,
    which: Which<'_>,
    now: UnixSeconds,
) -> Result<usize, StoreError> {
    let end = End {
        which,
        ended: Some(now),
        logout: None,
    };
    // Without a logout there is nothing else that could be refused.
    Ok(end.of(store, Some(user)).await?.unwrap_or_default())
}

/// What ends a session.
pub(crate) struct Ending {
    /// The deletion of the item that the session lies in now.
    pub(crate) delete: Delete,
    /// The session as it was read; `None`: the item is damaged.
    pub(crate) session: Option<Session>,
    /// The end of the grace of the key that was asked about, if its id was rotated away.
    pub(crate) served: Option<UnixSeconds>,
}

/// What ends the session under `key`, or under the key that took its place; `None`: there is no session.
pub(crate) async fn ending(
    store: &impl SessionStore,
    key: &SessionKey,
) -> Result<Option<Ending>, StoreError> {
    let (mut key, mut served) = (key.clone(), None);
    for _ in 0..TRIES {
        let session = match store.session(&key).await? {
            Found::Nothing => return Ok(None),
            Found::Damaged => {
                let expected = Expected::Anything;
                return Ok(Some(Ending {
                    delete: Delete { key, expected },
                    session: None,
                    served,
                }));
            }
            Found::Session(session) => session,
        };
        let Some(successor) = session.successor() else {
            return Ok(Some(Ending {
                delete: Delete::current(key),
                session: Some(session),
                served,
            }));
        };
        let rotation = session.rotation.as_ref();
        served = served.or(rotation.map(|rotation| rotation.grace_expires));
        // The user's item knows where the session lies now, however often it was rotated since, or that it has ended.
        let list = match &session.user {
            Some(user) => list(store, user).await?,
            None => None,
        };
        let listed = list.map(|mut list| list.sessions.remove(&session.reference));
        key = match listed {
            Some(None) => return Ok(None),
            Some(Some(entry)) if entry.key != key => entry.key,
            _ => successor.clone(),
        };
    }
    Err(StoreError::overtaken("rotations of the same session"))
}

/// Raises the alarm that a rotated id came back after its grace: somebody has a copy.
pub(crate) fn alarm(session: &SessionRef) {
    Event::Reused { session }.log();
}

/// The edit that takes `session` out of its user's item, if it has a user.
pub(crate) fn leave(session: &Session) -> Option<(UserName, UserEdit)> {
    let drop = vec![session.reference.clone()];
    Some((session.user.clone()?, UserEdit::Leave { drop }))
}

/// The list to take a session of `user` out of. `None` also if the list is damaged: damage must not keep a session from
/// ending.
pub(crate) async fn list(
    store: &impl SessionStore,
    user: &UserName,
) -> Result<Option<UserSessions>, StoreError> {
    match store.user(user).await {
        Err(error) if error.kind == FaultKind::Damaged => Ok(None),
        list => list,
    }
}

fn overtaken() -> StoreError {
    StoreError::overtaken("changes of the same user")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        session::tests::session,
        store::{Touch, memory::MemoryStore},
        user::Entry,
    };

    const NOW: UnixSeconds = UnixSeconds(1);

    /// Stores a session of `user` under a key named `name`, listed in the user's item or not.
    async fn put(store: &MemoryStore, name: &str, user: Option<&str>, listed: bool) -> Live {
        let key = SessionKey::from_stored(format!("s#{name}"));
        let user = user.map(|user| UserName::from_stored(user.to_owned()));
        let session = Session {
            user: user.clone(),
            ..session(0, 0)
        };
        let mut users = Vec::new();
        if let Some(user) = user.filter(|_| listed) {
            let entry = Entry {
                key: key.clone(),
                created: session.created,
                expires: session.expires(),
            };
            let reference = session.reference.clone();
            let edit = match store.user(&user).await.unwrap() {
                None => UserEdit::Open { reference, entry },
                Some(item) => UserEdit::Enter {
                    reference,
                    entry,
                    epoch: item.epoch,
                    cap: 10,
                    swept: item.expires,
                    drop: Vec::new(),
                },
            };
            users.push((user, edit));
        }
        let change = Change {
            put: Some((key.clone(), session.clone())),
            users,
            ..Change::default()
        };
        assert_eq!(store.commit(&change).await.unwrap(), Commit::Done);
        Live { key, session }
    }

    async fn lives(store: &MemoryStore, live: &Live) -> bool {
        let touch = store.touch(&live.key, NOW, None).await.unwrap();
        matches!(touch, Touch::Touched(_))
    }

    #[tokio::test]
    async fn everywhere_ends_all_of_the_user_s_and_nobody_else_s() {
        let store = MemoryStore::default();
        let own = put(&store, "own", Some("ada"), true).await;
        let other = put(&store, "other", Some("ada"), true).await;
        let bobs = put(&store, "bobs", Some("bob"), true).await;
        let anonymous = put(&store, "anonymous", None, true).await;
        assert_eq!(everywhere(&store, &own, NOW).await.unwrap(), Some(2));
        for (live, expected) in [
            (&own, false),
            (&other, false),
            (&bobs, true),
            (&anonymous, true),
        ] {
            assert_eq!(lives(&store, live).await, expected, "{:?}", live.key);
        }
    }

    /// As after a restore of the table: the user's item no longer lists the session, or is missing.
    #[tokio::test]
    async fn everywhere_ends_the_session_that_asks_though_no_item_lists_it() {
        for listed in [0, 1] {
            let store = MemoryStore::default();
            let own = put(&store, "own", Some("ada"), false).await;
            for n in 0..listed {
                put(&store, &format!("other {n}"), Some("ada"), true).await;
            }
            let ended = everywhere(&store, &own, NOW).await.unwrap();
            assert_eq!(ended, Some(listed));
            assert!(!lives(&store, &own).await && store.is_empty());
        }
    }

    #[tokio::test]
    async fn an_anonymous_session_ends_nowhere() {
        let store = MemoryStore::default();
        let own = put(&store, "own", None, true).await;
        put(&store, "adas", Some("ada"), true).await;
        assert_eq!(everywhere(&store, &own, NOW).await.unwrap(), None);
        assert!(lives(&store, &own).await);
        assert_eq!(store.len(), 2);
    }
}
