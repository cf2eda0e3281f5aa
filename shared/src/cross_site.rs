//! Cross-site requests: those that a page of another site has the browser send, with the user's cookie.
//!
//! ```text
//! Sec-Fetch-Site   Origin                          an unsafe request with a cookie
//! same-origin,     any                             passes
//! none
//! any              an allowed one                  passes
//! absent           the request's own               passes
//! absent           absent                          passes: no browser sends it
//! any other        any other                       is refused
//! ```

pub mod origins;

use origins::{AllowedOrigins, Origin};

use crate::{
    authorize::Denial,
    csrf::{self, CsrfToken},
    id::SessionId,
    transport::{Carried, Presented, Source, cookie::CookieSettings, header},
};

/// What guards the requests that a browser authenticates by itself.
#[derive(Debug, Default)]
pub struct Guard {
    /// The origins whose pages may send them besides the host's own pages.
    pub allowed: AllowedOrigins,
    /// Whether they have to show the session's token of [`csrf`] as well.
    pub csrf_token: bool,
    /// Whether the front speaks plain HTTP, as `local`'s does: then its own pages have an HTTP origin, also if the
    /// cookie is `Secure`.
    pub plain_http: bool,
}

/// A request, as far as other sites are concerned.
#[derive(Debug)]
pub struct Request<'a> {
    /// What it is for.
    pub effect: Effect,
    /// Its headers.
    pub sources: &'a [Source<'a>],
    /// What its carriers hold.
    pub carried: &'a Carried<'a>,
    /// The id that it is authenticated by; `None`: it names no session to guard, or authenticates by other means.
    pub id: Option<&'a SessionId>,
}

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It changes nothing (RFC 9110 section 9.2.1): another site may have it sent, and learns nothing from the answer.
    Safe,
    /// It may change something.
    Unsafe,
    /// It opens a WebSocket, whose answers any page reads: no browser keeps those from another site (RFC 6455 section
    /// 10.2). A page can add no header to it.
    Handshake,
}

impl Effect {
    /// The effect of a method, spelled as HTTP does. An unknown one may do anything.
    #[must_use]
    pub fn of(method: Option<&str>) -> Self {
        match method {
            Some("GET" | "HEAD" | "OPTIONS" | "TRACE") => Self::Safe,
            _ => Self::Unsafe,
        }
    }
}

impl Guard {
    /// Refuses a request that a page of another site may have sent, or that does not show the session's token where it
    /// has to. It asks no store.
    ///
    /// A request that a browser does not authenticate by itself passes, because no other site can make a browser send
    /// it.
    pub fn check(&self, call: &Request<'_>, cookie: &CookieSettings) -> Result<(), Denial> {
        if call.effect == Effect::Safe || !call.carried.is_ambient() {
            return Ok(());
        }
        let plain = self.plain_http || !cookie.secure;
        if self.is_cross_site(call.sources, plain) {
            return Err(Denial::CrossSite);
        }
        let Some(id) = call.id else {
            return Ok(());
        };
        if !self.csrf_token || call.effect == Effect::Handshake {
            return Ok(());
        }
        let shown = match header(call.sources, csrf::HEADER) {
            Presented::Token(shown) => shown,
            Presented::Nothing | Presented::Ambiguous | Presented::Oversized => "",
        };
        if csrf::verify(shown, id) {
            Ok(())
        } else {
            Err(Denial::CsrfToken)
        }
    }

    /// The CSRF token that a page has to show for the session that `id` names, if tokens are required.
    #[must_use]
    pub fn csrf_token(&self, id: &SessionId) -> Option<CsrfToken> {
        self.csrf_token.then(|| csrf::issue(id))
    }

    /// The rule of this module's table. `Sec-Fetch-Site` (W3C Fetch Metadata) is the browser's own verdict, which no
    /// page sets; browsers of before 2023 send the origin alone.
    fn is_cross_site(&self, sources: &[Source<'_>], plain: bool) -> bool {
        use Presented::{Nothing, Token};
        let (site, origin) = (header(sources, "sec-fetch-site"), header(sources, "origin"));
        match (site, origin) {
            (Token("same-origin" | "none"), _) | (Nothing, Nothing) => false,
            (_, Token(origin)) if self.allowed.contains(origin) => false,
            (Nothing, Token(origin)) => !is_own(origin, header(sources, "host"), plain),
            _ => true,
        }
    }
}

/// Whether `origin` is that of the host that was called. Plain HTTP counts only where the cookie travels over it, or nothing else
/// is spoken.
fn is_own(origin: &str, host: Presented<'_>, plain: bool) -> bool {
    let (Some(origin), Presented::Token(host)) = (Origin::parse(origin), host) else {
        return false;
    };
    let called = Origin::of_host(origin.secure, host);
    (origin.secure || plain) && called.is_some_and(|called| called.is(&origin))
}

#[cfg(test)]
mod tests;
