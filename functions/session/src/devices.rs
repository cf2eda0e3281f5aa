//! The user's sessions: GET /sessions lists them, DELETE ends the others or one of them.

use dynamodb_session::{
    abandon::{end_others, revoke},
    audit::Event,
    authorize::Decision,
    devices,
    entropy::Entropy,
    fault::StoreError,
    id::SessionRef,
    recent::require_recent,
    reply::{self, Response},
    session::{Live, Session},
    store::SessionStore,
    time::UnixSeconds,
    user::UserName,
};
use lambda::incoming::Incoming;
use lambda_http::http::StatusCode;
use serde::Serialize;

use crate::SessionApi;

/// One of a user's sessions. Nothing in it opens a session.
#[derive(Serialize)]
struct Device<'a> {
    session: &'a str,
    current: bool,
    created_at: u64,
    last_used_at: u64,
    authenticated_at: Option<u64>,
    expires_at: u64,
    idle_expires_at: u64,
    ip: Option<&'a str>,
    agent: Option<&'a str>,
}

#[derive(Serialize)]
struct Devices<'a> {
    sessions: Vec<Device<'a>>,
}

impl<S: SessionStore, E: Entropy> SessionApi<S, E> {
    /// The user's living sessions, the last used first.
    pub(crate) async fn list(
        &self,
        incoming: &Incoming<'_>,
        now: UnixSeconds,
    ) -> Result<Response, StoreError> {
        let Some((user, current)) = self.user(incoming, now).await? else {
            return Ok(reply::unauthorized());
        };
        let sessions = devices::list(&self.sessions, &self.config.policy, &user, now).await?;
        let device = |session| device(session, &current.reference);
        Ok(reply::json(&Devices {
            sessions: sessions.iter().map(device).collect(),
        }))
    }

    /// Ends all sessions of the user but the caller's.
    pub(crate) async fn end_others(
        &self,
        incoming: &Incoming<'_>,
        now: UnixSeconds,
    ) -> Result<Response, StoreError> {
        let Some((user, current)) = self.user(incoming, now).await? else {
            return Ok(reply::unauthorized());
        };
        let recent = self.config.lifetimes.recent_login;
        if let Err(required) = require_recent(current.authenticated, recent, now) {
            return Ok(reply::log_in_again(required));
        }
        let (user, session) = (&user, &current.reference);
        let ended = end_others(&self.sessions, user, session, now).await?;
        Event::RevokeOthers {
            user,
            session,
            ended,
        }
        .log();
        Ok(reply::no_content())
    }

    /// Ends the user's session that is named `name`, also if it is the caller's own.
    pub(crate) async fn end_one(
        &self,
        incoming: &Incoming<'_>,
        name: &str,
        now: UnixSeconds,
    ) -> Result<Response, StoreError> {
        let Some((user, current)) = self.user(incoming, now).await? else {
            return Ok(reply::unauthorized());
        };
        let recent = self.config.lifetimes.recent_login;
        if let Err(required) = require_recent(current.authenticated, recent, now) {
            return Ok(reply::log_in_again(required));
        }
        let unknown = || {
            reply::problem(
                StatusCode::NOT_FOUND,
                "You have no session of this name: GET /sessions lists them.",
            )
        };
        let Some(reference) = SessionRef::parse(name) else {
            return Ok(unknown());
        };
        if !revoke(&self.sessions, &user, &reference).await? {
            return Ok(unknown());
        }
        let (user, session) = (&user, &reference);
        Event::Revoke { user, session }.log();
        let mut response = reply::no_content();
        if reference == current.reference {
            reply::take_back(&mut response, &incoming.carried, &self.config);
        }
        Ok(response)
    }

    /// The user who calls, and the session they call in.
    async fn user(
        &self,
        incoming: &Incoming<'_>,
        now: UnixSeconds,
    ) -> Result<Option<(UserName, Session)>, StoreError> {
        Ok(match self.find(incoming, now).await? {
            Decision::Allow(Live { session, .. }) => {
                session.user.clone().map(|user| (user, session))
            }
            Decision::Deny { .. } => None,
        })
    }
}

fn device<'a>(session: &'a Session, current: &SessionRef) -> Device<'a> {
    Device {
        session: session.reference.as_str(),
        current: session.reference == *current,
        created_at: session.created.0,
        last_used_at: session.accessed.0,
        authenticated_at: session.authenticated.map(|at| at.0),
        expires_at: session.expires().0,
        idle_expires_at: session.idle_expires().0,
        ip: session.origin.ip.as_deref(),
        agent: session.origin.agent.as_deref(),
    }
}
