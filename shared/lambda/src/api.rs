//! What only `API Gateway` has: the form of an authorizer's answers.

use dynamodb_session::{
    config::{Config, Variables},
    time::UnixSeconds,
};

/// How the authorizer answers `API Gateway`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Api {
    /// The status of a refusal; `None`: the default of the event's format (`SESSION_DENY_STATUS`).
    pub deny_status: Option<DenyStatus>,
    /// `SESSION_HTTP_API_RESPONSE`.
    pub http_response: HttpApiResponse,
    /// `SESSION_CONTEXT_DATA`.
    pub context_data: ContextData,
    /// Whether the authorizer tells a backend who the user is at their provider (`SESSION_CONTEXT_IDENTITY`).
    pub context_identity: bool,
}

/// The status with which the authorizer refuses a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DenyStatus {
    /// 401.
    Unauthorized,
    /// 403.
    Forbidden,
}

/// What an HTTP API's authorizer with payload format 2.0 answers: it must match `EnableSimpleResponses`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HttpApiResponse {
    /// `isAuthorized`.
    Simple,
    /// An IAM policy.
    Policy,
}

/// How the authorizer tells a backend the session's data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContextData {
    /// As JSON text.
    Json,
    /// As base64url of that text, without padding.
    Base64url,
    /// By its size alone.
    None,
}

impl Default for Api {
    fn default() -> Self {
        Self {
            deny_status: None,
            http_response: HttpApiResponse::Simple,
            context_data: ContextData::Json,
            context_identity: false,
        }
    }
}

impl Api {
    /// Reads the group.
    pub fn from_variables(variables: &mut Variables<'_>) -> Self {
        let default = Self::default();
        Self {
            deny_status: variables.choice(
                "SESSION_DENY_STATUS",
                &[
                    ("401", Some(DenyStatus::Unauthorized)),
                    ("403", Some(DenyStatus::Forbidden)),
                ],
                default.deny_status,
            ),
            http_response: variables.choice(
                "SESSION_HTTP_API_RESPONSE",
                &[
                    ("simple", HttpApiResponse::Simple),
                    ("policy", HttpApiResponse::Policy),
                ],
                default.http_response,
            ),
            context_data: variables.choice(
                "SESSION_CONTEXT_DATA",
                &[
                    ("json", ContextData::Json),
                    ("base64url", ContextData::Base64url),
                    ("none", ContextData::None),
                ],
                default.context_data,
            ),
            context_identity: variables
                .switch("SESSION_CONTEXT_IDENTITY", default.context_identity),
        }
    }
}

/// Reads the whole configuration. Every function reads all of it, so that each of them reports a wrong variable.
pub fn read(variables: &mut Variables<'_>, now: UnixSeconds) -> (Config, Api) {
    (
        Config::from_variables(variables, now),
        Api::from_variables(variables),
    )
}

#[cfg(test)]
mod tests {
    use dynamodb_session::config;

    use super::*;

    #[test]
    fn what_is_wrong_in_any_group_is_told_at_once() {
        let lookup = |name: &str| match name {
            "SESSION_TABLE" | "SESSION_DENY_STATUS" => Some("5".to_owned()),
            _ => None,
        };
        let read = config::read(&lookup, |variables| read(variables, UnixSeconds(0)));
        let error = read.unwrap_err().to_string();
        for part in [
            "SESSION_TABLE is \"5\", not a table's name",
            "SESSION_DENY_STATUS is \"5\", not 401 or 403",
        ] {
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn nothing_set_gives_the_defaults() {
        let api = config::read(&|_| None, Api::from_variables);
        assert_eq!(api, Ok(Api::default()));
    }
}
