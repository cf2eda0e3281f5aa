//! How tokens travel, and what a browser's request has to show.

use super::{domain, reader::Reader};
use crate::{
    cross_site::{Guard, origins::AllowedOrigins},
    csrf,
    transport::{
        Mode, Transport,
        cookie::{CookieSettings, Lifetime, SameSite, scope::Scope},
    },
};

/// Headers that HTTP, `API Gateway` or our responses have for another purpose: a token in their place would break it, or be lost
/// on the way (developer guide, "Important notes for REST APIs", and "Transforming API requests", on reserved headers).
pub(super) const TAKEN: [&str; 33] = [
    "age",
    "allow",
    "cache-control",
    "connection",
    "cookie",
    "date",
    "etag",
    "expect",
    "forwarded",
    "from",
    "host",
    "keep-alive",
    "last-modified",
    "location",
    "max-forwards",
    "origin",
    "pragma",
    "range",
    "referer",
    "referrer-policy",
    "retry-after",
    "server",
    "set-cookie",
    "strict-transport-security",
    "te",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "vary",
    "via",
    "warning",
    "www-authenticate",
    csrf::HEADER,
];

/// The same by their beginnings: content, conditions, CORS, what only browsers or proxies set, what `API Gateway` and Lambda set.
pub(super) const TAKEN_PREFIXES: [&str; 14] = [
    "accept",
    "access-control-",
    "apigw-",
    "content-",
    "if-",
    "lambda-",
    "proxy-",
    "sec-",
    "trailer",
    "x-amz",
    "x-apigateway-",
    "x-content-",
    "x-forwarded-",
    "x-http-method",
];

/// The most bytes of the headers that remove the cookie from its other scopes: `API Gateway` passes on 10,240 of all headers.
const MOST_CLEARING_BYTES: usize = 8192;

impl<L: Fn(&str) -> Option<String>> Reader<L> {
    pub(super) fn transport(&mut self) -> Transport {
        Transport {
            mode: self.choice(
                "SESSION_TRANSPORT",
                &[
                    ("cookie", Mode::Cookie),
                    ("header", Mode::Header),
                    ("both", Mode::Both),
                ],
                Mode::Cookie,
            ),
            cookie: self.cookie(),
            header: self.header("SESSION_HEADER", "x-id"),
        }
    }

    pub(super) fn guard(&mut self) -> Guard {
        Guard {
            allowed: self.origins("SESSION_ALLOWED_ORIGINS"),
            csrf_token: self.choice(
                "SESSION_CSRF_TOKEN",
                &[("off", false), ("required", true)],
                false,
            ),
            plain_http: false,
        }
    }

    fn header(&mut self, name: &str, default: &str) -> String {
        let header = self.text(name).unwrap_or_else(|| default.to_owned());
        let lower = header.to_ascii_lowercase();
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        let taken = TAKEN.contains(&lower.as_str())
            || TAKEN_PREFIXES
                .iter()
                .any(|prefix| lower.starts_with(prefix));
        if taken {
            self.problems.push(format!(
                "{name} is {header:?}, which HTTP, API Gateway or Lambda has another use for: give a name of its own, such as x-id, \
                 or authorization"
            ));
        } else if !(1..=64).contains(&lower.len()) || !lower.bytes().all(legal) {
            self.problems.push(format!(
                "{name} is {header:?}, not the name of a header (1 to 64 letters, digits or -)"
            ));
        }
        lower
    }

    fn former_scopes(&mut self, name: &str) -> Vec<Scope> {
        let Some(text) = self.text(name) else {
            return Vec::new();
        };
        Scope::list(&text).unwrap_or_else(|problem| {
            self.problems.push(format!("{name}: {problem}"));
            Vec::new()
        })
    }

    fn origins(&mut self, name: &str) -> AllowedOrigins {
        let Some(text) = self.text(name) else {
            return AllowedOrigins::default();
        };
        AllowedOrigins::parse(&text).unwrap_or_else(|problem| {
            self.problems.push(format!("{name}: {problem}"));
            AllowedOrigins::default()
        })
    }

    fn cookie(&mut self) -> CookieSettings {
        let default = CookieSettings::default();
        let cookie = CookieSettings {
            name: self.text("SESSION_COOKIE_NAME").unwrap_or(default.name),
            domain: self.text("SESSION_COOKIE_DOMAIN"),
            path: self.text("SESSION_COOKIE_PATH").unwrap_or(default.path),
            secure: self.switch("SESSION_COOKIE_SECURE", true),
            same_site: self.choice(
                "SESSION_COOKIE_SAMESITE",
                &[
                    ("Strict", SameSite::Strict),
                    ("Lax", SameSite::Lax),
                    ("None", SameSite::None),
                ],
                SameSite::Strict,
            ),
            partitioned: self.switch("SESSION_COOKIE_PARTITIONED", false),
            lifetime: self.choice(
                "SESSION_COOKIE_LIFETIME",
                &[
                    ("absolute", Lifetime::Absolute),
                    ("idle", Lifetime::Idle),
                    ("browser", Lifetime::Browser),
                ],
                Lifetime::Absolute,
            ),
            former: self.former_scopes("SESSION_COOKIE_FORMER_SCOPES"),
        };
        if let Some(domain) = &cookie.domain
            && let Some(problem) = domain::problem(domain)
        {
            self.problems
                .push(format!("SESSION_COOKIE_DOMAIN: {domain:?} {problem}"));
        }
        let mut problems = cookie.problems();
        let bytes: usize = cookie.clear_others().iter().map(String::len).sum();
        if bytes > MOST_CLEARING_BYTES {
            problems.push(format!(
                "removing the cookie from all its scopes takes {bytes} bytes of headers, and may take {MOST_CLEARING_BYTES}: \
                 list fewer scopes, or shorter paths"
            ));
        }
        self.problems.extend(
            problems
                .into_iter()
                .map(|problem| format!("SESSION_COOKIE_*: {problem}")),
        );
        cookie
    }
}
