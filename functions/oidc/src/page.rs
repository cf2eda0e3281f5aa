//! The function's own pages: no script, no style, nothing of what anybody sent.

use dynamodb_session::reply::{self, Response};
use lambda_http::http::{
    HeaderValue, StatusCode,
    header::{CONTENT_SECURITY_POLICY, LOCATION, RETRY_AFTER},
};

use crate::failure::Failure;

/// They load nothing, and nobody frames them.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// A 200 with a page that goes on to `place`. The browser came from another site, so that a redirect would arrive without
/// the cookie that this very answer sets, where that is `Strict`; what a page of this site leads to does not.
pub(crate) fn goes_on(place: &str) -> Response {
    let place = escaped(place);
    html(
        StatusCode::OK,
        &format!("<meta http-equiv=\"refresh\" content=\"0;url={place}\">"),
        &format!("<p>You are logged in. <a href=\"{place}\">Go on</a></p>"),
    )
}

/// The answer to a browser that is not logged in: the page for people, where it is at `home`, else a page of the function's
/// own.
pub(crate) fn not_logged_in(failure: Failure, home: Option<&str>) -> Response {
    let mut response = match home {
        // It has a sentence for each word.
        Some(home) => reply::see_other(&format!("{home}?error={}", failure.word())),
        None => failed(failure),
    };
    if let Failure::Wait(seconds) = failure {
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    response
}

/// A page that tells why nobody is logged in.
fn failed(failure: Failure) -> Response {
    let body = format!("<h1>Not logged in</h1>\n<p>{}</p>", failure.sentence());
    html(failure.status(), "", &body)
}

/// A 302 (RFC 6749 section 1.7): the browser goes on with a GET of `place`.
pub(crate) fn found(place: &str) -> Response {
    let mut response = reply::see_other("/");
    *response.status_mut() = StatusCode::FOUND;
    // The settings and the rules make sure that it is visible ASCII.
    if let Ok(place) = HeaderValue::try_from(place) {
        response.headers_mut().insert(LOCATION, place);
    }
    response
}

fn html(status: StatusCode, head: &str, body: &str) -> Response {
    let text = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>Log in</title>\n{head}\n{body}\n</html>\n"
    );
    let mut response = reply::text("text/html; charset=utf-8", &text);
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_SECURITY_POLICY, POLICY);
    response
}

/// A text as the value of an attribute between double quotes.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('"', "&quot;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_stays_within_its_attribute() {
        let response = goes_on("/a?x=1&y=\"><script>");
        let body = response.body();
        let place = "/a?x=1&amp;y=&quot;&gt;&lt;script&gt;";
        assert!(
            body.contains(&format!("content=\"0;url={place}\"")),
            "{body}"
        );
        assert!(body.contains(&format!("href=\"{place}\"")), "{body}");
    }

    #[test]
    fn each_failure_has_a_word_of_its_own_and_a_page() {
        let mut words: Vec<_> = Failure::ALL.map(Failure::word).into();
        for failure in Failure::ALL {
            let response = not_logged_in(failure, None);
            assert_eq!(response.status(), failure.status());
            assert!(response.body().contains(failure.sentence()));
            assert_eq!(response.headers()[CONTENT_SECURITY_POLICY], POLICY);
            let home = not_logged_in(failure, Some("/prod/"));
            let expected = format!("/prod/?error={}", failure.word());
            assert_eq!(home.headers()[LOCATION], expected.as_str());
        }
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), Failure::ALL.len());
    }
}
