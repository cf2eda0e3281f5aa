//! Anonymous sessions: how large, and how many.

use super::{MOST_DATA_BYTES, Variables};

/// What holds for the sessions of clients that have not logged in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anonymous {
    /// The most bytes of data of one, where that is less than of others (`SESSION_ANONYMOUS_DATA_MAX_BYTES`).
    pub data_limit: usize,
    /// The most that begin at one address in a minute; 0 is no limit (`SESSION_ANONYMOUS_ADDRESS_PER_MINUTE`).
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
