//! Faults of a store: they say nothing about any session.

use std::{error::Error, fmt};

/// The backend failed. It says nothing about whether a session exists.
#[derive(Debug)]
pub struct StoreError {
    /// What the caller does next.
    pub kind: FaultKind,
    /// What failed, in the backend's own words: for logs, never for a client.
    pub source: Box<dyn Error + Send + Sync>,
}

/// What to do about a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// Throttled, unreachable or failing: try again later.
    Unavailable,
    /// Missing table, wrong key, refused access, disabled encryption key: page someone, trying again won't help.
    Misconfigured,
    /// A user item that can't be read: page someone.
    Damaged,
}

impl FaultKind {
    /// The kind as logs have it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unavailable => "Unavailable",
            Self::Misconfigured => "Misconfigured",
            Self::Damaged => "Damaged",
        }
    }
}

impl StoreError {
    /// Others won every try to make a change.
    pub(crate) fn overtaken(others: &str) -> Self {
        Self {
            kind: FaultKind::Unavailable,
            source: format!("other {others} won every try").into(),
        }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            FaultKind::Unavailable => "the session store is unavailable",
            FaultKind::Misconfigured => "the session store refuses the request",
            FaultKind::Damaged => "the session store holds a damaged item",
        })
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(self.source.as_ref())
    }
}
