//! A session store in memory that counts its calls, and fails on demand.

use std::sync::{
    Mutex,
    atomic::{AtomicBool, Ordering},
};

use dynamodb_session::{
    fault::{FaultKind, StoreError},
    session::Session,
    store::{Change, Commit, Found, SessionStore, Touch, UserEdit, memory::MemoryStore},
    user::Entry,
};

use crate::{
    TOKEN,
    gate::Verb,
    hooked::{Hook, Hooked},
    key_of, session,
};

/// The store under test.
pub type Counting = Hooked<MemoryStore, Calls>;

/// The calls of a store: those that were made, and those that are to fail.
#[derive(Debug, Default)]
pub struct Calls {
    /// How many calls succeed yet; `None`: all.
    sound: Mutex<Option<usize>>,
    /// The one call that fails.
    failing: Mutex<Option<&'static str>>,
    /// Of the next calls of one kind, how many are made and their answers lost.
    lost: Mutex<Option<(&'static str, usize)>>,
    damaged: AtomicBool,
    asked: Mutex<Vec<&'static str>>,
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

    /// The session that `token` opens, alive or not.
    pub async fn session_of(&self, token: &str) -> Option<Session> {
        match self.inner.session(&key_of(token)).await.unwrap() {
            Found::Session(session) => Some(session),
            Found::Nothing | Found::Damaged => None,
        }
    }
}

impl Calls {
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
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

impl Hook for Calls {
    async fn before(&self, verb: Verb) -> Result<(), StoreError> {
        self.asked.lock().unwrap().push(verb.name());
        let fails = *self.failing.lock().unwrap() == Some(verb.name());
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

    async fn after(&self, verb: Verb) -> Result<(), StoreError> {
        match &mut *self.lost.lock().unwrap() {
            Some((name, times)) if *name == verb.name() && *times > 0 => {
                *times -= 1;
                Err(StoreError {
                    kind: FaultKind::Unavailable,
                    source: "no answer".into(),
                })
            }
            _ => Ok(()),
        }
    }

    fn touch(&self) -> Option<Touch> {
        let damaged = self.damaged.load(Ordering::Relaxed);
        damaged.then_some(Touch::Touched(Found::Damaged))
    }

    fn found(&self, verb: Verb, found: Found) -> Found {
        let damaged = self.damaged.load(Ordering::Relaxed);
        match verb {
            Verb::Session | Verb::Sessions if damaged => Found::Damaged,
            _ => found,
        }
    }
}
