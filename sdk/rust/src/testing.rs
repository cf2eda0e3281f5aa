//! For tests of backends: sessions in memory, a clock that the test sets, and calls of every format. No table, no network.

mod call;
mod clock;
mod seeded;

use std::sync::Arc;

use dynamodb_session::{
    config::Config,
    create::{Begun, Login, Visit, VisitLimits, Vouched, begin, create},
    data::{Data, Edit},
    entropy::SystemEntropy,
    session::{Origin, Session},
    store::{Found, SessionStore, memory::MemoryStore},
    throttle::Throttle,
    time::UnixSeconds,
    user::UserName,
};
use serde::Serialize;

use self::call::Telling;
pub use self::{call::Format, clock::Clock, seeded::Seeded};
use crate::layer::SessionLayer;

/// Sessions in a store, in memory unless a test names another, and the layers over them.
#[derive(Debug)]
pub struct Sessions<S = MemoryStore> {
    /// The store itself.
    pub store: Arc<S>,
    /// The configuration.
    pub config: Arc<Config>,
    /// The time.
    pub clock: Clock,
    telling: Telling,
}

impl Sessions {
    /// An empty store in memory, and a deployment of these variables.
    ///
    /// # Panics
    ///
    /// If a variable is wrong: this is for tests.
    #[must_use]
    pub fn new(variables: &[(&str, &str)]) -> Self {
        Self::over(Arc::default(), variables)
    }
}

impl<S: SessionStore + Throttle + 'static> Sessions<S> {
    /// The same over any store, such as a real table.
    ///
    /// # Panics
    ///
    /// If a variable is wrong: this is for tests.
    #[must_use]
    pub fn over(store: Arc<S>, variables: &[(&str, &str)]) -> Self {
        let lookup = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let clock = Clock::default();
        #[expect(clippy::panic, reason = "a test that is set up wrongly fails")]
        let config = Config::parse(lookup, clock.now()).unwrap_or_else(|error| panic!("{error}"));
        let telling = lookup("SESSION_CONTEXT_DATA");
        #[expect(clippy::expect_used, reason = "a test that is set up wrongly fails")]
        let telling = Telling::parse(telling.as_deref()).expect("json, base64url or none");
        Self {
            store,
            config: Arc::new(config),
            clock,
            telling,
        }
    }

    /// A layer that validates requests itself.
    #[must_use]
    pub fn by_itself(&self) -> SessionLayer {
        let store = crate::store::AnyStore::of(Arc::clone(&self.store));
        let layer = SessionLayer::by_itself(store, Arc::clone(&self.config));
        let clock = self.clock.clone();
        layer.clock(move || clock.now())
    }

    /// A layer behind the authorizer.
    #[must_use]
    pub fn behind_authorizer(&self) -> SessionLayer {
        let store = crate::store::AnyStore::of(Arc::clone(&self.store));
        let layer = SessionLayer::behind_authorizer(store, Arc::clone(&self.config));
        let clock = self.clock.clone();
        layer.clock(move || clock.now())
    }

    /// Logs `user` in, with this data: an object.
    ///
    /// # Panics
    ///
    /// If `user` is not a name, or `data` not an object.
    #[expect(clippy::expect_used, reason = "a test that is set up wrongly fails")]
    pub async fn seed(&self, user: &str, data: &impl Serialize) -> Seeded {
        let user = UserName::parse(user).expect("a user's name");
        let login = Login {
            timeouts: self.config.lifetimes.timeouts,
            cap: self.config.logins.max_per_user,
            ..Login::new(user, Vouched::just_now())
        };
        let (policy, now) = (&self.config.policy, self.clock.now());
        let created = create(&*self.store, &SystemEntropy, policy, &login, now).await;
        let created = created.expect("a store that answers");
        let created = created.expect("a proof that holds");
        let data = data_of(data);
        if !data.is_empty() {
            let (set, remove) = (data, std::collections::BTreeSet::new());
            let edit = Edit::Merge { set, remove };
            let (key, session) = (created.id.key(), &created.session);
            let written = self
                .store
                .write(&key, now, &edit, session.version, &session.marks);
            written.await.expect("a store that answers");
        }
        Seeded::new(&self.config, created.token, created.session)
    }

    /// Begins an anonymous session with this data: an object that is not empty (`SESSION_ANONYMOUS=on`).
    ///
    /// # Panics
    ///
    /// If `data` is not such an object, or too large.
    #[expect(
        clippy::expect_used,
        clippy::panic,
        reason = "a test that is set up wrongly fails"
    )]
    pub async fn seed_anonymous(&self, data: &impl Serialize) -> Seeded {
        let visit = Visit {
            timeouts: self.config.lifetimes.timeouts,
            origin: Origin::default(),
            data: data_of(data),
        };
        let limits = VisitLimits {
            bytes: self.config.data_limit,
            anonymous_bytes: self.config.anonymous.data_limit,
            address_per_minute: 0,
        };
        let (policy, now) = (&self.config.policy, self.clock.now());
        let begun = begin(&*self.store, &SystemEntropy, policy, limits, &visit, now).await;
        match begun.expect("a store that answers") {
            Begun::Session(created) => Seeded::new(&self.config, created.token, created.session),
            other => panic!("{other:?}"),
        }
    }

    /// The session as it stands; `None`: it has ended, or lives under another id.
    ///
    /// # Panics
    ///
    /// If the store fails.
    #[expect(clippy::expect_used, reason = "a test whose store fails has failed")]
    pub async fn find(&self, seeded: &Seeded) -> Option<Session> {
        let found = self.store.session(&seeded.key()).await;
        match found.expect("a store that answers") {
            Found::Session(session) => Some(session),
            Found::Nothing | Found::Damaged => None,
        }
    }

    /// The time, in seconds.
    #[must_use]
    pub fn now(&self) -> UnixSeconds {
        self.clock.now()
    }
}

#[expect(clippy::expect_used, reason = "a test that is set up wrongly fails")]
fn data_of(data: &impl Serialize) -> Data {
    let json = serde_json::to_vec(data).expect("data as JSON");
    let mut members = Data::new();
    Edit::parse(&json).expect("an object").apply(&mut members);
    members
}
