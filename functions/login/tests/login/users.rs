//! A store of users in memory that counts look-ups, and fails on demand.

use std::sync::atomic::{AtomicUsize, Ordering};

use dynamodb_session::{
    fault::{FaultKind, StoreError},
    password::{
        hash::PasswordHash,
        memory::MemoryUserStore,
        store::{UserRecord, UserStore},
    },
    time::UnixSeconds,
    user::UserName,
};

/// The store under test.
#[derive(Debug, Default)]
pub(crate) struct Users {
    pub(crate) inner: MemoryUserStore,
    /// The fault of every look-up.
    pub(crate) fault: Option<FaultKind>,
    finds: AtomicUsize,
}

impl Users {
    /// How many look-ups there were since the last time that it was asked.
    pub(crate) fn finds(&self) -> usize {
        self.finds.swap(0, Ordering::Relaxed)
    }
}

impl UserStore for Users {
    async fn find(&self, user: &UserName) -> Result<Option<UserRecord>, StoreError> {
        self.finds.fetch_add(1, Ordering::Relaxed);
        match self.fault {
            None => self.inner.find(user).await,
            Some(kind) => Err(StoreError {
                kind,
                source: "SecretTableName".into(),
            }),
        }
    }

    async fn add(
        &self,
        user: &UserName,
        hash: &PasswordHash,
        now: UnixSeconds,
    ) -> Result<bool, StoreError> {
        self.inner.add(user, hash, now).await
    }

    async fn set_password(
        &self,
        user: &UserName,
        hash: &PasswordHash,
        now: UnixSeconds,
    ) -> Result<bool, StoreError> {
        self.inner.set_password(user, hash, now).await
    }

    async fn set_disabled(
        &self,
        user: &UserName,
        disabled: bool,
        now: UnixSeconds,
    ) -> Result<bool, StoreError> {
        self.inner.set_disabled(user, disabled, now).await
    }

    async fn remove(&self, user: &UserName) -> Result<bool, StoreError> {
        self.inner.remove(user).await
    }
}
