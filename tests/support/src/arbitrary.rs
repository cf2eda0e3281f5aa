//! Events that no API sends: any JSON, and known events with a part replaced.

use proptest::{
    collection::{hash_map, vec},
    prelude::*,
    sample::select,
};
use serde_json::{Map, Value, json};

/// Texts that parsers stumble over.
const ODD: [&str; 28] = [
    "",
    " ",
    "*",
    "/",
    "//",
    "\\",
    "?",
    "#",
    "%",
    "%zz",
    "%00",
    "\0",
    "\r\n",
    "\u{fffd}",
    "\u{1f600}",
    "é",
    "[",
    "[::",
    "a b",
    "a:99999999",
    "1.2.3.999",
    "xn--a",
    "://",
    "@:0",
    "null",
    "__Host-id=",
    "=",
    "AAAA",
];

/// Any JSON.
pub fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            hash_map(field(), inner, 0..6)
                .prop_map(|fields| Value::from(fields.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// One of `events` with up to three of its values replaced or taken out.
pub fn changed(events: Vec<Value>) -> impl Strategy<Value = Value> {
    let change = (
        any::<proptest::sample::Index>(),
        proptest::option::of(json_value()),
    );
    (select(events), vec(change, 1..=3)).prop_map(|(mut event, changes)| {
        for (index, replacement) in changes {
            let mut pointers = Vec::new();
            walk(&event, String::new(), &mut pointers);
            // Nothing is left once the whole event was replaced by a scalar.
            if pointers.is_empty() {
                break;
            }
            let pointer = index.get(&pointers);
            let (parent, field) = pointer.rsplit_once('/').unwrap();
            if let Some(value) = replacement {
                *event.pointer_mut(pointer).unwrap() = value;
            } else if let Some(Value::Object(fields)) = event.pointer_mut(parent) {
                fields.remove(&unescape(field));
            }
        }
        event
    })
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        select(&ODD[..]).prop_map(str::to_owned),
        any::<String>(),
        "[ -~]{0,40}",
    ]
}

/// Names of fields, most of them known ones.
fn field() -> impl Strategy<Value = String> {
    let known = [
        "version",
        "type",
        "routeArn",
        "methodArn",
        "authorizationToken",
        "headers",
        "multiValueHeaders",
        "cookies",
        "cookie",
        "Cookie",
        "host",
        "x-forwarded-proto",
        "content-type",
        "x-id",
        "requestContext",
        "http",
        "method",
        "httpMethod",
        "path",
        "rawPath",
        "rawQueryString",
        "stage",
        "body",
        "isBase64Encoded",
        "authorizer",
        "lambda",
    ];
    prop_oneof![
        4 => select(known.to_vec()).prop_map(str::to_owned),
        1 => any::<String>(),
    ]
}

/// The JSON pointers (RFC 6901) of all values inside `value`.
fn walk(value: &Value, pointer: String, pointers: &mut Vec<String>) {
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (name.replace('~', "~0").replace('/', "~1"), value))
            .collect(),
        Value::Array(values) => {
            let numbered = values.iter().enumerate();
            numbered
                .map(|(index, value)| (index.to_string(), value))
                .collect()
        }
        _ => Vec::new(),
    };
    for (name, value) in inner {
        walk(value, format!("{pointer}/{name}"), pointers);
    }
    if !pointer.is_empty() {
        pointers.push(pointer);
    }
}

fn unescape(field: &str) -> String {
    field.replace("~1", "/").replace("~0", "~")
}

/// JSON other than objects.
#[must_use]
pub fn not_objects() -> Vec<Value> {
    vec![
        json!(null),
        json!([]),
        json!("x"),
        json!(7),
        json!(true),
        json!([{}]),
    ]
}
