//! A proxy event, read leniently.
//!
//! `lambda_http` turns an event into a request; an event that it can't turn makes it fail or panic. Such an event must
//! not become a 500, so it is mended first. The headers are also kept as they came: `lambda_http` merges them, and a
//! merged header hides that there were two. The event's route is kept as well.

use dynamodb_session::transport::{Source, described::Headers};
use lambda_http::{Request, request::LambdaRequest};
use serde_json::Value;

use crate::{address::Address, mend::mend, place::Place};

/// What is kept of an event beside the request.
#[derive(Clone)]
pub(crate) struct Kept {
    /// Its headers, as they came.
    pub(crate) headers: Headers,
    /// Its route.
    pub(crate) place: Place,
    /// Where the API was called.
    pub(crate) address: Address,
}

/// The event as `lambda_http` reads it, and what is kept beside; `None` if it is not a proxy event of an HTTP or REST API,
/// or its query is longer than any of them takes.
pub(crate) fn read(mut event: Value) -> Option<(LambdaRequest, Kept)> {
    let fields = event.as_object_mut()?;
    let kept = Kept {
        headers: Headers::of(fields),
        place: Place::of(fields),
        address: Address::of(fields),
    };
    mend(fields)?;
    let request = serde_json::from_value(event).ok()?;
    Some((request, kept))
}

/// Each description of the request's headers, as they came.
pub(crate) fn sources(request: &Request) -> Vec<Source<'_>> {
    let headers = request.extensions().get::<Headers>();
    headers.map_or_else(Vec::new, Headers::sources)
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use dynamodb_session::{config::Config, time::UnixSeconds, transport::Presented};
    use lambda_http::Body;
    use serde_json::json;

    use super::*;
    use crate::incoming::Incoming;

    fn request(event: Value) -> Option<Request> {
        let (request, kept) = read(event)?;
        let mut request = Request::from(request);
        request.extensions_mut().insert(kept.headers);
        Some(request)
    }

    fn config() -> Config {
        Config::parse(|_| None, UnixSeconds(0)).unwrap()
    }

    fn address(mut request: Request) -> Option<String> {
        let incoming = Incoming::read(&mut request, &config());
        incoming.address.map(Cow::into_owned)
    }

    fn v2(change: &Value) -> Value {
        let mut event = json!({
            "version": "2.0", "routeKey": "POST /login", "rawPath": "/login", "rawQueryString": "",
            "headers": {"host": "example.com"},
            "requestContext": {"accountId": "1", "apiId": "a", "http": {"method": "POST", "path": "/login", "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1", "userAgent": "curl"}, "requestId": "r", "stage": "$default", "timeEpoch": 0},
            "body": "{}", "isBase64Encoded": false
        });
        for (field, value) in change.as_object().unwrap() {
            event[field] = value.clone();
        }
        event
    }

    fn v1(change: &Value) -> Value {
        let mut event = json!({
            "version": "1.0", "resource": "/login", "path": "/login", "httpMethod": "POST", "headers": null, "multiValueHeaders": null,
            "queryStringParameters": null, "multiValueQueryStringParameters": null, "pathParameters": null, "stageVariables": null,
            "requestContext": {"accountId": "1", "apiId": "a", "httpMethod": "POST", "path": "/login", "stage": "prod",
                "requestId": "r", "resourcePath": "/login", "identity": {"sourceIp": "192.0.2.1"}, "requestTimeEpoch": 0},
            "body": "{}", "isBase64Encoded": false
        });
        for (field, value) in change.as_object().unwrap() {
            event[field] = value.clone();
        }
        event
    }

    #[test]
    fn the_token_is_found_as_it_came() {
        let one = "__Host-id=V";
        #[rustfmt::skip]
        let cases = [
            ("v2 cookies",           v2(&json!({"cookies": ["a=1", one]})),                        Presented::Token("V")),
            ("v2 cookie header",     v2(&json!({"headers": {"cookie": one}})),                     Presented::Token("V")),
            ("v2 both",              v2(&json!({"cookies": [one], "headers": {"cookie": one}})),   Presented::Token("V")),
            ("v2 both, differing",   v2(&json!({"cookies": [one], "headers": {"cookie": "__Host-id=X"}})), Presented::Ambiguous),
            ("v1 header",            v1(&json!({"headers": {"Cookie": one}})),                     Presented::Token("V")),
            ("v1 last hides first",  v1(&json!({"headers": {"Cookie": one},
                                        "multiValueHeaders": {"Cookie": ["__Host-id=X", one]}})),  Presented::Ambiguous),
            ("v1 nothing",           v1(&json!({})),                                               Presented::Nothing),
        ];
        for (name, event, expected) in cases {
            let mut request = request(event).expect(name);
            let config = config();
            let incoming = Incoming::read(&mut request, &config);
            assert_eq!(incoming.claim.presented(), expected, "{name}");
            assert_eq!(incoming.address.as_deref(), Some("192.0.2.1"), "{name}");
        }
    }

    #[test]
    fn what_a_request_cannot_hold_is_no_failure() {
        #[rustfmt::skip]
        let changes = [
            json!({"headers": null, "cookies": null}),
            json!({"headers": {"bad name": "x", "good": "y", "number": 1, "null": null}}),
            json!({"headers": {"x": "a\r\nb: c", "y": "\u{0}"}}),
            json!({"headers": [], "multiValueHeaders": 3}),
            json!({"headers": {"cookie": "__Host-id=\u{fffd}"}}),
            json!({"cookies": "a=1"}),
            json!({"rawQueryString": "a=\u{0}"}),
            json!({"body": "{\"a\":1}", "isBase64Encoded": true}),
            json!({"body": {"a": 1}}),
            json!({"isBase64Encoded": "yes"}),
            json!({"queryStringParameters": {"a": null, "b": "c"}}),
            json!({"queryStringParameters": {"a": 1, "b": true, "c": {}, "d": []}}),
            json!({"queryStringParameters": "a=1", "multiValueQueryStringParameters": 7}),
            json!({"multiValueQueryStringParameters": {"a": null, "b": [null, "c", 1], "d": []}}),
            json!({"pathParameters": {"a": null, "ref": "x"}, "stageVariables": {"a": null, "b": 1}}),
            json!({"pathParameters": "x", "stageVariables": []}),
            json!({"resource": 7, "version": 2, "routeKey": 7, "type": 1, "identitySource": ["a"], "authorizationToken": {}}),
            json!({"cookies": ["a=1", null, 7]}),
        ];
        for change in changes {
            assert!(request(v2(&change)).is_some(), "{change}");
            assert!(request(v1(&change)).is_some(), "{change}");
        }
        for path in [json!("/a b\u{0}"), json!("/\u{e9} "), json!(7), json!("")] {
            assert!(request(v2(&json!({"rawPath": path}))).is_some(), "{path}");
            assert!(request(v1(&json!({"path": path}))).is_some(), "{path}");
        }
    }

    /// Fields of the context that emulators and tests write in their own way: none of them is read.
    #[test]
    fn an_odd_context_is_no_failure() {
        let odd = json!([null, "1800000000", "x", 1.5, -1, {}, []]);
        #[rustfmt::skip]
        let fields = [
            "requestTimeEpoch", "timeEpoch", "requestTime", "time", "accountId", "apiId", "requestId", "stage", "domainName",
            "domainPrefix", "resourceId", "resourcePath", "path", "protocol", "operationName", "authentication", "routeKey",
        ];
        for value in odd.as_array().unwrap() {
            for event in [v2(&json!({})), v1(&json!({}))] {
                for field in fields {
                    let mut event = event.clone();
                    event["requestContext"][field] = value.clone();
                    let request = request(event).unwrap_or_else(|| panic!("{field}: {value}"));
                    assert_eq!(
                        address(request).as_deref(),
                        Some("192.0.2.1"),
                        "{field}: {value}"
                    );
                }
                // A text is taken as it is; any other value counts as missing.
                let mut event = event.clone();
                let place = if event["version"] == "2.0" {
                    "http"
                } else {
                    "identity"
                };
                event["requestContext"][place]["sourceIp"] = value.clone();
                event["requestContext"][place]["userAgent"] = value.clone();
                let request = request(event).unwrap_or_else(|| panic!("{value}"));
                assert_eq!(address(request).as_deref(), value.as_str(), "{value}");
            }
        }
    }

    #[test]
    fn a_query_is_read_without_what_is_null() {
        use lambda_http::RequestExt;
        #[rustfmt::skip]
        let cases = [
            (json!({"queryStringParameters": {"a": null}}),                            None),
            (json!({"queryStringParameters": {"a": null, "everywhere": "true"}}),      Some(vec!["true"])),
            // A number or a truth value has only one text, and is read as that text, so that it is not ignored.
            (json!({"queryStringParameters": {"everywhere": true}}),                   Some(vec!["true"])),
            (json!({"multiValueQueryStringParameters": {"everywhere": ["a", null, 1]}}), Some(vec!["a", "1"])),
            (json!({"multiValueQueryStringParameters": {"everywhere": [null]}}),       None),
        ];
        for (change, expected) in cases {
            let request = request(v1(&change)).unwrap();
            let query = request.query_string_parameters();
            assert_eq!(query.all("everywhere"), expected, "{change}");
        }
    }

    #[test]
    fn a_path_or_a_query_is_kept_up_to_its_longest() {
        let path = |length: usize| format!("/{}", "a".repeat(length - 1));
        #[rustfmt::skip]
        let paths = [
            ("/login".to_owned(), true), ("//login".to_owned(), true), (path(4096), true), (path(4097), false),
            ("*".to_owned(), false), ("evil:80".to_owned(), false), ("/a b".to_owned(), false),
        ];
        for (path, kept) in paths {
            let expected = if kept { path.as_str() } else { "/" };
            for (field, mut event) in [("rawPath", v2(&json!({}))), ("path", v1(&json!({})))] {
                event[field] = json!(path);
                mend(event.as_object_mut().unwrap()).unwrap();
                assert_eq!(event[field], expected);
            }
        }
        // Counted as in JSON: the quotes of a text count, and so do the names of parameters.
        let query = |length: usize| "a".repeat(length - 2);
        let parameter = |length: usize| json!({"a": ["a".repeat(length - 10)]});
        for (length, kept) in [(16_384, true), (16_385, false)] {
            let raw = v2(&json!({"rawQueryString": query(length)}));
            assert_eq!(request(raw).is_some(), kept, "{length}");
            for field in ["queryStringParameters", "multiValueQueryStringParameters"] {
                let event = v1(&json!({field: parameter(length)}));
                assert_eq!(request(event).is_some(), kept, "{field}: {length}");
            }
        }
    }

    #[test]
    fn body_is_decoded_or_gone() {
        #[rustfmt::skip]
        let cases = [
            (json!({"body": "e30=", "isBase64Encoded": true}),  b"{}".to_vec()),
            (json!({"body": "{}", "isBase64Encoded": true}),    Vec::new()),
            (json!({"body": "e30=", "isBase64Encoded": false}), b"e30=".to_vec()),
            (json!({"body": null}),                             Vec::new()),
        ];
        for (change, expected) in cases {
            let request = request(v2(&change)).unwrap();
            let body: &Body = request.body();
            assert_eq!(body.as_ref(), expected, "{change}");
        }
    }

    #[test]
    fn an_event_of_any_other_kind_makes_no_request() {
        for event in [
            json!(null),
            json!([]),
            json!({}),
            json!({"type": "TOKEN"}),
            json!("x"),
        ] {
            assert!(request(event.clone()).is_none(), "{event}");
        }
    }
}
