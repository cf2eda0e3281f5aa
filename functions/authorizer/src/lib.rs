//! A Lambda authorizer for HTTP, REST and WebSocket APIs: an event in, the answer that its kind of API expects out.
//!
//! ```text
//! event -> call::Call          which kind of API asks, and what the request claims
//!       -> cross_site          may a page of another site have sent it?
//!       -> authorize           the decision, by the store's answer
//!       -> answer              in the API's own format
//! ```

mod answer;
mod arn;
mod call;

use std::{fmt, sync::Arc, time::Duration};

use dynamodb_session::{
    audit::{Cause, Event, Kind},
    authorize::{Decision, authorize},
    aws::{client::Client, keyring::NoKeys},
    config::Config,
    cross_site,
    fault::{FaultKind, StoreError},
    session::Live,
    store::{SessionStore, dynamodb::DynamoStore},
    time::UnixSeconds,
};
use lambda::api::Api;
use lambda_runtime::Diagnostic;
use serde_json::Value;

use crate::call::Call;

/// How long an answer may take. A single request to the store is given up earlier (`client.rs`); this limit is for the
/// rare call that needs more than one.
pub const LIMIT: Duration = Duration::from_millis(2_800);

/// The authorizer, over any store.
#[derive(Debug)]
pub struct Authorizer<S> {
    /// Where the sessions are.
    pub store: S,
    /// The configuration.
    pub config: Arc<Config>,
    /// How `API Gateway` is answered.
    pub api: Api,
}

impl Authorizer<DynamoStore> {
    /// The authorizer over the table that `config` names.
    #[must_use]
    pub fn new(client: &Client, config: &Arc<Config>, api: Api) -> Self {
        Self {
            store: DynamoStore::new(client.clone(), config.tables.sessions.clone()),
            config: Arc::clone(config),
            api,
        }
    }
}

/// Why the answer is an error. `API Gateway` goes by its message: exactly `Unauthorized` becomes a 401, any other a 500
/// (developer guide, "Use API Gateway Lambda authorizers").
#[derive(Debug)]
pub enum Fault {
    /// The call is denied with a 401.
    Unauthorized,
    /// The event is of an unknown kind: nothing is decided about it.
    UnknownEvent(String),
    /// There are no signing keys to decide by: nothing is decided, and nobody is logged out.
    NoKeys(NoKeys),
    /// The store failed: nothing is decided, and nobody is logged out.
    Store(StoreError),
}

impl Fault {
    /// The call took longer than [`LIMIT`].
    #[must_use]
    pub fn overdue() -> Self {
        let source = "the store took too long".into();
        let kind = FaultKind::Unavailable;
        let error = StoreError { kind, source };
        log(&error);
        Self::Store(error)
    }
}

fn log(error: &StoreError) {
    let (kind, error) = (Kind::Store(error.kind), Cause::chain(error));
    Event::StoreFault { kind, error }.log();
}

impl std::error::Error for Fault {}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unauthorized => f.write_str("Unauthorized"),
            Self::UnknownEvent(problem) => write!(f, "not an authorizer event: {problem}"),
            Self::NoKeys(error) => error.fmt(f),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl From<NoKeys> for Fault {
    fn from(error: NoKeys) -> Self {
        Self::NoKeys(error)
    }
}

impl From<Fault> for Diagnostic {
    fn from(fault: Fault) -> Self {
        let kind = match fault {
            Fault::Unauthorized => "Unauthorized",
            Fault::UnknownEvent(_) => "UnknownEvent",
            Fault::NoKeys(_) => "NoKeys",
            Fault::Store(_) => "StoreFault",
        };
        Self {
            error_type: kind.to_owned(),
            error_message: fault.to_string(),
        }
    }
}

impl<S: SessionStore> Authorizer<S> {
    /// Decides about the call that `event` describes.
    ///
    /// The store is asked as [`authorize`] has it; not at all over an event that is not understood, or a request that a page
    /// of another site may have sent.
    pub async fn answer(&self, event: &Value, now: UnixSeconds) -> Result<Value, Fault> {
        let call =
            Call::read(event, &self.config, self.api.http_response).inspect_err(|fault| {
                let error = Cause::alone(fault);
                Event::UnknownEvent { error }.log();
            })?;
        match self.decide(&call, now).await {
            Ok(Decision::Allow(Live { session, .. })) => {
                Event::Allowed {
                    session: &session.reference,
                }
                .log();
                Ok(answer::allow(&call.format, &session, self.api))
            }
            Ok(Decision::Deny { denial, session }) => {
                denial.log(session.as_ref(), call.claim.presented());
                answer::deny(&call.format, self.api.deny_status)
            }
            Err(error) => {
                log(&error);
                Err(Fault::Store(error))
            }
        }
    }

    async fn decide(&self, call: &Call<'_>, now: UnixSeconds) -> Result<Decision, StoreError> {
        let Config {
            guard,
            transport,
            policy,
            ..
        } = &*self.config;
        let page = cross_site::Request {
            effect: call.effect,
            sources: &call.sources,
            carried: &call.carried,
            id: call.claim.id().ok(),
        };
        match guard.check(&page, &transport.cookie) {
            Ok(()) => authorize(&self.store, policy, &call.claim, now).await,
            Err(denial) => Ok(Decision::Deny {
                denial,
                session: None,
            }),
        }
    }
}

// Its tests call it as its `main` does, from outside.
#[cfg(test)]
extern crate self as authorizer;
#[cfg(test)]
#[path = "../tests/corpus/main.rs"]
mod corpus;
