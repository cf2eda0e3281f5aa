//! GET /: a page for people. They log in on it, see their session and their devices, and end them.

use dynamodb_session::reply::{self, Response};
use lambda::routes::{self, Function};
use lambda_http::{
    Request,
    http::{HeaderValue, header::CONTENT_SECURITY_POLICY},
};

/// Own scripts, styles and calls alone; framed by nobody; text never becomes markup or script (W3C CSP Level 3, Trusted
/// Types).
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; form-action 'self'; \
     base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
);

/// The files, by the path of their route: media type and text.
const FILES: [(&str, &str, &str); 4] = [
    ("/", "text/html; charset=utf-8", include_str!("../files/index.html")),
    ("/page.css", "text/css; charset=utf-8", include_str!("../files/page.css")),
    ("/page.js", "text/javascript; charset=utf-8", include_str!("../files/page.js")),
    ("/sentences.js", "text/javascript; charset=utf-8", include_str!("../files/sentences.js")),
];

/// Answers one request.
#[must_use]
pub fn handle(request: &Request) -> Response {
    let route = match routes::find(request, Function::Page) {
        Ok((route, _)) => route,
        Err(refusal) => return refusal,
    };
    let file = FILES.iter().find(|(path, ..)| *path == route.path);
    let Some((_, media_type, text)) = file else {
        return routes::not_found(Function::Page);
    };
    let mut response = reply::text(media_type, text);
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, POLICY);
    response
}
