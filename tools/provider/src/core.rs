//! What the provider knows: shared by its endpoints and by whoever directs it.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use dynamodb_session::time::UnixSeconds;
use ring::rand::{SecureRandom, SystemRandom};

use crate::{
    behaviour::{Behaviour, Endpoint},
    client::Client,
    clock::Clock,
    hold::Hold,
    key::{Key, encode},
    request::Request,
    user::User,
};

/// How many requests are remembered.
const MOST_REQUESTS: usize = 1000;

/// The provider without its listener.
pub(crate) struct Core {
    pub(crate) issuer: String,
    pub(crate) clock: Clock,
    state: Mutex<State>,
}

/// What changes.
pub(crate) struct State {
    pub(crate) client: Client,
    pub(crate) users: Vec<User>,
    pub(crate) behaviour: Behaviour,
    /// The key that signs.
    pub(crate) key: Arc<Key>,
    /// The set that clients see.
    pub(crate) published: Vec<Arc<Key>>,
    /// The browsers' sessions by their cookies.
    pub(crate) sessions: BTreeMap<String, Session>,
    /// What each code that is not used yet stands for.
    pub(crate) codes: BTreeMap<String, Grant>,
    /// Whom each access token speaks for.
    pub(crate) access: BTreeMap<String, Access>,
    pub(crate) requests: VecDeque<Request>,
    pub(crate) holds: BTreeMap<Endpoint, Arc<Hold>>,
}

/// A browser's session at the provider.
#[derive(Clone)]
pub(crate) struct Session {
    pub(crate) user: User,
    pub(crate) sid: String,
    /// When the user proved who they are.
    pub(crate) authenticated: UnixSeconds,
}

/// What a code stands for.
pub(crate) struct Grant {
    pub(crate) session: Session,
    pub(crate) challenge: String,
    pub(crate) redirect_uri: String,
    pub(crate) nonce: Option<String>,
    pub(crate) scopes: Vec<String>,
    pub(crate) expires: UnixSeconds,
}

/// What an access token opens.
pub(crate) struct Access {
    pub(crate) user: User,
    pub(crate) scopes: Vec<String>,
}

impl Core {
    pub(crate) fn new(issuer: String, clock: Clock, client: Client, users: Vec<User>) -> Self {
        let key = Arc::new(Key::es256("es256"));
        Self {
            issuer,
            clock,
            state: Mutex::new(State {
                client,
                users,
                behaviour: Behaviour::default(),
                published: vec![Arc::clone(&key)],
                key,
                sessions: BTreeMap::new(),
                codes: BTreeMap::new(),
                access: BTreeMap::new(),
                requests: VecDeque::new(),
                holds: BTreeMap::new(),
            }),
        }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers a request.
    pub(crate) fn note(&self, request: Request) {
        let requests = &mut self.state().requests;
        if requests.len() == MOST_REQUESTS {
            requests.pop_front();
        }
        requests.push_back(request);
    }
}

/// 256 random bits, for whatever nobody may guess.
pub(crate) fn random() -> String {
    let mut bytes = [0; 32];
    #[expect(clippy::expect_used, reason = "the system's randomness")]
    SystemRandom::new().fill(&mut bytes).expect("random bytes");
    encode(bytes)
}
