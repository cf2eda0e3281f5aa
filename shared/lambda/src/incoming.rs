//! A request as the rules ask about it, read once.

use std::{borrow::Cow, fmt, net::IpAddr};

use dynamodb_session::{
    claim::Claim,
    config::Config,
    cross_site::Effect,
    session::Origin,
    transport::{Carried, Presented, Source, Transport, cookie::CookieSettings},
};
use lambda_http::{Request, http::header::USER_AGENT, request::RequestContext};

use crate::event;

/// A request: what it presents, what it is for, and where it comes from.
///
/// It is made once, at the edge, and passed on. It borrows the request mutably, so that nothing can read the request a
/// second time.
pub struct Incoming<'a> {
    /// The request, for what one route alone reads of it: its body, its query, its conditions.
    pub request: &'a Request,
    /// What its carriers hold.
    pub carried: Carried<'a>,
    /// The session that it claims.
    pub claim: Claim<'a>,
    /// What it is for.
    pub effect: Effect,
    /// The address of the client: what a trusted front tells (`SESSION_FRONT_HEADER`), and otherwise what `API Gateway`
    /// saw.
    pub address: Option<Cow<'a, str>>,
    /// The user agent, where it is text.
    pub agent: Option<&'a str>,
    /// Its headers, as they came.
    sources: Vec<Source<'a>>,
}

impl<'a> Incoming<'a> {
    /// Reads a request that [`crate::http`] hands out.
    #[must_use]
    pub fn read(request: &'a mut Request, config: &Config) -> Self {
        let request: &'a Request = request;
        let sources = event::sources(request);
        let carried = config.transport.read(&sources);
        let agent = request.headers().get(USER_AGENT);
        Self {
            claim: Claim::verify(carried.presented(), &config.policy.format),
            carried,
            effect: Effect::of(Some(request.method().as_str())),
            address: address(request, &sources, config),
            agent: agent.and_then(|agent| agent.to_str().ok()),
            request,
            sources,
        }
    }

    /// Every text that it presents as a token: for a logout, which ends them all.
    #[must_use]
    pub fn all_presented(&self, config: &Config) -> Vec<&'a str> {
        config.transport.all(&self.sources)
    }

    /// What it presents in a cookie beside the session's.
    #[must_use]
    pub fn in_cookie(&self, cookie: &CookieSettings) -> Presented<'a> {
        let transport = Transport {
            cookie: cookie.clone(),
            ..Transport::default()
        };
        transport.read(&self.sources).presented()
    }

    /// Each description of its headers, as they came.
    pub(crate) fn sources(&self) -> &[Source<'a>] {
        &self.sources
    }

    /// The client's address, for a log.
    #[must_use]
    pub fn ip(&self) -> Option<IpAddr> {
        self.address.as_deref()?.parse().ok()
    }

    /// The origin of a session that it begins.
    #[must_use]
    pub fn origin(&self) -> Origin {
        Origin::new(self.address.as_deref(), self.agent)
    }
}

/// It holds credentials, so nothing of its headers and its body is shown.
impl fmt::Debug for Incoming<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Incoming({} {})",
            self.request.method(),
            self.request.uri().path()
        )
    }
}

fn address<'a>(
    request: &'a Request,
    sources: &[Source<'a>],
    config: &Config,
) -> Option<Cow<'a, str>> {
    let told = config
        .front
        .as_ref()
        .and_then(|front| front.client(sources));
    told.map(|address| address.to_string().into())
        .or_else(|| source_ip(request).map(Cow::from))
}

/// The address that the request came from, as `API Gateway` saw it; no header can change it.
fn source_ip(request: &Request) -> Option<&str> {
    match request.extensions().get::<RequestContext>()? {
        RequestContext::ApiGatewayV1(context) => context.identity.source_ip.as_deref(),
        RequestContext::ApiGatewayV2(context) => context.http.source_ip.as_deref(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use dynamodb_session::time::UnixSeconds;
    use lambda_http::{Body, http};

    use super::*;

    #[test]
    fn debug_shows_no_header_and_no_body() {
        let request = http::Request::post("/login?key=Secret").header("cookie", "__Host-id=Secret");
        let mut request = request.body(Body::from("Secret")).unwrap();
        let config = Config::parse(|_| None, UnixSeconds(0)).unwrap();
        let incoming = Incoming::read(&mut request, &config);
        assert_eq!(format!("{incoming:?}"), "Incoming(POST /login)");
    }
}
