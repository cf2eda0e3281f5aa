//! Cross-site requests are refused before a function looks at them.

use dynamodb_session::{authorize::Denial, config::Config, cross_site::Call, id::SessionId};
use lambda_http::{Body, Response, http::StatusCode};

use crate::{incoming::Incoming, reply};

/// The 403 of a request that a page of another site may have sent, or that does not show the session's CSRF token where
/// it has to; `None`: it may go on. It asks no store.
#[must_use]
pub fn check(incoming: &Incoming<'_>, config: &Config) -> Option<Response<Body>> {
    refusal(incoming, config, incoming.claim.id().ok())
}

/// The same for a request that ends sessions, those of all `ids`: it shows the CSRF token of one of them, because a page
/// has no more than one.
#[must_use]
pub fn check_end(
    incoming: &Incoming<'_>,
    config: &Config,
    ids: &[SessionId],
) -> Option<Response<Body>> {
    let mut refused = None;
    for id in ids {
        refused = Some(refusal(incoming, config, Some(id))?);
    }
    refused
}

/// The same without the CSRF token: for a login, which proves by other means whose it is, and may not come from a page of
/// another site either, which would log the user in as somebody else (OWASP, "Cross-Site Request Forgery Prevention",
/// on login forms); and for what has nothing to protect.
#[must_use]
pub fn check_page(incoming: &Incoming<'_>, config: &Config) -> Option<Response<Body>> {
    refusal(incoming, config, None)
}

fn refusal(
    incoming: &Incoming<'_>,
    config: &Config,
    id: Option<&SessionId>,
) -> Option<Response<Body>> {
    let call = Call {
        effect: incoming.effect,
        sources: incoming.sources(),
        carried: &incoming.carried,
        id,
    };
    let checked = config.guard.check(&call, &config.transport.cookie);
    checked.err().map(refuse)
}

fn refuse(denial: Denial) -> Response<Body> {
    tracing::info!(event = "denied", reason = denial.as_str(), "denied");
    let detail = match denial {
        Denial::CsrfToken => {
            "Send the header X-CSRF-Token with the csrf_token of this session, which GET /session tells."
        }
        _ => {
            "The page that sent the request is neither of this host nor of an allowed origin. Nothing was done."
        }
    };
    reply::problem(StatusCode::FORBIDDEN, detail)
}
