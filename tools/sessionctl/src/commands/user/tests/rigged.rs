//! A store of which a part is out of order.

use dynamodb_session::{
    data::{Edit, Marks},
    fault::{FaultKind, StoreError},
    id::SessionKey,
    password::{
        hash::PasswordHash,
        memory::MemoryUserStore,
        store::{UserRecord, UserStore},
    },
    session::Session,
    store::{Change, Commit, Found, SessionStore, Touch, Write, memory::MemoryStore},
    time::UnixSeconds,
    user::{UserName, UserSessions},
};

/// A store whose reads or writes fail.
pub(super) struct Rigged<S> {
    pub(super) store: S,
    reads: Option<FaultKind>,
    writes: Option<FaultKind>,
    /// The fault of each removal.
    pub(super) removals: Option<FaultKind>,
}

fn fault(kind: Option<FaultKind>) -> Result<(), StoreError> {
    kind.map_or(Ok(()), |kind| {
        Err(StoreError {
            kind,
            source: "rigged".into(),
        })
    })
}

impl UserStore for Rigged<MemoryUserStore> {
    async fn find(&self, user: &UserName) -> Result<Option<UserRecord>, StoreError> {
        fault(self.reads)?;
        self.store.find(user).await
    }

    async fn add(
        &self,
        user: &UserName,
        hash: &PasswordHash,
        now: UnixSeconds,
    ) -> Result<bool, StoreError> {
        fault(self.writes)?;
        self.store.add(user, hash, now).await
    }

    async fn set_password(
        &self,
        user: &UserName,
        hash: &PasswordHash,
        now: UnixSeconds,
    ) -> Result<bool, StoreError> {
        fault(self.writes)?;
        self.store.set_password(user, hash, now).await
    }

    async fn set_disabled(
        &self,
        user: &UserName,
        disabled: bool,
        now: UnixSeconds,
    ) -> Result<bool, StoreError> {
        fault(self.writes)?;
        self.store.set_disabled(user, disabled, now).await
    }

    async fn remove(&self, user: &UserName) -> Result<bool, StoreError> {
        fault(self.writes)?;
        fault(self.removals)?;
        self.store.remove(user).await
    }
}

impl SessionStore for Rigged<MemoryStore> {
    async fn touch(
        &self,
        key: &SessionKey,
        now: UnixSeconds,
        not_before: Option<UnixSeconds>,
    ) -> Result<Touch, StoreError> {
        fault(self.writes)?;
        self.store.touch(key, now, not_before).await
    }

    async fn session(&self, key: &SessionKey) -> Result<Found, StoreError> {
        fault(self.reads)?;
        self.store.session(key).await
    }

    async fn end_idle(&self, key: &SessionKey, now: UnixSeconds) -> Result<Found, StoreError> {
        fault(self.writes)?;
        self.store.end_idle(key, now).await
    }

    async fn sessions(&self, keys: &[SessionKey]) -> Result<Vec<Found>, StoreError> {
        fault(self.reads)?;
        self.store.sessions(keys).await
    }

    async fn write(
        &self,
        key: &SessionKey,
        now: UnixSeconds,
        edit: &Edit,
        version: u64,
        marks: &Marks,
    ) -> Result<Write, StoreError> {
        fault(self.writes)?;
        self.store.write(key, now, edit, version, marks).await
    }

    async fn user(&self, user: &UserName) -> Result<Option<UserSessions>, StoreError> {
        fault(self.reads)?;
        self.store.user(user).await
    }

    async fn begin(&self, key: &SessionKey, session: &Session) -> Result<bool, StoreError> {
        fault(self.writes)?;
        self.store.begin(key, session).await
    }

    async fn commit(&self, change: &Change) -> Result<Commit, StoreError> {
        fault(self.writes)?;
        self.store.commit(change).await
    }
}

pub(super) fn rigged<S>(
    store: S,
    reads: Option<FaultKind>,
    writes: Option<FaultKind>,
) -> Rigged<S> {
    Rigged {
        store,
        reads,
        writes,
        removals: None,
    }
}
