//! The session cookie: its settings, how it is written and how a cookie header is taken apart.

use std::fmt::{self, Write};

use crate::{time::UnixSeconds, token::Token};

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
        }
    }
}

impl CookieSettings {
    /// What is wrong with the settings as a whole, one sentence each; nothing: a browser takes the cookie.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        let name = &self.name;
        let mut problems = Vec::new();
        if name.is_empty() || name.len() > 64 || !name.bytes().all(is_token_byte) {
            problems
                .push("a cookie's name is 1 to 64 letters, digits or !#$%&'*+-.^_`|~".to_owned());
        }
        let prefix = |prefix: &str| {
            name.get(..prefix.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
        };
        let host = prefix("__Host-");
        if host && (self.domain.is_some() || self.path != "/" || !self.secure) {
            problems.push(format!(
                "a browser drops the cookie {name}: __Host- demands Secure, Path=/ and no Domain"
            ));
        } else if prefix("__Secure-") && !self.secure {
            problems.push(format!(
                "a browser drops the cookie {name}: __Secure- demands Secure"
            ));
        }
        if self.same_site == SameSite::None && !self.secure {
            problems
                .push("a browser drops a cookie with SameSite=None that is not Secure".to_owned());
        }
        if !self.path.starts_with('/') || !self.path.bytes().all(is_attribute_byte) {
            problems.push(
                "a cookie's path begins with / and holds no ; or control character".to_owned(),
            );
        }
        if let Some(domain) = &self.domain
            && (domain.len() > 253
                || !domain
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte)))
        {
            problems.push("a cookie's domain is a host name".to_owned());
        }
        problems
    }

    /// The `Set-Cookie` value that hands out `token`, kept until the session's absolute deadline.
    #[must_use]
    pub fn set(&self, token: &Token, expires: UnixSeconds, now: UnixSeconds) -> String {
        self.write(token.expose(), now.until(expires).as_secs())
    }

    /// The `Set-Cookie` value that removes the cookie: the same attributes, or the browser keeps it.
    #[must_use]
    pub fn clear(&self) -> String {
        self.write("", 0)
    }

    fn write(&self, value: &str, max_age: u64) -> String {
        let mut cookie = String::new();
        // Writing to a string does not fail.
        let _: fmt::Result = write!(
            cookie,
            "{}={value}; Path={}; Max-Age={max_age}",
            self.name, self.path
        );
        if let Some(domain) = &self.domain {
            let _: fmt::Result = write!(cookie, "; Domain={domain}");
        }
        if self.secure {
            cookie.push_str("; Secure");
        }
        let _: fmt::Result = write!(cookie, "; HttpOnly; SameSite={}", self.same_site.as_str());
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

fn is_attribute_byte(byte: u8) -> bool {
    (b' '..=b'~').contains(&byte) && byte != b';'
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{id::SessionId, signing_keys::SigningKeys, token};

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
            settings.set(&token, UnixSeconds(160), UnixSeconds(100)),
            "__Secure-id=AAAAAAAAAAAAAAAAAAAAAA; Path=/api; Max-Age=60; Domain=example.com; Secure; HttpOnly; \
             SameSite=Lax"
        );
        assert_eq!(
            settings.clear(),
            "__Secure-id=; Path=/api; Max-Age=0; Domain=example.com; Secure; HttpOnly; SameSite=Lax"
        );
        assert_eq!(
            CookieSettings::default().clear(),
            "__Host-id=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Strict"
        );
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
            ("no name",       CookieSettings { name: String::new(), ..good() }),
            ("bad name",      CookieSettings { name: "a=b".into(), ..good() }),
            ("bad path",      CookieSettings { name: "id".into(), path: "/;x".into(), ..good() }),
            ("bad domain",    CookieSettings { name: "id".into(), domain: Some("a;b".into()), ..good() }),
        ];
        for (name, settings) in cases {
            assert_eq!(settings.problems().len(), 1, "{name}");
        }
    }
}
