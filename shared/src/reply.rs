//! Responses: their bodies, and the headers that every one of them has.

use std::error::Error;

use http::{
    HeaderName, HeaderValue, StatusCode,
    header::{
        ALLOW, CACHE_CONTROL, CONTENT_TYPE, LOCATION, REFERRER_POLICY, RETRY_AFTER, SET_COOKIE,
        STRICT_TRANSPORT_SECURITY, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
    },
};
use serde::Serialize;
use serde_json::json;

use crate::{
    audit::{Cause, Event, Kind},
    authorize::Denial,
    config::Config,
    fault::StoreError,
    id::SessionRef,
    recent::LogInAgain,
    session::Session,
    time::UnixSeconds,
    token::Token,
    transport::{Carried, Mode, Presented},
};

/// A response: its body is text, `""` where it has none.
pub type Response = http::Response<String>;

/// The media type of an error's body (RFC 9457).
const PROBLEM: &str = "application/problem+json";

/// What keeps a response out of caches, sniffers and referrers, and the client on TLS.
const ALWAYS: [(HeaderName, HeaderValue); 4] = [
    (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (
        STRICT_TRANSPORT_SECURITY,
        HeaderValue::from_static("max-age=31536000; includeSubDomains"),
    ),
    (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
];

/// A 200 with a JSON body.
#[must_use]
pub fn json(body: &impl Serialize) -> Response {
    // What the functions answer with has string keys: it always has a JSON form.
    let body = serde_json::to_string(body).unwrap_or_default();
    respond(StatusCode::OK, "application/json", body)
}

/// A 200 with a text of a media type.
#[must_use]
pub fn text(media_type: &'static str, body: &str) -> Response {
    respond(StatusCode::OK, media_type, body.to_owned())
}

/// A 204.
#[must_use]
pub fn no_content() -> Response {
    let mut response = respond(StatusCode::NO_CONTENT, "", String::new());
    response.headers_mut().remove(CONTENT_TYPE);
    response
}

/// A 303: the browser goes on with a GET of `path`, of this host.
#[must_use]
pub fn see_other(path: &str) -> Response {
    let mut response = no_content();
    *response.status_mut() = StatusCode::SEE_OTHER;
    carry(&mut response, LOCATION.as_str(), path);
    response
}

/// Puts the token of `session` into the response: into the cookie, the header or both. `API Gateway` renames
/// `Authorization` in responses, so another header takes its place ([`crate::transport::Transport::handed_out_in`]). A
/// cookie of this name that the request presents may lie in another scope than the new one, so it is first removed from
/// all scopes that can be named.
pub fn hand_out(
    response: &mut Response,
    carried: &Carried<'_>,
    config: &Config,
    token: &Token,
    session: &Session,
    now: UnixSeconds,
) {
    if config.transport.mode != Mode::Header {
        let cookie = config.cookie_of(session).set(token, session, now);
        write_cookie(response, carried, config, &cookie);
    }
    if config.transport.mode != Mode::Cookie {
        carry(response, config.transport.handed_out_in(), token.expose());
    }
}

/// Puts the cookie into the response again, with the deadline that `session` has now. A request without the cookie gets
/// none.
pub fn renew(
    response: &mut Response,
    carried: &Carried<'_>,
    config: &Config,
    token: &Token,
    session: &Session,
    now: UnixSeconds,
) {
    if carried.has_cookie() {
        let cookie = config.cookie_of(session).set(token, session, now);
        write_cookie(response, carried, config, &cookie);
    }
}

/// Removes the cookie, if the transport has one; from all its scopes, if the request presents it.
pub fn take_back(response: &mut Response, carried: &Carried<'_>, config: &Config) {
    if config.transport.mode != Mode::Header {
        let cookie = config.transport.cookie.clear();
        write_cookie(response, carried, config, &cookie);
    }
}

/// Adds `last`. If the request presents the cookie, the values that remove it from its other scopes go before that. The
/// order counts, because a client that does not know `Partitioned` takes the scope of a partition for the cookie's own.
fn write_cookie(response: &mut Response, carried: &Carried<'_>, config: &Config, last: &str) {
    if carried.has_cookie() {
        for other in config.transport.cookie.clear_others() {
            carry(response, SET_COOKIE.as_str(), &other);
        }
    }
    carry(response, SET_COOKIE.as_str(), last);
}

/// Adds a header. The configuration and the token's alphabet make sure that its name and value are valid.
fn carry(response: &mut Response, name: &str, value: &str) {
    if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
        response.headers_mut().append(name, value);
    }
}

/// An error as RFC 9457 has it. `detail` tells what to mend and never repeats what was sent.
#[must_use]
pub fn problem(status: StatusCode, detail: &str) -> Response {
    respond(status, PROBLEM, problem_body(status, detail))
}

/// The one 401 of every route that takes a session: the same bytes for every reason, so that no reason can be told from
/// another.
#[must_use]
pub fn unauthorized() -> Response {
    challenge("The request is not authenticated: log in.")
}

/// The one 401 of a login, whatever the reason, so that nobody learns which users there are.
#[must_use]
pub fn login_failed() -> Response {
    challenge(
        "The login failed: the user name or the password is wrong, or the user may not log in.",
    )
}

fn challenge(detail: &str) -> Response {
    let mut response = problem(StatusCode::UNAUTHORIZED, detail);
    let challenge = HeaderValue::from_static("Session");
    response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    response
}

/// The 403 for a request that a page of another site may have sent, or that does not show the session's CSRF token.
/// It is logged, with the session where that is known.
#[must_use]
pub fn refused(denial: Denial, session: Option<&SessionRef>) -> Response {
    denial.log(session, Presented::Nothing);
    let detail = match denial {
        Denial::CsrfToken => {
            "Send the header X-CSRF-Token with the csrf_token of this session, which GET /session tells."
        }
        _ => {
            "The page that sent the request is neither of this host nor of an allowed origin. Nothing was done."
        }
    };
    problem(StatusCode::FORBIDDEN, detail)
}

/// The 403 for a user whose login is too long ago.
#[must_use]
pub fn log_in_again(required: LogInAgain) -> Response {
    let detail = format!(
        "This takes a login within the last {} seconds: log in again.",
        required.seconds
    );
    problem(StatusCode::FORBIDDEN, &detail)
}

/// A 429 that names the whole seconds to wait (RFC 9110 section 10.2.3).
#[must_use]
pub fn too_many_requests(seconds: u64) -> Response {
    retry_after(
        StatusCode::TOO_MANY_REQUESTS,
        "There were too many tries: wait for the seconds in the Retry-After header, then try again.",
        seconds,
    )
}

/// A 405 that names the methods to use.
#[must_use]
pub fn method_not_allowed(allowed: &str) -> Response {
    let mut response = problem(
        StatusCode::METHOD_NOT_ALLOWED,
        "This resource does not take this method; the Allow header names what it takes.",
    );
    carry(&mut response, ALLOW.as_str(), allowed);
    response
}

/// The answer to a fault of the store: a 503, so that nobody takes an outage for the end of a session. The fault is
/// logged.
#[must_use]
pub fn store_fault(error: &StoreError) -> Response {
    fault(Kind::Store(error.kind), error)
}

/// The answer if there are no signing keys to decide by, in the same words.
#[must_use]
pub fn unavailable() -> Response {
    problem(
        StatusCode::SERVICE_UNAVAILABLE,
        "The session store is not available. Nothing was decided: try again.",
    )
}

/// The answer if a new session would end as it begins, for so many more seconds (RFC 9110 section 10.2.3): the moment
/// before which all sessions have ended has not come yet.
#[must_use]
pub fn closed(seconds: u64) -> Response {
    Event::Closed { seconds }.log();
    retry_after(
        StatusCode::SERVICE_UNAVAILABLE,
        "No session can begin yet: wait for the seconds in the Retry-After header, then try again.",
        seconds,
    )
}

fn retry_after(status: StatusCode, detail: &str, seconds: u64) -> Response {
    let mut response = problem(status, detail);
    let headers = response.headers_mut();
    headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    response
}

/// The answer to a fault, which is logged.
#[must_use]
pub fn fault(kind: Kind, error: &(dyn Error + 'static)) -> Response {
    let error = Cause::chain(error);
    Event::StoreFault { kind, error }.log();
    unavailable()
}

/// The JSON of a problem. Its title is the status's reason, as RFC 9457 section 4.2.1 has it for `about:blank`.
fn problem_body(status: StatusCode, detail: &str) -> String {
    let title = status.canonical_reason();
    json!({"title": title, "status": status.as_u16(), "detail": detail}).to_string()
}

fn respond(status: StatusCode, media_type: &'static str, body: String) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().extend(ALWAYS);
    let media_type = HeaderValue::from_static(media_type);
    response.headers_mut().insert(CONTENT_TYPE, media_type);
    response
}
