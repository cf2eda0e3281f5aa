//! A session store in memory that counts its calls, and fails on demand.

use std::sync::{
    Mutex,
    atomic::{AtomicBool, Ordering},
};

use dynamodb_session::{
    data::{Edit, Marks},
    fault::{FaultKind, StoreError},
    id::SessionKey,
    session::Session,
    store::{Change, Commit, Found, SessionStore, Touch, UserEdit, Write, memory::MemoryStore},
    throttle::{Counter, CounterKey, Throttle},
    time::UnixSeconds,
    user::{Entry, UserName, UserSessions},
};

use crate::{TOKEN, key_of, session};

/// The store under test.
#[derive(Debug, Default)]
pub struct Counting {
    /// The sessions and counters, for a look that does not count.
    pub inner: MemoryStore,
    /// How many calls succeed yet; `None`: all.
    sound: Mutex<Option<usize>>,
    /// The one call that fails.
    failing: Mutex<Option<&'static str>>,
    /// Of the next calls of one kind, how many are made and their answers lost.
    lost: Mutex<Option<(&'static str, usize)>>,
    damaged: AtomicBool,
    calls: Mutex<Vec<&'static str>>,
}

impl Counting {
    /// A store with the session of the events.
    pub async fn seeded() -> Self {
        let store = Self::default();
        store.put(TOKEN, session()).await;
        store
    }

    /// Lays `session` under the key that `token` opens, and enters it in its user's item.
    pub async fn put(&self, token: &str, session: Session) {
        let key = key_of(token);
        let mut change = Change::default();
        if let Some(user) = session.user.clone() {
            let item = self.inner.user(&user).await.unwrap();
            let (reference, entry) = (
                session.reference.clone(),
                Entry {
                    key: key.clone(),
                    created: session.created,
                    expires: session.expires(),
                },
            );
            let edit = match item {
                None => UserEdit::Open { reference, entry },
                Some(item) => UserEdit::Enter {
                    reference,
                    entry,
                    epoch: item.epoch,
                    cap: 50,
                    swept: item.expires,
                    drop: Vec::new(),
                },
            };
            change.users.push((user, edit));
        }
        change.put = Some((key, session));
        assert_eq!(self.inner.commit(&change).await.unwrap(), Commit::Done);
    }

    /// Has every call fail from now on.
    pub fn fail(&self) {
        self.fail_after(0);
    }

    /// Has every call fail but the next few.
    pub fn fail_after(&self, sound: usize) {
        *self.sound.lock().unwrap() = Some(sound);
    }

    /// Has this one kind of call fail from now on.
    pub fn fail_at(&self, call: &'static str) {
        *self.failing.lock().unwrap() = Some(call);
    }

    /// Has the next few calls of this kind be made, and their answers be lost.
    pub fn lose(&self, call: &'static str, times: usize) {
        *self.lost.lock().unwrap() = Some((call, times));
    }

    /// Has every session be found damaged from now on.
    pub fn damage(&self) {
        self.damaged.store(true, Ordering::Relaxed);
    }

    /// The calls since the last time that it was asked.
    pub fn calls(&self) -> Vec<&'static str> {
        std::mem::take(&mut *self.calls.lock().unwrap())
    }

    /// The session that `token` opens, alive or not.
    pub async fn session_of(&self, token: &str) -> Option<Session> {
        match self.inner.session(&key_of(token)).await.unwrap() {
            Found::Session(session) => Some(session),
            Found::Nothing | Found::Damaged => None,
        }
    }

    fn answered(&self, name: &'static str) -> Result<(), StoreError> {
        match &mut *self.lost.lock().unwrap() {
            Some((call, times)) if *call == name && *times > 0 => {
                *times -= 1;
                Err(StoreError {
                    kind: FaultKind::Unavailable,
                    source: "no answer".into(),
                })
            }
            _ => Ok(()),
        }
    }

    fn call(&self, name: &'static str) -> Result<(), StoreError> {
        self.calls.lock().unwrap().push(name);
        let fails = *self.failing.lock().unwrap() == Some(name);
        let mut sound = self.sound.lock().unwrap();
        if fails || *sound == Some(0) {
            return Err(StoreError {
                kind: FaultKind::Unavailable,
                source: "SecretTableName is throttled".into(),
            });
        }
        if let Some(sound) = &mut *sound {
            *sound -= 1;
        }
        Ok(())
    }
}

impl SessionStore for Counting {
    async fn touch(
        &self,
        key: &SessionKey,
        now: UnixSeconds,
        not_before: Option<UnixSeconds>,
    ) -> Result<Touch, StoreError> {
        self.call("touch")?;
        if self.damaged.load(Ordering::Relaxed) {
            return Ok(Touch::Touched(Found::Damaged));
        }
        self.inner.touch(key, now, not_before).await
    }

    async fn session(&self, key: &SessionKey) -> Result<Found, StoreError> {
        self.call("session")?;
        if self.damaged.load(Ordering::Relaxed) {
            return Ok(Found::Damaged);
        }
        self.inner.session(key).await
    }

    async fn end_idle(&self, key: &SessionKey, now: UnixSeconds) -> Result<Found, StoreError> {
        self.call("end_idle")?;
        self.inner.end_idle(key, now).await
    }

    async fn sessions(&self, keys: &[SessionKey]) -> Result<Vec<Found>, StoreError> {
        self.call("sessions")?;
        if self.damaged.load(Ordering::Relaxed) {
            return Ok(vec![Found::Damaged; keys.len()]);
        }
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
        self.call("write")?;
        self.inner.write(key, now, edit, version, marks).await
    }

    async fn user(&self, user: &UserName) -> Result<Option<UserSessions>, StoreError> {
        self.call("user")?;
        self.inner.user(user).await
    }

    async fn begin(&self, key: &SessionKey, session: &Session) -> Result<bool, StoreError> {
        self.call("begin")?;
        let begun = self.inner.begin(key, session).await;
        self.answered("begin")?;
        begun
    }

    async fn commit(&self, change: &Change) -> Result<Commit, StoreError> {
        self.call("commit")?;
        self.inner.commit(change).await
    }
}

impl Throttle for Counting {
    async fn count(
        &self,
        key: &CounterKey,
        below: u64,
        now: UnixSeconds,
        expires: UnixSeconds,
    ) -> Result<Option<Counter>, StoreError> {
        self.call("count")?;
        self.inner.count(key, below, now, expires).await
    }

    async fn replace(
        &self,
        key: &CounterKey,
        current: &Counter,
        next: &Counter,
    ) -> Result<bool, StoreError> {
        self.call("replace")?;
        self.inner.replace(key, current, next).await
    }

    async fn clear(
        &self,
        key: &CounterKey,
        until: UnixSeconds,
    ) -> Result<Option<Counter>, StoreError> {
        self.call("clear")?;
        self.inner.clear(key, until).await
    }
}
