//! How a token travels: in a cookie, in a header, or in either.

mod carried;
pub mod cookie;
pub mod described;

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
mod tests;
