//! Flows, what a provider's session has brought, and who is barred, in memory.

use std::collections::hash_map::Entry;

use super::MemoryStore;
use crate::{
    fault::StoreError,
    flow::{Flow, FlowKey},
    identity::ProviderKey,
    store::ProviderStore,
    time::UnixSeconds,
    user::UserName,
};

impl ProviderStore for MemoryStore {
    async fn put_flow(&self, key: &FlowKey, flow: &Flow) -> Result<bool, StoreError> {
        match self.items().provided.flows.entry(key.clone()) {
            Entry::Occupied(_) => Ok(false),
            Entry::Vacant(place) => {
                place.insert(flow.clone());
                Ok(true)
            }
        }
    }

    async fn flow(&self, key: &FlowKey, now: UnixSeconds) -> Result<Option<Flow>, StoreError> {
        let flow = self.items().provided.flows.get(key).cloned();
        Ok(flow.filter(|flow| now < flow.expires()))
    }

    async fn take_flow(&self, key: &FlowKey) -> Result<bool, StoreError> {
        Ok(self.items().provided.flows.remove(key).is_some())
    }

    async fn users_of(&self, sid: &ProviderKey) -> Result<Vec<UserName>, StoreError> {
        let items = self.items();
        let brought = items.provided.brought.get(sid).into_iter();
        Ok(brought.flat_map(|it| &it.users).cloned().collect())
    }

    async fn bar(&self, user: &UserName, since: UnixSeconds) -> Result<(), StoreError> {
        let mut items = self.items();
        items.provided.barred.entry(user.clone()).or_insert(since);
        Ok(())
    }

    async fn unbar(&self, user: &UserName) -> Result<bool, StoreError> {
        Ok(self.items().provided.barred.remove(user).is_some())
    }

    async fn barred(&self, user: &UserName) -> Result<Option<UnixSeconds>, StoreError> {
        Ok(self.items().provided.barred.get(user).copied())
    }
}
