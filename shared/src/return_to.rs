//! Where a browser may be sent on to: a page of this host, or of an allowed origin, in whatever way its path is spelled
//! (OWASP, "Unvalidated Redirects and Forwards").

use percent_encoding::percent_decode_str;

use crate::cross_site::origins::AllowedOrigins;

/// The most bytes of a place.
const MOST_BYTES: usize = 1024;

/// A path of this host, or a URL of an allowed origin, with its query. However a proxy or a browser reads it, it leads
/// to no other host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnTo(String);

impl ReturnTo {
    /// `None`: the text names another host, or may be read so. Some software takes `//` or a backslash for the
    /// beginning of a host, and some decodes what is percent-encoded. A URL is of HTTP, and begins with one of `allowed`
    /// to the letter.
    #[must_use]
    pub fn parse(text: &str, allowed: &AllowedOrigins) -> Option<Self> {
        if text.len() > MOST_BYTES || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return None;
        }
        let fits = match origin_of(text) {
            Some((origin, rest)) => allowed.names(origin) && (rest.is_empty() || is_local(rest)),
            None => is_local(text),
        };
        fits.then(|| Self(text.to_owned()))
    }

    /// The place as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same with `error` in its query: a word of the caller's own, which needs no encoding.
    #[must_use]
    pub fn with_error(&self, error: &str) -> String {
        let (place, fragment) = match self.0.split_once('#') {
            Some((place, fragment)) => (place, Some(fragment)),
            None => (self.0.as_str(), None),
        };
        let mark = if place.contains('?') { '&' } else { '?' };
        let fragment = fragment.map_or_else(String::new, |fragment| format!("#{fragment}"));
        format!("{place}{mark}error={error}{fragment}")
    }
}

/// The origin of a URL of HTTP, as far as its first slash, and what follows; `None`: the text is no such URL.
fn origin_of(text: &str) -> Option<(&str, &str)> {
    let scheme = ["https://", "http://"]
        .into_iter()
        .find(|scheme| text.starts_with(scheme))?;
    let path = text.get(scheme.len()..)?.find('/');
    text.split_at_checked(path.map_or(text.len(), |path| scheme.len() + path))
}

/// Whether a path stays on its host in every decoding.
fn is_local(text: &str) -> bool {
    let mut spelling = text.to_owned();
    while is_plain(&spelling) {
        let decoded = percent_decode_str(&spelling)
            .decode_utf8_lossy()
            .into_owned();
        if decoded == spelling {
            return true;
        }
        spelling = decoded;
    }
    false
}

fn is_plain(text: &str) -> bool {
    let path = text.split(['?', '#']).next().unwrap_or_default();
    let plain = |letter: char| !letter.is_control() && letter != '\\';
    text.starts_with('/') && !path.contains("//") && text.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed() -> AllowedOrigins {
        let origins = "https://app.example, https://app.example:8443, http://localhost:5173, \
                       https://xn--bcher-kva.example, app://-";
        AllowedOrigins::parse(origins).unwrap()
    }

    #[test]
    fn a_path_of_this_host_is_taken_and_no_other_place_in_any_spelling() {
        let long = format!("/{}", "a".repeat(1024));
        #[rustfmt::skip]
        let cases = [
            ("/",                          true),
            ("/app",                       true),
            ("/app/cart?next=/a&x=1#top",  true),
            ("/app?next=https://a.example", true),
            ("/a%20b",                     true),
            ("/caf%C3%A9",                 true),
            ("/100%",                      true),
            ("/a%zz",                      true),
            ("",                           false),
            ("app",                        false),
            ("?x",                         false),
            ("//evil.example",             false),
            ("/\\evil.example",            false),
            ("\\/evil.example",            false),
            ("/a//evil.example",           false),
            ("/%2f/evil.example",          false),
            ("/%2F%2Fevil.example",        false),
            ("/%252f%252fevil.example",    false),
            ("/%25252fevil.example",       false),
            ("/%5cevil.example",           false),
            ("/%255cevil.example",         false),
            ("%2f%2fevil.example",         false),
            ("https://evil.example",       false),
            ("javascript:alert(1)",        false),
            ("data:text/html,x",           false),
            ("/\t/evil.example",           false),
            ("/\r\nSet-Cookie: a=1",       false),
            ("/%0d%0aSet-Cookie:a=1",      false),
            ("/%00",                       false),
            ("/%c2%85",                    false),
            (" /app",                      false),
            ("/a b",                       false),
            ("/\u{2028}",                  false),
            (&long[..1024],                true),
            (long.as_str(),                false),
        ];
        for (text, taken) in cases {
            assert_eq!(ReturnTo::parse(text, &allowed()).is_some(), taken, "{text}");
        }
    }

    #[test]
    fn a_url_of_an_allowed_origin_is_taken_and_no_other_in_any_spelling() {
        let with_lines = [
            "https://app.exam\tple/",
            "https://app.example\n.evil.example/",
            "https://app.example/\r\nA: b",
        ];
        #[rustfmt::skip]
        let attacks = [
            // Another host
            "https://evil.example/", "http://app.example/", "https://app.example:8444/", "http://localhost/",
            "https://app.example.evil.example/", "https://evil-app.example/", "https://x.app.example/", "https://app.exampl/",
            "https://app.exampleevil.example/", "https://app.example,https://app.example:8443/",
            // A user before the host
            "https://user@app.example/", "https://user:x@app.example/", "https://@app.example/", "https://app.example@evil.example",
            "https://app.example:8443@evil.example/", "https://app.example%40evil.example/", "https://app.example%00@evil.example/",
            // The same host, otherwise spelled
            "HTTPS://app.example/", "https://APP.example/", "https://app.example:443/", "https://app.example:/", "https://app.example:08443/",
            "https://app.example./", "https://app%2eexample/", "https://b\u{fc}cher.example/", "https://app\u{3002}example/",
            "https://\u{24d0}pp.example/", "https://app\u{ad}.example/", "https://app.ex\u{430}mple/",
            // Slashes
            "https:/app.example/", "https:app.example/", "https:///app.example/", "https:////evil.example/", "//app.example/",
            "https://app.example\\.evil.example/", "https:\\\\app.example/", "https:/\\app.example/", "https://app.example\\@evil.example",
            "https://app.example//evil.example", "https://app.example/%2f%2fevil.example", "https://app.example/\\evil.example",
            "https://app.example/%255cevil.example",
            // Other marks after the host
            "https://app.example?@evil.example/", "https://app.example#@evil.example/", "https://app.example;evil.example/",
            "https://app.example&evil.example/", "https://[app.example]/",
            // Other schemes
            "javascript:alert(1)", "javascript://app.example/%0aalert(1)", "JavaScript:https://app.example/", "data:text/html,x",
            "data://app.example/", "wss://app.example/", "ftp://app.example/", "blob:https://app.example/", "view-source:https://app.example/",
            "app://-/", "app://-",
            // Nothing, and a URL within
            "https://", "https", "https:", " https://app.example/", "https://app.example/ ", "/\thttps://app.example", "app.example",
            "https://https://app.example/", "https://app.example/%0d%0aA:b", "https://app.example/%00", "https://app.example/a b",
        ];
        for text in with_lines.into_iter().chain(attacks) {
            assert_eq!(ReturnTo::parse(text, &allowed()), None, "{text}");
        }
        #[rustfmt::skip]
        let good = [
            "https://app.example", "https://app.example/", "https://app.example/a/b?tab=1&next=https://evil.example/#top",
            "https://app.example:8443/a%20b", "http://localhost:5173/", "https://xn--bcher-kva.example/caf%C3%A9", "https://app.example/@user",
        ];
        for text in good {
            let place = ReturnTo::parse(text, &allowed());
            assert_eq!(place.as_ref().map(ReturnTo::as_str), Some(text));
            let nowhere = ReturnTo::parse(text, &AllowedOrigins::default());
            assert_eq!(nowhere, None, "{text}: no origin is allowed");
        }
        let long = format!("https://app.example/{}", "a".repeat(1024 - 20));
        assert!(ReturnTo::parse(&long, &allowed()).is_some());
        assert!(ReturnTo::parse(&format!("{long}a"), &allowed()).is_none());
    }

    #[test]
    fn an_error_joins_the_query() {
        for (place, expected) in [
            ("/login", "/login?error=wait"),
            ("/login?a=1", "/login?a=1&error=wait"),
            ("/login#top", "/login?error=wait#top"),
            ("https://app.example", "https://app.example?error=wait"),
            (
                "https://app.example/a?b#c",
                "https://app.example/a?b&error=wait#c",
            ),
        ] {
            let place = ReturnTo::parse(place, &allowed()).unwrap();
            assert_eq!(place.with_error("wait"), expected);
        }
    }
}
