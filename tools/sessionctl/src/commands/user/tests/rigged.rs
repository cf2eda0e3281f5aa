//! A store of which a part is out of order.

use dynamodb_session::fault::{FaultKind, StoreError};
use support::{
    gate::Verb,
    hooked::{Hook, Hooked},
};

/// The faults of a store's reads and writes.
pub(super) struct Rigged {
    reads: Option<FaultKind>,
    writes: Option<FaultKind>,
    /// The fault of each removal.
    pub(super) removals: Option<FaultKind>,
}

impl Hook for Rigged {
    async fn before(&self, verb: Verb) -> Result<(), StoreError> {
        let fault = match verb {
            Verb::Session | Verb::Sessions | Verb::User | Verb::Find => self.reads,
            Verb::Remove => self.writes.or(self.removals),
            _ => self.writes,
        };
        fault.map_or(Ok(()), |kind| {
            Err(StoreError {
                kind,
                source: "rigged".into(),
            })
        })
    }
}

pub(super) fn rigged<S>(
    inner: S,
    reads: Option<FaultKind>,
    writes: Option<FaultKind>,
) -> Hooked<S, Rigged> {
    let hook = Rigged {
        reads,
        writes,
        removals: None,
    };
    Hooked { inner, hook }
}
