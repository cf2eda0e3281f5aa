//! Password users in memory, for tests: the same contract, no durability.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::{
    hash::PasswordHash,
    store::{UserRecord, UserStore},
};
use crate::{fault::StoreError, time::UnixSeconds, user::UserName};

/// User records under one lock.
#[derive(Debug, Default)]
pub struct MemoryUserStore(Mutex<HashMap<UserName, UserRecord>>);

impl MemoryUserStore {
    fn records(&self) -> MutexGuard<'_, HashMap<UserName, UserRecord>> {
        // A test that panicked while it held the lock has failed already.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(
        &self,
        user: &UserName,
        now: UnixSeconds,
        write: impl FnOnce(&mut UserRecord),
    ) -> bool {
        let mut records = self.records();
        let Some(record) = records.get_mut(user) else {
            return false;
        };
        write(record);
        record.version += 1;
        record.changed = now;
        true
    }
}

impl UserStore for MemoryUserStore {
    async fn find(&self, user: &UserName) -> Result<Option<UserRecord>, StoreError> {
        Ok(self.records().get(user).cloned())
    }

    async fn add(
        &self,
        user: &UserName,
        hash: &PasswordHash,
        now: UnixSeconds,
    ) -> Result<bool, StoreError> {
        let mut records = self.records();
        if records.contains_key(user) {
            return Ok(false);
        }
        let record = UserRecord {
            hash: hash.clone(),
            disabled: false,
            version: 0,
            created: now,
            changed: now,
        };
        records.insert(user.clone(), record);
        Ok(true)
    }

    async fn set_password(
        &self,
        user: &UserName,
        hash: &PasswordHash,
        now: UnixSeconds,
    ) -> Result<bool, StoreError> {
        Ok(self.change(user, now, |record| record.hash = hash.clone()))
    }

    async fn set_disabled(
        &self,
        user: &UserName,
        disabled: bool,
        now: UnixSeconds,
    ) -> Result<bool, StoreError> {
        Ok(self.change(user, now, |record| record.disabled = disabled))
    }

    async fn remove(&self, user: &UserName) -> Result<bool, StoreError> {
        Ok(self.records().remove(user).is_some())
    }
}
