//! The store in memory, for tests: the same contract, no durability.

mod notes;
mod provider;
mod throttle;

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use self::notes::Provided;
use super::{
    Change, Commit, Delete, Expected, Found, Retire, SessionStore, Touch, UserEdit, Write,
};
use crate::fault::StoreError;
use crate::{
    data::{Data, Edit, Marks},
    id::SessionKey,
    session::{Rotation, Session, Status},
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
    spent: HashSet<SessionKey>,
    provided: Provided,
}

impl Items {
    /// Whether nothing lies under the key.
    fn is_vacant(&self, key: &SessionKey) -> bool {
        !self.sessions.contains_key(key) && !self.spent.contains(key)
    }
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
                Status::Alive | Status::Implausible if session.accessed <= now => {
                    session.accessed = now;
                    Touch::Touched(Found::Session(session.clone()))
                }
                _ => Touch::Refused(Found::Session(session.clone())),
            },
        })
    }

    async fn session(&self, key: &SessionKey) -> Result<Found, StoreError> {
        let session = self.items().sessions.get(key).cloned();
        Ok(session.map_or(Found::Nothing, Found::Session))
    }

    async fn end_idle(&self, key: &SessionKey, now: UnixSeconds) -> Result<Found, StoreError> {
        let mut items = self.items();
        let Some(session) = items.sessions.get_mut(key) else {
            return Ok(Found::Nothing);
        };
        let idle = now >= session.idle_expires();
        if idle && session.ended.is_none() && session.successor().is_none() {
            session.ended = Some(now);
            session.data.clear();
            session.marks = Marks::default();
        }
        Ok(Found::Session(session.clone()))
    }

    async fn sessions(&self, keys: &[SessionKey]) -> Result<Vec<Found>, StoreError> {
        let items = self.items();
        let found = keys.iter().map(|key| match items.sessions.get(key) {
            None => Found::Nothing,
            Some(session) => Found::Session(Session {
                data: Data::new(),
                marks: Marks::default(),
                ..session.clone()
            }),
        });
        Ok(found.collect())
    }

    async fn write(
        &self,
        key: &SessionKey,
        now: UnixSeconds,
        edit: &Edit,
        version: u64,
        marks: &Marks,
    ) -> Result<Write, StoreError> {
        let mut items = self.items();
        let Some(session) = items.sessions.get_mut(key) else {
            return Ok(Write::Refused(Found::Nothing));
        };
        if !is_alive(session, now) || session.version != version {
            return Ok(Write::Refused(Found::Session(session.clone())));
        }
        edit.apply(&mut session.data);
        session.version = version.saturating_add(1);
        session.marks = marks.clone();
        Ok(Write::Written(Found::Session(session.clone())))
    }

    async fn user(&self, user: &UserName) -> Result<Option<UserSessions>, StoreError> {
        Ok(self.items().users.get(user).cloned())
    }

    async fn begin(&self, key: &SessionKey, session: &Session) -> Result<bool, StoreError> {
        let mut items = self.items();
        let vacant = items.is_vacant(key);
        if vacant {
            items.sessions.insert(key.clone(), session.clone());
        }
        Ok(vacant)
    }

    async fn commit(&self, change: &Change) -> Result<Commit, StoreError> {
        let mut items = self.items();
        if let Some((key, _)) = &change.put
            && !items.is_vacant(key)
        {
            return Ok(Commit::Collision);
        }
        let mut notes = change.notes.iter();
        if let Some(note) = notes.find(|note| !items.provided.holds(note)) {
            return Ok(Commit::Refused(note.refusal()));
        }
        let mut users = change.users.iter();
        let mut deletes = change.delete.iter();
        let mut retires = change.retire.iter();
        if !users.all(|(user, edit)| holds(edit, items.users.get(user)))
            || !deletes.all(|delete| may_delete(delete, items.sessions.get(&delete.key)))
            || !retires.all(|retire| may_retire(retire, items.sessions.get(&retire.key)))
            || !change.spent.iter().all(|spent| items.is_vacant(&spent.key))
        {
            return Ok(Commit::Stale);
        }
        items
            .spent
            .extend(change.spent.iter().map(|spent| spent.key.clone()));
        for delete in &change.delete {
            items.sessions.remove(&delete.key);
        }
        if let Some(retire) = &change.retire
            && let Some(old) = items.sessions.get_mut(&retire.key)
        {
            old.data.clear();
            old.marks = Marks::default();
            old.rotation = Some(Box::new(Rotation {
                successor: Some(retire.successor.clone()),
                grace_expires: retire.grace_expires,
            }));
        }
        if let Some((key, session)) = &change.put {
            items.sessions.insert(key.clone(), session.clone());
        }
        for note in &change.notes {
            items.provided.apply(note);
        }
        let edits = change.users.iter();
        for (user, edit) in edits.filter(|(_, edit)| !matches!(edit, UserEdit::Absent)) {
            let item = items.users.entry(user.clone());
            apply(
                edit,
                item.or_insert_with(|| UserSessions {
                    sessions: std::collections::BTreeMap::new(),
                    epoch: 0,
                    ended: None,
                    expires: UnixSeconds(0),
                }),
            );
        }
        Ok(Commit::Done)
    }
}

fn is_alive(session: &Session, now: UnixSeconds) -> bool {
    matches!(
        session.status(now, None),
        Status::Alive | Status::Implausible
    )
}

fn may_delete(delete: &Delete, item: Option<&Session>) -> bool {
    let current = item.is_none_or(|session| session.successor().is_none());
    match delete.expected {
        Expected::Anything => true,
        Expected::Current => current,
        Expected::Version(version) => {
            current && item.is_some_and(|session| session.version == version)
        }
    }
}

fn may_retire(retire: &Retire, item: Option<&Session>) -> bool {
    item.is_some_and(|old| is_alive(old, retire.now) && old.version == retire.version)
}

/// Whether the edit's condition holds of the item.
fn holds(edit: &UserEdit, item: Option<&UserSessions>) -> bool {
    match (edit, item) {
        (UserEdit::Open { .. } | UserEdit::Absent, None) | (UserEdit::Leave { .. }, Some(_)) => {
            true
        }
        (UserEdit::Open { .. } | UserEdit::Absent, Some(_)) | (_, None) => false,
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
        (
            UserEdit::Move {
                reference, from, ..
            },
            Some(item),
        ) => {
            let entry = item.sessions.get(reference);
            entry.is_some_and(|entry| entry.key == *from)
        }
        (UserEdit::Evict { drop, listed }, Some(item)) => {
            item.sessions.len() == *listed
                && drop.iter().all(|entry| item.sessions.contains_key(entry))
        }
        (
            UserEdit::EndAll {
                epoch,
                sessions,
                keep,
                ..
            },
            Some(item),
        ) => {
            let mut entries = sessions.iter().chain(keep);
            item.epoch == *epoch
                && item.sessions.len() == sessions.len() + keep.len()
                && entries.all(|entry| item.sessions.contains_key(entry))
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
        UserEdit::Leave { drop } | UserEdit::Evict { drop, .. } => {
            item.sessions.retain(|known, _| !drop.contains(known));
        }
        UserEdit::Move { reference, to, .. } => {
            if let Some(entry) = item.sessions.get_mut(reference) {
                entry.key = to.clone();
            }
        }
        UserEdit::EndAll { keep, ended, .. } => {
            item.sessions.retain(|known, _| keep.contains(known));
            item.epoch += 1;
            if let Some(ended) = ended {
                item.ended = Some(ended.at);
                item.expires = ended.expires;
            }
        }
        UserEdit::Absent => {}
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A store in which a session lies under `key`.
    pub(crate) async fn holding(key: &SessionKey, session: Session) -> MemoryStore {
        let store = MemoryStore::default();
        let change = Change {
            put: Some((key.clone(), session)),
            ..Change::default()
        };
        assert_eq!(store.commit(&change).await.unwrap(), Commit::Done);
        store
    }
}
