//! Anonymous sessions: how large, and how many.

use super::{MOST_DATA_BYTES, Variables};

/// The limits of anonymous sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anonymous {
    /// The most bytes of an anonymous session's data, if that is less than other sessions may have
    /// (`SESSION_ANONYMOUS_DATA_MAX_BYTES`).
    pub data_limit: usize,
    /// The most anonymous sessions that begin at one address in a minute; 0 is no limit
    /// (`SESSION_ANONYMOUS_ADDRESS_PER_MINUTE`).
    pub per_minute: u64,
}

impl Default for Anonymous {
    fn default() -> Self {
        Self {
            data_limit: 4096,
            per_minute: 20,
        }
    }
}

impl Anonymous {
    /// Reads the group.
    pub fn from_variables(variables: &mut Variables<'_>) -> Self {
        let default = Self::default();
        Self {
            data_limit: variables.number(
                "SESSION_ANONYMOUS_DATA_MAX_BYTES",
                0..=MOST_DATA_BYTES,
                default.data_limit,
            ),
            per_minute: variables.number(
                "SESSION_ANONYMOUS_ADDRESS_PER_MINUTE",
                0..=10_000,
                default.per_minute,
            ),
        }
    }
}
