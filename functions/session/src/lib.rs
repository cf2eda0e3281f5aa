//! What callers may do with their own sessions. Each request is validated here and not by the authorizer.
//!
//! ```text
//! GET    /session          the session and its data; with ?touch=false not as a use of it, with ?renew=true its cookie anew
//! PATCH  /session          change its data; with ?renew=true its cookie anew
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
    authorize::{Decision, find, look},
    config::Config,
    entropy::Entropy,
    store::{SessionStore, StoreError},
    throttle::Throttle,
    time::UnixSeconds,
};
use lambda::{
    cross_site, event, reply,
    routes::{self, Function},
};
use lambda_http::{Body, Request, Response};

/// The function, over any store.
#[derive(Debug)]
pub struct SessionRoute<S, E> {
    /// Where the sessions are, and the counters of anonymous ones.
    pub sessions: S,
    /// What ids are drawn from.
    pub entropy: E,
    /// The configuration.
    pub config: Arc<Config>,
}

impl<S: SessionStore + Throttle, E: Entropy> SessionRoute<S, E> {
    /// Answers one request.
    pub async fn handle(&self, request: Request, now: UnixSeconds) -> Response<Body> {
        if let Some(refusal) = cross_site::check(&request, &self.config) {
            return refusal;
        }
        let (route, name) = match routes::find(&request, Function::Session) {
            Ok(found) => found,
            Err(answer) => return answer,
        };
        let answer = match (route.method, route.path) {
            ("GET", "/session") => self.show(&request, now).await,
            ("PATCH", "/session") => self.patch(&request, now).await,
            ("DELETE", "/session/data") => self.clear(&request, now).await,
            ("POST", "/session/rotate") => self.rotate(&request, now).await,
            ("GET", "/sessions") => self.list(&request, now).await,
            ("DELETE", "/sessions") => self.end_others(&request, now).await,
            ("DELETE", "/sessions/{ref}") => self.end_one(&request, name, now).await,
            _ => return routes::not_found(Function::Session),
        };
        answer.unwrap_or_else(|error| reply::store_fault(&error))
    }
}

impl<S: SessionStore, E: Entropy> SessionRoute<S, E> {
    /// The session that the request claims, without a use of it.
    async fn look(&self, request: &Request, now: UnixSeconds) -> Result<Decision, StoreError> {
        let claim = event::claim(request, &self.config);
        look(&self.sessions, &self.config.policy, &claim, now).await
    }

    /// The session that the request claims.
    async fn find(&self, request: &Request, now: UnixSeconds) -> Result<Decision, StoreError> {
        let claim = event::claim(request, &self.config);
        find(&self.sessions, &self.config.policy, &claim, now).await
    }
}

// Its tests call it as its `main` does, from outside.
#[cfg(test)]
extern crate self as session;
#[cfg(test)]
#[path = "../tests/session/main.rs"]
mod tests;
