//! The one set of fixtures that the helpers of all languages are held to.

use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};

use super::*;

/// What each input is read as is in the file: `tests/tests/contexts.rs` holds it to the authorizer.
#[test]
fn each_context_is_read_as_expected() {
    let text = include_str!("../../../contexts.json");
    let fixtures: Vec<Value> = serde_json::from_str(text).unwrap();
    assert!(fixtures.len() > 80, "{} fixtures", fixtures.len());
    for fixture in fixtures {
        let name = fixture["name"].as_str().unwrap();
        let input = &fixture["input"];
        let read = match fixture["read_by"].as_str().unwrap() {
            "event" => Context::from_event(input),
            "adapter" => Context::from_adapter(&headers(input)),
            "headers" => Context::from_headers(&headers(input)),
            other => panic!("{name}: {other}"),
        };
        match (read, fixture["error"].as_str()) {
            (Ok(context), None) => assert_eq!(shown(&context), fixture["expected"], "{name}"),
            (Err(ContextError::NotGuarded), Some("not_guarded"))
            | (Err(ContextError::Bad(_)), Some("bad_context")) => {}
            (read, error) => panic!("{name}: {read:?}, not {error:?}"),
        }
    }
}

#[test]
fn data_that_was_not_told_says_why() {
    let told = |data: Told| (data.to_string(), data.read::<Value>().unwrap());
    assert_eq!(
        told(Told::TooLarge(5000)),
        ("too large: 5000 bytes".to_owned(), None)
    );
    assert_eq!(told(Told::Untold), ("not told".to_owned(), None));
    let whole = Told::parse("{\"n\": 9007199254740993}").unwrap();
    assert_eq!(
        told(whole),
        (
            "1 keys".to_owned(),
            Some(json!({"n": 9_007_199_254_740_993_u64}))
        )
    );
}

#[test]
fn a_header_that_is_there_twice_is_refused() {
    for (name, read) in [
        (
            "x-user",
            Context::from_headers as fn(&HeaderMap) -> Result<Context, ContextError>,
        ),
        ("x-amzn-request-context", Context::from_adapter),
    ] {
        let mut headers = HeaderMap::new();
        headers.append(name, HeaderValue::from_static("{}"));
        headers.append(name, HeaderValue::from_static("{}"));
        assert!(
            matches!(read(&headers), Err(ContextError::Bad(_))),
            "{name}"
        );
    }
}

/// `lambda_http` makes a request of the same events: what it keeps of the context is read as the same.
#[cfg(feature = "lambda")]
#[test]
fn a_request_of_lambda_http_tells_what_its_event_does() {
    let text = include_str!("../../../contexts.json");
    let fixtures: Vec<Value> = serde_json::from_str(text).unwrap();
    let mut requests = 0;
    for fixture in fixtures {
        let name = fixture["name"].as_str().unwrap();
        let input = &fixture["input"];
        let Ok(request) = lambda_http::request::from_str(&input.to_string()) else {
            continue;
        };
        if input.get("headers").is_none() || name.starts_with("WebSocket") {
            continue;
        }
        requests += 1;
        assert_eq!(
            Context::from_extensions(request.extensions()),
            Context::from_event(input),
            "{name}"
        );
    }
    assert!(requests >= 28, "{requests} requests");
}

fn headers(input: &Value) -> HeaderMap {
    let headers = input.as_object().unwrap().iter();
    headers
        .map(|(name, value)| {
            let value = HeaderValue::from_bytes(value.as_str().unwrap().as_bytes()).unwrap();
            (name.parse::<HeaderName>().unwrap(), value)
        })
        .collect()
}

fn shown(context: &Context) -> Value {
    let (data, bytes) = match &context.data {
        Told::Whole(_) => (context.data.read::<Value>().unwrap(), None),
        Told::TooLarge(bytes) => (None, Some(*bytes)),
        Told::Untold => (None, None),
    };
    let identity = context.identity.as_ref();
    json!({
        "user": context.user.as_ref().map(UserName::as_str),
        "session": context.session.as_str(),
        "authenticated_at": context.authenticated_at.map(|at| at.0),
        "expires_at": context.expires_at.0,
        "data": data,
        "data_bytes": bytes,
        "issuer": identity.map(|it| &it.issuer),
        "subject": identity.map(|it| &it.subject),
        "claims": identity.and_then(|it| it.claims.as_ref()),
    })
}
