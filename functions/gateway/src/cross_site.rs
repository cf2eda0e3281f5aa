//! Cross-site requests are refused before a function looks at them.

use dynamodb_session::{
    authorize::Denial,
    config::Config,
    cross_site::{Call, Effect},
    transport::{Presented, Source},
};
use lambda_http::{Body, Request, Response, http::StatusCode};

use crate::{event, reply};

/// The 403 of a request that a page of another site may have sent, or that does not show the session's CSRF token where
/// it has to; `None`: it may go on. It asks no store.
#[must_use]
pub fn check(request: &Request, config: &Config) -> Option<Response<Body>> {
    refusal(request, config, |sources| config.transport.read(sources))
}

/// The same without the CSRF token: for a login, which proves by other means whose it is, and may not come from a page of
/// another site either, which would log the user in as somebody else (OWASP, "Cross-Site Request Forgery Prevention",
/// on login forms); and for what has nothing to protect.
#[must_use]
pub fn check_page(request: &Request, config: &Config) -> Option<Response<Body>> {
    refusal(request, config, |_| Presented::Nothing)
}

fn refusal(
    request: &Request,
    config: &Config,
    presented: impl for<'a> Fn(&[Source<'a>]) -> Presented<'a>,
) -> Option<Response<Body>> {
    let effect = Effect::of(Some(request.method().as_str()));
    if effect == Effect::Safe {
        return None;
    }
    let sources = event::sources(request);
    let call = Call {
        effect,
        sources: &sources,
        presented: &presented(&sources),
    };
    let checked = config
        .guard
        .check(&call, &config.transport, &config.policy.format);
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
