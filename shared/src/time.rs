//! Time as the rules see it: whole Unix seconds, always an argument.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A moment in whole seconds since 1970-01-01T00:00:00Z, as `DynamoDB`'s TTL counts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnixSeconds(pub u64);

impl UnixSeconds {
    /// The moment that the system's clock shows. For `main` alone: everything else takes `now` as an argument.
    #[must_use]
    pub fn from_system_clock() -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place that reads the clock"
        )]
        let elapsed = SystemTime::now().duration_since(UNIX_EPOCH);
        Self(elapsed.map_or(0, |elapsed| elapsed.as_secs()))
    }

    /// The moment `seconds` later; the last one representable if there is none.
    #[must_use]
    pub fn plus(self, seconds: u64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// The time left until `deadline`, zero once it is reached.
    #[must_use]
    pub fn until(self, deadline: Self) -> Duration {
        Duration::from_secs(deadline.0.saturating_sub(self.0))
    }
}
