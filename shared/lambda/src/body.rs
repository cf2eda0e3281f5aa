//! What a request says about its body, and how its text is read.

use std::fmt;

use lambda_http::{Request, http::header::CONTENT_TYPE};

/// Charsets whose text is read as UTF-8: UTF-8 itself, its usual misspelling, and ASCII, which is a part of it.
const UTF_8: [&str; 3] = ["utf-8", "utf8", "us-ascii"];

/// The text of a body is in another charset than UTF-8.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherCharset(String);

impl fmt::Display for OtherCharset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(name) = self;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
        // Only text that can be a charset's name is repeated.
        let name = if name.len() <= 40 && name.bytes().all(plain) {
            name
        } else {
            "another"
        };
        write!(f, "The charset of the body is {name}: send it in UTF-8.")
    }
}

/// The one media type of the request, in lower case and without its parameters (RFC 9110 section 8.3.1), of which only
/// the charset matters. `None`: there is no media type, or more than one.
pub fn media_type(request: &Request) -> Result<Option<String>, OtherCharset> {
    let mut types = request.headers().get_all(CONTENT_TYPE).iter();
    let (Some(only), None) = (types.next(), types.next()) else {
        return Ok(None);
    };
    let text = only.to_str().unwrap_or_default().to_ascii_lowercase();
    let (kind, parameters) = text.split_at(text.find(';').unwrap_or(text.len()));
    match charset(parameters) {
        None => Ok(None),
        Some(other) if !UTF_8.contains(&&*other) => Err(OtherCharset(other)),
        Some(_) => Ok(Some(kind.trim().to_owned())),
    }
}

/// JSON text without the byte order mark that may stand before it (RFC 8259 section 8.1).
#[must_use]
pub fn json(body: &[u8]) -> &[u8] {
    body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body)
}

/// The charset that parameters name (RFC 9110 section 5.6.6), UTF-8 if they name none; `None` if they are malformed or
/// name two.
fn charset(parameters: &str) -> Option<String> {
    let mut found = None;
    let mut rest = parameters.trim_start_matches(SPACE);
    while !rest.is_empty() {
        let (name, after) = token(rest.strip_prefix(';')?.trim_start_matches(SPACE));
        rest = after;
        // An empty parameter, between two semicolons or after the last, is passed over.
        if !name.is_empty() {
            let (value, after) = value(rest.strip_prefix('=')?)?;
            rest = after;
            if name == "charset" && found.replace(value).is_some() {
                return None;
            }
        }
        rest = rest.trim_start_matches(SPACE);
    }
    Some(found.unwrap_or_else(|| "utf-8".to_owned()))
}

const SPACE: [char; 2] = [' ', '\t'];

/// The token that `text` begins with (RFC 9110 section 5.6.2), and what comes after it.
fn token(text: &str) -> (&str, &str) {
    let other =
        |letter: char| !letter.is_ascii_alphanumeric() && !"!#$%&'*+-.^_`|~".contains(letter);
    text.split_at(text.find(other).unwrap_or(text.len()))
}

/// The value that `text` begins with, a token or a quoted string, and what comes after it.
fn value(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let (value, after) = token(text);
        return (!value.is_empty()).then(|| (value.to_owned(), after));
    };
    let mut value = String::new();
    let mut letters = quoted.chars();
    loop {
        match letters.next()? {
            '"' => return Some((value, letters.as_str())),
            '\\' => value.push(letters.next()?),
            letter => value.push(letter),
        }
    }
}
