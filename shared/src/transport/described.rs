//! The headers of an event, in each of the ways in which `API Gateway` may describe them.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::Source;

/// The fields of an event that describe its headers.
const FIELDS: [&str; 3] = ["headers", "multiValueHeaders", "cookies"];

/// The parts of an event that describe its headers, as they came. They hold credentials, so nothing of them is shown.
#[derive(Clone)]
pub struct Headers(Arc<Map<String, Value>>);

impl Headers {
    /// Those of `event`.
    #[must_use]
    pub fn of(event: &Map<String, Value>) -> Self {
        let fields = FIELDS.into_iter();
        let described =
            fields.filter_map(|field| Some((field.to_owned(), event.get(field)?.clone())));
        Self(Arc::new(described.collect()))
    }

    /// Each description, by itself.
    #[must_use]
    pub fn sources(&self) -> Vec<Source<'_>> {
        sources(&self.0)
    }
}

impl std::fmt::Debug for Headers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Headers(..)")
    }
}

/// Each description of the headers of `event`, by itself. A value that is missing, null or not text is passed over.
#[must_use]
pub fn sources(event: &Map<String, Value>) -> Vec<Source<'_>> {
    FIELDS
        .into_iter()
        .filter_map(|field| match event.get(field)? {
            Value::Object(headers) => Some(headers.iter().flat_map(named).collect()),
            Value::Array(cookies) => {
                Some(texts(cookies).map(|cookie| ("cookie", cookie)).collect())
            }
            _ => None,
        })
        .collect()
}

fn named<'a>((name, value): (&'a String, &'a Value)) -> impl Iterator<Item = (&'a str, &'a str)> {
    let values = match value {
        Value::Array(values) => values.as_slice(),
        single => std::slice::from_ref(single),
    };
    texts(values).map(move |value| (name.as_str(), value))
}

fn texts(values: &[Value]) -> impl Iterator<Item = &str> {
    values.iter().filter_map(Value::as_str)
}
