//! Any store of sessions behind one type, so that a handler's signature names none and a test puts another in its place.

use std::{fmt, pin::Pin, sync::Arc};

use dynamodb_session::{
    data::{Edit, Marks},
    fault::StoreError,
    id::SessionKey,
    session::Session,
    store::{Change, Commit, Found, SessionStore, Touch, Write},
    throttle::{Counter, CounterKey, Throttle},
    time::UnixSeconds,
    user::{UserName, UserSessions},
};

/// A store of sessions, whichever it is; clones are the same store.
#[derive(Clone)]
pub struct AnyStore(Arc<dyn Verbs>);

impl AnyStore {
    /// This store.
    #[must_use]
    pub fn new(store: impl SessionStore + Throttle + 'static) -> Self {
        Self(Arc::new(store))
    }

    /// This store, which others hold as well.
    #[must_use]
    pub fn of<S: SessionStore + Throttle + 'static>(store: Arc<S>) -> Self {
        Self(store)
    }
}

impl fmt::Debug for AnyStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AnyStore(..)")
    }
}

type Answer<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
type Fallible<'a, T> = Answer<'a, Result<T, StoreError>>;

/// The contracts of [`SessionStore`] and [`Throttle`], with futures on the heap.
trait Verbs: Send + Sync {
    fn touch<'a>(
        &'a self,
        key: &'a SessionKey,
        now: UnixSeconds,
        not_before: Option<UnixSeconds>,
    ) -> Fallible<'a, Touch>;
    fn session<'a>(&'a self, key: &'a SessionKey) -> Fallible<'a, Found>;
    fn sessions<'a>(&'a self, keys: &'a [SessionKey]) -> Fallible<'a, Vec<Found>>;
    fn end_idle<'a>(&'a self, key: &'a SessionKey, now: UnixSeconds) -> Fallible<'a, Found>;
    fn write<'a>(
        &'a self,
        key: &'a SessionKey,
        now: UnixSeconds,
        edit: &'a Edit,
        version: u64,
        marks: &'a Marks,
    ) -> Fallible<'a, Write>;
    fn pause(&self, tries: u32) -> Answer<'_, ()>;
    fn user<'a>(&'a self, user: &'a UserName) -> Fallible<'a, Option<UserSessions>>;
    fn begin<'a>(&'a self, key: &'a SessionKey, session: &'a Session) -> Fallible<'a, bool>;
    fn commit<'a>(&'a self, change: &'a Change) -> Fallible<'a, Commit>;
    fn count<'a>(
        &'a self,
        key: &'a CounterKey,
        below: u64,
        now: UnixSeconds,
        expires: UnixSeconds,
    ) -> Fallible<'a, Option<Counter>>;
    fn replace<'a>(
        &'a self,
        key: &'a CounterKey,
        current: &'a Counter,
        next: &'a Counter,
    ) -> Fallible<'a, bool>;
    fn clear<'a>(
        &'a self,
        key: &'a CounterKey,
        until: UnixSeconds,
    ) -> Fallible<'a, Option<Counter>>;
}

impl<S: SessionStore + Throttle> Verbs for S {
    fn touch<'a>(
        &'a self,
        key: &'a SessionKey,
        now: UnixSeconds,
        not_before: Option<UnixSeconds>,
    ) -> Fallible<'a, Touch> {
        Box::pin(SessionStore::touch(self, key, now, not_before))
    }

    fn session<'a>(&'a self, key: &'a SessionKey) -> Fallible<'a, Found> {
        Box::pin(SessionStore::session(self, key))
    }

    fn sessions<'a>(&'a self, keys: &'a [SessionKey]) -> Fallible<'a, Vec<Found>> {
        Box::pin(SessionStore::sessions(self, keys))
    }

    fn end_idle<'a>(&'a self, key: &'a SessionKey, now: UnixSeconds) -> Fallible<'a, Found> {
        Box::pin(SessionStore::end_idle(self, key, now))
    }

    fn write<'a>(
        &'a self,
        key: &'a SessionKey,
        now: UnixSeconds,
        edit: &'a Edit,
        version: u64,
        marks: &'a Marks,
    ) -> Fallible<'a, Write> {
        Box::pin(SessionStore::write(self, key, now, edit, version, marks))
    }

    fn pause(&self, tries: u32) -> Answer<'_, ()> {
        Box::pin(SessionStore::pause(self, tries))
    }

    fn user<'a>(&'a self, user: &'a UserName) -> Fallible<'a, Option<UserSessions>> {
        Box::pin(SessionStore::user(self, user))
    }

    fn begin<'a>(&'a self, key: &'a SessionKey, session: &'a Session) -> Fallible<'a, bool> {
        Box::pin(SessionStore::begin(self, key, session))
    }

    fn commit<'a>(&'a self, change: &'a Change) -> Fallible<'a, Commit> {
        Box::pin(SessionStore::commit(self, change))
    }

    fn count<'a>(
        &'a self,
        key: &'a CounterKey,
        below: u64,
        now: UnixSeconds,
        expires: UnixSeconds,
    ) -> Fallible<'a, Option<Counter>> {
        Box::pin(Throttle::count(self, key, below, now, expires))
    }

    fn replace<'a>(
        &'a self,
        key: &'a CounterKey,
        current: &'a Counter,
        next: &'a Counter,
    ) -> Fallible<'a, bool> {
        Box::pin(Throttle::replace(self, key, current, next))
    }

    fn clear<'a>(
        &'a self,
        key: &'a CounterKey,
        until: UnixSeconds,
    ) -> Fallible<'a, Option<Counter>> {
        Box::pin(Throttle::clear(self, key, until))
    }
}

impl SessionStore for AnyStore {
    async fn touch(
        &self,
        key: &SessionKey,
        now: UnixSeconds,
        not_before: Option<UnixSeconds>,
    ) -> Result<Touch, StoreError> {
        self.0.touch(key, now, not_before).await
    }

    async fn session(&self, key: &SessionKey) -> Result<Found, StoreError> {
        self.0.session(key).await
    }

    async fn sessions(&self, keys: &[SessionKey]) -> Result<Vec<Found>, StoreError> {
        self.0.sessions(keys).await
    }

    async fn end_idle(&self, key: &SessionKey, now: UnixSeconds) -> Result<Found, StoreError> {
        self.0.end_idle(key, now).await
    }

    async fn write(
        &self,
        key: &SessionKey,
        now: UnixSeconds,
        edit: &Edit,
        version: u64,
        marks: &Marks,
    ) -> Result<Write, StoreError> {
        self.0.write(key, now, edit, version, marks).await
    }

    async fn pause(&self, tries: u32) {
        self.0.pause(tries).await;
    }

    async fn user(&self, user: &UserName) -> Result<Option<UserSessions>, StoreError> {
        self.0.user(user).await
    }

    async fn begin(&self, key: &SessionKey, session: &Session) -> Result<bool, StoreError> {
        self.0.begin(key, session).await
    }

    async fn commit(&self, change: &Change) -> Result<Commit, StoreError> {
        self.0.commit(change).await
    }
}

impl Throttle for AnyStore {
    async fn count(
        &self,
        key: &CounterKey,
        below: u64,
        now: UnixSeconds,
        expires: UnixSeconds,
    ) -> Result<Option<Counter>, StoreError> {
        self.0.count(key, below, now, expires).await
    }

    async fn replace(
        &self,
        key: &CounterKey,
        current: &Counter,
        next: &Counter,
    ) -> Result<bool, StoreError> {
        self.0.replace(key, current, next).await
    }

    async fn clear(
        &self,
        key: &CounterKey,
        until: UnixSeconds,
    ) -> Result<Option<Counter>, StoreError> {
        self.0.clear(key, until).await
    }
}
