//! The counters of logins, and of anonymous sessions that begin, in memory.

use std::collections::hash_map::Entry;

use super::MemoryStore;
use crate::{
    fault::StoreError,
    throttle::{Counter, CounterKey, Throttle},
    time::UnixSeconds,
};

impl Throttle for MemoryStore {
    async fn count(
        &self,
        key: &CounterKey,
        below: u64,
        now: UnixSeconds,
        expires: UnixSeconds,
    ) -> Result<Option<Counter>, StoreError> {
        let mut items = self.items();
        let tries = match items.counters.entry(key.clone()) {
            Entry::Vacant(_) => 0,
            Entry::Occupied(counter) => {
                let counter = *counter.get();
                if counter.tries >= below || now >= counter.expires {
                    return Ok(Some(counter));
                }
                counter.tries
            }
        };
        let counter = Counter {
            tries: tries + 1,
            latest: now,
            expires,
        };
        items.counters.insert(key.clone(), counter);
        Ok(None)
    }

    async fn replace(
        &self,
        key: &CounterKey,
        current: &Counter,
        next: &Counter,
    ) -> Result<bool, StoreError> {
        let mut items = self.items();
        match items.counters.get_mut(key) {
            Some(counter) if counter == current => *counter = *next,
            _ => return Ok(false),
        }
        Ok(true)
    }

    async fn clear(
        &self,
        key: &CounterKey,
        until: UnixSeconds,
    ) -> Result<Option<Counter>, StoreError> {
        let mut items = self.items();
        match items.counters.get(key) {
            Some(counter) if counter.latest > until => return Ok(Some(*counter)),
            _ => items.counters.remove(key),
        };
        Ok(None)
    }
}
