//! A proxy event, read leniently.
//!
//! `lambda_http` turns an event into a request, and refuses or panics over what it can't. None of that may be a 500, so
//! the event is mended first. The headers are also kept as they came: `lambda_http` merges them, and a merged header
//! hides that there were two.

use dynamodb_session::transport::{Presented, Source, Transport};
use lambda_http::{
    Request,
    request::{LambdaRequest, RequestContext},
};
use serde_json::{Map, Value};

use crate::{headers, mend::mend};

/// The event as `lambda_http` reads it, and its headers as they came; `None` if it is no proxy event of an HTTP or REST
/// API, or of a query that none of them takes.
pub(crate) fn read(mut event: Value) -> Option<(LambdaRequest, Headers)> {
    let fields = event.as_object_mut()?;
    let headers = Headers::of(fields);
    mend(fields)?;
    let request = serde_json::from_value(event).ok()?;
    Some((request, headers))
}

/// What the request presents as its session's token.
#[must_use]
pub fn presented<'a>(request: &'a Request, transport: &Transport) -> Presented<'a> {
    transport.read(&sources(request))
}

/// Each description of the request's headers, as they came.
pub(crate) fn sources(request: &Request) -> Vec<Source<'_>> {
    let headers = request.extensions().get::<Headers>();
    headers.map_or_else(Vec::new, |headers| headers::sources(&headers.0))
}

/// The address that the request came from, as `API Gateway` saw it; no header has a say.
#[must_use]
pub fn source_ip(request: &Request) -> Option<&str> {
    match request.extensions().get::<RequestContext>()? {
        RequestContext::ApiGatewayV1(context) => context.identity.source_ip.as_deref(),
        RequestContext::ApiGatewayV2(context) => context.http.source_ip.as_deref(),
        _ => None,
    }
}

/// The parts of an event that describe its headers, as they came.
#[derive(Clone)]
pub(crate) struct Headers(Map<String, Value>);

impl Headers {
    fn of(event: &Map<String, Value>) -> Self {
        let fields = headers::FIELDS.into_iter();
        Self(
            fields
                .filter_map(|field| Some((field.to_owned(), event.get(field)?.clone())))
                .collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use dynamodb_session::transport::{Mode, cookie::CookieSettings};
    use lambda_http::Body;
    use serde_json::json;

    use super::*;

    fn request(event: Value) -> Option<Request> {
        let (request, headers) = read(event)?;
        let mut request = Request::from(request);
        request.extensions_mut().insert(headers);
        Some(request)
    }

    fn transport() -> Transport {
        Transport {
            mode: Mode::Cookie,
            cookie: CookieSettings::default(),
            header: "x-id".to_owned(),
        }
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
            let request = request(event).expect(name);
            assert_eq!(presented(&request, &transport()), expected, "{name}");
            assert_eq!(source_ip(&request), Some("192.0.2.1"), "{name}");
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
    fn what_is_no_proxy_event_is_no_request() {
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
