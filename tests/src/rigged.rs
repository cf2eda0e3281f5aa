//! Stores that do what no store should.

use std::sync::{Mutex, PoisonError};

use dynamodb_session::{
    fault::{FaultKind, StoreError},
    store::{Found, Touch, memory::MemoryStore},
};
use support::{
    gate::Verb,
    hooked::{Hook, Hooked},
};

/// Fails at one kind of call, once it is told to.
#[derive(Debug, Default)]
pub struct Failing(Mutex<Option<Failure>>);

/// How a store fails.
#[derive(Clone, Copy, Debug)]
pub struct Failure {
    /// At which call.
    pub verb: Verb,
    /// What it says.
    pub kind: FaultKind,
    /// Whether it has done what it was asked, and only the answer is lost.
    pub made: bool,
}

/// The store, which does not fail yet.
pub fn failing<S>(inner: S) -> Hooked<S, Failing> {
    let hook = Failing::default();
    Hooked { inner, hook }
}

impl Failing {
    /// Has it fail from now on, or no longer.
    pub fn fail(&self, failure: Option<Failure>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = failure;
    }

    fn at(&self, verb: Verb, made: bool) -> Result<(), StoreError> {
        let failure = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match failure {
            Some(failure) if failure.verb == verb && failure.made == made => Err(StoreError {
                kind: failure.kind,
                source: "rigged".into(),
            }),
            _ => Ok(()),
        }
    }
}

impl Hook for Failing {
    async fn before(&self, verb: Verb) -> Result<(), StoreError> {
        self.at(verb, false)
    }

    async fn after(&self, verb: Verb) -> Result<(), StoreError> {
        self.at(verb, true)
    }
}

/// Answers every touch with the same words, whatever is asked.
#[derive(Debug)]
pub struct Lying(Touch);

/// A store of no session that answers every touch like this, and the end of an idle session with what it found.
#[must_use]
pub fn lying(touch: Touch) -> Hooked<MemoryStore, Lying> {
    let (inner, hook) = (MemoryStore::default(), Lying(touch));
    Hooked { inner, hook }
}

impl Hook for Lying {
    fn touch(&self) -> Option<Touch> {
        Some(self.0.clone())
    }

    fn found(&self, verb: Verb, found: Found) -> Found {
        let (Touch::Touched(lie) | Touch::Refused(lie)) = &self.0;
        match verb {
            Verb::EndIdle => lie.clone(),
            _ => found,
        }
    }
}
