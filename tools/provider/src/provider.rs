//! The provider as whoever directs it sees it.

use std::{fmt, io, net::Ipv4Addr, sync::Arc};

use axum::Router;
use tokio::{net::TcpListener, task::JoinHandle};

use crate::{
    behaviour::{Behaviour, Endpoint},
    browser::Browser,
    client::Client,
    clock::Clock,
    core::Core,
    hold::{Held, Hold},
    key::Key,
    request::Request,
    serve,
    user::User,
};

/// What to start.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Who relies on it.
    pub client: Client,
    /// Who can log in.
    pub users: Vec<User>,
    /// What time it is.
    pub clock: Clock,
}

/// A provider that runs; dropped, it stops.
pub struct Provider {
    core: Arc<Core>,
    server: JoinHandle<io::Result<()>>,
}

impl Provider {
    /// Starts one on a free port of 127.0.0.1, with a new key on P-256 named `es256`; on return, requests are served.
    pub async fn start(settings: Settings) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let issuer = format!("http://{}", listener.local_addr()?);
        let Settings {
            client,
            users,
            clock,
        } = settings;
        let core = Arc::new(Core::new(issuer, clock, client, users));
        let app = Router::new()
            .fallback(serve::handle)
            .with_state(Arc::clone(&core));
        let server = tokio::spawn(async move { axum::serve(listener, app).await });
        Ok(Self { core, server })
    }

    /// Its issuer, which is its address as well: `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.core.issuer
    }

    /// Its clock.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.core.clock
    }

    /// Takes another client in the place of the one that it has.
    pub fn register(&self, client: Client) {
        self.core.state().client = client;
    }

    /// Lets one more user log in.
    pub fn add_user(&self, user: User) {
        self.core.state().users.push(user);
    }

    /// Has it err from now on: `change` gets what it does now.
    pub fn err(&self, change: impl FnOnce(&mut Behaviour)) {
        change(&mut self.core.state().behaviour);
    }

    /// Signs with `key` from now on, and publishes that key alone.
    pub fn sign_with(&self, key: Key) {
        let key = Arc::new(key);
        let mut state = self.core.state();
        state.published = vec![Arc::clone(&key)];
        state.key = key;
    }

    /// Publishes one more key, which signs nothing.
    pub fn publish(&self, key: Key) {
        self.core.state().published.push(Arc::new(key));
    }

    /// A browser that has been nowhere.
    #[must_use]
    pub fn browser(&self) -> Browser {
        Browser::new(Arc::clone(&self.core))
    }

    /// Logs a user in with a browser of their own: the address that an authorization request leads back to. `None`: it leads
    /// to an error page here.
    #[must_use]
    pub fn log_in(&self, user: &str, authorization_url: &str) -> Option<String> {
        self.browser().log_in(user, authorization_url)
    }

    /// A logout token of a user, of one of their sessions, or of both.
    #[must_use]
    pub fn logout_token(&self, subject: Option<&str>, sid: Option<&str>) -> String {
        self.core.logout_token(subject, sid)
    }

    /// The requests for an endpoint that came over HTTP so far.
    #[must_use]
    pub fn requests(&self, endpoint: Endpoint) -> Vec<Request> {
        let state = self.core.state();
        let requests = state.requests.iter().filter(|it| it.endpoint == endpoint);
        requests.cloned().collect()
    }

    /// Holds the answers of an endpoint, once they are ready.
    #[must_use]
    pub fn hold(&self, endpoint: Endpoint) -> Held {
        let hold = Hold::new();
        self.core.state().holds.insert(endpoint, Arc::clone(&hold));
        Held(hold)
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Provider({:?})", self.core.issuer)
    }
}
