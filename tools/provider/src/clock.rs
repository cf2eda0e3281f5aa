//! What time the provider thinks it is.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use dynamodb_session::time::UnixSeconds;

/// A clock. Its clones are the same clock.
#[derive(Clone, Debug)]
pub enum Clock {
    /// One that goes by itself.
    Running(fn() -> UnixSeconds),
    /// One that stands where it was set.
    Set(Arc<AtomicU64>),
}

impl Clock {
    /// A clock that stands.
    #[must_use]
    pub fn at(now: UnixSeconds) -> Self {
        Self::Set(Arc::new(AtomicU64::new(now.0)))
    }

    /// The moment that it shows.
    #[must_use]
    pub fn now(&self) -> UnixSeconds {
        match self {
            Self::Running(now) => now(),
            Self::Set(seconds) => UnixSeconds(seconds.load(Ordering::SeqCst)),
        }
    }

    /// Sets a clock that stands; one that goes by itself goes on.
    pub fn set(&self, now: UnixSeconds) {
        if let Self::Set(seconds) = self {
            seconds.store(now.0, Ordering::SeqCst);
        }
    }
}
