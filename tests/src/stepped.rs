//! A store that pauses at a gate, and keeps a journal of what counts.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use dynamodb_session::{
    data::{Edit, Marks},
    fault::StoreError,
    id::SessionKey,
    session::Session,
    store::{Change, Commit, Found, SessionStore, Touch, UserEdit, Write},
    time::UnixSeconds,
    user::{UserName, UserSessions},
};
use support::gate::{Call, Gate};

/// What happened, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A login of this number found its credential to be right.
    Verified(usize),
    /// A session was stored.
    Stored(SessionKey),
    /// All sessions of a user ended.
    EndedAll,
}

/// What happened, as the store and the credentials write it down.
#[derive(Clone, Debug, Default)]
pub struct Journal(Arc<Mutex<Vec<Event>>>);

impl Journal {
    /// Writes down that something has just happened.
    pub fn add(&self, event: Event) {
        self.events().push(event);
    }

    /// The number of the last event that is one of these; later ones have higher numbers.
    #[must_use]
    pub fn last(&self, is_one: impl Fn(&Event) -> bool) -> Option<usize> {
        self.events().iter().rposition(is_one)
    }

    /// How many events are one of these.
    #[must_use]
    pub fn count(&self, is_one: impl Fn(&Event) -> bool) -> usize {
        self.events().iter().filter(|event| is_one(event)).count()
    }

    fn events(&self) -> MutexGuard<'_, Vec<Event>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A store with a pause at every call.
#[derive(Debug)]
pub struct Stepped<S> {
    /// The store itself, for a look that is no step.
    pub inner: S,
    /// Where callers pause.
    pub gate: Gate,
    /// What was committed.
    pub journal: Journal,
}

impl<S: SessionStore> SessionStore for Stepped<S> {
    async fn touch(
        &self,
        key: &SessionKey,
        now: UnixSeconds,
        not_before: Option<UnixSeconds>,
    ) -> Result<Touch, StoreError> {
        let touch = self.inner.touch(key, now, not_before);
        self.gate.call(Call::Touch, touch).await
    }

    async fn session(&self, key: &SessionKey) -> Result<Found, StoreError> {
        self.gate.call(Call::Session, self.inner.session(key)).await
    }

    async fn end_idle(&self, key: &SessionKey, now: UnixSeconds) -> Result<Found, StoreError> {
        self.gate
            .call(Call::EndIdle, self.inner.end_idle(key, now))
            .await
    }

    async fn sessions(&self, keys: &[SessionKey]) -> Result<Vec<Found>, StoreError> {
        let sessions = self.inner.sessions(keys);
        self.gate.call(Call::Sessions, sessions).await
    }

    async fn write(
        &self,
        key: &SessionKey,
        now: UnixSeconds,
        edit: &Edit,
        version: u64,
        marks: &Marks,
    ) -> Result<Write, StoreError> {
        let write = self.inner.write(key, now, edit, version, marks);
        self.gate.call(Call::Write, write).await
    }

    async fn user(&self, user: &UserName) -> Result<Option<UserSessions>, StoreError> {
        self.gate.call(Call::User, self.inner.user(user)).await
    }

    async fn begin(&self, key: &SessionKey, session: &Session) -> Result<bool, StoreError> {
        let begin = async {
            let begun = self.inner.begin(key, session).await?;
            if begun {
                self.journal.add(Event::Stored(key.clone()));
            }
            Ok(begun)
        };
        self.gate.call(Call::Begin, begin).await
    }

    async fn commit(&self, change: &Change) -> Result<Commit, StoreError> {
        let commit = async {
            let commit = self.inner.commit(change).await?;
            if commit == Commit::Done {
                self.record(change);
            }
            Ok(commit)
        };
        self.gate.call(Call::Commit, commit).await
    }
}

impl<S> Stepped<S> {
    fn record(&self, change: &Change) {
        let ends_all = |(_, edit): &(_, _)| matches!(edit, UserEdit::EndAll { .. });
        if change.users.iter().any(ends_all) {
            self.journal.add(Event::EndedAll);
        }
        if let Some((key, _)) = &change.put {
            self.journal.add(Event::Stored(key.clone()));
        }
    }
}
