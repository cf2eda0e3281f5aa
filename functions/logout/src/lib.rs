//! POST /logout: the end of the caller's session, or with `?everywhere=true` of all of the user's.
//!
//! The answer is sent only after the durable write. A session ends by its id alone, whatever keys this process has. If
//! a request presents several sessions, each of them ends, because whoever holds an id may end its session. All of a
//! user's sessions end only for a caller who is signed in. Where a provider vouched for the user, the answer says where
//! its session ends.

use std::sync::Arc;

use dynamodb_session::{
    abandon::{MOST_PRESENTED, abandon, everywhere},
    audit::Event,
    authorize::{Decision, authorize, lives},
    aws::client::Client,
    claim::Claim,
    config::Config,
    fault::StoreError,
    id::{SessionId, SessionKey},
    reply::{self, Response},
    session::Session,
    store::{SessionStore, dynamodb::DynamoStore},
    time::UnixSeconds,
    token,
    transport::Presented,
};
use lambda::{
    address::Address,
    cross_site,
    incoming::Incoming,
    routes::{self, Function},
};
use lambda_http::{Request, RequestExt, http::StatusCode};
use serde::Serialize;

/// The function, over any store.
#[derive(Debug)]
pub struct Logout<S> {
    /// Where the sessions are.
    pub sessions: S,
    /// The configuration.
    pub config: Arc<Config>,
}

impl Logout<DynamoStore> {
    /// The function over the table that `config` names.
    #[must_use]
    pub fn new(client: &Client, config: &Arc<Config>) -> Self {
        Self {
            sessions: DynamoStore::new(client.clone(), config.tables.sessions.clone()),
            config: Arc::clone(config),
        }
    }
}

/// The body of a 200. A script can't follow a redirect to another host: its page goes there.
#[derive(Serialize)]
struct LoggedOut {
    end_session_url: String,
}

/// What a logout has ended.
enum Ended {
    /// Nothing: the request presents no living session.
    Nothing,
    /// What is here.
    Here,
    /// That, and the provider has a session of its own.
    OfProvider,
}

impl<S: SessionStore> Logout<S> {
    /// Answers one request.
    pub async fn handle(&self, mut request: Request, now: UnixSeconds) -> Response {
        let incoming = &Incoming::read(&mut request, &self.config);
        if let Some(refusal) = cross_site::check_page(incoming, &self.config) {
            return refusal;
        }
        if let Some(refusal) = routes::check_method(incoming.request, Function::Logout) {
            return refusal;
        }
        let presented = incoming.claim.presented();
        let texts = incoming.all_presented(&self.config);
        // A 204 would say that all have ended.
        let undecided = if presented == Presented::Oversized {
            Some(
                "The request has more than 64 KiB of cookies, which are not searched. No session has ended: send fewer.",
            )
        } else if texts.len() > MOST_PRESENTED {
            Some("The request presents more than ten sessions. None has ended: send fewer.")
        } else {
            None
        };
        if let Some(detail) = undecided {
            return reply::problem(StatusCode::BAD_REQUEST, detail);
        }
        let ids = texts.iter().filter_map(|text| token::id_to_end(text));
        let ids: Vec<_> = ids.collect();
        let keys: Vec<_> = ids.iter().map(SessionId::key).collect();
        if let Some(refusal) = cross_site::check_end(incoming, &self.config, &ids) {
            for key in &keys {
                match lives(&self.sessions, &self.config.policy, key, now).await {
                    Ok(true) => return refusal,
                    // A client whose session is over has no CSRF token any more, and may have its cookie removed.
                    Ok(false) => {}
                    Err(error) => return reply::store_fault(&error),
                }
            }
        }
        let query = incoming.request.query_string_parameters();
        let done = match query.all("everywhere").as_deref() {
            None | Some(["false"])
                if keys.is_empty() && texts.iter().any(|text| !text.is_empty()) =>
            {
                return self.nothing_ended(incoming);
            }
            None | Some(["false"]) => self.here(&keys).await,
            // It is unknown which of two users is meant.
            Some(["true"]) if presented == Presented::Ambiguous => {
                return reply::problem(
                    StatusCode::BAD_REQUEST,
                    "The request presents more than one session. None has ended: log out without everywhere first.",
                );
            }
            Some(["true"]) => self.everywhere(&incoming.claim, now).await,
            Some(_) => {
                return reply::problem(
                    StatusCode::BAD_REQUEST,
                    "The parameter everywhere is true or false, and given once.",
                );
            }
        };
        match done {
            Ok(Ended::Nothing) => reply::unauthorized(),
            Ok(Ended::Here) => self.logged_out(incoming, reply::no_content()),
            Ok(Ended::OfProvider) => {
                let address = incoming.request.extensions().get::<Address>();
                let address = address.cloned().unwrap_or_default();
                let end_session_url = address.beside("/logout", "/logout/oidc");
                self.logged_out(incoming, reply::json(&LoggedOut { end_session_url }))
            }
            Err(error) => reply::store_fault(&error),
        }
    }

    /// Ends the session under each of `keys`, if there is one, in whatever state it is.
    async fn here(&self, keys: &[SessionKey]) -> Result<Ended, StoreError> {
        let mut ended = Ended::Here;
        for key in keys {
            if let Some(session) = abandon(&self.sessions, key).await? {
                Event::Logout {
                    session: &session.reference,
                }
                .log();
                if self.is_of_provider(&session) {
                    ended = Ended::OfProvider;
                }
            }
        }
        Ok(ended)
    }

    /// Ends all sessions of the user whose living session the request presents.
    async fn everywhere(&self, claim: &Claim<'_>, now: UnixSeconds) -> Result<Ended, StoreError> {
        let decision = authorize(&self.sessions, &self.config.policy, claim, now).await?;
        let Decision::Allow(live) = decision else {
            return Ok(Ended::Nothing);
        };
        let ended = everywhere(&self.sessions, &live, now).await?;
        Ok(match ended {
            None => Ended::Nothing,
            Some(_) if self.is_of_provider(&live.session) => Ended::OfProvider,
            Some(_) => Ended::Here,
        })
    }

    /// Whether the provider vouched for the user, and has an address at which its own session ends.
    fn is_of_provider(&self, session: &Session) -> bool {
        let provider = self.config.provider.as_ref();
        let provider = provider.filter(|provider| provider.end_session.is_some());
        let identity = session.origin.identity.as_ref();
        identity.is_some_and(|it| provider.is_some_and(|provider| provider.issuer == it.issuer))
    }

    /// The answer to a request that names no session. A 204 would say that one has ended. The cookie is useless, so it
    /// is removed.
    fn nothing_ended(&self, incoming: &Incoming<'_>) -> Response {
        let mut response = reply::problem(
            StatusCode::BAD_REQUEST,
            "What the request presents names no session. Nothing was ended: send the token as it was handed out.",
        );
        reply::take_back(&mut response, &incoming.carried, &self.config);
        response
    }

    fn logged_out(&self, incoming: &Incoming<'_>, mut response: Response) -> Response {
        reply::take_back(&mut response, &incoming.carried, &self.config);
        response
    }
}

// Its tests call it as its `main` does, from outside.
#[cfg(test)]
extern crate self as logout;
#[cfg(test)]
#[path = "../tests/logout/main.rs"]
mod tests;
