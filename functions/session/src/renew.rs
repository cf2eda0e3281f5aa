//! `?renew=true`: sends the cookie again, for a cookie that a browser keeps until the idle deadline.
//!
//! This is done only if the page asks for it, because answers may overtake each other. The answer to a request from
//! before a rotation may come after the rotation's own, and its cookie would put the old id in the place of the new
//! one; a use of the old id after the grace ends the session. Only the page knows whether it has a rotation under way.

use dynamodb_session::{
    entropy::Entropy,
    reply::{self, Response},
    session::Live,
    store::SessionStore,
    time::UnixSeconds,
    token,
};
use lambda::incoming::Incoming;
use lambda_http::{Request, RequestExt, http::StatusCode};

use crate::SessionApi;

/// Whether a request asks for its cookie again; `None`: the parameter is neither true nor false.
pub(crate) fn asked(request: &Request) -> Option<bool> {
    match request.query_string_parameters().all("renew").as_deref() {
        None | Some(["false"]) => Some(false),
        Some(["true"]) => Some(true),
        Some(_) => None,
    }
}

/// The 400 for a parameter that is neither true nor false.
pub(crate) fn unclear() -> Response {
    reply::problem(
        StatusCode::BAD_REQUEST,
        "The parameter renew is true or false, and given once.",
    )
}

impl<S: SessionStore, E: Entropy> SessionApi<S, E> {
    /// Adds the cookie of the session that served the request to the response, if the request's id is current.
    pub(crate) fn renew(
        &self,
        response: &mut Response,
        incoming: &Incoming<'_>,
        live: &Live,
        now: UnixSeconds,
    ) {
        let format = &self.config.policy.format;
        if let Some(id) = incoming.claim.current_id(live) {
            let token = token::issue(id, &format.keys);
            reply::renew(
                response,
                &incoming.carried,
                &self.config,
                &token,
                &live.session,
                now,
            );
        }
    }
}
