//! Cookies that get lost between a login and the next call. The client sees only a 401, so the log tells why.

use std::{collections::BTreeSet, sync::Mutex};

use axum::{
    http::{HeaderMap, HeaderName, Method, StatusCode, header, request::Parts},
    response::Response,
};
use dynamodb_session::{
    config::Config,
    transport::{Mode, cookie::SameSite},
};

/// The most clients that are waited for.
const MOST: usize = 100;

/// Looks at logins, and at what comes after them.
#[derive(Debug)]
pub(super) struct Watch {
    state: Mutex<State>,
    rule: Rule,
}

/// What the watch has to know about the cookie.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    name: String,
    secure: bool,
    /// Whether a browser drops it from an answer to a page of another site.
    same_site: bool,
    in_use: bool,
}

#[derive(Debug, Default)]
struct State {
    /// The user agents whose login was answered with a cookie, and that have sent nothing since.
    awaited: BTreeSet<String>,
    told: bool,
}

impl Rule {
    pub(super) fn of(config: &Config) -> Self {
        let cookie = &config.transport.cookie;
        Self {
            name: cookie.name.clone(),
            secure: cookie.secure,
            same_site: cookie.same_site != SameSite::None,
            in_use: config.transport.mode == Mode::Cookie,
        }
    }
}

impl Watch {
    pub(super) fn new(rule: Rule) -> Self {
        Self {
            state: Mutex::default(),
            rule,
        }
    }

    /// A line for the log about a request, once, if the cookie of the login before it is missing.
    pub(super) fn asked(&self, parts: &Parts) -> Option<String> {
        let Rule { name, secure, .. } = &self.rule;
        if !self.rule.in_use || parts.method == Method::OPTIONS || parts.uri.path() == "/login" {
            return None;
        }
        let mut state = self.state.lock().ok()?;
        let awaited = state.awaited.remove(&agent(&parts.headers));
        if !awaited || state.told || has_cookie(&parts.headers, name) {
            return None;
        }
        state.told = true;
        let why = if *secure {
            "it is Secure, and over plain HTTP many clients keep such a cookie to themselves: leave SESSION_COOKIE_NAME and \
             SESSION_COOKIE_SECURE unset"
        } else {
            "the client keeps no cookies, or keeps this one for another host than it calls (localhost and 127.0.0.1 are two); \
             curl takes -c and -b, fetch takes credentials: \"include\""
        };
        Some(format!(
            "the login's cookie {name} did not come back: {why}"
        ))
    }

    /// A line for the log about the answer to a request, if a browser is going to drop the cookie that it sets.
    pub(super) fn answered(&self, parts: &Parts, response: &Response) -> Option<String> {
        let sets = response.headers().contains_key(header::SET_COOKIE);
        let login = parts.uri.path() == "/login" && response.status() == StatusCode::OK;
        if !self.rule.in_use || !login || !sets {
            return None;
        }
        if self.rule.same_site
            && let Some((origin, host)) = other_site(&parts.headers)
        {
            return Some(format!(
                "a page of {origin:?} logged in at {host:?}, which is another site to the browser, and drops the cookie: \
                 let the page call the host that it is from"
            ));
        }
        if let Ok(mut state) = self.state.lock()
            && state.awaited.len() < MOST
        {
            state.awaited.insert(agent(&parts.headers));
        }
        None
    }
}

/// The origin of the page and the host that it called, if a browser takes them for two sites.
fn other_site(headers: &HeaderMap) -> Option<(&str, &str)> {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let (origin, host) = (text(header::ORIGIN)?, text(header::HOST)?);
    let site = text(HeaderName::from_static("sec-fetch-site"));
    let other = match site {
        Some(site) => site == "cross-site",
        // Two ports of a host are one site.
        None => name(origin.split_once("://")?.1) != name(host),
    };
    other.then_some((origin, host))
}

/// A host without its port.
fn name(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => authority,
    }
}

fn agent(headers: &HeaderMap) -> String {
    let agent = headers.get(header::USER_AGENT);
    agent.map_or_else(String::new, |agent| {
        String::from_utf8_lossy(agent.as_bytes()).into_owned()
    })
}

fn has_cookie(headers: &HeaderMap, name: &str) -> bool {
    let lines = headers.get_all(header::COOKIE).iter();
    let pairs = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b';'));
    pairs.into_iter().any(|pair| {
        let pair = pair.trim_ascii().strip_prefix(name.as_bytes());
        pair.is_some_and(|rest| rest.first() == Some(&b'='))
    })
}

#[cfg(test)]
mod tests {
    use axum::{body::Body, http::Request};
    use dynamodb_session::time::UnixSeconds;

    use super::*;

    fn watch(variables: &[(&str, &str)]) -> Watch {
        let lookup = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        Watch::new(Rule::of(&Config::parse(lookup, UnixSeconds(0)).unwrap()))
    }

    type Headers<'a> = &'a [(&'a str, &'a str)];

    fn request(method: &str, path: &str, headers: Headers<'_>) -> Parts {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    fn login(watch: &Watch, headers: Headers<'_>) -> Option<String> {
        let mut response = Response::new(Body::empty());
        let cookie = "__Host-id=V".parse().unwrap();
        response.headers_mut().insert(header::SET_COOKIE, cookie);
        watch.answered(&request("POST", "/login", headers), &response)
    }

    #[test]
    fn a_cookie_that_does_not_come_back_is_told_once_and_why() {
        let (curl, cookie) = (("user-agent", "curl"), ("cookie", "a=1; __Host-id=V"));
        #[rustfmt::skip]
        let cases: [(&str, Parts, bool); 6] = [
            ("nothing",        request("GET", "/profile", &[curl]),                                       true),
            ("another cookie", request("GET", "/session", &[curl, ("cookie", "__Host-idx=V; x__Host-id=V")]), true),
            ("it is back",     request("GET", "/profile", &[curl, cookie]),                               false),
            ("another client", request("GET", "/profile", &[("user-agent", "Java")]),                     false),
            ("a preflight",    request("OPTIONS", "/profile", &[curl]),                                   false),
            ("another login",  request("POST", "/login", &[curl]),                                        false),
        ];
        for (name, next, expected) in cases {
            let watch = watch(&[]);
            assert_eq!(watch.asked(&next), None, "{name}: before there is a login");
            assert_eq!(login(&watch, &[curl]), None, "{name}");
            let told = watch.asked(&next);
            assert_eq!(told.is_some(), expected, "{name}: {told:?}");
            if let Some(told) = told {
                assert!(
                    told.contains("__Host-id") && told.contains("SESSION_COOKIE_SECURE"),
                    "{told}"
                );
                login(&watch, &[curl]);
                assert_eq!(watch.asked(&next), None, "{name}: once");
            }
        }
        let plain = [
            ("SESSION_COOKIE_NAME", "id"),
            ("SESSION_COOKIE_SECURE", "off"),
        ];
        let plain = watch(&plain);
        login(&plain, &[]);
        let told = plain.asked(&request("GET", "/profile", &[])).unwrap();
        assert!(told.contains("curl takes -c and -b"), "{told}");
        let header = watch(&[("SESSION_TRANSPORT", "header")]);
        login(&header, &[]);
        assert_eq!(header.asked(&request("GET", "/profile", &[])), None);
    }

    #[test]
    fn a_cookie_that_a_browser_is_going_to_drop_is_told() {
        let host = |host| ("host", host);
        let (page, cross) = (
            ("origin", "http://localhost:5173"),
            ("sec-fetch-site", "cross-site"),
        );
        #[rustfmt::skip]
        let cases: [(&str, Headers<'_>, bool); 6] = [
            ("the same host",        &[page, host("localhost:3000"), ("sec-fetch-site", "same-site")], false),
            ("an old browser",       &[page, host("localhost:3000")],                                  false),
            ("another host",         &[page, host("127.0.0.1:3000"), cross],                           true),
            ("of an old browser",    &[page, host("127.0.0.1:3000")],                                  true),
            ("by its address of IPv6", &[page, host("[::1]:3000"), cross],                             true),
            ("no page",              &[host("127.0.0.1:3000")],                                        false),
        ];
        for (name, headers, expected) in cases {
            let told = login(&watch(&[]), headers);
            assert_eq!(told.is_some(), expected, "{name}: {told:?}");
            assert!(
                told.is_none_or(|told| told.contains("localhost:5173")),
                "{name}"
            );
            let none = watch(&[("SESSION_COOKIE_SAMESITE", "None")]);
            assert_eq!(login(&none, headers), None, "{name}");
        }
    }
}
