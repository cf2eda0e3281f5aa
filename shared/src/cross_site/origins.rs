//! The origins whose pages may act for the user.

use std::net::Ipv6Addr;

/// Origins as browsers send them (RFC 6454 section 6.2), each in its only spelling.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowedOrigins(Vec<String>);

impl AllowedOrigins {
    /// Reads origins separated by commas. The error names the first that is none, and tells what one looks like.
    pub fn parse(text: &str) -> Result<Self, String> {
        let origins = text.split(',').map(str::trim).map(|origin| {
            if is_origin(origin) {
                Ok(origin.to_owned())
            } else {
                Err(format!(
                    "{origin:?} is no origin as browsers send it: https://host or https://host:port, in lower case, \
                     without the port 443, a path or a slash at the end; http:// only with localhost, 127.0.0.1 or [::1]"
                ))
            }
        });
        origins.collect::<Result<_, _>>().map(Self)
    }

    /// Whether `origin` is one of them.
    #[must_use]
    pub fn contains(&self, origin: &str) -> bool {
        self.0.iter().any(|allowed| allowed == origin)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
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
    let loopback = ["localhost", "127.0.0.1", "[::1]"].contains(&host);
    let default_port = match scheme {
        "https" => 443,
        "http" if loopback => 80,
        _ => return false,
    };
    is_host(host) && port.is_none_or(|port| is_port(port, default_port))
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

fn is_port(port: &str, default: u16) -> bool {
    port.parse::<u16>()
        .is_ok_and(|number| number != 0 && number != default && number.to_string() == port)
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
}
