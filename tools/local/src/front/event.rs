//! The events of an HTTP API, payload format 2.0: a function's and the authorizer's.

use axum::http::header;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};

use super::{call::Call, route::Matched, stamp};

const ACCOUNT: &str = "000000000000";
const API: &str = "local";
const REGION: &str = "us-east-1";
const STAGE: &str = "$default";

/// The event of the function behind a route; `context` is the authorizer's, if it was asked.
pub(super) fn proxy(call: &Call, route: &Matched<'_>, context: Option<Value>) -> Value {
    let mut event = common(call, route);
    if let Some(context) = context {
        let authorizer = json!({ "lambda": context });
        if let Some(Value::Object(request)) = event.get_mut("requestContext") {
            request.insert("authorizer".to_owned(), authorizer);
        }
    }
    let (body, encoded) = body(call);
    if !call.body.is_empty() {
        event.insert("body".to_owned(), body.into());
    }
    event.insert("isBase64Encoded".to_owned(), encoded.into());
    Value::Object(event)
}

/// The event of the authorizer; `identity` is the values of the identity sources.
pub(super) fn authorizer(call: &Call, route: &Matched<'_>, identity: &[String]) -> Value {
    let mut event = common(call, route);
    event.insert("type".to_owned(), "REQUEST".into());
    event.insert("routeArn".to_owned(), route_arn(route).into());
    event.insert("identitySource".to_owned(), json!(identity));
    Value::Object(event)
}

/// The ARN of a route, as policies name it.
pub(super) fn route_arn(route: &Matched<'_>) -> String {
    let route = route.key.replacen(' ', "", 1);
    format!("arn:aws:execute-api:{REGION}:{ACCOUNT}:{API}/{STAGE}/{route}")
}

fn common(call: &Call, route: &Matched<'_>) -> Map<String, Value> {
    let host = call.header("host").unwrap_or_default();
    let domain = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let mut event = Map::new();
    let mut set = |name: &str, value: Value| event.insert(name.to_owned(), value);
    set("version", "2.0".into());
    set("routeKey", route.key.clone().into());
    set("rawPath", call.path.clone().into());
    set(
        "rawQueryString",
        call.query.clone().unwrap_or_default().into(),
    );
    set("headers", json!(call.headers));
    if !call.cookies.is_empty() {
        set("cookies", json!(call.cookies));
    }
    if !route.parameters.is_empty() {
        let named = route.parameters.iter();
        let named: Map<_, _> = named
            .map(|(name, value)| ((*name).to_owned(), (*value).into()))
            .collect();
        set("pathParameters", named.into());
    }
    let parameters = call.parameters();
    if !parameters.is_empty() {
        set("queryStringParameters", json!(parameters));
    }
    set(
        "requestContext",
        json!({
            "accountId": ACCOUNT,
            "apiId": API,
            "domainName": domain,
            "domainPrefix": domain.split('.').next().unwrap_or_default(),
            "http": {
                "method": call.method,
                "path": call.path,
                "protocol": "HTTP/1.1",
                "sourceIp": call.source_ip,
                "userAgent": call.header("user-agent").unwrap_or_default(),
            },
            "requestId": call.id,
            "routeKey": route.key,
            "stage": STAGE,
            "time": stamp::text(call.now),
            "timeEpoch": stamp::epoch(call.now),
        }),
    );
    event
}

/// The body, and whether it is encoded: all but text is. A body without a type may not be text.
fn body(call: &Call) -> (String, bool) {
    let content_type = call
        .header(header::CONTENT_TYPE.as_str())
        .unwrap_or_default();
    match std::str::from_utf8(&call.body) {
        Ok(text) if is_text(content_type) || text.is_empty() => (text.to_owned(), false),
        _ => (STANDARD.encode(&call.body), true),
    }
}

fn is_text(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default();
    let essence = essence.trim().to_ascii_lowercase();
    essence.starts_with("text/")
        || [
            "application/json",
            "application/javascript",
            "application/xml",
        ]
        .contains(&essence.as_str())
}

#[cfg(test)]
mod tests {
    use axum::{
        body::Bytes,
        http::{Method, Request},
    };
    use dynamodb_session::time::UnixSeconds;

    use super::*;
    use crate::front::route;

    fn call(method: &str, target: &str, headers: &[(&str, &str)], body: &'static [u8]) -> Call {
        let mut request = Request::builder().method(method).uri(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let parts = request.body(()).unwrap().into_parts().0;
        Call::new(
            &parts,
            Bytes::from_static(body),
            "127.0.0.1".parse().unwrap(),
            3000,
            "local-1".to_owned(),
            UnixSeconds(1_583_348_638),
        )
    }

    fn find<'a>(method: &Method, path: &'a str) -> Matched<'a> {
        Matched::of(route::find(method, path).unwrap(), path)
    }

    fn request_context(key: &str) -> Value {
        let (method, path) = key.split_once(' ').unwrap();
        json!({
            "accountId": "000000000000",
            "apiId": "local",
            "domainName": "api.localhost",
            "domainPrefix": "api",
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": "test",
            },
            "requestId": "local-1",
            "routeKey": key,
            "stage": "$default",
            "time": "04/Mar/2020:19:03:58 +0000",
            "timeEpoch": 1_583_348_638_000_u64,
        })
    }

    const HEADERS: [(&str, &str); 4] = [
        ("Host", "api.localhost:3000"),
        ("User-Agent", "test"),
        ("Cookie", "a=1; __Host-id=V"),
        ("Accept", "*/*"),
    ];

    #[test]
    fn authorizer_event_has_the_documented_shape() {
        let call = call("GET", "/profile?a=1&a=2", &HEADERS, b"");
        let identity = ["a=1; __Host-id=V".to_owned(), "GET /profile".to_owned()];
        assert_eq!(
            authorizer(&call, &find(&Method::GET, "/profile"), &identity),
            json!({
                "version": "2.0",
                "type": "REQUEST",
                "routeArn": "arn:aws:execute-api:us-east-1:000000000000:local/$default/GET/profile",
                "identitySource": ["a=1; __Host-id=V", "GET /profile"],
                "routeKey": "GET /profile",
                "rawPath": "/profile",
                "rawQueryString": "a=1&a=2",
                "cookies": ["a=1", "__Host-id=V"],
                "headers": {
                    "accept": "*/*",
                    "host": "api.localhost:3000",
                    "user-agent": "test",
                    "x-forwarded-for": "127.0.0.1",
                    "x-forwarded-port": "3000",
                    "x-forwarded-proto": "http",
                },
                "queryStringParameters": {"a": "1,2"},
                "requestContext": request_context("GET /profile"),
            })
        );
    }

    #[test]
    fn proxy_event_has_the_documented_shape() {
        let json_type = ("Content-Type", "application/json");
        let call = call(
            "POST",
            "/login",
            &[HEADERS[0], HEADERS[1], json_type],
            b"{}",
        );
        assert_eq!(
            proxy(&call, &find(&Method::POST, "/login"), None),
            json!({
                "version": "2.0",
                "routeKey": "POST /login",
                "rawPath": "/login",
                "rawQueryString": "",
                "headers": {
                    "content-type": "application/json",
                    "host": "api.localhost:3000",
                    "user-agent": "test",
                    "x-forwarded-for": "127.0.0.1",
                    "x-forwarded-port": "3000",
                    "x-forwarded-proto": "http",
                },
                "requestContext": request_context("POST /login"),
                "body": "{}",
                "isBase64Encoded": false,
            })
        );
    }

    #[test]
    fn context_of_the_authorizer_reaches_the_function_with_its_types() {
        let call = call("GET", "/profile", &HEADERS, b"");
        let context = json!({"user": "ada", "expires_at": 7});
        let event = proxy(
            &call,
            &find(&Method::GET, "/profile"),
            Some(context.clone()),
        );
        assert_eq!(
            event["requestContext"]["authorizer"],
            json!({ "lambda": context })
        );
        assert_eq!(event.get("body"), None);
        let open = proxy(&call, &find(&Method::GET, "/session"), None);
        assert_eq!(open["requestContext"].get("authorizer"), None);
    }

    #[test]
    fn bodies_that_are_not_known_to_be_text_are_encoded() {
        #[rustfmt::skip]
        let cases: [(&str, &'static [u8], Value, bool); 8] = [
            ("application/json",                  b"{}",     json!("{}"),       false),
            ("Application/JSON; charset=utf-8",   b"{}",     json!("{}"),       false),
            ("text/csv",                          b"a,b",    json!("a,b"),      false),
            ("application/json",                  b"\xff{}", json!("/3t9"),     true),
            ("application/x-www-form-urlencoded", b"a=b",    json!("YT1i"),     true),
            ("application/octet-stream",          b"a",      json!("YQ=="),     true),
            ("",                                  b"{}",     json!("e30="),     true),
            ("application/octet-stream",          b"",       Value::Null,       false),
        ];
        for (content_type, body, expected, encoded) in cases {
            let call = call("POST", "/login", &[("Content-Type", content_type)], body);
            let event = proxy(&call, &find(&Method::POST, "/login"), None);
            assert_eq!(event["body"], expected, "{content_type}");
            assert_eq!(event["isBase64Encoded"], encoded, "{content_type}");
        }
    }
}
