//! Stores that do what no store should.

use std::sync::{Mutex, PoisonError};

use dynamodb_session::{
    data::{Edit, Marks},
    fault::{FaultKind, StoreError},
    id::SessionKey,
    session::Session,
    store::{Change, Commit, Found, SessionStore, Touch, Write},
    time::UnixSeconds,
    user::{UserName, UserSessions},
};
use support::gate::Call;

/// A store that fails at one kind of call, once it is told to.
#[derive(Debug)]
pub struct Failing<S> {
    inner: S,
    failure: Mutex<Option<Failure>>,
}

/// How a store fails.
#[derive(Clone, Copy, Debug)]
pub struct Failure {
    /// At which call.
    pub call: Call,
    /// What it says.
    pub kind: FaultKind,
    /// Whether it has done what it was asked, and only the answer is lost.
    pub made: bool,
}

impl<S> Failing<S> {
    /// The store, which does not fail yet.
    pub fn new(inner: S) -> Self {
        Self {
            inner,
            failure: Mutex::default(),
        }
    }

    /// Has it fail from now on, or no longer.
    pub fn fail(&self, failure: Option<Failure>) {
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = failure;
    }

    async fn answer<T>(
        &self,
        call: Call,
        request: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let failure = *self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(failure) = failure.filter(|failure| failure.call == call) else {
            return request.await;
        };
        if failure.made {
            request.await?;
        }
        Err(StoreError {
            kind: failure.kind,
            source: "rigged".into(),
        })
    }
}

impl<S: SessionStore> SessionStore for Failing<S> {
    async fn touch(
        &self,
        key: &SessionKey,
        now: UnixSeconds,
        not_before: Option<UnixSeconds>,
    ) -> Result<Touch, StoreError> {
        let touch = self.inner.touch(key, now, not_before);
        self.answer(Call::Touch, touch).await
    }

    async fn session(&self, key: &SessionKey) -> Result<Found, StoreError> {
        self.answer(Call::Session, self.inner.session(key)).await
    }

    async fn end_idle(&self, key: &SessionKey, now: UnixSeconds) -> Result<Found, StoreError> {
        self.answer(Call::EndIdle, self.inner.end_idle(key, now))
            .await
    }

    async fn sessions(&self, keys: &[SessionKey]) -> Result<Vec<Found>, StoreError> {
        let sessions = self.inner.sessions(keys);
        self.answer(Call::Sessions, sessions).await
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
        self.answer(Call::Write, write).await
    }

    async fn user(&self, user: &UserName) -> Result<Option<UserSessions>, StoreError> {
        self.answer(Call::User, self.inner.user(user)).await
    }

    async fn begin(&self, key: &SessionKey, session: &Session) -> Result<bool, StoreError> {
        let begin = self.inner.begin(key, session);
        self.answer(Call::Begin, begin).await
    }

    async fn commit(&self, change: &Change) -> Result<Commit, StoreError> {
        self.answer(Call::Commit, self.inner.commit(change)).await
    }
}

/// A store that answers every touch with the same words, whatever it is asked.
#[derive(Debug)]
pub struct Lying(pub Touch);

impl SessionStore for Lying {
    async fn touch(
        &self,
        _: &SessionKey,
        _: UnixSeconds,
        _: Option<UnixSeconds>,
    ) -> Result<Touch, StoreError> {
        Ok(self.0.clone())
    }

    async fn session(&self, _: &SessionKey) -> Result<Found, StoreError> {
        Ok(Found::Nothing)
    }

    async fn end_idle(&self, _: &SessionKey, _: UnixSeconds) -> Result<Found, StoreError> {
        Ok(match &self.0 {
            Touch::Touched(found) | Touch::Refused(found) => found.clone(),
        })
    }

    async fn sessions(&self, keys: &[SessionKey]) -> Result<Vec<Found>, StoreError> {
        Ok(vec![Found::Nothing; keys.len()])
    }

    async fn write(
        &self,
        _: &SessionKey,
        _: UnixSeconds,
        _: &Edit,
        _: u64,
        _: &Marks,
    ) -> Result<Write, StoreError> {
        Ok(Write::Refused(Found::Nothing))
    }

    async fn user(&self, _: &UserName) -> Result<Option<UserSessions>, StoreError> {
        Ok(None)
    }

    async fn begin(&self, _: &SessionKey, _: &Session) -> Result<bool, StoreError> {
        Ok(true)
    }

    async fn commit(&self, _: &Change) -> Result<Commit, StoreError> {
        Ok(Commit::Done)
    }
}
