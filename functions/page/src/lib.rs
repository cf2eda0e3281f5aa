//! GET /: a page for people. They log in on it, see their session and their devices, and end them.

use dynamodb_session::{
    config::Provider,
    reply::{self, Response},
};
use lambda::routes::{self, Function};
use lambda_http::{
    Request,
    http::{HeaderValue, header::CONTENT_SECURITY_POLICY},
};

/// Own scripts, styles and calls alone; framed by nobody; text never becomes markup or script (W3C, Content Security
/// Policy Level 3 and Trusted Types).
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; form-action 'self'; \
     base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
);

const HTML: &str = include_str!("../files/index.html");

/// Where the page has the provider's name. A line that holds it is left out where there is no provider.
const NAME: &str = "{provider}";

/// What the page loads: name, media type, text.
const FILES: [(&str, &str, &str); 3] = [
    (
        "page.css",
        "text/css; charset=utf-8",
        include_str!("../files/page.css"),
    ),
    ("page.js", JAVASCRIPT, include_str!("../files/page.js")),
    (
        "sentences.js",
        JAVASCRIPT,
        include_str!("../files/sentences.js"),
    ),
];

const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

/// The function.
#[derive(Debug)]
pub struct Page {
    html: String,
}

impl Page {
    /// The page of a deployment, with the way to its provider if it has one.
    #[must_use]
    pub fn new(provider: Option<&Provider>) -> Self {
        let lines = HTML.split_inclusive('\n');
        let html = match provider {
            Some(provider) => HTML.replace(NAME, &escaped(&provider.name)),
            None => lines.filter(|line| !line.contains(NAME)).collect(),
        };
        Self { html }
    }

    /// Answers one request.
    #[must_use]
    pub fn handle(&self, request: &Request) -> Response {
        let name = match routes::find(request, Function::Page) {
            Ok((_, name)) => name,
            Err(refusal) => return refusal,
        };
        let file = FILES.iter().find(|(known, ..)| *known == name);
        let mut response = if name.is_empty() {
            reply::text("text/html; charset=utf-8", &self.html)
        } else if let Some((_, media_type, text)) = file {
            reply::text(media_type, text)
        } else {
            return routes::not_found(Function::Page);
        };
        let headers = response.headers_mut();
        headers.insert(CONTENT_SECURITY_POLICY, POLICY);
        response
    }
}

/// Text between tags (HTML Standard, section 13.1.4).
fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;");
    text.replace('<', "&lt;").replace('>', "&gt;")
}

// Its tests call it as its `main` does, from outside.
#[cfg(test)]
extern crate self as page;
#[cfg(test)]
#[path = "../tests/page.rs"]
mod tests;
