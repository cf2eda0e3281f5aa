//! The ways in which a context reaches a backend.

use std::collections::HashMap;

use http::HeaderMap;
use serde_json::{Map, Value};

use super::{Context, ContextError, Told, field};

/// The header that Lambda Web Adapter writes anew on each request: the event's `requestContext` as JSON.
const ADAPTER: &str = "x-amzn-request-context";

/// The headers that an HTTP integration overwrites (docs/backends.md), and what each is of a context.
const OVERWRITTEN: [(&str, &str); 4] = [
    ("x-user", "user"),
    ("x-session", "session"),
    ("x-authenticated-at", "authenticated_at"),
    ("x-expires-at", "expires_at"),
];

impl Context {
    /// The context of an event of an HTTP API (payload 2.0 or 1.0), a REST API or a WebSocket API.
    pub fn from_event(event: &Value) -> Result<Self, ContextError> {
        let request = event.get("requestContext");
        Self::of_request(request.ok_or(ContextError::NotGuarded)?)
    }

    /// The context of a request that Lambda Web Adapter passes on. Only behind it: elsewhere a client may send the header.
    pub fn from_adapter(headers: &HeaderMap) -> Result<Self, ContextError> {
        let mut values = headers.get_all(ADAPTER).iter();
        let value = values.next().ok_or(ContextError::NotGuarded)?;
        if values.next().is_some() {
            return Err(ContextError::Bad("x-amzn-request-context is there twice"));
        }
        match serde_json::from_slice(value.as_bytes()) {
            Ok(request @ Value::Object(_)) => Self::of_request(&request),
            _ => Err(ContextError::Bad(
                "x-amzn-request-context is not a JSON object",
            )),
        }
    }

    /// The context of a request through an HTTP integration, which overwrites the headers of docs/backends.md. Only behind it:
    /// elsewhere a client may send them. None of them carries the data.
    pub fn from_headers(headers: &HeaderMap) -> Result<Self, ContextError> {
        let mut fields = HashMap::new();
        for (header, name) in OVERWRITTEN {
            let values = headers.get_all(header).iter();
            let mut values = values.filter(|value| !value.is_empty());
            if let Some(value) = values.next() {
                let text = std::str::from_utf8(value.as_bytes())
                    .map_err(|_| ContextError::Bad("a header is not UTF-8"))?;
                fields.insert(name, Value::from(text));
            }
            if values.next().is_some() {
                return Err(ContextError::Bad(
                    "a header is there twice: the integration has to overwrite it",
                ));
            }
        }
        let context = field::context(|name| fields.get(name))?;
        let data = Told::Untold;
        Ok(Self { data, ..context })
    }

    /// The context of a request that `lambda_http` made of an event: no client can influence it.
    #[cfg(feature = "lambda")]
    pub fn from_extensions(extensions: &http::Extensions) -> Result<Self, ContextError> {
        let request = extensions.get::<lambda_http::request::RequestContext>();
        let request = request.ok_or(ContextError::NotGuarded)?;
        // Whatever kinds of events `lambda_http` is built for, their JSON is that of the event.
        let request = serde_json::to_value(request)
            .map_err(|_| ContextError::Bad("the request's context has no JSON"))?;
        Self::of_request(&request)
    }

    fn of_request(request: &Value) -> Result<Self, ContextError> {
        let authorizer = request.get("authorizer").and_then(Value::as_object);
        let authorizer = authorizer.ok_or(ContextError::NotGuarded)?;
        // An HTTP API puts it one deeper than the others.
        let nested: &Map<_, _> = match authorizer.get("lambda") {
            Some(Value::Object(nested)) => nested,
            _ => authorizer,
        };
        field::context(|name| nested.get(name))
    }
}
