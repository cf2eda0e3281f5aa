//! A store that pauses at a gate, and keeps a journal of what counts.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use dynamodb_session::{
    fault::StoreError,
    id::SessionKey,
    store::{Change, UserEdit},
};
use support::{
    gate::{Gate, Point, Verb},
    hooked::{Hook, Hooked},
};

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
pub type Stepped<S> = Hooked<S, Steps>;

/// The pauses of a store, and what it did.
#[derive(Debug)]
pub struct Steps {
    /// Where callers pause.
    pub gate: Gate,
    /// What was committed.
    pub journal: Journal,
}

impl Hook for Steps {
    async fn before(&self, verb: Verb) -> Result<(), StoreError> {
        self.gate.pass(Point::Before(verb)).await;
        Ok(())
    }

    async fn after(&self, verb: Verb) -> Result<(), StoreError> {
        self.gate.pass(Point::After(verb)).await;
        Ok(())
    }

    fn begun(&self, key: &SessionKey) {
        self.journal.add(Event::Stored(key.clone()));
    }

    fn committed(&self, change: &Change) {
        let ends_all = |(_, edit): &(_, _)| matches!(edit, UserEdit::EndAll { .. });
        if change.users.iter().any(ends_all) {
            self.journal.add(Event::EndedAll);
        }
        if let Some((key, _)) = &change.put {
            self.journal.add(Event::Stored(key.clone()));
        }
    }
}
