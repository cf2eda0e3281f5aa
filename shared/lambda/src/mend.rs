//! Mends an event for `lambda_http`, which refuses some events and panics over others: over an invalid host, a body
//! that is not the base64 it claims to be, a URI that is too long.

use std::fmt::{self, Write};

use base64::{Engine, engine::general_purpose::STANDARD};
use lambda_http::http::{HeaderName, HeaderValue, Uri};
use serde_json::{Map, Value};

/// The longest query of an event, in either form: more than `API Gateway` takes (10,240 bytes of request line and
/// headers), and less than a URI holds however it is encoded.
const MOST_QUERY_BYTES: usize = 16 * 1024;

/// The longest path that is kept.
const MOST_PATH_BYTES: usize = 4 * 1024;

const QUERY_FIELDS: [&str; 2] = ["queryStringParameters", "multiValueQueryStringParameters"];

/// The fields that functions read. Any other field differs between gateways, emulators and versions, and is no reason
/// to fail.
const READ: [&str; 16] = [
    "body",
    "cookies",
    "headers",
    "httpMethod",
    "isBase64Encoded",
    "multiValueHeaders",
    "multiValueQueryStringParameters",
    "path",
    "pathParameters",
    "queryStringParameters",
    "rawPath",
    "rawQueryString",
    "requestContext",
    "resource",
    "routeKey",
    "version",
];

/// The fields of `READ` that are texts.
const TEXTS: [&str; 4] = ["httpMethod", "resource", "routeKey", "version"];

/// The fields of the context that functions read. The domain's name and the stage are left out, because `lambda_http`
/// would make a URI of them.
const READ_OF_CONTEXT: [&str; 4] = ["authorizer", "http", "httpMethod", "identity"];

/// Takes out of the event what a request can't hold and what nobody reads. `None`: its query is too long. A query is
/// not cut, because the part cut off might matter.
pub(crate) fn mend(event: &mut Map<String, Value>) -> Option<()> {
    event.retain(|name, value| {
        let text = value.is_string() || !TEXTS.contains(&&**name);
        READ.contains(&&**name) && text
    });
    context(event);
    headers(event);
    parameters(event);
    query(event)?;
    path(event);
    body(event);
    Some(())
}

fn context(event: &mut Map<String, Value>) {
    let context = event.get_mut("requestContext");
    let Some(context) = context.and_then(Value::as_object_mut) else {
        return;
    };
    context.retain(|name, value| {
        let known = READ_OF_CONTEXT.contains(&&**name);
        known && (value.is_object() || name == "httpMethod")
    });
    for field in ["http", "identity"] {
        if let Some(fields) = context.get_mut(field).and_then(Value::as_object_mut) {
            fields.retain(|name, value| {
                ["method", "sourceIp"].contains(&&**name) && value.is_string()
            });
        }
    }
}

fn headers(event: &mut Map<String, Value>) {
    let legal_value = |value: &Value| {
        let text = value.as_str();
        text.is_some_and(|text| HeaderValue::from_str(text).is_ok())
    };
    for field in ["headers", "multiValueHeaders"] {
        if let Some(headers) = event.get_mut(field).and_then(Value::as_object_mut) {
            headers.retain(|name, value| {
                let legal = match value {
                    Value::Array(values) => values.iter().all(legal_value),
                    single => legal_value(single),
                };
                legal && HeaderName::from_bytes(name.as_bytes()).is_ok() && !is_of_uri(name)
            });
        } else {
            event.remove(field);
        }
    }
    // Of a header that is there twice, `headers` has only the last value, and would hide that there were two.
    let several = event.get("multiValueHeaders").and_then(Value::as_object);
    if several.is_some_and(|headers| !headers.is_empty()) {
        event.remove("headers");
    }
    if let Some(cookies) = event.get_mut("cookies").and_then(Value::as_array_mut) {
        cookies.retain(Value::is_string);
    } else {
        event.remove("cookies");
    }
}

/// Whether `lambda_http` makes the host or the scheme of the request's URI from this header. No function reads these.
fn is_of_uri(name: &str) -> bool {
    name.eq_ignore_ascii_case("host") || name.eq_ignore_ascii_case("x-forwarded-proto")
}

fn query(event: &mut Map<String, Value>) -> Option<()> {
    for field in QUERY_FIELDS {
        if let Some(parameters) = event.get_mut(field).and_then(Value::as_object_mut) {
            parameters.retain(|_, value| {
                let texts: Vec<Value> = match &*value {
                    Value::Array(values) => values.iter().filter_map(text).collect(),
                    single => text(single).into_iter().collect(),
                };
                let some = !texts.is_empty();
                *value = texts.into();
                some
            });
        } else {
            event.remove(field);
        }
    }
    if let Some(query) = event.get_mut("rawQueryString") {
        *query = query.as_str().map(legal_query).into();
    }
    let fields = ["rawQueryString"].into_iter().chain(QUERY_FIELDS);
    fields
        .filter_map(|field| event.get(field))
        .all(|query| query.to_string().len() <= MOST_QUERY_BYTES)
        .then_some(())
}

/// The text of a parameter. A number or a truth value has only one text, so that is taken; null has none.
fn text(value: &Value) -> Option<Value> {
    match value {
        Value::String(_) => Some(value.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string().into()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The parameters of the path, which are texts.
fn parameters(event: &mut Map<String, Value>) {
    let field = "pathParameters";
    if let Some(parameters) = event.get_mut(field).and_then(Value::as_object_mut) {
        parameters.retain(|_, value| value.is_string());
    } else {
        event.remove(field);
    }
}

/// The query, with each character percent-encoded that a URI can't hold (RFC 3986 section 3.4).
fn legal_query(query: &str) -> String {
    let mut legal = String::with_capacity(query.len());
    for byte in query.bytes() {
        if byte.is_ascii_graphic() && !b"\"#<>".contains(&byte) {
            legal.push(byte.into());
        } else {
            // Writing to a string does not fail.
            let _: fmt::Result = write!(legal, "%{byte:02X}");
        }
    }
    legal
}

/// An invalid path becomes the shortest one, `/`, which is not a resource of any function that looks at the path.
fn path(event: &mut Map<String, Value>) {
    for field in ["path", "rawPath"] {
        let legal = |path: &str| {
            path.starts_with('/') && path.len() <= MOST_PATH_BYTES && path.parse::<Uri>().is_ok()
        };
        if event
            .get(field)
            .is_some_and(|path| !path.as_str().is_some_and(legal))
        {
            event.insert(field.to_owned(), Value::from("/"));
        }
    }
}

fn body(event: &mut Map<String, Value>) {
    let encoded = event.get("isBase64Encoded").and_then(Value::as_bool) == Some(true);
    event.insert("isBase64Encoded".to_owned(), Value::from(encoded));
    let body = event.get("body").and_then(Value::as_str);
    if body.is_none_or(|body| encoded && STANDARD.decode(body).is_err()) {
        event.insert("body".to_owned(), Value::Null);
    }
}
