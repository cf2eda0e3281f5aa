//! A function's answer (payload format 2.0) as an HTTP response.

use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::Response,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;

/// Headers that describe the connection or the body as it is sent: the gateway's own.
const OWN: [HeaderName; 3] = [
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::TRANSFER_ENCODING,
];

/// The response that an answer stands for. `None`: it is malformed.
///
/// An answer without `statusCode` is a body of JSON by itself.
pub(super) fn response(answer: &Value) -> Option<Response> {
    let Some(status) = answer.get("statusCode") else {
        let mut response = Response::new(Body::from(answer.to_string()));
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        return Some(response);
    };
    let status = status
        .as_u64()
        .and_then(|number| u16::try_from(number).ok())
        .filter(|number| (200..600).contains(number))?;
    let body = body(answer)?;
    let text = !body.is_empty();
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).ok()?;
    for (name, value) in pairs(answer)? {
        if !OWN.contains(&name) {
            response.headers_mut().append(name, value);
        }
    }
    if text && !response.headers().contains_key(header::CONTENT_TYPE) {
        let plain = HeaderValue::from_static("text/plain;charset=UTF-8");
        response.headers_mut().insert(header::CONTENT_TYPE, plain);
    }
    Some(response)
}

fn body(answer: &Value) -> Option<Vec<u8>> {
    let text = match answer.get("body") {
        None | Some(Value::Null) => "",
        Some(body) => body.as_str()?,
    };
    match answer.get("isBase64Encoded") {
        None | Some(Value::Null | Value::Bool(false)) => Some(text.as_bytes().to_vec()),
        Some(Value::Bool(true)) => STANDARD.decode(text).ok(),
        Some(_) => None,
    }
}

/// The headers, and each of the cookies as one.
fn pairs(answer: &Value) -> Option<Vec<(HeaderName, HeaderValue)>> {
    let mut pairs = Vec::new();
    match answer.get("headers") {
        None | Some(Value::Null) => {}
        Some(headers) => {
            for (name, value) in headers.as_object()? {
                let value = match value {
                    Value::String(text) => text.clone(),
                    Value::Number(_) | Value::Bool(_) => value.to_string(),
                    _ => return None,
                };
                pairs.push((name.parse().ok()?, value.parse().ok()?));
            }
        }
    }
    match answer.get("cookies") {
        None | Some(Value::Null) => {}
        Some(cookies) => {
            for cookie in cookies.as_array()? {
                pairs.push((header::SET_COOKIE, cookie.as_str()?.parse().ok()?));
            }
        }
    }
    Some(pairs)
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use serde_json::json;

    use super::*;

    async fn read(answer: Value) -> (u16, Vec<(String, String)>, Vec<u8>) {
        let (parts, body) = response(&answer).unwrap().into_parts();
        let headers = parts
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect();
        (
            parts.status.as_u16(),
            headers,
            to_bytes(body, 1000).await.unwrap().to_vec(),
        )
    }

    fn header(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[tokio::test]
    async fn every_field_arrives() {
        let (status, headers, body) = read(json!({
            "statusCode": 201,
            "headers": {"Content-Type": "application/json", "X-Number": 7, "content-length": "99"},
            "cookies": ["a=1; Path=/", "b=2"],
            "body": "{}",
            "isBase64Encoded": false,
        }))
        .await;
        assert_eq!(status, 201);
        assert_eq!(
            headers,
            [
                header("content-type", "application/json"),
                header("x-number", "7"),
                header("set-cookie", "a=1; Path=/"),
                header("set-cookie", "b=2"),
            ]
        );
        assert_eq!(body, b"{}");
    }

    #[tokio::test]
    async fn what_is_left_out_has_a_default() {
        let plain = vec![header("content-type", "text/plain;charset=UTF-8")];
        assert_eq!(
            read(json!({"statusCode": 204, "headers": null, "cookies": null, "body": null})).await,
            (204, vec![], vec![])
        );
        assert_eq!(
            read(json!({"statusCode": 200, "body": "AP8=", "isBase64Encoded": true})).await,
            (200, plain, vec![0, 255])
        );
        let json = vec![header("content-type", "application/json")];
        assert_eq!(
            read(json!({"isAuthorized": true})).await,
            (200, json, br#"{"isAuthorized":true}"#.to_vec())
        );
    }

    #[test]
    fn malformed_answers_are_told_apart() {
        #[rustfmt::skip]
        let cases = [
            ("a text for a status",  json!({"statusCode": "OK"})),
            ("a status too low",     json!({"statusCode": 101})),
            ("a status too high",    json!({"statusCode": 600})),
            ("an object for a body", json!({"statusCode": 200, "body": {}})),
            ("bad base64",           json!({"statusCode": 200, "body": "%", "isBase64Encoded": true})),
            ("a text for a flag",    json!({"statusCode": 200, "isBase64Encoded": "true"})),
            ("a list for a header",  json!({"statusCode": 200, "headers": {"a": ["b"]}})),
            ("a bad header",         json!({"statusCode": 200, "headers": {"a": "b\r\nc: d"}})),
            ("a bad header's name",  json!({"statusCode": 200, "headers": {"a b": "c"}})),
            ("a text for cookies",   json!({"statusCode": 200, "cookies": "a=1"})),
            ("a bad cookie",         json!({"statusCode": 200, "cookies": ["a=1\nb"]})),
        ];
        for (name, answer) in cases {
            assert!(response(&answer).is_none(), "{name}");
        }
    }
}
