//! The five kinds of event, and what each kind of API expects for an answer.

use serde_json::{Value, json};
use support::REFERENCE;

use super::Outcome;

/// A kind of event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Http2,
    Http1,
    RestToken,
    RestRequest,
    WebSocket,
}

/// What is to come of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    Allow,
    /// A denial after one look into the store.
    Deny,
    /// A denial without.
    DenyUnasked,
}

impl Kind {
    pub(crate) const ALL: [Self; 5] = [
        Self::Http2,
        Self::Http1,
        Self::RestToken,
        Self::RestRequest,
        Self::WebSocket,
    ];

    /// The name of its sample in `events/`.
    pub(crate) fn file(self) -> &'static str {
        match self {
            Self::Http2 => "authorizer-http-api",
            Self::Http1 => "authorizer-http-api-1.0",
            Self::RestToken => "authorizer-rest-token",
            Self::RestRequest => "authorizer-rest-request",
            Self::WebSocket => "authorizer-websocket",
        }
    }

    /// The stage that its sample names, which is all that a policy may cover.
    fn stage(self) -> &'static str {
        match self {
            Self::Http2 | Self::Http1 => {
                "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/$default/*"
            }
            Self::RestToken | Self::RestRequest => {
                "arn:aws:execute-api:us-east-1:123456789012:f6g7h8i9j0/prod/*"
            }
            Self::WebSocket => "arn:aws:execute-api:us-east-1:123456789012:k1l2m3n4o5/prod/*",
        }
    }

    /// Its sample with nothing but `headers`, described in each way that this kind of event has; `None` if it has room
    /// for fewer headers.
    pub(crate) fn with(self, headers: &[(&str, &str)]) -> Option<Value> {
        let mut event = support::event(self.file());
        if self == Self::RestToken {
            let [(_, only)] = headers else { return None };
            event["authorizationToken"] = json!(only);
            return Some(event);
        }
        event["headers"] = json!({});
        if self == Self::Http2 {
            // API Gateway moves cookies here, and joins what else is there twice.
            event["cookies"] = headers
                .iter()
                .filter(|(name, _)| name.eq_ignore_ascii_case("cookie"))
                .map(|(_, value)| *value)
                .collect();
            for (name, value) in headers {
                let name = name.to_ascii_lowercase();
                if name != "cookie" {
                    let joined = event["headers"][&name]
                        .as_str()
                        .map(|first| format!("{first},{value}"));
                    event["headers"][&name] = json!(joined.as_deref().unwrap_or(value));
                }
            }
        } else {
            event["multiValueHeaders"] = json!({});
            for (name, value) in headers {
                event["headers"][name] = json!(value);
                let mut values = event["multiValueHeaders"][name]
                    .as_array()
                    .cloned()
                    .unwrap_or_default();
                values.push(json!(value));
                event["multiValueHeaders"][name] = json!(values);
            }
        }
        Some(event)
    }

    /// The whole answer under a configuration of denials.
    pub(crate) fn outcome(self, expected: Expected, answers: &[(&str, &str)]) -> Outcome {
        let simple =
            self == Self::Http2 && !answers.contains(&("SESSION_HTTP_API_RESPONSE", "policy"));
        let status = answers
            .iter()
            .find(|(name, _)| *name == "SESSION_DENY_STATUS");
        let http = matches!(self, Self::Http2 | Self::Http1);
        let unauthorized = status.map_or(!http, |(_, status)| *status == "401");
        match expected {
            Expected::Allow if simple => Ok(json!({"isAuthorized": true, "context": context()})),
            Expected::Allow => Ok(
                json!({"principalId": "ada", "policyDocument": self.policy("Allow"), "context": context()}),
            ),
            _ if unauthorized => Err(("Unauthorized".to_owned(), "Unauthorized".to_owned())),
            _ if simple => Ok(json!({"isAuthorized": false})),
            _ => Ok(json!({"principalId": "DENIED", "policyDocument": self.policy("Deny")})),
        }
    }

    fn policy(self, effect: &str) -> Value {
        let statement =
            json!({"Action": "execute-api:Invoke", "Effect": effect, "Resource": self.stage()});
        json!({"Version": "2012-10-17", "Statement": [statement]})
    }
}

/// Nothing but this is told to a backend: scalars, and no token, hash or key.
fn context() -> Value {
    json!({
        "user": "ada",
        "session": REFERENCE,
        "authenticated_at": 1_799_999_940_u64,
        "expires_at": 1_800_043_140_u64,
    })
}
