//! A store with a hook: what comes before and after each of its calls, and what it answers or does instead.

use std::{future::ready, ops::Deref, pin::Pin};

use dynamodb_session::{
    data::{Edit, Marks},
    fault::StoreError,
    id::SessionKey,
    provider::{Flow, FlowKey, ProviderKey},
    session::Session,
    store::{Change, Commit, Found, ProviderStore, SessionStore, Touch, Write},
    throttle::{Counter, CounterKey, Throttle},
    time::UnixSeconds,
    user::{UserName, UserSessions},
};

use crate::gate::Verb;

/// What a test has to say about the calls of a store. Each part of it has a default that leaves a call as it is.
pub trait Hook: Send + Sync {
    /// Comes before a call. Its error is the answer, and the call is not made.
    fn before(&self, _: Verb) -> impl Future<Output = Result<(), StoreError>> + Send {
        ready(Ok(()))
    }

    /// Comes after a call that the store has answered. Its error takes the answer's place.
    fn after(&self, _: Verb) -> impl Future<Output = Result<(), StoreError>> + Send {
        ready(Ok(()))
    }

    /// The answer to a touch that is not made; `None`: it is made.
    fn touch(&self) -> Option<Touch> {
        None
    }

    /// What is told in place of what a call has found.
    fn found(&self, _: Verb, found: Found) -> Found {
        found
    }

    /// The change that is made in place of this one; `None`: this one.
    fn instead(&self, _: &Change) -> Option<Change> {
        None
    }

    /// A session has just begun.
    fn begun(&self, _: &SessionKey) {}

    /// A change was just made.
    fn committed(&self, _: &Change) {}
}

/// A store with a hook. What is asked of the hook itself is asked of this: it dereferences to it.
#[derive(Debug, Default)]
pub struct Hooked<S, H> {
    /// The store itself, for a look without the hook.
    pub inner: S,
    /// What comes between.
    pub hook: H,
}

impl<S, H> Deref for Hooked<S, H> {
    type Target = H;

    fn deref(&self) -> &H {
        &self.hook
    }
}

impl<S: Sync, H: Hook> Hooked<S, H> {
    /// Makes a call, with what the hook has to say before and after it. On the heap: one store is often within another.
    pub(crate) fn call<'a, T>(
        &'a self,
        verb: Verb,
        request: impl Future<Output = Result<T, StoreError>> + Send + 'a,
    ) -> Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>
    where
        T: Send + 'a,
    {
        Box::pin(async move {
            self.hook.before(verb).await?;
            let answer = request.await;
            self.hook.after(verb).await?;
            answer
        })
    }
}

impl<S: SessionStore, H: Hook> SessionStore for Hooked<S, H> {
    async fn touch(
        &self,
        key: &SessionKey,
        now: UnixSeconds,
        not_before: Option<UnixSeconds>,
    ) -> Result<Touch, StoreError> {
        let touch = async {
            match self.hook.touch() {
                Some(touch) => Ok(touch),
                None => self.inner.touch(key, now, not_before).await,
            }
        };
        self.call(Verb::Touch, touch).await
    }

    async fn session(&self, key: &SessionKey) -> Result<Found, StoreError> {
        let found = self.call(Verb::Session, self.inner.session(key)).await?;
        Ok(self.hook.found(Verb::Session, found))
    }

    async fn end_idle(&self, key: &SessionKey, now: UnixSeconds) -> Result<Found, StoreError> {
        let ended = self.inner.end_idle(key, now);
        let found = self.call(Verb::EndIdle, ended).await?;
        Ok(self.hook.found(Verb::EndIdle, found))
    }

    async fn sessions(&self, keys: &[SessionKey]) -> Result<Vec<Found>, StoreError> {
        let found = self.call(Verb::Sessions, self.inner.sessions(keys)).await?;
        let told = found.into_iter();
        Ok(told
            .map(|found| self.hook.found(Verb::Sessions, found))
            .collect())
    }

    async fn write(
        &self,
        key: &SessionKey,
        now: UnixSeconds,
        edit: &Edit,
        version: u64,
        marks: &Marks,
    ) -> Result<Write, StoreError> {
        let write = self.inner.write(key, now, edit, version, marks);
        self.call(Verb::Write, write).await
    }

    async fn user(&self, user: &UserName) -> Result<Option<UserSessions>, StoreError> {
        self.call(Verb::User, self.inner.user(user)).await
    }

    async fn begin(&self, key: &SessionKey, session: &Session) -> Result<bool, StoreError> {
        let begin = async {
            let begun = self.inner.begin(key, session).await?;
            if begun {
                self.hook.begun(key);
            }
            Ok(begun)
        };
        self.call(Verb::Begin, begin).await
    }

    async fn commit(&self, change: &Change) -> Result<Commit, StoreError> {
        let instead = self.hook.instead(change);
        let change = instead.as_ref().unwrap_or(change);
        let commit = async {
            let commit = self.inner.commit(change).await?;
            if commit == Commit::Done {
                self.hook.committed(change);
            }
            Ok(commit)
        };
        self.call(Verb::Commit, commit).await
    }
}

impl<S: Throttle, H: Hook> Throttle for Hooked<S, H> {
    async fn count(
        &self,
        key: &CounterKey,
        below: u64,
        now: UnixSeconds,
        expires: UnixSeconds,
    ) -> Result<Option<Counter>, StoreError> {
        let count = self.inner.count(key, below, now, expires);
        self.call(Verb::Count, count).await
    }

    async fn replace(
        &self,
        key: &CounterKey,
        current: &Counter,
        next: &Counter,
    ) -> Result<bool, StoreError> {
        let replace = self.inner.replace(key, current, next);
        self.call(Verb::Replace, replace).await
    }

    async fn clear(
        &self,
        key: &CounterKey,
        until: UnixSeconds,
    ) -> Result<Option<Counter>, StoreError> {
        self.call(Verb::Clear, self.inner.clear(key, until)).await
    }
}

impl<S: ProviderStore, H: Hook> ProviderStore for Hooked<S, H> {
    async fn put_flow(&self, key: &FlowKey, flow: &Flow) -> Result<bool, StoreError> {
        let put = self.inner.put_flow(key, flow);
        self.call(Verb::PutFlow, put).await
    }

    async fn flow(&self, key: &FlowKey, now: UnixSeconds) -> Result<Option<Flow>, StoreError> {
        self.call(Verb::Flow, self.inner.flow(key, now)).await
    }

    async fn take_flow(&self, key: &FlowKey) -> Result<bool, StoreError> {
        self.call(Verb::TakeFlow, self.inner.take_flow(key)).await
    }

    async fn users_of(&self, sid: &ProviderKey) -> Result<Vec<UserName>, StoreError> {
        self.call(Verb::UsersOf, self.inner.users_of(sid)).await
    }

    async fn bar(&self, user: &UserName, since: UnixSeconds) -> Result<(), StoreError> {
        self.call(Verb::Bar, self.inner.bar(user, since)).await
    }

    async fn unbar(&self, user: &UserName) -> Result<bool, StoreError> {
        self.call(Verb::Bar, self.inner.unbar(user)).await
    }

    async fn barred(&self, user: &UserName) -> Result<Option<UnixSeconds>, StoreError> {
        self.call(Verb::Barred, self.inner.barred(user)).await
    }
}
