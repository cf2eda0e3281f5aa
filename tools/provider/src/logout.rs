//! Logouts: the end-session endpoint (`OpenID` Connect RP-Initiated Logout 1.0), and logout tokens (Back-Channel Logout 1.0).

use std::time::Duration;

use axum::http::{HeaderValue, Method, Request, Uri, header::CONTENT_TYPE};
use form_urlencoded::Serializer;
use http_body_util::Full;
use hyper_util::{client::legacy, rt::TokioExecutor};
use serde_json::json;
use tokio::time::timeout;

use crate::{
    core::{Core, Session, random},
    parameters::{self, Pairs, one},
    patch,
};

/// What a logout token tells of (section 2.4).
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// How long a logout token is valid.
const TOKEN_SECONDS: u64 = 120;

/// How long a client may take to answer one.
const SEND_LIMIT: Duration = Duration::from_secs(5);

impl Core {
    /// A token that tells of the end of a session, or of all of a user's.
    pub(crate) fn logout_token(&self, subject: Option<&str>, sid: Option<&str>) -> String {
        let now = self.clock.now();
        let state = self.state();
        let mut claims = json!({
            "iss": self.issuer,
            "aud": state.client.id,
            "iat": now.0,
            "exp": now.plus(TOKEN_SECONDS).0,
            "jti": random(),
            "events": {EVENT: {}},
        });
        patch::apply(&mut claims, &json!({"sub": subject, "sid": sid}));
        let forgery = &state.behaviour.logout_token;
        forgery.sign(&state.key, "logout+jwt", claims)
    }

    /// Ends the browser's session here, and tells the client.
    pub(crate) async fn end_session(&self, cookie: Option<&str>) {
        let ended = cookie.and_then(|cookie| self.state().sessions.remove(cookie));
        if let Some(session) = ended {
            self.tell(&session).await;
        }
    }

    /// Where a browser that logged out goes on: only to the registered address, with the request's state.
    pub(crate) fn after_logout(&self, request: &Pairs) -> Option<String> {
        let client = self.state().client.clone();
        let uri = one(request, "post_logout_redirect_uri")?;
        let is_known = one(request, "client_id").is_some_and(|id| id == client.id)
            && client.post_logout_redirect_uri.as_deref() == Some(uri);
        let state = one(request, "state").map(|state| ("state", state));
        is_known.then(|| parameters::add(uri, state))
    }

    /// Sends the client a logout token, if it has an address for them. A failure ends in the log alone.
    async fn tell(&self, session: &Session) {
        let Some(uri) = self.state().client.backchannel_logout_uri.clone() else {
            return;
        };
        let token = self.logout_token(Some(&session.user.subject), Some(&session.sid));
        match timeout(SEND_LIMIT, send(&uri, &token)).await {
            Ok(Ok(status)) => tracing::info!("the provider's logout token: {status}"),
            Ok(Err(error)) => tracing::warn!("the provider's logout token: {error}"),
            Err(_) => tracing::warn!("the provider's logout token: no answer in time"),
        }
    }
}

/// POSTs a token: the answer's status.
async fn send(uri: &str, token: &str) -> Result<u16, Box<dyn std::error::Error + Send + Sync>> {
    let body = Serializer::new(String::new())
        .append_pair("logout_token", token)
        .finish();
    let mut request = Request::new(Full::new(axum::body::Bytes::from(body)));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = uri.parse::<Uri>()?;
    let form = HeaderValue::from_static("application/x-www-form-urlencoded");
    request.headers_mut().insert(CONTENT_TYPE, form);
    let client = legacy::Client::builder(TokioExecutor::new()).build_http();
    Ok(client.request(request).await?.status().as_u16())
}
