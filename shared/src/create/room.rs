//! Room for one more session under the cap: which of a user's sessions leave.

use std::collections::HashMap;

use crate::{
    audit::{Cause, Event, Kind},
    fault::StoreError,
    id::{SessionKey, SessionRef},
    session::Status,
    store::{Change, Delete, Expected, Found, MOST_SESSIONS, SessionStore, UserEdit},
    time::UnixSeconds,
    user::{UserName, UserSessions},
};

/// The most sessions that leave with a login's own transaction, which puts the new one and deletes the presented one.
const MOST_EVICTED: usize = MOST_SESSIONS - 2;

/// When a session was last used; `None`: it has ended.
type Use = Option<UnixSeconds>;

/// The use of a session that nothing is known about: it began or was rotated since the look, or the look failed.
const JUST_NOW: Use = Some(UnixSeconds(u64::MAX));

/// An entry that leaves: the session's name, and what ends it.
pub(super) type Leaving = (SessionRef, Delete);

/// What is known of a user's sessions: nothing, before the login has looked, which it does once.
#[derive(Default)]
pub(super) struct Room(Option<HashMap<SessionKey, Found>>);

impl Room {
    /// Which entries leave so that one more fits under `cap`, besides the entry of the presented session, `own`: first
    /// those that have expired, then at the cap those whose sessions have ended otherwise, then those used longest ago.
    pub(super) async fn leaving(
        &mut self,
        store: &impl SessionStore,
        item: &UserSessions,
        own: Option<&SessionRef>,
        cap: usize,
        not_before: Option<UnixSeconds>,
        now: UnixSeconds,
    ) -> Vec<Leaving> {
        let others = item.sessions.iter().filter(|(name, _)| Some(*name) != own);
        let (mut leaving, mut alive): (Vec<_>, Vec<_>) =
            others.partition(|(_, entry)| now >= entry.expires);
        let surplus = (alive.len() + 1).saturating_sub(cap);
        // If none or all of them leave, their order does not matter.
        if (1..alive.len()).contains(&surplus) {
            if self.0.is_none() {
                let keys = alive.iter().map(|(_, entry)| entry.key.clone());
                self.0 = Some(look(store, keys.collect()).await);
            }
            let used = |key| {
                self.found(key)
                    .map_or(JUST_NOW, |it| last_use(it, not_before, now))
            };
            alive.sort_by_cached_key(|(name, entry)| (used(&entry.key), entry.created, *name));
        }
        leaving.extend(alive.into_iter().take(surplus));
        let leaving = leaving.into_iter();
        leaving
            .map(|(name, entry)| (name.clone(), self.delete(&entry.key)))
            .collect()
    }

    fn found(&self, key: &SessionKey) -> Option<&Found> {
        self.0.as_ref()?.get(key)
    }

    fn delete(&self, key: &SessionKey) -> Delete {
        let expected = match self.found(key) {
            // A damaged item has no version that a condition could name.
            Some(Found::Damaged) => Expected::Anything,
            _ => Expected::Current,
        };
        let key = key.clone();
        Delete { key, expected }
    }
}

/// What lies under the keys; nothing is known if the store fails.
async fn look(store: &impl SessionStore, keys: Vec<SessionKey>) -> HashMap<SessionKey, Found> {
    match store.sessions(&keys).await {
        Ok(found) => keys.into_iter().zip(found).collect(),
        Err(error) => {
            let (kind, error) = (Kind::Store(error.kind), Cause::chain(&error));
            Event::UsesUnread { kind, error }.log();
            HashMap::new()
        }
    }
}

fn last_use(found: &Found, not_before: Option<UnixSeconds>, now: UnixSeconds) -> Use {
    let Found::Session(session) = found else {
        return None;
    };
    match session.status(now, not_before) {
        Status::Alive => Some(session.accessed),
        // The session goes on under another id, which its entry names by now.
        Status::Rotated => JUST_NOW,
        _ => None,
    }
}

/// The entries that leave with the login's own transaction, from an item that lists so many; `None`: they were too many
/// for that, as after the cap was lowered. Then some of them have left, or other logins were quicker.
pub(super) async fn at_once(
    store: &impl SessionStore,
    user: &UserName,
    listed: usize,
    mut leaving: Vec<Leaving>,
) -> Result<Option<Vec<Leaving>>, StoreError> {
    if leaving.len() <= MOST_EVICTED {
        return Ok(Some(leaving));
    }
    leaving.truncate((leaving.len() - MOST_EVICTED).min(MOST_SESSIONS));
    let (drop, delete) = leaving.into_iter().unzip();
    let change = Change {
        delete,
        users: vec![(user.clone(), UserEdit::Evict { drop, listed })],
        ..Change::default()
    };
    store.commit(&change).await?;
    Ok(None)
}
