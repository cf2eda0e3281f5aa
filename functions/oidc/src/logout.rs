//! GET /logout/oidc: a browser goes on to the provider's logout. POST /logout/backchannel: the provider tells that a
//! session of its own has ended.

use dynamodb_session::{
    audit::{Cause, Event},
    provider::{LogoutToken, ProviderStore, back_channel},
    reply::{self, Response},
    store::SessionStore,
    time::UnixSeconds,
};
use lambda::body;
use lambda_http::{Request, http::StatusCode};
use openid::logout_token;

use crate::{Call, Oidc, fetch::Fetch, page};

/// The most bytes of a logout's body.
const MOST_BYTES: usize = 32 * 1024;

impl<S: SessionStore + ProviderStore, E: Sync, F: Fetch> Oidc<S, E, F> {
    /// Sends the browser to the provider's end of session. It depends on nothing: no session is looked at.
    pub(crate) fn end_session(&self) -> Response {
        if let Some(end) = &self.provider.end_session {
            return page::found(&end.location(&self.provider.client_id));
        }
        let detail =
            "The provider's session is not ended from here: SESSION_OIDC_LOGOUT_URL is not set.";
        reply::problem(StatusCode::NOT_FOUND, detail)
    }

    /// Ends what a logout token names (`OpenID` Connect Back-Channel Logout 1.0, sections 2.5 to 2.8). The 200 says that it is
    /// durable.
    pub(crate) async fn back_channel(&self, call: &Call<'_>, now: UnixSeconds) -> Response {
        let Some(token) = token(call.incoming.request) else {
            return bad("Send a form with one logout_token.");
        };
        let verify = |keys: &_| {
            let (issuer, client_id) = (&self.provider.issuer, &self.provider.client_id);
            logout_token::verify(&token, keys, issuer, client_id, now)
        };
        let verified = call.within(async {
            let metadata = self.source.metadata(now).await?;
            self.source.verified(&metadata, now, verify).await
        });
        let token = match verified.await {
            Ok(Ok(token)) => token,
            Ok(Err(rejected)) => {
                Event::LogoutRejected {
                    error: Cause::alone(&rejected),
                }
                .log();
                return bad(
                    "The logout token is not one of the provider's for this client, or is too old.",
                );
            }
            // What can't be decided is not refused: the provider may try again.
            Err(_) => return reply::unavailable(),
        };
        let logout = LogoutToken {
            issuer: self.provider.issuer.clone(),
            sid: token.sid,
            sub: token.subject,
            jti: token.jti,
            issued: token.issued,
            expires: token.expires,
        };
        match back_channel(&self.store, &logout, now).await {
            Ok(_) => done(),
            Err(error) => reply::store_fault(&error),
        }
    }
}

/// The one `logout_token` of a form.
fn token(request: &Request) -> Option<String> {
    let form = body::media_type(request).ok()??;
    let body: &[u8] = request.body().as_ref();
    if form != "application/x-www-form-urlencoded" || body.len() > MOST_BYTES {
        return None;
    }
    let mut tokens = form_urlencoded::parse(body).filter(|(name, _)| name == "logout_token");
    let (_, token) = tokens.next()?;
    tokens.next().is_none().then(|| token.into_owned())
}

fn done() -> Response {
    let mut response = reply::no_content();
    *response.status_mut() = StatusCode::OK;
    response
}

fn bad(detail: &str) -> Response {
    reply::problem(StatusCode::BAD_REQUEST, detail)
}
