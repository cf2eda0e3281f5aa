//! How a token travels: in a cookie, in a header, or in either.

mod carried;
pub mod cookie;

use cookie::CookieSettings;

pub use carried::Carried;

/// Where tokens are read from and written to. A carrier that the mode ignores is never looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transport {
    /// Which of the two are in use.
    pub mode: Mode,
    /// The cookie.
    pub cookie: CookieSettings,
    /// The header's name, in lower case.
    pub header: String,
}

impl Default for Transport {
    fn default() -> Self {
        Self {
            mode: Mode::Cookie,
            cookie: CookieSettings::default(),
            header: HANDED_OUT.to_owned(),
        }
    }
}

/// Which carriers are in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The cookie alone.
    Cookie,
    /// The header alone.
    Header,
    /// Either. If both are there they must be equal.
    Both,
}

/// What a request presents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presented<'a> {
    /// No token.
    Nothing,
    /// One text in the place of a token; it may be invalid.
    Token(&'a str),
    /// More than one. Whichever was picked could be the wrong one.
    Ambiguous,
    /// More bytes of cookies than are searched for one: 64 KiB.
    Oversized,
}

impl Presented<'_> {
    /// What both present, if they agree or one of them presents nothing.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (all, Self::Nothing) => all,
            (Self::Nothing, next) => next,
            (Self::Token(all), Self::Token(next)) if all == next => Self::Token(all),
            (Self::Oversized, _) | (_, Self::Oversized) => Self::Oversized,
            _ => Self::Ambiguous,
        }
    }
}

/// One description of a request's headers, as names and values in any letter case.
///
/// API Gateway may describe the same headers up to three times (`headers`, `multiValueHeaders`, `cookies`). Each is a
/// source of its own: a source may have a token once, and all sources that have one must have the same.
pub type Source<'a> = Vec<(&'a str, &'a str)>;

/// The most bytes of cookies that are searched in one description of the headers, however many these are: Chrome keeps
/// 180 of a site, and `API Gateway` takes 10,240 bytes of all headers.
const MOST_COOKIE_BYTES: usize = 64 * 1024;

/// The header whose value has a scheme before it (RFC 9110 section 11.6.2).
const AUTHORIZATION: &str = "authorization";

/// The header that hands a token out in place of `Authorization`.
const HANDED_OUT: &str = "x-id";

impl Transport {
    /// Reads the carriers of a request.
    ///
    /// Cookie names are matched byte for byte (RFC 6265 section 5.4 leaves no other reading of `__Host-`), the
    /// header's name in any case.
    #[must_use]
    pub fn read<'a>(&self, sources: &[Source<'a>]) -> Carried<'a> {
        let cookies = sources.iter().map(|source| self.cookie(source));
        let headers = sources.iter().map(|source| self.header(source));
        Carried {
            mode: self.mode,
            cookie: match self.mode {
                Mode::Header => Presented::Nothing,
                Mode::Cookie | Mode::Both => agree(cookies),
            },
            header: match self.mode {
                Mode::Cookie => Presented::Nothing,
                Mode::Header | Mode::Both => agree(headers),
            },
        }
    }

    /// Every text that stands in the place of a token, each once: to end the sessions that they name, and for nothing
    /// else, because nobody can tell which of several is meant.
    #[must_use]
    pub fn all<'a>(&self, sources: &[Source<'a>]) -> Vec<&'a str> {
        let mut all = Vec::new();
        for source in sources {
            let cookies = self.cookies(source);
            let headers = self.headers(source);
            let (cookies, headers) = match self.mode {
                Mode::Cookie => (Some(cookies), None),
                Mode::Header => (None, Some(headers)),
                Mode::Both => (Some(cookies), Some(headers)),
            };
            for text in cookies
                .into_iter()
                .flatten()
                .chain(headers.into_iter().flatten())
            {
                if !all.contains(&text) {
                    all.push(text);
                }
            }
        }
        all
    }

    /// A text that is a cookie header or a token, without saying which, as the header that it must be: a REST API's
    /// TOKEN authorizer is given one header's value alone. No token has an `=`.
    #[must_use]
    pub fn bare<'a>(&'a self, text: &'a str) -> Source<'a> {
        let name = match self.mode {
            Mode::Header => &self.header,
            Mode::Both if !text.contains('=') => &self.header,
            Mode::Cookie | Mode::Both => "cookie",
        };
        vec![(name, text)]
    }

    /// The name of the header that hands a token out: not `Authorization`, which `API Gateway` renames in responses.
    #[must_use]
    pub fn handed_out_in(&self) -> &str {
        if self.is_bearer() {
            HANDED_OUT
        } else {
            &self.header
        }
    }

    /// Whether the header is the one that carries credentials of any kind, each with its scheme.
    fn is_bearer(&self) -> bool {
        self.header == AUTHORIZATION
    }

    /// The value of this transport's header in one source: ambiguous if there is another beside it, a token or not.
    fn header<'a>(&self, source: &Source<'a>) -> Presented<'a> {
        let mut tokens = self.headers(source);
        match (tokens.next(), values(source, &self.header).nth(1)) {
            (Some(_), Some(_)) => Presented::Ambiguous,
            (Some(token), None) => Presented::Token(token),
            (None, _) => Presented::Nothing,
        }
    }

    /// The tokens of all headers of our name in one source: with `Authorization` those of the scheme `Bearer` (RFC 6750
    /// section 2.1). Browsers add other schemes by themselves, so another scheme does not show that a page of ours sent
    /// the request.
    fn headers<'a>(&self, source: &Source<'a>) -> impl Iterator<Item = &'a str> {
        let bearer = self.is_bearer();
        values(source, &self.header).filter_map(move |text| {
            if !bearer {
                return Some(text);
            }
            let (scheme, token) = text.split_once(' ').unwrap_or((text, ""));
            let known = scheme.eq_ignore_ascii_case("bearer");
            known.then(|| token.trim_start_matches(' '))
        })
    }

    /// The value of this transport's cookie in one source.
    fn cookie<'a>(&self, source: &Source<'a>) -> Presented<'a> {
        let bytes: usize = values(source, "cookie").map(str::len).sum();
        if bytes > MOST_COOKIE_BYTES {
            return Presented::Oversized;
        }
        one(self.cookies(source))
    }

    /// The values of all cookies of our name in one source.
    fn cookies<'a>(&self, source: &Source<'a>) -> impl Iterator<Item = &'a str> {
        let pairs = values(source, "cookie").flat_map(cookie::pairs);
        pairs.filter_map(|pair| {
            let (name, value) = pair.split_once('=')?;
            (name == self.cookie.name).then_some(value)
        })
    }
}

/// The one value of a header, in whatever letter case its name is.
pub(crate) fn header<'a>(sources: &[Source<'a>], name: &str) -> Presented<'a> {
    agree(sources.iter().map(|source| one(values(source, name))))
}

fn values<'a>(source: &Source<'a>, header: &str) -> impl Iterator<Item = &'a str> {
    source
        .iter()
        .filter(move |(name, _)| name.eq_ignore_ascii_case(header))
        .map(|(_, value)| *value)
}

/// The only value of a source.
fn one<'a>(mut values: impl Iterator<Item = &'a str>) -> Presented<'a> {
    match (values.next(), values.next()) {
        (None, _) => Presented::Nothing,
        (Some(text), None) => Presented::Token(text),
        (Some(_), Some(_)) => Presented::Ambiguous,
    }
}

/// What the sources present, if all that present something agree.
fn agree<'a>(found: impl Iterator<Item = Presented<'a>>) -> Presented<'a> {
    found.fold(Presented::Nothing, Presented::and)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transport(mode: Mode) -> Transport {
        Transport {
            mode,
            cookie: CookieSettings::default(),
            header: "x-id".to_owned(),
        }
    }

    #[test]
    fn cookie_is_found_by_its_exact_name_and_only_once() {
        use Presented::{Ambiguous, Nothing, Oversized, Token};
        let many = "a=1; ".repeat(10_000);
        let (many_before, many_after) =
            (format!("{many}__Host-id=V"), format!("__Host-id=V; {many}"));
        let two_among_many = format!("__Host-id=V; {many}__Host-id=X");
        // `__Host-id=V; a=` has 15 bytes.
        let long = |bytes: usize| format!("__Host-id=V; a={}", "b".repeat(bytes - 15));
        let (longest, too_long) = (long(64 * 1024), long(64 * 1024 + 1));
        #[rustfmt::skip]
        let cases = [
            ("alone",                      "__Host-id=V",                     Token("V")),
            ("among others",               "a=1; __Host-id=V; b=2",           Token("V")),
            ("no space after semicolon",   "a=1;__Host-id=V;b=2",             Token("V")),
            ("value with equals signs",    "__Host-id=a=b=c",                 Token("a=b=c")),
            ("10,000 others before",       &many_before,                      Token("V")),
            ("10,000 others after",        &many_after,                       Token("V")),
            ("64 KiB",                     &longest,                          Token("V")),
            ("64 KiB and a byte",          &too_long,                         Oversized),
            ("empty value",                "__Host-id=",                      Token("")),
            ("quotes belong to the value", "__Host-id=\"V\"",                 Token("\"V\"")),
            ("a trailing space too",       "__Host-id=V ",                    Token("V ")),
            ("the same value twice",       "__Host-id=V; __Host-id=V",        Ambiguous),
            ("two values",                 "__Host-id=V; __Host-id=X",        Ambiguous),
            ("two values, reversed",       "__Host-id=X; __Host-id=V",        Ambiguous),
            ("two values, 10,000 between", &two_among_many,                   Ambiguous),
            ("joined by a comma",          "__Host-id=V, __Host-id=X",        Token("V, __Host-id=X")),
            ("lower case",                 "__host-id=V",                     Nothing),
            ("upper case",                 "__HOST-ID=V",                     Nothing),
            ("percent-encoded",            "%5F%5FHost-id=V",                 Nothing),
            ("percent-encoded letter",     "__%48ost-id=V",                   Nothing),
            ("en quad before",             "a=1; \u{2000}__Host-id=V",        Nothing),
            ("no-break space before",      "a=1; \u{a0}__Host-id=V",          Nothing),
            ("byte order mark before",     "\u{feff}__Host-id=V",             Nothing),
            ("next line before",           "a=1; \u{85}__Host-id=V",          Nothing),
            ("unit separator before",      "a=1; \u{1f}__Host-id=V",          Nothing),
            ("tab before",                 "a=1;\t__Host-id=V",               Nothing),
            ("two spaces before",          "a=1;  __Host-id=V",               Nothing),
            ("space before the first",     " __Host-id=V",                    Nothing),
            ("full-width underscores",     "\u{ff3f}\u{ff3f}Host-id=V",       Nothing),
            ("long s",                     "__Ho\u{17f}t-id=V",               Nothing),
            ("combining mark",             "__Host-id\u{301}=V",              Nothing),
            ("RFC 2109",                   "$Version=1, __Host-id=\"V\"",     Nothing),
            ("space inside",               "__Host-id = V",                   Nothing),
            ("NUL in the name",            "__Host-id\0=V",                   Nothing),
            ("no equals sign",             "__Host-id",                       Nothing),
            ("nameless",                   "=__Host-id=V",                    Nothing),
            ("nothing but a value",        "=V",                              Nothing),
            ("semicolons",                 ";;;",                             Nothing),
            ("prefix",                     "x__Host-id=V",                    Nothing),
            ("suffix",                     "__Host-idx=V; __Host-id2=V",      Nothing),
            ("another cookie",             "a=b=c",                           Nothing),
            ("empty",                      "",                                Nothing),
        ];
        for (name, header, expected) in cases {
            let found = transport(Mode::Cookie)
                .read(&[vec![("Cookie", header)]])
                .presented();
            assert_eq!(found, expected, "{name}");
            let transport = transport(Mode::Cookie);
            assert_eq!(
                transport.read(&[transport.bare(header)]).presented(),
                expected,
                "{name}"
            );
        }
    }

    #[test]
    fn sources_must_agree() {
        use Presented::{Ambiguous, Nothing, Token};
        let v = ("cookie", "__Host-id=V");
        let x = ("Cookie", "__Host-id=X");
        let other = ("COOKIE", "a=1");
        #[rustfmt::skip]
        let cases = [
            ("no headers",                             vec![],                                   Nothing),
            ("none that matter",                       vec![vec![("host", "h")], vec![]],        Nothing),
            ("once in two lines",                      vec![vec![other, v]],                     Token("V")),
            ("one a line, as HTTP/2 crumbs",           vec![vec![other, v, other]],              Token("V")),
            ("described twice",                        vec![vec![v], vec![v]],                   Token("V")),
            ("described once, other cookies elsewhere",vec![vec![v], vec![other]],               Token("V")),
            ("cookies and a header that differ",       vec![vec![v], vec![x]],                   Ambiguous),
            ("last of several, and all of them",       vec![vec![v], vec![x, v]],                Ambiguous),
            ("two letter cases of one header",         vec![vec![v, x]],                         Ambiguous),
        ];
        for (name, sources, expected) in cases {
            assert_eq!(
                transport(Mode::Cookie).read(&sources).presented(),
                expected,
                "{name}"
            );
        }
    }

    #[test]
    fn each_mode_reads_its_own_carriers() {
        use Presented::{Ambiguous, Nothing, Token};
        let cookie = ("cookie", "__Host-id=V");
        let header = ("X-Id", "V");
        let other = ("x-ID", "X");
        let joined = ("x-id", "V,X");
        let bearer = ("authorization", "Bearer V");
        #[rustfmt::skip]
        let cases = [
            // name               sources                 cookie     header       both
            ("cookie",            vec![cookie],           Token("V"), Nothing,      Token("V")),
            ("header",            vec![header],           Nothing,    Token("V"),   Token("V")),
            ("equal",             vec![cookie, header],   Token("V"), Token("V"),   Token("V")),
            ("different",         vec![cookie, other],    Token("V"), Token("X"),   Ambiguous),
            ("two headers",       vec![header, other],    Nothing,    Ambiguous,    Ambiguous),
            ("joined by commas",  vec![joined],           Nothing,    Token("V,X"), Token("V,X")),
            ("another header",    vec![bearer],           Nothing,    Nothing,      Nothing),
        ];
        for (name, source, in_cookie, in_header, in_both) in cases {
            let sources = [source];
            assert_eq!(
                transport(Mode::Cookie).read(&sources).presented(),
                in_cookie,
                "{name}"
            );
            assert_eq!(
                transport(Mode::Header).read(&sources).presented(),
                in_header,
                "{name}"
            );
            assert_eq!(
                transport(Mode::Both).read(&sources).presented(),
                in_both,
                "{name}"
            );
        }
        for (mode, text, expected) in [
            (Mode::Header, "V", Token("V")),
            (Mode::Both, "V", Token("V")),
            (Mode::Both, "__Host-id=V", Token("V")),
            (Mode::Cookie, "V", Nothing),
        ] {
            let transport = transport(mode);
            assert_eq!(
                transport.read(&[transport.bare(text)]).presented(),
                expected,
                "{mode:?}"
            );
        }
    }

    /// A browser adds `Basic` and `Negotiate` by itself, whatever page has the request sent: neither is a token, and neither says
    /// that a page of ours added it.
    #[test]
    fn authorization_carries_a_bearer_token_and_no_other_scheme_does() {
        use Presented::{Ambiguous, Nothing, Token};
        let with = |mode| Transport {
            header: "authorization".to_owned(),
            ..transport(mode)
        };
        #[rustfmt::skip]
        let cases: [(&str, &[&str], _, bool); 15] = [
            // name                values                        in header               ambient in both
            ("bearer",             &["Bearer V"],                Token("V"),             false),
            ("lower case",         &["bearer V"],                Token("V"),             false),
            ("upper case",         &["BEARER V"],                Token("V"),             false),
            ("two spaces",         &["Bearer  V"],               Token("V"),             false),
            ("two tokens",         &["Bearer V X"],              Token("V X"),           false),
            ("quoted",             &["Bearer \"V\""],            Token("\"V\""),         false),
            ("joined by a comma",  &["Bearer V, Bearer X"],      Token("V, Bearer X"),   false),
            ("no token",           &["Bearer"],                  Token(""),              false),
            ("bare",               &["V"],                       Nothing,                true),
            ("basic",              &["Basic YTpi"],              Nothing,                true),
            ("negotiate",          &["Negotiate YII"],           Nothing,                true),
            ("basic, then bearer", &["Basic YTpi, Bearer V"],    Nothing,                true),
            ("a tab",              &["Bearer\tV"],               Nothing,                true),
            ("twice",              &["Bearer V", "Bearer V"],    Ambiguous,              false),
            ("beside another",     &["Basic YTpi", "Bearer V"],  Ambiguous,              false),
        ];
        for (name, values, expected, ambient) in cases {
            let source: Source<'_> = values
                .iter()
                .map(|value| ("Authorization", *value))
                .collect();
            let sources = [source];
            assert_eq!(
                with(Mode::Header).read(&sources).presented(),
                expected,
                "{name}"
            );
            assert_eq!(
                with(Mode::Both).read(&sources).presented(),
                expected,
                "{name}"
            );
            assert_eq!(
                with(Mode::Cookie).read(&sources).presented(),
                Nothing,
                "{name}"
            );
            assert_eq!(
                with(Mode::Both).read(&sources).is_ambient(),
                ambient,
                "{name}"
            );
            // The one header of a TOKEN event.
            if let [value] = values {
                for mode in [Mode::Header, Mode::Both] {
                    let transport = with(mode);
                    assert_eq!(
                        transport.read(&[transport.bare(value)]).presented(),
                        expected,
                        "{name}"
                    );
                }
            }
        }
        let transport = with(Mode::Both);
        let cookie = ("cookie", "__Host-id=V");
        for (value, expected) in [
            ("Bearer V", Token("V")),
            ("Bearer X", Ambiguous),
            ("Basic YTpi", Token("V")),
        ] {
            assert_eq!(
                transport
                    .read(&[vec![cookie, ("authorization", value)]])
                    .presented(),
                expected,
                "{value}"
            );
        }
        assert_eq!(transport.handed_out_in(), "x-id");
        assert_eq!(super::tests::transport(Mode::Both).handed_out_in(), "x-id");
    }

    /// The texts that end sessions are read as they came: several in one value are not taken apart.
    #[test]
    fn all_texts_are_found_once_each_and_as_they_came() {
        let twice = ("cookie", "__Host-id=V; a=1; __Host-id=X; __Host-id=V");
        let quoted = ("cookie", "__Host-id=\"V\"; __Host-id=V, __Host-id=X");
        let (header, joined) = (("X-Id", "Y"), ("x-id", "V,X"));
        #[rustfmt::skip]
        let cases: [(&str, _, [&[&str]; 3]); 6] = [
            // name              sources                                cookie                          header       both
            ("nothing",          vec![vec![]],                          [&[],                            &[],         &[]]),
            ("two cookies",      vec![vec![twice]],                     [&["V", "X"],                    &[],         &["V", "X"]]),
            ("told twice",       vec![vec![twice], vec![twice]],        [&["V", "X"],                    &[],         &["V", "X"]]),
            ("cookies, header",  vec![vec![twice, header]],             [&["V", "X"],                    &["Y"],      &["V", "X", "Y"]]),
            ("quotes, a comma",  vec![vec![quoted, joined]],            [&["\"V\"", "V, __Host-id=X"], &["V,X"],    &["\"V\"", "V, __Host-id=X", "V,X"]]),
            ("another name",     vec![vec![("cookie", "__host-id=V")]], [&[],                            &[],         &[]]),
        ];
        for (name, sources, [in_cookie, in_header, in_both]) in cases {
            for (mode, expected) in [
                (Mode::Cookie, in_cookie),
                (Mode::Header, in_header),
                (Mode::Both, in_both),
            ] {
                let transport = transport(mode);
                assert_eq!(transport.all(&sources), expected, "{name} {mode:?}");
                let has = mode != Mode::Header && !in_cookie.is_empty();
                assert_eq!(
                    transport.read(&sources).has_cookie(),
                    has,
                    "{name} {mode:?}"
                );
            }
        }
    }

    #[test]
    fn a_header_alone_is_what_no_browser_adds() {
        let (cookie, other) = (("cookie", "__Host-id=V"), ("cookie", "a=1"));
        let header = ("X-Id", "V");
        let many = "a=1; ".repeat(101);
        let many = ("cookie", many.as_str());
        let long = "a".repeat(64 * 1024 + 1);
        let too_long = ("cookie", long.as_str());
        #[rustfmt::skip]
        let cases = [
            // name                      sources                                 in both
            ("nothing",                  vec![],                                 true),
            ("no token",                 vec![vec![other]],                      true),
            ("cookie",                   vec![vec![cookie]],                     true),
            ("header",                   vec![vec![header]],                     false),
            ("header, other cookies",    vec![vec![header, other]],              false),
            ("two headers",              vec![vec![header, header]],             false),
            ("equal",                    vec![vec![header, cookie]],             true),
            ("in two descriptions",      vec![vec![header], vec![cookie]],       true),
            ("cookie twice",             vec![vec![header, cookie, cookie]],     true),
            ("header, many cookies",     vec![vec![header, many]],               false),
            ("too long to be searched",  vec![vec![header, too_long]],           true),
        ];
        for (name, sources, in_both) in cases {
            assert!(
                transport(Mode::Cookie).read(&sources).is_ambient(),
                "{name}"
            );
            assert!(
                !transport(Mode::Header).read(&sources).is_ambient(),
                "{name}"
            );
            let both = transport(Mode::Both).read(&sources).is_ambient();
            assert_eq!(both, in_both, "{name}");
        }
    }
}
