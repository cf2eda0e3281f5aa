//! Cross-origin resource sharing as an HTTP API does it where it has a `CorsConfiguration` (developer guide, "Configure
//! CORS for HTTP APIs"): it answers preflight requests itself, and adds its headers to what an integration answers.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header, request::Parts},
    response::Response,
};
use dynamodb_session::{config::Config, cross_site::origins::AllowedOrigins};

/// The methods that pages of other origins may use, as template.yaml has them.
pub const METHODS: &str = "GET,POST,PATCH,DELETE";

/// The headers that they may send besides the one that carries the token.
pub const HEADERS: &str = "content-type,if-match,x-csrf-token";

/// The headers that they may read besides it.
pub const EXPOSED: &str = "etag,retry-after";

/// Seconds for which a browser may remember a preflight's answer.
pub const MAX_AGE: &str = "600";

/// What pages of other origins may do.
#[derive(Clone, Debug)]
pub(super) struct Cors {
    allowed: AllowedOrigins,
    headers: HeaderValue,
    exposed: HeaderValue,
}

impl Cors {
    /// `None`: they may do nothing, as if the template's `AllowedOrigins` is empty.
    /// `more` headers may be sent besides ours, as the template's `AllowedHeaders` says.
    pub(super) fn new(config: &Config, more: &[String]) -> Option<Self> {
        let allowed = config.guard.allowed.clone();
        let with_token = |names: &str, token: &str, more: &[String]| {
            let ours = [names, token].into_iter();
            let names: Vec<&str> = ours.chain(more.iter().map(String::as_str)).collect();
            HeaderValue::try_from(names.join(",")).ok()
        };
        Some(Self {
            headers: with_token(HEADERS, &config.transport.header, more)?,
            exposed: with_token(EXPOSED, config.transport.handed_out_in(), &[])?,
            allowed,
        })
        .filter(|cors| !cors.allowed.is_empty())
    }

    /// The answer to a preflight request, whatever its route; `None`: it is another request. To an origin that is not
    /// allowed the answer tells nothing, and the browser sends nothing more.
    pub(super) fn preflight(&self, parts: &Parts) -> Option<Response> {
        asking(parts)?;
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        let headers = response.headers_mut();
        if self.allow(&parts.headers, headers) {
            let methods = HeaderValue::from_static(METHODS);
            headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
            headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, self.headers.clone());
            let max_age = HeaderValue::from_static(MAX_AGE);
            headers.insert(header::ACCESS_CONTROL_MAX_AGE, max_age);
        }
        Some(response)
    }

    /// Puts the gateway's headers in place of the integration's own.
    pub(super) fn complete(&self, request: &HeaderMap, response: &mut Response) {
        let headers = response.headers_mut();
        let own: Vec<HeaderName> = headers
            .keys()
            .filter(|name| name.as_str().starts_with("access-control-"))
            .cloned()
            .collect();
        for name in own {
            headers.remove(name);
        }
        if self.allow(request, headers) {
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, self.exposed.clone());
        }
    }

    /// Whether pages of this origin may call.
    pub(super) fn allows(&self, origin: &HeaderValue) -> bool {
        origin
            .to_str()
            .is_ok_and(|origin| self.allowed.names(origin))
    }

    fn allow(&self, request: &HeaderMap, response: &mut HeaderMap) -> bool {
        let Some(origin) = request.get(header::ORIGIN) else {
            return false;
        };
        let allowed = self.allows(origin);
        if allowed {
            response.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            let yes = HeaderValue::from_static("true");
            response.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, yes);
        }
        allowed
    }
}

/// The origin of the page that asks by a preflight request whether it may call; `None`: it is another request.
pub(super) fn asking(parts: &Parts) -> Option<&HeaderValue> {
    let asks = parts.method == Method::OPTIONS
        && parts
            .headers
            .contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    parts.headers.get(header::ORIGIN).filter(|_| asks)
}
