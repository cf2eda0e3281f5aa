//! What a request says about its body.

use lambda_http::{Request, http::header::CONTENT_TYPE};

/// The one media type of the request, in lower case, if its text is UTF-8.
#[must_use]
pub fn media_type(request: &Request) -> Option<String> {
    let mut types = request.headers().get_all(CONTENT_TYPE).iter();
    let (Some(only), None) = (types.next(), types.next()) else {
        return None;
    };
    let text = only.to_str().ok()?.to_ascii_lowercase();
    let (kind, parameters) = text.split_once(';').unwrap_or((&text, ""));
    matches!(
        parameters.trim(),
        "" | "charset=utf-8" | "charset=\"utf-8\""
    )
    .then(|| kind.trim().to_owned())
}
