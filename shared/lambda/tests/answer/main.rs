//! Proxy events in, responses out: whatever an event holds, there is an answer, and never a 5xx.

#![cfg(test)]

use std::panic::{AssertUnwindSafe, catch_unwind};

use dynamodb_session::reply::{self, Response};
use lambda::{http, incoming::Incoming};
use lambda_http::{Request, RequestExt, http::header::CONTENT_TYPE};
use proptest::prelude::*;
use serde_json::{Value, json};
use support::{
    TOKEN,
    arbitrary::{changed, json_value, not_objects},
    config,
    reply::Reply,
};
use tokio::runtime::Builder;

/// A function that looks at all that the real ones look at, and tells what it saw.
async fn show(mut request: Request) -> Response {
    let config = config(&[("SESSION_TRANSPORT", "both")]);
    let incoming = Incoming::read(&mut request, &config);
    let request = incoming.request;
    let types = request.headers().get_all(CONTENT_TYPE);
    reply::json(&json!({
        "method": request.method().as_str(),
        "query": request.uri().query(),
        "everywhere": request.query_string_parameters().all("everywhere"),
        "ip": incoming.address,
        "presented": format!("{:?}", incoming.claim.presented()),
        "types": types.iter().filter_map(|value| value.to_str().ok()).collect::<Vec<_>>(),
        "body": String::from_utf8_lossy(request.body().as_ref()),
    }))
}

fn answer(event: Value) -> Reply {
    let runtime = Builder::new_current_thread().build().unwrap();
    Reply::of(&runtime.block_on(http::answer(event, show)))
}

/// Every sample of a proxy event, in both formats.
fn samples() -> Vec<Value> {
    [
        "login-ok",
        "login-form",
        "login-rest",
        "logout-everywhere",
        "logout-rest",
        "session-ok",
        "session-rest",
        "profile-http-api",
        "profile-rest",
    ]
    .map(support::event)
    .to_vec()
}

/// `event` with the value at `pointer` replaced.
fn with(mut event: Value, pointer: &str, value: Value) -> Value {
    let (parent, field) = pointer.rsplit_once('/').unwrap();
    event.pointer_mut(parent).unwrap()[field] = value;
    event
}

#[test]
fn what_a_request_names_as_its_host_is_no_failure() {
    #[rustfmt::skip]
    let texts = [
        "", " ", "a b", "[", "[::1", "%", "%zz", "a:99999999", "1.2.3.999", "xn--a", "a/b", "a?b", "a#b", "user@", "@",
        "://", "a\\b", "a,b", "<a>", "\u{e9}", "*", "..", "https", "http, https", "1http", "javascript", "file", "data",
    ];
    for text in texts {
        for sample in samples() {
            for header in ["host", "Host", "x-forwarded-proto", "X-Forwarded-Proto"] {
                let mut event = with(sample.clone(), &format!("/headers/{header}"), json!(text));
                if event.get("multiValueHeaders").is_some() {
                    event = with(
                        event,
                        &format!("/multiValueHeaders/{header}"),
                        json!([text]),
                    );
                }
                let name = format!("{header}: {text}");
                let reply = catch_unwind(AssertUnwindSafe(|| answer(event))).expect(&name);
                assert_eq!(reply.status, 200, "{name}");
            }
            let event = with(sample, "/requestContext/domainName", json!(text));
            let reply = catch_unwind(AssertUnwindSafe(|| answer(event))).expect(text);
            assert_eq!(reply.status, 200, "domain name {text}");
        }
    }
}

#[test]
fn a_path_or_query_that_no_uri_holds_is_no_failure() {
    let long = "a".repeat(70_000);
    let query = format!("a={long}");
    #[rustfmt::skip]
    let cases = [
        ("/rawPath", json!("evil:80")), ("/rawPath", json!("*")), ("/rawPath", json!("@evil")), ("/rawPath", json!("//")),
        ("/rawPath", json!(format!("/{long}"))), ("/rawPath", json!("\\")), ("/rawPath", json!("http://a b/")),
        ("/path", json!("evil:80")), ("/path", json!("*")), ("/path", json!("@evil")), ("/path", json!(format!("/{long}"))),
        ("/rawQueryString", json!(query)), ("/rawQueryString", json!("a=\u{0}")), ("/rawQueryString", json!("%zz&=&&")),
        ("/queryStringParameters", json!({"a": long})), ("/queryStringParameters", json!({"a": null})),
        ("/multiValueQueryStringParameters", json!({"a": [long]})), ("/multiValueQueryStringParameters", json!({"a": null})),
        ("/multiValueQueryStringParameters", json!({"a": []})),
        ("/multiValueQueryStringParameters", json!({"\u{0}": ["\u{0}", "\u{e9}"]})),
        ("/requestContext/stage", json!("a b")), ("/requestContext/stage", json!("\u{0}?#")), ("/requestContext/stage", json!(7)),
        ("/requestContext/stage", json!(long)), ("/pathParameters", json!({"a": 7})), ("/stageVariables", json!([])),
        ("/httpMethod", json!("GE T")), ("/httpMethod", json!(null)), ("/requestContext/http/method", json!("")),
        ("/requestContext", json!(null)), ("/body", json!("\u{fffd}")), ("/isBase64Encoded", json!(1)),
    ];
    for (pointer, value) in cases {
        for sample in samples() {
            if sample
                .pointer(pointer.rsplit_once('/').unwrap().0)
                .is_none()
            {
                continue;
            }
            let event = with(sample, pointer, value.clone());
            let reply = catch_unwind(AssertUnwindSafe(|| answer(event))).expect(pointer);
            assert!(
                [200, 400].contains(&reply.status),
                "{pointer}: {}",
                reply.status
            );
        }
    }
}

#[test]
fn headers_that_are_there_twice_stay_two() {
    let types = json!(["application/json", "text/plain"]);
    let mut event = support::event("login-rest");
    event["multiValueHeaders"]["Content-Type"] = types.clone();
    assert_eq!(answer(event).json()["types"], types);
}

#[test]
fn an_event_of_any_other_kind_is_a_proper_400() {
    let mut events = not_objects();
    events.push(json!({}));
    events.push(support::event("authorizer-rest-token"));
    let expected = answer(json!({}));
    expected.assert_is_proper("no event");
    assert_eq!(expected.status, 400);
    for event in events {
        assert_eq!(answer(event.clone()), expected, "{event}");
    }
}

/// What the samples say, read back: in both formats the same.
#[test]
fn samples_are_read_as_they_are() {
    for (name, method, query, body) in [
        (
            "login-rest",
            "POST",
            json!(null),
            "{\"username\": \"ada\", \"password\": \"correct horse battery staple\"}",
        ),
        (
            "login-form",
            "POST",
            json!(null),
            "username=ada&password=correct+horse+battery+staple",
        ),
        ("logout-everywhere", "POST", json!("everywhere=true"), ""),
        ("session-rest", "GET", json!(null), ""),
    ] {
        let seen = answer(support::event(name)).json();
        assert_eq!(
            (&seen["method"], &seen["query"], &seen["body"]),
            (&json!(method), &query, &json!(body)),
            "{name}"
        );
        assert_eq!(seen["ip"], "192.0.2.10", "{name}");
        let presented = if name.starts_with("login") {
            "Nothing".to_owned()
        } else {
            format!("Token({TOKEN:?})")
        };
        assert_eq!(seen["presented"], presented, "{name}");
    }
}

/// The address is the one that API Gateway saw, whatever headers say.
#[test]
fn no_header_makes_an_address() {
    for sample in ["session-ok", "session-rest"] {
        for header in [
            "x-forwarded-for",
            "X-Forwarded-For",
            "X_Forwarded_For",
            "forwarded",
            "x-real-ip",
            "X-Amzn-Source-Ip",
        ] {
            let event = with(
                support::event(sample),
                &format!("/headers/{header}"),
                json!("203.0.113.9"),
            );
            assert_eq!(
                answer(event).json()["ip"],
                "192.0.2.10",
                "{sample} {header}"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_json(event in json_value()) {
        prop_assert!([200, 400].contains(&answer(event).status));
    }

    #[test]
    fn a_sample_with_parts_replaced(event in changed(samples())) {
        prop_assert!([200, 400].contains(&answer(event).status));
    }

    #[test]
    fn any_body(body in proptest::collection::vec(any::<u8>(), 0..2000), text in any::<String>(), encoded in any::<bool>()) {
        use base64::{Engine, engine::general_purpose::STANDARD};
        for (text, encoded) in [(STANDARD.encode(&body), true), (text, encoded)] {
            let event = with(support::event("login-ok"), "/body", json!(text));
            let reply = answer(with(event, "/isBase64Encoded", json!(encoded)));
            prop_assert_eq!(reply.status, 200);
            prop_assert!(!encoded || text.is_empty() || reply.json()["body"] != text || STANDARD.decode(&text).is_ok());
        }
    }
}
