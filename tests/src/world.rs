//! A deployment in small: one user, and what happens to their sessions, done as the functions do it.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicUsize, Ordering},
};

use dynamodb_session::{
    abandon,
    authorize::{self, Decision, Policy, authorize},
    claim::Claim,
    create::{self, CreateError, create},
    data::Edit,
    fault::StoreError,
    id::{SessionId, SessionKey},
    patch::{self, Patch, Patched},
    rotate::{Rotated, rotate},
    session::{Origin, Session, Timeouts},
    store::{Change, Commit, Found, SessionStore},
    time::UnixSeconds,
    token,
    transport::Presented,
    user::UserName,
};
use support::gate::{Gate, Verb};

use crate::{
    entropy::{self, Counting},
    secret::{Secret, Shown},
    stepped::{Event, Journal, Stepped, Steps},
};

/// The time of every test: in the year 2096, so that no engine that goes by the system's clock sweeps anything.
pub const NOW: UnixSeconds = UnixSeconds(4_000_000_000);

/// The default timeouts.
pub const TIMEOUTS: Timeouts = Timeouts {
    idle: 7_200,
    absolute: 43_200,
};

/// For how many seconds the old id of a rotation serves.
pub const GRACE: u64 = 30;

/// Bytes of an id.
const ID_BYTES: usize = 32;

/// One user of a store.
#[derive(Debug)]
pub struct World<S> {
    /// Where the sessions are.
    pub store: Stepped<S>,
    /// What ids and refs are drawn from.
    pub entropy: Counting,
    /// The user.
    pub user: UserName,
    /// The user's password.
    pub secret: Secret,
    /// The most sessions of the user.
    pub cap: usize,
    /// What is demanded of a session.
    pub policy: Policy,
    users: usize,
    logins: AtomicUsize,
}

/// How a login is attempted.
#[derive(Clone, Debug)]
pub struct Attempt<'a> {
    /// The token that the request presents.
    pub presented: Option<&'a str>,
    /// When.
    pub at: UnixSeconds,
    /// The timeouts of the new session.
    pub timeouts: Timeouts,
    /// The password shown: 0 is the first.
    pub password: u64,
}

impl Default for Attempt<'_> {
    fn default() -> Self {
        Self {
            presented: None,
            at: NOW,
            timeouts: TIMEOUTS,
            password: 0,
        }
    }
}

/// A session that a client has, and its only token.
#[derive(Clone, Debug)]
pub struct Signed {
    /// The number of the login, for the journal.
    pub login: usize,
    /// What the client presents.
    pub token: String,
    /// Where the session lies.
    pub key: SessionKey,
    /// The session as it was created.
    pub session: Session,
}

impl<S: SessionStore> World<S> {
    /// A user who has not logged in yet; tasks pause at `gate`.
    #[must_use]
    pub fn new(store: S, gate: Gate) -> Self {
        let mut world = Self {
            store: Stepped {
                inner: store,
                hook: Steps {
                    gate,
                    journal: Journal::default(),
                },
            },
            entropy: Counting::default(),
            user: UserName::from_stored(String::new()),
            secret: Secret::default(),
            cap: 10,
            policy: Policy::default(),
            users: 0,
            logins: AtomicUsize::new(0),
        };
        world.renew();
        world
    }

    /// Begins again with another user in the same store.
    pub fn renew(&mut self) {
        self.users += 1;
        self.user = UserName::from_stored(format!("ada{}", self.users));
        self.entropy = Counting::default();
        self.secret = Secret::default();
        self.store.hook.journal = Journal::default();
        self.logins = AtomicUsize::new(0);
    }

    /// Where tasks pause.
    #[must_use]
    pub fn gate(&self) -> &Gate {
        &self.store.gate
    }

    /// `POST /login`; `None`: wrong password.
    pub async fn login(&self, attempt: Attempt<'_>) -> Result<Option<Signed>, CreateError> {
        let number = self.logins.fetch_add(1, Ordering::SeqCst);
        let credential = Shown {
            secret: &self.secret,
            password: attempt.password,
            login: number,
            gate: self.gate(),
            journal: &self.store.journal,
        };
        let login = create::Login {
            user: self.user.clone(),
            credential,
            presented: attempt
                .presented
                .and_then(|token| create::Former::of(&self.claim(token))),
            timeouts: attempt.timeouts,
            remembered: false,
            origin: Origin::default(),
            cap: self.cap,
        };
        let created = create(&self.store, &self.entropy, &self.policy, &login, attempt.at).await?;
        Ok(created.map(|created| {
            let token = created.token.expose().to_owned();
            Signed {
                login: number,
                key: self.key(&token).expect("the key of a token"),
                token,
                session: created.session,
            }
        }))
    }

    /// Lays a session into the table as it is, and returns a token that opens it.
    pub async fn lay(&self, session: Session) -> String {
        let id = SessionId::generate(ID_BYTES, &self.entropy).expect("random bytes");
        let change = Change {
            put: Some((id.key(), session)),
            ..Change::default()
        };
        let done = self.store.inner.commit(&change).await;
        assert_eq!(done.expect("a store"), Commit::Done);
        let token = token::issue(&id, &self.policy.format.keys);
        token.expose().to_owned()
    }

    /// A login that nothing comes between.
    pub async fn signed(&self, attempt: Attempt<'_>) -> Signed {
        let signed = self.login(attempt).await;
        signed.expect("a store").expect("the right password")
    }

    /// A call of a protected route.
    pub async fn call(&self, token: &str, now: UnixSeconds) -> Decision {
        let decision = authorize(&self.store, &self.policy, &self.claim(token), now).await;
        decision.expect("a store")
    }

    /// Whether a call at [`NOW`] is allowed.
    pub async fn allows(&self, token: &str) -> bool {
        matches!(self.call(token, NOW).await, Decision::Allow(_))
    }

    /// `POST /session/rotate`; `Some`: the new token, if one was issued; `None`: refused.
    pub async fn rotate(&self, token: &str, now: UnixSeconds) -> Option<Option<String>> {
        self.rotate_for(GRACE, token, now).await
    }

    /// As [`Self::rotate`], with another grace.
    pub async fn rotate_for(
        &self,
        grace: u64,
        token: &str,
        now: UnixSeconds,
    ) -> Option<Option<String>> {
        let claim = self.claim(token);
        let rotated = rotate(&self.store, &self.entropy, &self.policy, &claim, grace, now);
        match rotated.await.expect("a store and random bytes") {
            Rotated::Done { token, .. } => Some(Some(token.expose().to_owned())),
            Rotated::Recent(_) => Some(None),
            Rotated::Denied { .. } => None,
            Rotated::TooLarge => panic!("too large"),
        }
    }

    /// `PATCH /session`
    pub async fn change(&self, token: &str, patch: &Patch<'_>) -> Patched {
        let claim = self.claim(token);
        let patched = patch::patch(&self.store, &self.entropy, &self.policy, &claim, patch, NOW);
        patched.await.expect("a store")
    }

    /// `PATCH /session` of one key; `None`: refused.
    pub async fn write(&self, token: &str, key: &str, json: &str) -> Option<Session> {
        let patch = Patch {
            edit: &Edit::Merge {
                set: [(key.to_owned(), json.to_owned())].into(),
                remove: BTreeSet::new(),
            },
            tags: None,
            limit: 65_536,
            anonymous_limit: 4096,
        };
        match self.change(token, &patch).await {
            Patched::Done(live) => Some(live.session),
            Patched::Denied { .. } => None,
            other => panic!("{other:?}"),
        }
    }

    /// `POST /logout`.
    pub async fn logout(&self, token: &str) -> Result<(), StoreError> {
        if let Some(key) = self.key(token) {
            abandon::abandon(&self.store, &key).await?;
        }
        Ok(())
    }

    /// `POST /logout?everywhere=true`; `false`: refused.
    pub async fn everywhere(&self, token: &str) -> Result<bool, StoreError> {
        let decision = authorize(&self.store, &self.policy, &self.claim(token), NOW).await?;
        let Decision::Allow(live) = decision else {
            return Ok(false);
        };
        assert_eq!(live.session.user.as_ref(), Some(&self.user));
        Ok(abandon::everywhere(&self.store, &live, NOW)
            .await?
            .is_some())
    }

    /// `DELETE /sessions` in this session.
    pub async fn end_others(&self, kept: &Signed) -> Result<usize, StoreError> {
        abandon::end_others(&self.store, &self.user, &kept.session.reference, NOW).await
    }

    /// The end of all of the user's sessions.
    pub async fn end_all(&self) -> Result<usize, StoreError> {
        abandon::end_all(&self.store, &self.user, NOW).await
    }

    /// `sessionctl user passwd`.
    pub async fn change_password(&self) -> Result<usize, StoreError> {
        let change = async { self.secret.change() };
        self.gate().call(Verb::Record, change).await;
        self.end_all().await
    }

    /// `sessionctl user disable`.
    pub async fn disable(&self) -> Result<usize, StoreError> {
        let disable = async { self.secret.disable() };
        self.gate().call(Verb::Record, disable).await;
        self.end_all().await
    }

    /// What a request claims that presents `token`.
    #[must_use]
    pub fn claim<'a>(&self, token: &'a str) -> Claim<'a> {
        Claim::verify(Presented::Token(token), &self.policy.format)
    }

    /// The key of the session of a token, if it is one.
    #[must_use]
    pub fn key(&self, token: &str) -> Option<SessionKey> {
        authorize::key(&self.claim(token)).ok()
    }

    /// How often the credential was verified.
    #[must_use]
    pub fn verifications(&self) -> usize {
        let journal = &self.store.journal;
        journal.count(|event| matches!(event, Event::Verified(_)))
    }

    /// Whether a session lies under the key.
    pub async fn is_stored(&self, key: &SessionKey) -> bool {
        let found = self.store.inner.session(key).await;
        found.expect("a store") != Found::Nothing
    }

    /// The keys of the sessions that the user item lists.
    pub async fn listed(&self) -> BTreeSet<String> {
        let item = self.store.inner.user(&self.user).await.expect("a store");
        let entries = item.into_iter().flat_map(|item| item.sessions);
        entries
            .map(|(_, entry)| entry.key.as_str().to_owned())
            .collect()
    }

    /// The keys of the sessions that are stored and not rotated away, of all whose id was ever drawn.
    pub async fn stored(&self) -> BTreeSet<String> {
        let mut stored = BTreeSet::new();
        for draw in self.entropy.drawn(ID_BYTES) {
            let key = entropy::id(&draw).key();
            let current = match self.store.inner.session(&key).await.expect("a store") {
                Found::Nothing => false,
                Found::Damaged => true,
                Found::Session(session) => session.successor().is_none(),
            };
            if current {
                stored.insert(key.as_str().to_owned());
            }
        }
        stored
    }

    /// Checks what holds after whatever happened: the user item lists the sessions that are stored, no more and no
    /// fewer, so that every one of them counts and can be ended; and they are no more than the cap.
    ///
    /// Returns how many there are.
    pub async fn check(&self, context: &impl std::fmt::Display) -> usize {
        let (stored, listed) = (self.stored().await, self.listed().await);
        assert_eq!(stored, listed, "stored and listed differ, {context}");
        assert!(stored.len() <= self.cap, "beyond the cap, {context}");
        stored.len()
    }
}
