//! GET /session: the caller's session, validated here and not by the authorizer.

use std::sync::Arc;

use dynamodb_session::{
    authorize::{Decision, authorize},
    config::Config,
    session::Session,
    store::SessionStore,
    time::UnixSeconds,
    user::UserName,
};
use gateway::{event, reply};
use lambda_http::{
    Body, Request, Response,
    http::{HeaderValue, Method, header::ETAG},
};
use serde_json::{Map, Value, json};

/// The function, over any store.
#[derive(Debug)]
pub struct SessionRoute<S> {
    /// Where the sessions are.
    pub sessions: S,
    /// The configuration.
    pub config: Arc<Config>,
}

impl<S: SessionStore> SessionRoute<S> {
    /// Answers one request.
    pub async fn handle(&self, request: Request, now: UnixSeconds) -> Response<Body> {
        if request.method() != Method::GET {
            return reply::method_not_allowed("GET");
        }
        let presented = event::presented(&request, &self.config.transport);
        match authorize(&self.sessions, &self.config.policy, &presented, now).await {
            Ok(Decision::Allow(session)) => show(&session),
            Ok(Decision::Deny { .. }) => reply::unauthorized(),
            Err(error) => reply::store_fault(&error),
        }
    }
}

fn show(session: &Session) -> Response<Body> {
    let data: Map<String, Value> = session
        .data
        .iter()
        .filter_map(|(name, json)| Some((name.clone(), serde_json::from_str(json).ok()?)))
        .collect();
    let mut response = reply::json(&json!({
        "user": session.user.as_ref().map(UserName::as_str),
        "session": session.reference.as_str(),
        "created_at": session.created.0,
        "authenticated_at": session.authenticated.map(|at| at.0),
        "expires_at": session.expires().0,
        "idle_expires_at": session.idle_expires().0,
        "data": data,
    }));
    if let Ok(version) = HeaderValue::try_from(format!("\"{}\"", session.version)) {
        response.headers_mut().insert(ETAG, version);
    }
    response
}
