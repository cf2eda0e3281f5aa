//! A store of users in memory that counts look-ups, and fails on demand.

use std::sync::atomic::{AtomicUsize, Ordering};

use dynamodb_session::{
    fault::{FaultKind, StoreError},
    password::memory::MemoryUserStore,
};
use support::{
    gate::Verb,
    hooked::{Hook, Hooked},
};

/// The store under test.
pub(crate) type Users = Hooked<MemoryUserStore, Finds>;

/// The look-ups of a store.
#[derive(Debug, Default)]
pub(crate) struct Finds {
    /// The fault of every look-up.
    pub(crate) fault: Option<FaultKind>,
    finds: AtomicUsize,
}

impl Finds {
    /// How many look-ups there were since the last time that it was asked.
    pub(crate) fn finds(&self) -> usize {
        self.finds.swap(0, Ordering::Relaxed)
    }
}

impl Hook for Finds {
    async fn before(&self, verb: Verb) -> Result<(), StoreError> {
        if verb != Verb::Find {
            return Ok(());
        }
        self.finds.fetch_add(1, Ordering::Relaxed);
        self.fault.map_or(Ok(()), |kind| {
            Err(StoreError {
                kind,
                source: "SecretTableName".into(),
            })
        })
    }
}
