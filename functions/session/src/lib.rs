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
mod route;
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
use gateway::{cross_site, event, reply};
use lambda_http::{
    Body, Request, Response,
    http::{Method, StatusCode},
};

use crate::route::Route;

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
        let Some(route) = Route::of(request.uri().path()) else {
            return reply::problem(
                StatusCode::NOT_FOUND,
                "There is no such resource: this one has /session, /session/data, /session/rotate, /sessions and /sessions/{ref}.",
            );
        };
        let answer = match (&route, request.method()) {
            (Route::Session, &Method::GET) => self.show(&request, now).await,
            (Route::Session, &Method::PATCH) => self.patch(&request, now).await,
            (Route::Data, &Method::DELETE) => self.clear(&request, now).await,
            (Route::Rotate, &Method::POST) => self.rotate(&request, now).await,
            (Route::Sessions, &Method::GET) => self.list(&request, now).await,
            (Route::Sessions, &Method::DELETE) => self.end_others(&request, now).await,
            (Route::One(name), &Method::DELETE) => self.end_one(&request, name, now).await,
            _ => return reply::method_not_allowed(route.methods()),
        };
        answer.unwrap_or_else(|error| reply::store_fault(&error))
    }
}

impl<S: SessionStore, E: Entropy> SessionRoute<S, E> {
    /// The session that the request presents, without a use of it.
    async fn look(&self, request: &Request, now: UnixSeconds) -> Result<Decision, StoreError> {
        let presented = event::presented(request, &self.config.transport);
        look(&self.sessions, &self.config.policy, &presented, now).await
    }

    /// The session that the request presents.
    async fn find(&self, request: &Request, now: UnixSeconds) -> Result<Decision, StoreError> {
        let presented = event::presented(request, &self.config.transport);
        find(&self.sessions, &self.config.policy, &presented, now).await
    }
}

// Its tests call it as its `main` does, from outside.
#[cfg(test)]
extern crate self as session;
#[cfg(test)]
#[path = "../tests/session/main.rs"]
mod tests;
