//! Cross-site requests are refused before a function looks at them.

use crate::incoming::Incoming;
use dynamodb_session::{
    config::Config,
    cross_site::Request,
    id::SessionId,
    reply::{self, Response},
};

/// The 403 for a request that a page of another site may have sent, or that does not show the session's CSRF token
/// where it has to; `None`: the request may go on. No store is asked.
#[must_use]
pub fn check(incoming: &Incoming<'_>, config: &Config) -> Option<Response> {
    refusal(incoming, config, incoming.claim.id().ok())
}

/// Like [`check`], for a request that ends the sessions of all `ids`: the CSRF token of one of them is enough, because
/// a page has only one.
#[must_use]
pub fn check_end(incoming: &Incoming<'_>, config: &Config, ids: &[SessionId]) -> Option<Response> {
    let mut refused = None;
    for id in ids {
        refused = Some(refusal(incoming, config, Some(id))?);
    }
    refused
}

/// Like [`check`], but without the CSRF token: for a login, which proves by other means whose it is, and for requests
/// that have nothing to protect. A login from a page of another site is refused as well, because it would log the user
/// in as somebody else (OWASP, "Cross-Site Request Forgery Prevention", on login forms).
#[must_use]
pub fn check_page(incoming: &Incoming<'_>, config: &Config) -> Option<Response> {
    refusal(incoming, config, None)
}

fn refusal(incoming: &Incoming<'_>, config: &Config, id: Option<&SessionId>) -> Option<Response> {
    let call = Request {
        effect: incoming.effect,
        sources: incoming.sources(),
        carried: &incoming.carried,
        id,
    };
    let checked = config.guard.check(&call, &config.transport.cookie);
    checked.err().map(|denial| reply::refused(denial, None))
}
