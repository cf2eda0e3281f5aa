//! A store of users with a hook.

use dynamodb_session::{
    fault::StoreError,
    password::{
        hash::PasswordHash,
        store::{UserRecord, UserStore},
    },
    time::UnixSeconds,
    user::UserName,
};

use crate::{
    gate::Verb,
    hooked::{Hook, Hooked},
};

impl<S: UserStore, H: Hook> UserStore for Hooked<S, H> {
    async fn find(&self, user: &UserName) -> Result<Option<UserRecord>, StoreError> {
        self.call(Verb::Find, self.inner.find(user)).await
    }

    async fn add(
        &self,
        user: &UserName,
        hash: &PasswordHash,
        now: UnixSeconds,
    ) -> Result<bool, StoreError> {
        let add = self.inner.add(user, hash, now);
        self.call(Verb::Record, add).await
    }

    async fn set_password(
        &self,
        user: &UserName,
        hash: &PasswordHash,
        now: UnixSeconds,
    ) -> Result<bool, StoreError> {
        let set = self.inner.set_password(user, hash, now);
        self.call(Verb::Record, set).await
    }

    async fn set_disabled(
        &self,
        user: &UserName,
        disabled: bool,
        now: UnixSeconds,
    ) -> Result<bool, StoreError> {
        let set = self.inner.set_disabled(user, disabled, now);
        self.call(Verb::Record, set).await
    }

    async fn remove(&self, user: &UserName) -> Result<bool, StoreError> {
        self.call(Verb::Remove, self.inner.remove(user)).await
    }
}
