//! The session cookie: its settings, how it is written and how a cookie header is taken apart.

pub mod scope;

use std::fmt::{self, Write};

use scope::Scope;

use crate::{session::Session, time::UnixSeconds, token::Token};

/// A cookie's name and attributes (RFC 6265 section 4.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CookieSettings {
    /// The name, matched byte for byte.
    pub name: String,
    /// `Domain`; `None`: the host alone.
    pub domain: Option<String>,
    /// `Path`.
    pub path: String,
    /// `Secure`.
    pub secure: bool,
    /// `SameSite`.
    pub same_site: SameSite,
    /// `Partitioned`: a browser keeps one of its own for each site that embeds this one's pages (CHIPS).
    pub partitioned: bool,
    /// How long a browser keeps it.
    pub lifetime: Lifetime,
    /// The scopes that it had before a change of settings.
    pub former: Vec<Scope>,
}

/// How long a browser keeps the cookie. It decides nothing: the session ends by its own deadlines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifetime {
    /// Until the session's absolute deadline.
    Absolute,
    /// Until the session's idle deadline at the time when the cookie was written: at a login, at a rotation, or when a
    /// page asks for it. An authorizer can't write it again.
    Idle,
    /// Until the browser ends: neither `Max-Age` nor `Expires`.
    Browser,
}

/// Which cross-site requests carry the cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SameSite {
    /// None.
    Strict,
    /// Links from elsewhere.
    Lax,
    /// All.
    None,
}

impl SameSite {
    fn as_str(self) -> &'static str {
        match self {
            Self::Strict => "Strict",
            Self::Lax => "Lax",
            Self::None => "None",
        }
    }
}

impl Default for CookieSettings {
    fn default() -> Self {
        Self {
            name: "__Host-id".to_owned(),
            domain: None,
            path: "/".to_owned(),
            secure: true,
            same_site: SameSite::Strict,
            partitioned: false,
            lifetime: Lifetime::Absolute,
            former: Vec::new(),
        }
    }
}

/// The longest value of an attribute that a browser does not ignore (draft-ietf-httpbis-rfc6265bis section 5.6).
const MOST_ATTRIBUTE_BYTES: usize = 1024;

impl CookieSettings {
    /// What is wrong with the settings as a whole, one sentence each; if there is none, a browser takes the cookie.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        let name = &self.name;
        let mut problems = Vec::new();
        if name.is_empty() || name.len() > 64 || !name.bytes().all(is_token_byte) {
            problems
                .push("a cookie's name is 1 to 64 letters, digits or !#$%&'*+-.^_`|~".to_owned());
        }
        let host = self.has_prefix("__Host-");
        if host && (self.domain.is_some() || self.path != "/" || !self.secure) {
            problems.push(format!(
                "a browser drops the cookie {name}: __Host- demands Secure, Path=/ and no Domain; \
                 set that, or a name without the prefix (SESSION_COOKIE_NAME)"
            ));
        } else if (self.has_prefix("__Secure-") || self.has_prefix("__Http-")) && !self.secure {
            problems.push(format!(
                "a browser drops the cookie {name}: its prefix demands Secure; set that, or a name without \
                 the prefix (SESSION_COOKIE_NAME)"
            ));
        }
        if host
            && self
                .former
                .iter()
                .any(|scope| scope.domain.is_some() || scope.path != "/")
        {
            problems.push(format!(
                "the cookie {name} has one scope, /: a former one is that of another name, which need not be cleared"
            ));
        }
        if self.same_site == SameSite::None && !self.secure {
            problems
                .push("a browser drops a cookie with SameSite=None that is not Secure".to_owned());
        }
        if self.partitioned && (self.same_site != SameSite::None || !self.secure) {
            problems.push(
                "a cookie with Partitioned is sent to embedded pages alone if it is Secure with SameSite=None"
                    .to_owned(),
            );
        }
        if !self.path.starts_with('/')
            || self.path.len() > MOST_ATTRIBUTE_BYTES
            || !self.path.bytes().all(is_attribute_byte)
        {
            problems.push(
                "a cookie's path begins with /, has at most 1024 bytes and holds no ; or control character"
                    .to_owned(),
            );
        }
        if self.domain.as_deref().is_some_and(|name| !is_domain(name)) {
            problems.push("a cookie's domain is a host name without a leading dot".to_owned());
        }
        problems
    }

    /// Whether the name has a prefix that browsers know, in any case (draft-ietf-httpbis-rfc6265bis section 5.4).
    fn has_prefix(&self, prefix: &str) -> bool {
        let start = self.name.get(..prefix.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    }

    /// The `Set-Cookie` value that hands out the token of `session`.
    #[must_use]
    pub fn set(&self, token: &Token, session: &Session, now: UnixSeconds) -> String {
        let expires = match self.lifetime {
            Lifetime::Absolute => Some(session.expires()),
            Lifetime::Idle => Some(session.idle_expires().min(session.expires())),
            Lifetime::Browser => None,
        };
        let age = expires.map(|expires| (now.until(expires).as_secs(), expires));
        self.write(token.expose(), age)
    }

    /// The `Set-Cookie` value that removes the cookie. It has the same attributes, otherwise the browser would keep the
    /// cookie; its date is over by every clock.
    #[must_use]
    pub fn clear(&self) -> String {
        self.write("", Some((0, UnixSeconds(0))))
    }

    /// The `Set-Cookie` value of any text. `age`: for how many seconds a browser keeps the cookie, and the moment at which these end. Each `Max-Age` has
    /// its `Expires`: a client that gets `Max-Age` alone may take the cookie for one of RFC 2965, and put its value in
    /// quotes (`java.net.CookieManager`).
    #[must_use]
    pub fn write(&self, value: &str, age: Option<(u64, UnixSeconds)>) -> String {
        let mut cookie = String::new();
        // Writing to a string does not fail.
        let _: fmt::Result = write!(cookie, "{}={value}; Path={}", self.name, self.path);
        if let Some((seconds, end)) = age {
            let end = end.http_date();
            let _: fmt::Result = write!(cookie, "; Max-Age={seconds}; Expires={end}");
        }
        if let Some(domain) = &self.domain {
            let _: fmt::Result = write!(cookie, "; Domain={domain}");
        }
        if self.secure {
            cookie.push_str("; Secure");
        }
        let _: fmt::Result = write!(cookie, "; HttpOnly; SameSite={}", self.same_site.as_str());
        if self.partitioned {
            cookie.push_str("; Partitioned");
        }
        cookie
    }
}

/// Takes a cookie header apart at its semicolons, each with at most the one space that RFC 6265 section 4.2.1 puts
/// after it. Nothing else is trimmed, decoded or unquoted: a name that needs it is another name.
pub(super) fn pairs(header: &str) -> impl Iterator<Item = &str> {
    header
        .split(';')
        .enumerate()
        .map(|(index, pair)| match pair.strip_prefix(' ') {
            Some(rest) if index > 0 => rest,
            _ => pair,
        })
}

/// RFC 9110 section 5.6.2.
fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

fn is_domain(name: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    name.len() <= 253
        && name
            .split('.')
            .all(|label| !label.is_empty() && label.bytes().all(letter))
}

fn is_attribute_byte(byte: u8) -> bool {
    (b' '..=b'~').contains(&byte) && byte != b';'
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{id::SessionId, session::tests::session, signing_keys::SigningKeys, token};

    #[test]
    fn set_and_clear_differ_in_value_and_age_alone() {
        let id = SessionId::from_bytes(vec![0; 16]);
        let token = token::issue(&id, &SigningKeys::default());
        let settings = CookieSettings {
            name: "__Secure-id".to_owned(),
            domain: Some("example.com".to_owned()),
            path: "/api".to_owned(),
            same_site: SameSite::Lax,
            ..CookieSettings::default()
        };
        assert_eq!(
            settings.set(&token, &session(60, 90), UnixSeconds(100)),
            "__Secure-id=AAAAAAAAAAAAAAAAAAAAAA; Path=/api; Max-Age=60; \
             Expires=Thu, 01 Jan 1970 00:02:40 GMT; Domain=example.com; Secure; HttpOnly; SameSite=Lax"
        );
        assert_eq!(
            settings.clear(),
            "__Secure-id=; Path=/api; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Domain=example.com; Secure; \
             HttpOnly; SameSite=Lax"
        );
        assert_eq!(
            CookieSettings::default().clear(),
            "__Host-id=; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Secure; HttpOnly; SameSite=Strict"
        );
    }

    /// A browser removes the cookie of a partition only by a cookie of that partition.
    #[test]
    fn a_partitioned_cookie_is_set_and_cleared_as_one() {
        let id = SessionId::from_bytes(vec![0; 16]);
        let token = token::issue(&id, &SigningKeys::default());
        let settings = CookieSettings {
            same_site: SameSite::None,
            partitioned: true,
            ..CookieSettings::default()
        };
        assert_eq!(settings.problems(), Vec::<String>::new());
        let set = settings.set(&token, &session(60, 90), UnixSeconds(100));
        for cookie in [set, settings.clear()] {
            let end = "; Secure; HttpOnly; SameSite=None; Partitioned";
            assert!(cookie.ends_with(end), "{cookie}");
        }
    }

    #[test]
    fn lifetime_is_that_of_a_deadline_or_of_the_browser() {
        let id = SessionId::from_bytes(vec![0; 16]);
        let token = token::issue(&id, &SigningKeys::default());
        // The idle deadline of `busy` is at 105, the absolute one at 160; those of `ending` are at 199 and 190.
        let (busy, ending) = (session(60, 95), session(90, 189));
        #[rustfmt::skip]
        let cases = [
            (Lifetime::Absolute, &busy,   100, Some("; Max-Age=60; Expires=Thu, 01 Jan 1970 00:02:40 GMT;")),
            (Lifetime::Idle,     &busy,   100, Some("; Max-Age=5; Expires=Thu, 01 Jan 1970 00:01:45 GMT;")),
            (Lifetime::Idle,     &ending, 189, Some("; Max-Age=1; Expires=Thu, 01 Jan 1970 00:03:10 GMT;")),
            (Lifetime::Browser,  &busy,   100, None),
        ];
        for (lifetime, session, now, expected) in cases {
            let settings = CookieSettings {
                lifetime,
                ..CookieSettings::default()
            };
            let cookie = settings.set(&token, session, UnixSeconds(now));
            if let Some(age) = expected {
                assert!(cookie.contains(age), "{lifetime:?} {cookie}");
            } else {
                let age = cookie.contains("Max-Age") || cookie.contains("Expires");
                assert!(!age, "{cookie}");
            }
        }
    }

    #[test]
    fn settings_that_a_browser_drops_are_named() {
        let good = CookieSettings::default;
        assert_eq!(good().problems(), Vec::<String>::new());
        #[rustfmt::skip]
        let cases = [
            ("domain",        CookieSettings { domain: Some("example.com".into()), ..good() }),
            ("path",          CookieSettings { path: "/api".into(), ..good() }),
            ("not secure",    CookieSettings { secure: false, ..good() }),
            ("any case",      CookieSettings { name: "__hOST-id".into(), secure: false, ..good() }),
            ("secure prefix", CookieSettings { name: "__Secure-id".into(), secure: false, ..good() }),
            ("none",          CookieSettings { name: "id".into(), secure: false, same_site: SameSite::None, ..good() }),
            ("partitioned",   CookieSettings { partitioned: true, ..good() }),
            ("no name",       CookieSettings { name: String::new(), ..good() }),
            ("bad name",      CookieSettings { name: "a=b".into(), ..good() }),
            ("bad path",      CookieSettings { name: "id".into(), path: "/;x".into(), ..good() }),
            ("long path",     CookieSettings { name: "id".into(), path: format!("/{}", "a".repeat(1024)), ..good() }),
            ("no path",       CookieSettings { name: "id".into(), path: String::new(), ..good() }),
            ("line in path",  CookieSettings { name: "id".into(), path: "/\r\nx".into(), ..good() }),
            ("bad domain",    CookieSettings { name: "id".into(), domain: Some("a;b".into()), ..good() }),
            ("leading dot",   CookieSettings { name: "id".into(), domain: Some(".example.com".into()), ..good() }),
            ("trailing dot",  CookieSettings { name: "id".into(), domain: Some("example.com.".into()), ..good() }),
            ("dots",          CookieSettings { name: "id".into(), domain: Some("a..b".into()), ..good() }),
            ("long domain",   CookieSettings { name: "id".into(), domain: Some("a".repeat(254)), ..good() }),
            ("http prefix",   CookieSettings { name: "__Http-id".into(), secure: false, ..good() }),
            ("host and http", CookieSettings { name: "__Host-Http-id".into(), path: "/api".into(), ..good() }),
        ];
        for (name, settings) in cases {
            assert_eq!(settings.problems().len(), 1, "{name}");
        }
    }

    /// Both sides of every rule that joins two settings: a browser takes exactly those that are not named.
    #[test]
    fn every_combination_is_taken_or_named() {
        let names = [
            ("id", false, false),
            ("__Secure-id", true, false),
            ("__Host-id", true, true),
        ];
        for (name, demands_secure, demands_host) in names {
            for secure in [true, false] {
                for same_site in [SameSite::Strict, SameSite::Lax, SameSite::None] {
                    for (domain, path, partitioned) in [
                        (None, "/", false),
                        (None, "/", true),
                        (Some("example.com"), "/", false),
                        (None, "/api", false),
                    ] {
                        let settings = CookieSettings {
                            name: name.to_owned(),
                            domain: domain.map(str::to_owned),
                            path: path.to_owned(),
                            secure,
                            same_site,
                            partitioned,
                            ..CookieSettings::default()
                        };
                        let dropped = (demands_secure && !secure)
                            || (demands_host && (domain.is_some() || path != "/"))
                            || (same_site == SameSite::None && !secure)
                            || (partitioned && (same_site != SameSite::None || !secure));
                        assert_eq!(!settings.problems().is_empty(), dropped, "{settings:?}");
                    }
                }
            }
        }
    }

    /// A browser drops what is longer (draft-ietf-httpbis-rfc6265bis section 5.7).
    #[test]
    fn the_longest_cookie_is_taken() {
        let keys = SigningKeys::parse(&"A".repeat(43)).unwrap();
        let token = token::issue(&SessionId::from_bytes(vec![0xff; 128]), &keys);
        let settings = CookieSettings {
            name: "n".repeat(64),
            domain: Some(["d"; 127].join(".")),
            path: format!("/{}", "p".repeat(1023)),
            same_site: SameSite::Lax,
            ..CookieSettings::default()
        };
        assert_eq!(settings.problems(), Vec::<String>::new());
        assert!(settings.name.len() + token.expose().len() <= 4096);
        let set = settings.set(&token, &session(60, 90), UnixSeconds(0));
        assert!(
            set.split("; ")
                .skip(1)
                .all(|attribute| attribute.len() <= "Path=".len() + 1024)
        );
    }
}
