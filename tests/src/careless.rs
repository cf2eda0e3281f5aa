//! A store that leaves out one of the conditions of a change: a search that finds nothing wrong with it finds nothing.

use dynamodb_session::{
    data::{Edit, Marks},
    fault::StoreError,
    id::SessionKey,
    session::Session,
    store::{
        Change, Commit, Delete, Expected, Found, SessionStore, Touch, UserEdit, Write,
        memory::MemoryStore,
    },
    time::UnixSeconds,
    user::{UserName, UserSessions},
};

/// What is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lapse {
    /// A session is deleted under its old key, though it was rotated away meanwhile.
    DeletesAnything,
    /// A rotation leaves the old id alive.
    RetiresNothing,
    /// A rotation leaves the user's item as it is.
    MovesNothing,
}

/// The store in memory, with a lapse.
#[derive(Debug)]
pub struct Careless {
    inner: MemoryStore,
    lapse: Lapse,
}

impl Careless {
    /// An empty store.
    #[must_use]
    pub fn new(lapse: Lapse) -> Self {
        let inner = MemoryStore::default();
        Self { inner, lapse }
    }
}

impl SessionStore for Careless {
    async fn touch(
        &self,
        key: &SessionKey,
        now: UnixSeconds,
        not_before: Option<UnixSeconds>,
    ) -> Result<Touch, StoreError> {
        self.inner.touch(key, now, not_before).await
    }

    async fn session(&self, key: &SessionKey) -> Result<Found, StoreError> {
        self.inner.session(key).await
    }

    async fn end_idle(&self, key: &SessionKey, now: UnixSeconds) -> Result<Found, StoreError> {
        self.inner.end_idle(key, now).await
    }

    async fn sessions(&self, keys: &[SessionKey]) -> Result<Vec<Found>, StoreError> {
        self.inner.sessions(keys).await
    }

    async fn write(
        &self,
        key: &SessionKey,
        now: UnixSeconds,
        edit: &Edit,
        version: u64,
        marks: &Marks,
    ) -> Result<Write, StoreError> {
        self.inner.write(key, now, edit, version, marks).await
    }

    async fn user(&self, user: &UserName) -> Result<Option<UserSessions>, StoreError> {
        self.inner.user(user).await
    }

    async fn begin(&self, key: &SessionKey, session: &Session) -> Result<bool, StoreError> {
        self.inner.begin(key, session).await
    }

    async fn commit(&self, change: &Change) -> Result<Commit, StoreError> {
        let kept = |lapse| self.lapse != lapse;
        let is_move = |edit: &UserEdit| matches!(edit, UserEdit::Move { .. });
        let change = Change {
            put: change.put.clone(),
            retire: change
                .retire
                .clone()
                .filter(|_| kept(Lapse::RetiresNothing)),
            delete: change
                .delete
                .iter()
                .map(|delete| match self.lapse {
                    Lapse::DeletesAnything => Delete {
                        key: delete.key.clone(),
                        expected: Expected::Anything,
                    },
                    _ => delete.clone(),
                })
                .collect(),
            users: change
                .users
                .iter()
                .filter(|(_, edit)| kept(Lapse::MovesNothing) || !is_move(edit))
                .cloned()
                .collect(),
            spent: change.spent.clone(),
        };
        self.inner.commit(&change).await
    }
}
