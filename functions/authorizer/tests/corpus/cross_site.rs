//! Calls that a page has the browser send: every combination of methods, sites and origins, for each kind of event.

use serde_json::{Value, json};
use support::{
    TOKEN,
    pages::{ALLOWED, CSRF, METHODS, Page, add, pages, set_method},
    store::Counting,
};

use super::{
    Expected::{self, Allow, Deny, DenyUnasked},
    Kind, Variables, check,
};

/// The kinds of event that have headers and a method.
const WHOLE: [Kind; 3] = [Kind::Http2, Kind::Http1, Kind::RestRequest];

const REQUIRED: (&str, &str) = ("SESSION_CSRF_TOKEN", "required");

async fn answered(
    name: &str,
    kind: Kind,
    event: &Value,
    variables: Variables<'_>,
    expected: Expected,
) {
    let store = Counting::seeded().await;
    check(name, kind, event, store, variables, expected).await;
}

fn unless(refused: bool) -> Expected {
    if refused { DenyUnasked } else { Allow }
}

#[tokio::test]
async fn each_method_site_and_origin() {
    for kind in WHOLE {
        for (method, safe) in METHODS {
            for page in pages() {
                let mut event = page.sends(support::event(kind.file()));
                set_method(&mut event, method);
                let name = format!("{method} {page:?}");
                let expected = unless(!safe && !page.passes);
                answered(&name, kind, &event, &[ALLOWED], expected).await;
            }
        }
    }
}

/// A browser lets any page open a WebSocket, with the cookies of the host (RFC 6455 section 10.2).
#[tokio::test]
async fn a_handshake_is_guarded_like_a_change() {
    for page in pages() {
        let event = page.sends(support::event(Kind::WebSocket.file()));
        let expected = unless(!page.passes);
        answered(
            &format!("{page:?}"),
            Kind::WebSocket,
            &event,
            &[ALLOWED],
            expected,
        )
        .await;
    }
}

/// One header is all that it has, and so nothing of the page.
#[tokio::test]
async fn a_token_event_tells_no_page() {
    for (method, _) in METHODS {
        let mut event = support::event(Kind::RestToken.file());
        set_method(&mut event, method);
        answered(method, Kind::RestToken, &event, &[], Allow).await;
    }
}

/// No method that could be read counts as one that only reads.
#[tokio::test]
async fn a_call_of_no_known_method_may_do_anything() {
    for kind in WHOLE {
        for method in [json!(null), json!(7), json!(["GET"]), json!("")] {
            let mut event = Page::FOREIGN.sends(support::event(kind.file()));
            if kind == Kind::Http2 {
                event["requestContext"]["http"]["method"] = method.clone();
            } else {
                event["httpMethod"] = method.clone();
            }
            answered(&method.to_string(), kind, &event, &[], DenyUnasked).await;
        }
    }
    // What is said elsewhere changes nothing, such as by a client's own header.
    let mut event = Page::FOREIGN.sends(support::event(Kind::Http2.file()));
    set_method(&mut event, "POST");
    add(&mut event, "x-http-method-override", "GET");
    event["httpMethod"] = json!("GET");
    answered("override", Kind::Http2, &event, &[], DenyUnasked).await;
}

/// A REST API describes a header twice, and names the last of several values alone in one of them.
#[tokio::test]
async fn a_call_with_two_origins_is_refused() {
    let mut event = support::event(Kind::RestRequest.file());
    set_method(&mut event, "POST");
    event["headers"]["Origin"] = json!("https://app.example.com");
    event["multiValueHeaders"]["Origin"] =
        json!(["https://evil.example", "https://app.example.com"]);
    answered(
        "two origins",
        Kind::RestRequest,
        &event,
        &[ALLOWED],
        DenyUnasked,
    )
    .await;
    event["multiValueHeaders"]["Origin"] = json!(["https://app.example.com"]);
    answered("one", Kind::RestRequest, &event, &[ALLOWED], Allow).await;
}

/// Only what a browser adds by itself can be abused: a cookie and a header with the same token count as the cookie.
#[tokio::test]
async fn what_carries_the_token_decides() {
    let cookie = format!("__Host-id={TOKEN}");
    let (cookie, header) = (("Cookie", cookie.as_str()), ("X-Id", TOKEN));
    #[rustfmt::skip]
    let cases = [
        // carried by  in                     cookie       header       both
        ("cookie",    vec![cookie],          [DenyUnasked, DenyUnasked, DenyUnasked]),
        ("header",    vec![header],          [DenyUnasked, Allow,       Allow]),
        ("both",      vec![cookie, header],  [DenyUnasked, Allow,       DenyUnasked]),
    ];
    for (name, headers, expected) in cases {
        for (mode, expected) in ["cookie", "header", "both"].into_iter().zip(expected) {
            for kind in [Kind::Http2, Kind::Http1, Kind::RestRequest, Kind::WebSocket] {
                let event = kind.with(&headers).unwrap();
                let mut event = Page::FOREIGN.sends(event);
                if kind != Kind::WebSocket {
                    set_method(&mut event, "DELETE");
                }
                let variables = [("SESSION_TRANSPORT", mode)];
                answered(name, kind, &event, &variables, expected).await;
            }
        }
    }
}

/// The CSRF token of this session, in its header.
#[tokio::test]
async fn a_csrf_token_is_demanded_where_it_is_required() {
    let long = "A".repeat(10_240);
    let twice = format!("{CSRF},{CSRF}");
    #[rustfmt::skip]
    let cases = [
        ("shown",             Some(CSRF),        Allow),
        ("missing",           None,              DenyUnasked),
        ("empty",             Some(""),          DenyUnasked),
        ("truncated",         Some(&CSRF[..42]), DenyUnasked),
        ("10 KB",             Some(&*long),      DenyUnasked),
        ("twice",             Some(&*twice),     DenyUnasked),
        ("the session token", Some(TOKEN),       DenyUnasked),
        // HMAC-SHA256 of the 32 bytes before the id was changed, say.
        ("another session's", Some("fh8Oijwu_xFTl4s6vkUkeqe31_AoLq_22ijlwyduTRM"), DenyUnasked),
    ];
    for kind in WHOLE {
        for (name, shown, expected) in cases {
            for (method, safe) in [("POST", false), ("PATCH", false), ("GET", true)] {
                let mut event = support::event(kind.file());
                set_method(&mut event, method);
                if let Some(shown) = shown {
                    add(&mut event, "X-CSRF-Token", shown);
                }
                event["queryStringParameters"] = json!({"x-csrf-token": CSRF, "csrf_token": CSRF});
                event["rawQueryString"] = json!(format!("csrf_token={CSRF}"));
                let expected = if safe { Allow } else { expected };
                answered(name, kind, &event, &[REQUIRED], expected).await;
                answered(name, kind, &event, &[], Allow).await;
            }
        }
    }
}

/// A page can add no header to a handshake, and a TOKEN event has room for none: there, it has to be another kind.
#[tokio::test]
async fn where_no_csrf_token_can_be_shown() {
    let handshake = support::event(Kind::WebSocket.file());
    answered("handshake", Kind::WebSocket, &handshake, &[REQUIRED], Allow).await;
    for (method, safe) in METHODS {
        let mut event = support::event(Kind::RestToken.file());
        set_method(&mut event, method);
        answered(method, Kind::RestToken, &event, &[REQUIRED], unless(!safe)).await;
        event["authorizationToken"] = json!(TOKEN);
        for mode in ["header", "both"] {
            let variables = [REQUIRED, ("SESSION_TRANSPORT", mode)];
            answered(method, Kind::RestToken, &event, &variables, Allow).await;
        }
    }
}

/// It has the form of a token, and opens nothing.
#[tokio::test]
async fn a_csrf_token_opens_no_session() {
    for kind in Kind::ALL {
        let cookie = format!("__Host-id={CSRF}");
        let event = kind.with(&[("Cookie", &cookie)]).unwrap();
        answered("as a token", kind, &event, &[], Deny).await;
    }
}
