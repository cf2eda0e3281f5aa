//! The store in memory, for tests: the same contract, no durability.

mod throttle;

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::{Change, Commit, Found, SessionStore, StoreError, Touch, UserEdit};
use crate::{
    id::SessionKey,
    session::{Session, Status},
    throttle::{Counter, CounterKey},
    time::UnixSeconds,
    user::{UserName, UserSessions},
};

/// Sessions, user items and the counters of logins under one lock.
#[derive(Debug, Default)]
pub struct MemoryStore(Mutex<Items>);

#[derive(Debug, Default)]
struct Items {
    sessions: HashMap<SessionKey, Session>,
    users: HashMap<UserName, UserSessions>,
    counters: HashMap<CounterKey, Counter>,
}

impl MemoryStore {
    fn items(&self) -> MutexGuard<'_, Items> {
        // A test that panicked while it held the lock has failed already.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many session items there are, alive or not.
    #[must_use]
    pub fn len(&self) -> usize {
        self.items().sessions.len()
    }

    /// Whether there is no session item.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl SessionStore for MemoryStore {
    async fn touch(
        &self,
        key: &SessionKey,
        now: UnixSeconds,
        not_before: Option<UnixSeconds>,
    ) -> Result<Touch, StoreError> {
        let mut items = self.items();
        Ok(match items.sessions.get_mut(key) {
            None => Touch::Refused(Found::Nothing),
            Some(session) => match session.status(now, not_before) {
                Status::Alive | Status::Implausible => {
                    session.accessed = now;
                    Touch::Touched(Found::Session(session.clone()))
                }
                Status::Idle | Status::Expired | Status::Superseded => {
                    Touch::Refused(Found::Session(session.clone()))
                }
            },
        })
    }

    async fn session(&self, key: &SessionKey) -> Result<Found, StoreError> {
        let session = self.items().sessions.get(key).cloned();
        Ok(session.map_or(Found::Nothing, Found::Session))
    }

    async fn user(&self, user: &UserName) -> Result<Option<UserSessions>, StoreError> {
        Ok(self.items().users.get(user).cloned())
    }

    async fn commit(&self, change: &Change) -> Result<Commit, StoreError> {
        let mut items = self.items();
        if let Some((key, _)) = &change.put
            && items.sessions.contains_key(key)
        {
            return Ok(Commit::Collision);
        }
        if !change
            .users
            .iter()
            .all(|(user, edit)| holds(edit, items.users.get(user)))
        {
            return Ok(Commit::Stale);
        }
        for key in &change.delete {
            items.sessions.remove(key);
        }
        if let Some((key, session)) = &change.put {
            items.sessions.insert(key.clone(), session.clone());
        }
        for (user, edit) in &change.users {
            let item = items.users.entry(user.clone());
            apply(
                edit,
                item.or_insert_with(|| UserSessions {
                    sessions: std::collections::BTreeMap::new(),
                    epoch: 0,
                    expires: UnixSeconds(0),
                }),
            );
        }
        Ok(Commit::Done)
    }
}

/// Whether the edit's condition holds of the item.
fn holds(edit: &UserEdit, item: Option<&UserSessions>) -> bool {
    match (edit, item) {
        (UserEdit::Open { .. }, None) | (UserEdit::Leave { .. }, Some(_)) => true,
        (UserEdit::Open { .. }, Some(_)) | (_, None) => false,
        (
            UserEdit::Enter {
                epoch, cap, drop, ..
            },
            Some(item),
        ) => {
            item.epoch == *epoch
                && drop.iter().all(|entry| item.sessions.contains_key(entry))
                && item.sessions.len() < cap + drop.len()
        }
        (UserEdit::EndAll { epoch, sessions }, Some(item)) => {
            item.epoch == *epoch
                && item.sessions.len() == sessions.len()
                && sessions
                    .iter()
                    .all(|entry| item.sessions.contains_key(entry))
        }
    }
}

fn apply(edit: &UserEdit, item: &mut UserSessions) {
    match edit {
        UserEdit::Open { reference, entry }
        | UserEdit::Enter {
            reference, entry, ..
        } => {
            if let UserEdit::Enter { drop, .. } = edit {
                item.sessions.retain(|known, _| !drop.contains(known));
            }
            item.expires = item.expires.max(entry.expires);
            item.sessions.insert(reference.clone(), entry.clone());
        }
        UserEdit::Leave { drop } => item.sessions.retain(|known, _| !drop.contains(known)),
        UserEdit::EndAll { .. } => {
            item.sessions.clear();
            item.epoch += 1;
        }
    }
}
