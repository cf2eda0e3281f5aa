//! GET /session: the caller's session and its data.

use std::error::Error;

use dynamodb_session::{
    authorize::Decision,
    cause,
    csrf::CsrfToken,
    data::to_json,
    entropy::Entropy,
    fault::{FaultKind, StoreError},
    reply::{self, Response},
    session::Session,
    store::SessionStore,
    time::UnixSeconds,
    user::UserName,
};
use lambda::incoming::Incoming;
use lambda_http::{
    RequestExt,
    http::{HeaderValue, StatusCode, header::ETAG},
};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::{SessionApi, renew};

/// A session as its own client sees it.
#[derive(Serialize)]
struct Shown<'a> {
    user: Option<&'a str>,
    session: &'a str,
    created_at: u64,
    authenticated_at: Option<u64>,
    expires_at: u64,
    idle_expires_at: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    claims: Option<Box<RawValue>>,
    data: Box<RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    csrf_token: Option<&'a str>,
}

impl<S: SessionStore, E: Entropy> SessionApi<S, E> {
    /// The session that the request presents. With `?touch=false` the request does not count as a use of it, for a page
    /// that shows how much time is left. With `?renew=true` the answer carries the cookie again.
    pub(crate) async fn show(
        &self,
        incoming: &Incoming<'_>,
        now: UnixSeconds,
    ) -> Result<Response, StoreError> {
        let Some(renew) = renew::asked(incoming.request) else {
            return Ok(renew::unclear());
        };
        let query = incoming.request.query_string_parameters();
        let decision = match query.all("touch").as_deref() {
            None | Some(["true"]) => self.find(incoming, now).await?,
            // The renewed cookie would have the deadline that only a use gives.
            Some(["false"]) if renew => {
                return Ok(reply::problem(
                    StatusCode::BAD_REQUEST,
                    "The parameters touch=false and renew=true contradict each other: send one of them.",
                ));
            }
            Some(["false"]) => self.look(incoming, now).await?,
            Some(_) => {
                return Ok(reply::problem(
                    StatusCode::BAD_REQUEST,
                    "The parameter touch is true or false, and given once.",
                ));
            }
        };
        match decision {
            Decision::Allow(live) => {
                let mut response = show(&live.session, self.csrf_token(incoming).as_ref())?;
                if renew {
                    self.renew(&mut response, incoming, &live, now);
                }
                Ok(response)
            }
            Decision::Deny { .. } => Ok(reply::unauthorized()),
        }
    }

    /// The CSRF token that the page has to show with its next changes, if tokens are required.
    fn csrf_token(&self, incoming: &Incoming<'_>) -> Option<CsrfToken> {
        self.config.guard.csrf_token(incoming.claim.id().ok()?)
    }
}

/// A 200 with the session, and the tag of its data as the `ETag`. `csrf_token` is for a page that may not know it yet.
pub(crate) fn show(
    session: &Session,
    csrf_token: Option<&CsrfToken>,
) -> Result<Response, StoreError> {
    let damaged = |error: &(dyn Error + 'static)| StoreError {
        kind: FaultKind::Damaged,
        source: format!("session {}: {}", session.reference, cause::chain(error)).into(),
    };
    let data = to_json(&session.data).map_err(|error| damaged(&error))?;
    let identity = session.origin.identity.as_deref();
    let claims = identity.and_then(|identity| identity.claims.clone());
    let claims = claims.map(RawValue::from_string).transpose();
    let claims = claims.map_err(|error| damaged(&error))?;
    let mut response = reply::json(&Shown {
        user: session.user.as_ref().map(UserName::as_str),
        session: session.reference.as_str(),
        created_at: session.created.0,
        authenticated_at: session.authenticated.map(|at| at.0),
        expires_at: session.expires().0,
        idle_expires_at: session.idle_expires().0,
        claims,
        data,
        csrf_token: csrf_token.map(CsrfToken::expose),
    });
    if let Ok(tag) = HeaderValue::try_from(format!("\"{}\"", session.tag())) {
        response.headers_mut().insert(ETAG, tag);
    }
    Ok(response)
}
