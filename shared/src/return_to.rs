//! A page of this host that a browser may be sent on to, in whatever way its path is spelled (OWASP, "Unvalidated
//! Redirects and Forwards").

use percent_encoding::percent_decode_str;

/// The most bytes of a path.
const MOST_BYTES: usize = 1024;

/// A path of this host, with its query. However a proxy or a browser reads it, it leads to no other host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalPath(String);

impl LocalPath {
    /// `None`: the text names another host, or may be read so. Some software takes `//` or a backslash for the
    /// beginning of a host, and some decodes what is percent-encoded.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > MOST_BYTES || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return None;
        }
        let mut spelling = text.to_owned();
        while is_local(&spelling) {
            let decoded = percent_decode_str(&spelling)
                .decode_utf8_lossy()
                .into_owned();
            if decoded == spelling {
                return Some(Self(text.to_owned()));
            }
            spelling = decoded;
        }
        None
    }

    /// The path as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same with `error` in its query: a word of the caller's own, which needs no encoding.
    #[must_use]
    pub fn with_error(&self, error: &str) -> String {
        let (path, fragment) = match self.0.split_once('#') {
            Some((path, fragment)) => (path, Some(fragment)),
            None => (self.0.as_str(), None),
        };
        let mark = if path.contains('?') { '&' } else { '?' };
        let fragment = fragment.map_or_else(String::new, |fragment| format!("#{fragment}"));
        format!("{path}{mark}error={error}{fragment}")
    }
}

fn is_local(text: &str) -> bool {
    let path = text.split(['?', '#']).next().unwrap_or_default();
    let plain = |letter: char| !letter.is_control() && letter != '\\';
    text.starts_with('/') && !path.contains("//") && text.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

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
            assert_eq!(LocalPath::parse(text).is_some(), taken, "{text}");
        }
    }

    #[test]
    fn an_error_joins_the_query() {
        for (path, expected) in [
            ("/login", "/login?error=wait"),
            ("/login?a=1", "/login?a=1&error=wait"),
            ("/login#top", "/login?error=wait#top"),
        ] {
            let path = LocalPath::parse(path).unwrap();
            assert_eq!(path.with_error("wait"), expected);
        }
    }
}
