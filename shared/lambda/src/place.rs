//! Where in the API an event comes from.

use serde_json::{Map, Value};

/// The route that `API Gateway` matched, or the path.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    /// The path of the route that was matched, and its parameters.
    Matched {
        path: String,
        parameters: Map<String, Value>,
    },
    /// The path that was called, where the route takes any path or is not told.
    Called(String),
}

impl Place {
    /// What the event tells: `routeKey` of payload 2.0 (`GET /session`), `resource` of 1.0 and REST (`/session`).
    pub(crate) fn of(event: &Map<String, Value>) -> Self {
        let text = |field| event.get(field).and_then(Value::as_str);
        let key = text("routeKey").map(|key| key.split_once(' ').map_or(key, |(_, path)| path));
        let parameters = event.get("pathParameters").and_then(Value::as_object);
        let called = || text("rawPath").or_else(|| text("path")).unwrap_or_default();
        let path = key.or_else(|| text("resource")).unwrap_or_default();
        // Neither `$default` nor an event without a route has a path here.
        let Some((before, last)) = path.rsplit_once('/') else {
            return Self::Called(called().to_owned());
        };
        let Some(rest) = name(last).and_then(|name| name.strip_suffix('+')) else {
            return Self::Matched {
                path: path.to_owned(),
                parameters: parameters.cloned().unwrap_or_default(),
            };
        };
        let rest = parameters.and_then(|parameters| parameters.get(rest)?.as_str());
        Self::Called(rest.map_or_else(
            || called().to_owned(),
            |rest| format!("{before}/{}", rest.trim_start_matches('/')),
        ))
    }

    /// The value of the parameter of the route with this path, `""` if the route has none; `None`: it is another route.
    pub(crate) fn parameter(&self, route: &str) -> Option<&str> {
        let (Self::Matched { path, .. } | Self::Called(path)) = self;
        let mut given = path.trim_end_matches('/').rsplit('/');
        let mut value = "";
        for expected in route.rsplit('/').filter(|part| !part.is_empty()) {
            let part = given.next()?;
            match (name(expected), self) {
                (None, _) if part == expected => {}
                (Some(_), Self::Matched { parameters, .. }) => {
                    let named = parameters.get(name(part)?);
                    value = named.and_then(Value::as_str).unwrap_or_default();
                }
                (Some(_), Self::Called(_)) => value = part,
                (None, _) => return None,
            }
        }
        Some(value)
    }
}

/// The name of a parameter.
fn name(part: &str) -> Option<&str> {
    part.strip_prefix('{')?.strip_suffix('}')
}
