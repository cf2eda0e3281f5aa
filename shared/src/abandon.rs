//! Logout: the end of one session, or of all of a user's.

use crate::{
    id::SessionKey,
    session::Session,
    store::{Change, Commit, FaultKind, Found, SessionStore, StoreError, UserEdit},
    user::UserName,
};

/// How often a change that others overtook is tried again.
const TRIES: usize = 100;

/// Ends the session under `key`, durably, whatever state it is in, and returns it if there was one.
///
/// Doing it again changes nothing.
pub async fn abandon(
    store: &impl SessionStore,
    key: &SessionKey,
) -> Result<Option<Session>, StoreError> {
    let mut listed = true;
    for _ in 0..TRIES {
        let ended = match store.session(key).await? {
            Found::Nothing => return Ok(None),
            Found::Damaged => None,
            Found::Session(session) => Some(session),
        };
        let change = Change {
            delete: vec![key.clone()],
            users: ended.iter().filter(|_| listed).filter_map(leave).collect(),
            ..Change::default()
        };
        if store.commit(&change).await? == Commit::Done {
            return Ok(ended);
        }
        // The user item is not there, or was not.
        if let Some(user) = ended.and_then(|session| session.user) {
            listed = has_list(store, &user).await?;
        }
    }
    Err(overtaken())
}

/// Ends all sessions of `user`, durably, and returns how many entries there were.
///
/// A login that began before this and has not finished verifies again, against what is true by then: change the
/// password or disable the user first, then call this.
pub async fn end_all(store: &impl SessionStore, user: &UserName) -> Result<usize, StoreError> {
    for _ in 0..TRIES {
        let Some(item) = store.user(user).await? else {
            return Ok(0);
        };
        let count = item.sessions.len();
        let (sessions, delete) = item
            .sessions
            .into_iter()
            .map(|(name, entry)| (name, entry.key))
            .unzip();
        let edit = UserEdit::EndAll {
            epoch: item.epoch,
            sessions,
        };
        let change = Change {
            delete,
            users: vec![(user.clone(), edit)],
            ..Change::default()
        };
        if store.commit(&change).await? == Commit::Done {
            return Ok(count);
        }
    }
    Err(overtaken())
}

/// Whether there is a list to take a session of `user` out of. A damaged one is none: it keeps no session alive.
pub(crate) async fn has_list(
    store: &impl SessionStore,
    user: &UserName,
) -> Result<bool, StoreError> {
    match store.user(user).await {
        Ok(item) => Ok(item.is_some()),
        Err(error) if error.kind == FaultKind::Damaged => Ok(false),
        Err(error) => Err(error),
    }
}

/// The edit that takes `session` out of its user's item, if it has a user.
pub(crate) fn leave(session: &Session) -> Option<(UserName, UserEdit)> {
    let drop = vec![session.reference.clone()];
    Some((session.user.clone()?, UserEdit::Leave { drop }))
}

fn overtaken() -> StoreError {
    StoreError {
        kind: FaultKind::Unavailable,
        source: "other changes of the same user won every try".into(),
    }
}
