//! What a login sends: JSON, or a form where that is switched on.

use dynamodb_session::{
    cross_site::origins::AllowedOrigins,
    password::Password,
    reply::{self, Response},
    return_to::ReturnTo,
    user::TypedName,
};
use lambda::body::{self, OtherCharset};
use lambda_http::{
    Request,
    http::{StatusCode, header::CONTENT_ENCODING},
};
use serde::Deserialize;

use crate::page::{Failure, Pages};

/// The most bytes of a body. The longest user name and password have room in it, each byte escaped.
const MOST_BYTES: usize = 8 * 1024;

/// A user name and a password, each of a possible form.
#[derive(Debug)]
pub(crate) struct Form {
    pub(crate) user: TypedName,
    pub(crate) password: Password,
    /// Whether the session is to be remembered.
    pub(crate) remember: bool,
    /// Where the browser that sent a form goes next.
    pub(crate) pages: Pages,
}

/// The names of [`Fields`].
const NAMES: [&str; 3] = ["username", "password", "remember"];

/// Any other field is refused: a request has no say in anything else about its user.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    username: String,
    password: String,
    #[serde(default)]
    remember: bool,
}

/// Why a request is refused. It repeats nothing that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Refusal {
    InQuery,
    MediaType,
    Charset(OtherCharset),
    Encoding,
    TooLarge,
    Unreadable,
    UserName,
    Password,
    Page,
}

impl Form {
    /// Reads the request's body; `forms` tells whether a form is taken besides JSON, and `allowed` of which origins its
    /// pages may be.
    pub(crate) fn read(
        request: &Request,
        forms: bool,
        allowed: &AllowedOrigins,
    ) -> Result<Self, Refused> {
        let (media_type, body) = body_of(request)?;
        let (fields, pages) = match media_type.as_deref() {
            Some("application/json") => (from_json(body), Pages::default()),
            Some("application/x-www-form-urlencoded") if forms => {
                let pages = pages(body, allowed).ok_or(Refusal::Page)?;
                (from_form(body), pages)
            }
            _ => return Err(Refusal::MediaType.into()),
        };
        let read = || {
            let fields = fields.ok_or(Refusal::Unreadable)?;
            let user = TypedName::parse(&fields.username).map_err(|_| Refusal::UserName)?;
            let password = Password::received(fields.password).map_err(|_| Refusal::Password)?;
            Ok((user, password, fields.remember))
        };
        match read() {
            Ok((user, password, remember)) => Ok(Self {
                user,
                password,
                remember,
                pages,
            }),
            Err(refusal) => Err(Refused { refusal, pages }),
        }
    }
}

/// Why a request is refused, and the pages that its form names.
#[derive(Debug)]
pub(crate) struct Refused {
    refusal: Refusal,
    pages: Pages,
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self {
            refusal,
            pages: Pages::default(),
        }
    }
}

impl Refused {
    /// The 4xx that tells what to send instead, or the page for failed logins.
    pub(crate) fn into_response(self) -> Response {
        let Self { refusal, pages } = self;
        pages.failed(refusal.into_response(), Failure::Fields)
    }
}

/// The body, and its media type.
fn body_of(request: &Request) -> Result<(Option<String>, &[u8]), Refusal> {
    // A query is in the logs of whatever the request passed on its way. Other parameters are ignored.
    let query = request.uri().query().unwrap_or_default();
    if form_urlencoded::parse(query.as_bytes()).any(|(name, _)| NAMES.contains(&&*name)) {
        return Err(Refusal::InQuery);
    }
    if request.headers().contains_key(CONTENT_ENCODING) {
        return Err(Refusal::Encoding);
    }
    let body: &[u8] = request.body().as_ref();
    if body.len() > MOST_BYTES {
        return Err(Refusal::TooLarge);
    }
    let media_type = body::media_type(request).map_err(Refusal::Charset)?;
    Ok((media_type, body))
}

impl Refusal {
    /// The 4xx that tells what to send instead.
    fn into_response(self) -> Response {
        let (status, detail) = match self {
            Self::InQuery => (
                StatusCode::BAD_REQUEST,
                "Send username, password and remember in the body alone: a query is in the logs of whatever it passes.",
            ),
            Self::MediaType => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "Send one Content-Type: application/json, in UTF-8.",
            ),
            Self::Charset(other) => {
                return reply::problem(StatusCode::UNSUPPORTED_MEDIA_TYPE, &other.to_string());
            }
            Self::Encoding => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "Send the body without a Content-Encoding.",
            ),
            Self::TooLarge => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "The body is larger than 8 KiB.",
            ),
            Self::Unreadable => (
                StatusCode::BAD_REQUEST,
                "Send an object with two strings, username and password, and nothing else but remember (true or false).",
            ),
            Self::UserName => (
                StatusCode::BAD_REQUEST,
                "The user name has 1 to 256 bytes, no space at either end and no control or invisible character.",
            ),
            Self::Password => (StatusCode::BAD_REQUEST, "The password has 1 to 1024 bytes."),
            Self::Page => (
                StatusCode::BAD_REQUEST,
                "The fields return_to and error_to are paths of this host, such as /app?tab=1, or URLs of an allowed origin, each given once.",
            ),
        };
        reply::problem(status, detail)
    }
}

/// The fields of a JSON object. `serde` would also read them from an array, so an array is refused.
fn from_json(body: &[u8]) -> Option<Fields> {
    let body = body::json(body);
    if !body.trim_ascii_start().starts_with(b"{") {
        return None;
    }
    serde_json::from_slice(body).ok()
}

/// The fields of a form, each at most once. Others, such as the name of the button that was pressed, are ignored. Text
/// that is not UTF-8 is refused.
fn from_form(body: &[u8]) -> Option<Fields> {
    let value = |name| value(body, name).ok();
    Some(Fields {
        username: value("username")??,
        password: value("password")??,
        remember: match value("remember")?.as_deref() {
            None | Some("false") => false,
            // What a browser sends for a ticked box.
            Some("true" | "on") => true,
            Some(_) => return None,
        },
    })
}

/// The pages that a form names; `None`: one of them is neither a path of this host nor of an allowed origin.
fn pages(body: &[u8], allowed: &AllowedOrigins) -> Option<Pages> {
    let page = |name| match value(body, name)? {
        None => Ok(None),
        Some(text) => ReturnTo::parse(&text, allowed).map(Some).ok_or(Unfit),
    };
    Some(Pages {
        return_to: page("return_to").ok()?,
        error_to: page("error_to").ok()?,
    })
}

/// A field that is given more than once, or is not UTF-8.
struct Unfit;

/// The value of a form's field, if there is one.
fn value(body: &[u8], name: &str) -> Result<Option<String>, Unfit> {
    let pairs = form_urlencoded::parse(body);
    let mut values = pairs.filter(|(known, _)| known == name);
    let value = values.next().map(|(_, value)| value.into_owned());
    let is_text = value
        .as_ref()
        .is_none_or(|value| !value.contains('\u{fffd}'));
    if values.next().is_some() || !is_text {
        return Err(Unfit);
    }
    Ok(value)
}
