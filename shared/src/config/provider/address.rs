//! The addresses of a provider and of what is registered there.

use http::{Uri, uri::Authority};

/// What [`is_url`] takes.
pub(super) const EXPECTED: &str =
    "a URL: https://host/path without a fragment, http:// with a loopback address alone";

/// The most bytes of an address.
const MOST_BYTES: usize = 2048;

/// Whether `text` is an absolute address of HTTPS, without user information or fragment. On this machine it may be of
/// HTTP.
#[must_use]
pub fn is_url(text: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_graphic() && !b"#\\\"<>".contains(&byte);
    if text.len() > MOST_BYTES || !text.bytes().all(legal) {
        return false;
    }
    let Ok(uri) = text.parse::<Uri>() else {
        return false;
    };
    let Some(authority) = uri.authority() else {
        return false;
    };
    let plain = !authority.as_str().contains('@') && !authority.host().is_empty();
    // Schemes are compared as they are written: an issuer is, too.
    let secure =
        text.starts_with("https://") || text.starts_with("http://") && is_loopback(authority);
    plain && secure
}

/// The host that an address names.
pub(super) fn host(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    rest.split(['/', '?']).next()
}

/// Whether an authority is of this machine (RFC 6761 section 6.3, RFC 8252 section 7.3).
fn is_loopback(authority: &Authority) -> bool {
    ["localhost", "127.0.0.1", "[::1]"].contains(&authority.host())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_of_https_or_of_this_machine() {
        #[rustfmt::skip]
        let good = [
            "https://a.example", "https://a.example/", "https://a.example:8443/x?y=z", "https://10.0.0.1/realms/a", "https://[2001:db8::1]/x",
            "http://localhost:4000", "http://127.0.0.1:4000/x", "http://[::1]:4000",
        ];
        for url in good {
            assert!(is_url(url), "{url}");
        }
        #[rustfmt::skip]
        let bad = [
            "", "a.example", "//a.example", "/x", "http://a.example", "http://localhost.example", "http://127.0.0.1.example", "http://127.0.0.2",
            "https://", "https:///x", "https://user@a.example", "http://localhost@a.example", "https://a.example#x", "https://a.example/ x",
            "https://a.example/\\x", "HTTPS://a.example", "ftp://a.example", "javascript:alert(1)", "https://b\u{fc}cher.example",
            "https://a.example/\r\nx",
        ];
        for url in bad {
            assert!(!is_url(url), "{url}");
        }
        assert!(!is_url(&format!("https://a.example/{}", "x".repeat(2048))));
        assert_eq!(host("https://a.example:8443/x"), Some("a.example:8443"));
    }
}
