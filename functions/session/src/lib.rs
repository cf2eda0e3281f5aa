//! What callers may do with their own sessions. Each request is validated here and not by the authorizer.
//!
//! ```text
//! GET    /session          the session and its data; ?touch=false is not a use, ?renew=true sends its cookie again
//! PATCH  /session          change its data; ?renew=true sends its cookie again
//! DELETE /session/data     remove its data
//! POST   /session/rotate   give it a new id
//! GET    /sessions         the user's sessions
//! DELETE /sessions         end the others
//! DELETE /sessions/{ref}   end one
//! ```

mod data;
mod devices;
mod patch;
mod renew;
mod rotate;
mod show;

use std::sync::Arc;

use dynamodb_session::{
    authorize::{Decision, identify, look},
    aws::client::Client,
    config::Config,
    entropy::{Entropy, SystemEntropy},
    fault::StoreError,
    reply::{self, Response},
    store::{SessionStore, dynamodb::DynamoStore},
    throttle::Throttle,
    time::UnixSeconds,
};
use lambda::{
    cross_site,
    incoming::Incoming,
    routes::{self, Function},
};
use lambda_http::Request;

/// The function, over any store.
#[derive(Debug)]
pub struct SessionApi<S, E> {
    /// Where the sessions are, and the counters of anonymous ones.
    pub sessions: S,
    /// What ids are drawn from.
    pub entropy: E,
    /// The configuration.
    pub config: Arc<Config>,
}

impl SessionApi<DynamoStore, SystemEntropy> {
    /// The function over the table that `config` names.
    #[must_use]
    pub fn new(client: &Client, config: &Arc<Config>) -> Self {
        Self {
            sessions: DynamoStore::new(client.clone(), config.tables.sessions.clone()),
            entropy: SystemEntropy,
            config: Arc::clone(config),
        }
    }
}

impl<S: SessionStore + Throttle, E: Entropy> SessionApi<S, E> {
    /// Answers one request.
    pub async fn handle(&self, mut request: Request, now: UnixSeconds) -> Response {
        let incoming = &Incoming::read(&mut request, &self.config);
        if let Some(refusal) = cross_site::check(incoming, &self.config) {
            return refusal;
        }
        let (route, name) = match routes::find(incoming.request, Function::Session) {
            Ok(found) => found,
            Err(answer) => return answer,
        };
        let answer = match (route.method, route.path) {
            ("GET", "/session") => self.show(incoming, now).await,
            ("PATCH", "/session") => self.patch(incoming, now).await,
            ("DELETE", "/session/data") => self.clear(incoming, now).await,
            ("POST", "/session/rotate") => self.rotate(incoming, now).await,
            ("GET", "/sessions") => self.list(incoming, now).await,
            ("DELETE", "/sessions") => self.end_others(incoming, now).await,
            ("DELETE", "/sessions/{ref}") => self.end_one(incoming, name, now).await,
            _ => return routes::not_found(Function::Session),
        };
        answer.unwrap_or_else(|error| reply::store_fault(&error))
    }
}

impl<S: SessionStore, E: Entropy> SessionApi<S, E> {
    /// The session that the request claims. The request does not count as a use of it.
    async fn look(
        &self,
        incoming: &Incoming<'_>,
        now: UnixSeconds,
    ) -> Result<Decision, StoreError> {
        look(&self.sessions, &self.config.policy, &incoming.claim, now).await
    }

    /// The session that the request claims. The request counts as a use of it.
    async fn find(
        &self,
        incoming: &Incoming<'_>,
        now: UnixSeconds,
    ) -> Result<Decision, StoreError> {
        identify(&self.sessions, &self.config.policy, &incoming.claim, now).await
    }
}

// Its tests call it as its `main` does, from outside.
#[cfg(test)]
extern crate self as session;
#[cfg(test)]
#[path = "../tests/session/main.rs"]
mod tests;
