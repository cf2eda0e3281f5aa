//! A clock that a test sets.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use dynamodb_session::time::UnixSeconds;

/// A time that stands still until the test sets it. Clones are the same clock.
#[derive(Clone, Debug)]
pub struct Clock(Arc<AtomicU64>);

impl Default for Clock {
    /// In January 2027.
    fn default() -> Self {
        Self(Arc::new(AtomicU64::new(1_800_000_000)))
    }
}

impl Clock {
    /// The time.
    #[must_use]
    pub fn now(&self) -> UnixSeconds {
        UnixSeconds(self.0.load(Ordering::SeqCst))
    }

    /// Sets the time.
    pub fn set(&self, now: UnixSeconds) {
        self.0.store(now.0, Ordering::SeqCst);
    }

    /// Moves the time on by so many seconds.
    pub fn pass(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}
