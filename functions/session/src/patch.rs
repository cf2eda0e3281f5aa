//! What a change of data asks for: the edit in its body, and the tags that it is meant for.

use dynamodb_session::data::{Edit, Tag};
use dynamodb_session::reply::{self, Response};
use lambda::body;
use lambda_http::{
    Request,
    http::{
        StatusCode,
        header::{CONTENT_ENCODING, IF_MATCH},
    },
};

/// The most bytes of a body.
const MOST_BYTES: usize = 64 * 1024;

/// Why a request can't be served: what to send instead.
pub(crate) struct Refusal(StatusCode, String);

impl Refusal {
    pub(crate) fn into_response(self) -> Response {
        reply::problem(self.0, &self.1)
    }
}

/// The edit in the body.
pub(crate) fn edit(request: &Request) -> Result<Edit, Refusal> {
    let refused = |status, detail: &str| Err(Refusal(status, detail.to_owned()));
    if request.headers().contains_key(CONTENT_ENCODING) {
        return refused(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "Send the body without a Content-Encoding.",
        );
    }
    let media_type = match body::media_type(request) {
        Ok(media_type) => media_type,
        Err(other) => return refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, &other.to_string()),
    };
    if !matches!(
        media_type.as_deref(),
        Some("application/json" | "application/merge-patch+json")
    ) {
        return refused(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "Send one Content-Type: application/merge-patch+json or application/json, in UTF-8.",
        );
    }
    let body: &[u8] = request.body().as_ref();
    if body.len() > MOST_BYTES {
        return refused(
            StatusCode::PAYLOAD_TOO_LARGE,
            "The body is larger than 64 KiB.",
        );
    }
    Edit::parse(body::json(body)).map_err(|invalid| {
        let detail = format!("The body is not a JSON merge patch: {invalid}.");
        Refusal(StatusCode::BAD_REQUEST, detail)
    })
}

/// What `If-Match` names (RFC 9110 section 13.1.1).
#[derive(Default)]
pub(crate) struct Named {
    /// The tags that a session may have, of those in the header; `None`: any tag will do.
    pub(crate) tags: Option<Vec<Tag>>,
    /// Whether the header has weak tags, and strong ones: a weak one never matches (RFC 9110 section 8.8.3.2).
    weak: bool,
    strong: bool,
}

impl Named {
    /// The 412 if none of the tags is that of the data.
    pub(crate) fn mismatch(&self) -> Response {
        let detail = if self.weak && !self.strong {
            "A weak tag, W/ before the quotes, never matches: send the ETag of GET /session without the W/, which a \
             proxy that compresses may have added."
        } else {
            "The session's data has changed since: read it again, and send its new ETag."
        };
        reply::problem(StatusCode::PRECONDITION_FAILED, detail)
    }
}

/// Reads the tags of `If-Match`.
pub(crate) fn named(request: &Request) -> Result<Named, Refusal> {
    let mut named = Named::default();
    for value in request.headers().get_all(IF_MATCH) {
        let text = value.to_str().unwrap_or_default();
        if text.trim() == "*" {
            continue;
        }
        for tag in text.split(',').map(str::trim) {
            let known = named.tags.get_or_insert_with(Vec::new);
            let (weak, opaque) = match tag.strip_prefix("W/") {
                Some(opaque) => (true, opaque),
                None => (false, tag),
            };
            let opaque = opaque
                .strip_prefix('"')
                .and_then(|tag| tag.strip_suffix('"'));
            let Some(opaque) = opaque else {
                let detail = "If-Match is * or the ETag of GET /session, in its quotes.";
                return Err(Refusal(StatusCode::BAD_REQUEST, detail.to_owned()));
            };
            // A tag that is not ours to the letter matches nothing either.
            if weak {
                named.weak = true;
            } else {
                named.strong = true;
                known.extend(opaque.parse::<Tag>().ok());
            }
        }
    }
    Ok(named)
}
