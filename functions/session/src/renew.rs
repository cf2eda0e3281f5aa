//! `?renew=true`: the cookie anew, for one that a browser keeps until the idle deadline.
//!
//! It is asked for and never done by itself. Answers overtake each other on their way: that of a request from before a rotation may
//! come after the rotation's, and its cookie would put the old id in the place of the new one, whose use ends the session after the
//! grace. Only the page knows whether it has a rotation under way.

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

use crate::SessionRoute;

/// Whether a request asks for its cookie anew; `None`: it says neither yes nor no.
pub(crate) fn asked(request: &Request) -> Option<bool> {
    match request.query_string_parameters().all("renew").as_deref() {
        None | Some(["false"]) => Some(false),
        Some(["true"]) => Some(true),
        Some(_) => None,
    }
}

/// The 400 for a request that says neither.
pub(crate) fn unclear() -> Response {
    reply::problem(
        StatusCode::BAD_REQUEST,
        "The parameter renew is true or false, and given once.",
    )
}

impl<S: SessionStore, E: Entropy> SessionRoute<S, E> {
    /// Has the response carry the cookie of the session that served the request, unless the id was rotated away and served in its
    /// grace.
    pub(crate) fn renew(
        &self,
        response: &mut Response,
        incoming: &Incoming<'_>,
        live: &Live,
        now: UnixSeconds,
    ) {
        let format = &self.config.policy.format;
        if let Ok(id) = incoming.claim.id()
            && id.key() == live.key
        {
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
