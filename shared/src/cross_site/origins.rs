//! The origins whose pages may act for the user.

use std::net::Ipv6Addr;

use crate::near::nearest;

/// Origins as browsers send them (RFC 6454 section 6.2), each in its only spelling.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowedOrigins(Vec<String>);

impl AllowedOrigins {
    /// Reads origins separated by commas. The error names the first malformed one, and tells what an origin looks like.
    pub fn parse(text: &str) -> Result<Self, String> {
        let origins = text.split(',').map(str::trim).map(|origin| {
            if is_origin(origin) {
                Ok(origin.to_owned())
            } else {
                Err(format!(
                    "{origin:?} is no origin as browsers send it: https://host or https://host:port, in lower case, \
                     without the port 443, a path or a slash at the end; http:// only with localhost, a name under it \
                     (tauri.localhost), 127.0.0.1 or [::1]; an app's own scheme with its host (capacitor://localhost)"
                ))
            }
        });
        origins.collect::<Result<_, _>>().map(Self)
    }

    /// Whether `origin` is one of them, in any spelling of its host and port, also with a WebSocket client's scheme. An
    /// app's origin is compared to the letter.
    #[must_use]
    pub fn contains(&self, origin: &str) -> bool {
        let parsed = Origin::parse(origin);
        let mut allowed = self.0.iter().filter_map(|allowed| Origin::parse(allowed));
        self.names(origin)
            || parsed.is_some_and(|origin| allowed.any(|allowed| allowed.is(&origin)))
    }

    /// Whether `origin` is one of them to the letter, as browsers compare what CORS answers.
    #[must_use]
    pub fn names(&self, origin: &str) -> bool {
        self.0.iter().any(|allowed| allowed == origin)
    }

    /// Whether one of them is of `host`, on any port.
    #[must_use]
    pub fn has_host(&self, host: &str) -> bool {
        let mut origins = self.0.iter().filter_map(|origin| Origin::parse(origin));
        origins.any(|origin| origin.host == host)
    }

    /// Whether the list is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// An origin as it is compared (RFC 6454 section 5): secure or not, the host without its case, the port that is in effect.
#[derive(Clone, Copy, Debug)]
pub(super) struct Origin<'a> {
    /// Whether it is of HTTPS, or of a WebSocket over TLS (RFC 6455 section 3).
    pub(super) secure: bool,
    host: &'a str,
    port: u16,
}

impl<'a> Origin<'a> {
    /// An origin with the scheme of HTTP or of a WebSocket; `None`: the text is something else.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let (scheme, authority) = text.split_once("://")?;
        let secure = match scheme {
            "https" | "wss" => true,
            "http" | "ws" => false,
            _ => return None,
        };
        Self::of_host(secure, authority)
    }

    /// The origin of the host that a request's `Host` names.
    pub(super) fn of_host(secure: bool, authority: &'a str) -> Option<Self> {
        let (host, port) = match authority.rsplit_once(':') {
            // The last colon of a bare IPv6 address is the address's.
            Some((host, port)) if !authority.ends_with(']') => {
                let digits =
                    !port.starts_with('0') && port.bytes().all(|byte| byte.is_ascii_digit());
                (host, port.parse().ok().filter(|_| digits)?)
            }
            _ => (authority, if secure { 443 } else { 80 }),
        };
        let (inner, colons) = match host.strip_prefix('[') {
            Some(address) => (address.strip_suffix(']')?, ":"),
            None => (host, ""),
        };
        let legal = |letter: char| {
            letter.is_ascii_alphanumeric() || "-._".contains(letter) || colons.contains(letter)
        };
        let known = !inner.is_empty() && inner.chars().all(legal);
        known.then_some(Self { secure, host, port })
    }

    /// Whether both are the same.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.secure == other.secure
            && self.host.eq_ignore_ascii_case(other.host)
            && self.port == other.port
    }
}

fn is_origin(text: &str) -> bool {
    let Some((scheme, authority)) = text.split_once("://") else {
        return false;
    };
    let (host, port) = match authority.rsplit_once(':') {
        // The last colon of a bare IPv6 address is the address's.
        Some((host, port)) if !authority.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let loopback = ["localhost", "127.0.0.1", "[::1]"].contains(&host)
        // A name under it is this machine as well (RFC 6761 section 6.3), such as `tauri.localhost`.
        || host.ends_with(".localhost");
    let default_port = match scheme {
        "https" => Some(443),
        "http" if loopback => Some(80),
        _ if is_of_an_app(scheme) => None,
        _ => return false,
    };
    is_host(host) && port.is_none_or(|port| is_port(port, default_port))
}

/// Whether a scheme can be that of an app in a shell, such as `capacitor`, `tauri` or `chrome-extension`. A scheme of
/// the Internet belongs to something else, and a scheme that is close to one is misspelt.
fn is_of_an_app(scheme: &str) -> bool {
    const OTHERS: [&str; 12] = [
        "http",
        "https",
        "ws",
        "wss",
        "ftp",
        "ftps",
        "file",
        "data",
        "blob",
        "about",
        "javascript",
        "null",
    ];
    let letter =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"+.-".contains(&byte);
    scheme.starts_with(|first: char| first.is_ascii_lowercase())
        && scheme.bytes().all(letter)
        && !OTHERS.contains(&scheme)
        && nearest(scheme, ["http", "https"]).is_none()
}

fn is_host(host: &str) -> bool {
    if let Some(address) = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
    {
        let parsed = address.parse::<Ipv6Addr>();
        return parsed.is_ok_and(|parsed| parsed.to_string() == address);
    }
    let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    host.len() <= 253
        && host
            .split('.')
            .all(|label| !label.is_empty() && label.bytes().all(letter))
}

fn is_port(port: &str, default: Option<u16>) -> bool {
    port.parse::<u16>()
        .is_ok_and(|number| number != 0 && Some(number) != default && number.to_string() == port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_browsers_send_is_an_origin() {
        #[rustfmt::skip]
        let good = [
            "https://example.com", "https://a-b.example.com", "https://example.com:8443", "https://xn--bcher-kva.example",
            "https://192.0.2.1", "https://[2001:db8::1]", "https://[2001:db8::1]:8443", "https://localhost", "https://a.example:80",
            "http://localhost", "http://localhost:5173", "http://127.0.0.1:3000", "http://[::1]:3000",
        ];
        for origin in good {
            let origins = AllowedOrigins::parse(origin).unwrap();
            assert!(origins.contains(origin) && !origins.is_empty(), "{origin}");
        }
        #[rustfmt::skip]
        let bad = [
            "*", "null", "", "https://", "https://*", "https://*.example.com", "example.com", "//example.com", "https:example.com",
            "http://example.com", "http://127.0.0.2", "http://localhost.example", "ftp://localhost", "HTTPS://example.com",
            "https://Example.com", "https://example.com/", "https://example.com/a", "https://example.com?a", "https://example.com#a",
            "https://user@example.com", "https://example.com:443", "http://localhost:80", "https://example.com:", "https://example.com:0",
            "https://example.com:65536", "https://example.com:08443", "https://example.com:+1", "https://.example.com",
            "https://example.com.", "https://a..b", "https://exa mple.com", "https://b\u{fc}cher.example", "https://2001:db8::1",
            "https://[2001:DB8::1]", "https://[2001:db8:0::1]", "https://[::1", "https://a,https://",
        ];
        for text in bad {
            let error = AllowedOrigins::parse(text).unwrap_err();
            assert!(error.contains("is no origin as browsers send it"), "{text}");
        }
        let several = AllowedOrigins::parse("https://a.example, https://b.example").unwrap();
        assert!(several.contains("https://a.example") && several.contains("https://b.example"));
        assert!(!several.contains("https://a.example, https://b.example"));
    }

    #[test]
    fn a_host_is_known_on_any_port_and_by_its_whole_name() {
        let origins =
            AllowedOrigins::parse("https://a.example:8443, http://localhost:5173").unwrap();
        assert!(origins.has_host("a.example") && origins.has_host("localhost"));
        for other in ["example", "b.a.example", "a.example:8443", ""] {
            assert!(!origins.has_host(other), "{other}");
        }
        assert!(!AllowedOrigins::default().has_host("localhost"));
    }

    /// Apps in a shell, and extensions, are named one by one, and compared to the letter.
    #[test]
    fn an_app_in_a_shell_is_an_origin_where_it_is_named() {
        #[rustfmt::skip]
        let good = [
            "capacitor://localhost", "ionic://localhost", "tauri://localhost", "http://tauri.localhost", "https://tauri.localhost",
            "chrome-extension://abcdefghijklmnopabcdefghijklmnop", "moz-extension://0d2f0d3c-7f9e-4b0a-9c52-6c8ad3a4a8ab", "app://-",
            "oc://renderer", "capacitor://app.example:8080", "http://a.tauri.localhost:1420",
        ];
        for origin in good {
            let origins = AllowedOrigins::parse(origin).expect(origin);
            assert!(
                origins.contains(origin) && origins.names(origin),
                "{origin}"
            );
            #[rustfmt::skip]
            let others = [
                "null", "*", "file://", "capacitor://evil", "capacitor://localhost.evil", "Capacitor://localhost", "capacitor://LOCALHOST",
                "capacitor://localhost/", "capacitor://localhost:80", "ionic://localhost.", "tauri://localhost@evil", "https://localhost",
                "http://localhost", "http://evil.tauri.localhost", "chrome-extension://ponmlkjihgfedcbaponmlkjihgfedcba",
            ];
            for other in others {
                assert!(!origins.contains(other), "{origin}: {other}");
            }
        }
        #[rustfmt::skip]
        let bad = [
            "capacitor://", "capacitor://*", "chrome-extension://*", "*://localhost", "://localhost", "capacitor:localhost", "capacitor",
            "capacitor://localhost/", "Capacitor://localhost", "capacitor://Localhost", "capacitor://a@b", "1app://localhost",
            "a b://localhost", "capacitor://localhost:0", "null://localhost", "file://localhost", "data://localhost", "blob://localhost",
            "javascript://localhost", "ws://localhost", "wss://a.example", "htps://a.example", "htttp://localhost", "httpss://a.example",
            "http://localhost.tauri", "http://.localhost", "http://atauri.localhost.evil", "http://evillocalhost", "file://", "about:blank",
        ];
        for text in bad {
            assert!(AllowedOrigins::parse(text).is_err(), "{text}");
        }
    }

    /// Native clients of `WebSockets` send the scheme that they connect with, and some write a port that is the default.
    #[test]
    fn an_origin_is_one_in_any_spelling_and_no_other() {
        let allowed =
            AllowedOrigins::parse("https://a.example,http://localhost:5173,https://[2001:db8::1]");
        let allowed = allowed.unwrap();
        #[rustfmt::skip]
        let same = [
            "https://a.example", "https://A.Example", "https://a.example:443", "wss://a.example", "wss://a.example:443",
            "http://localhost:5173", "ws://localhost:5173", "http://LOCALHOST:5173", "https://[2001:DB8::1]:443",
        ];
        for origin in same {
            assert!(allowed.contains(origin), "{origin}");
        }
        #[rustfmt::skip]
        let others = [
            "http://a.example", "ws://a.example", "http://a.example:443", "https://a.example:80", "wss://a.example:8443",
            "https://a.example.evil", "https://evil-a.example", "wss://evil.example", "https://x.a.example", "https://a.example.",
            "https://a.example/", "https://a.example:", "https://a.example:0443", "https://a.example:+443", "https://a.example:443:443",
            "https://a.example@evil.example", "https://evil@a.example", "https://a.example#", "https://a.example?", "https://a.example\\",
            " https://a.example", "https:// a.example", "https://a.example,https://a.example", "HTTPS://a.example", "WSS://a.example",
            "https:a.example", "//a.example", "a.example", "null", "file://", "file://a.example", "ftp://a.example", "", "*", "https://*",
            "https://", "https://:443", "https://[2001:db8::1", "https://[]", "https://2001:db8::1", "ws://localhost", "https://localhost:5173",
            "https://\u{ff41}.example", "https://a%2eexample",
        ];
        for origin in others {
            assert!(!allowed.contains(origin), "{origin}");
        }
        assert!(allowed.names("https://a.example") && !allowed.names("https://A.example"));
    }
}
