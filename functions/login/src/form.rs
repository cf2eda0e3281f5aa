//! What a login sends: JSON, or a form where that is switched on.

use dynamodb_session::{password::Password, user::UserName};
use gateway::{
    body::{self, OtherCharset},
    reply,
};
use lambda_http::{
    Body, Request, Response,
    http::{StatusCode, header::CONTENT_ENCODING},
};
use serde::Deserialize;

/// The most bytes of a body. The longest user name and password have room in it, each byte escaped.
const MOST_BYTES: usize = 8 * 1024;

/// A user name and a password, each of a possible form.
#[derive(Debug)]
pub(crate) struct Form {
    pub(crate) user: UserName,
    pub(crate) password: Password,
    /// Whether the session is to be remembered.
    pub(crate) remember: bool,
}

/// The names of [`Fields`].
const NAMES: [&str; 3] = ["username", "password", "remember"];

/// Nothing but these: what else a request says about its user is not its to say.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    username: String,
    password: String,
    #[serde(default)]
    remember: bool,
}

/// Why a request is no login. It repeats nothing of what was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    InQuery,
    MediaType,
    Charset(OtherCharset),
    Encoding,
    TooLarge,
    Unreadable,
    UserName,
    Password,
}

impl Form {
    /// Reads the request's body; `forms` tells whether a form is taken besides JSON.
    pub(crate) fn read(request: &Request, forms: bool) -> Result<Self, Refusal> {
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
        let fields = match media_type.as_deref() {
            Some("application/json") => from_json(body),
            Some("application/x-www-form-urlencoded") if forms => from_form(body),
            _ => return Err(Refusal::MediaType),
        };
        let Fields {
            username,
            password,
            remember,
        } = fields.ok_or(Refusal::Unreadable)?;
        Ok(Self {
            user: UserName::parse(&username).map_err(|_| Refusal::UserName)?,
            password: Password::received(password).map_err(|_| Refusal::Password)?,
            remember,
        })
    }
}

impl Refusal {
    /// The 4xx that tells what to send instead.
    pub(crate) fn into_response(self) -> Response<Body> {
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
        };
        reply::problem(status, detail)
    }
}

/// The fields of an object. An array of them, in which `serde` would see them as well, is none.
fn from_json(body: &[u8]) -> Option<Fields> {
    let body = body::json(body);
    if !body.trim_ascii_start().starts_with(b"{") {
        return None;
    }
    serde_json::from_slice(body).ok()
}

/// The fields of a form, each at most once and nothing else; text that is not UTF-8 is refused.
fn from_form(body: &[u8]) -> Option<Fields> {
    let (mut username, mut password, mut remember) = (None, None, None);
    for (name, value) in form_urlencoded::parse(body) {
        let field = match &*name {
            "username" => &mut username,
            "password" => &mut password,
            "remember" => &mut remember,
            _ => return None,
        };
        if value.contains('\u{fffd}') || field.replace(value.into_owned()).is_some() {
            return None;
        }
    }
    Some(Fields {
        username: username?,
        password: password?,
        remember: match remember.as_deref() {
            None | Some("false") => false,
            // What a browser sends for a ticked box.
            Some("true" | "on") => true,
            Some(_) => return None,
        },
    })
}
