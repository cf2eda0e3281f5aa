//! The authorizer's answer, read as an HTTP API with payload format 2.0 reads it.

use lambda::api::HttpApiResponse;
use serde_json::Value;

use super::policy;

/// What the gateway does with the call.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It goes through, with this context.
    Allowed(Value),
    /// 403.
    Denied,
}

/// Reads an answer in the one format that the API is set to. `None`: it is malformed, or in the other format.
pub(super) fn read(mut answer: Value, format: HttpApiResponse, arn: &str) -> Option<Verdict> {
    let allowed = match format {
        HttpApiResponse::Simple => answer.get("isAuthorized")?.as_bool()?,
        HttpApiResponse::Policy => {
            answer.get("principalId")?.as_str()?;
            policy::allows(answer.get("policyDocument")?, arn)?
        }
    };
    if !allowed {
        return Some(Verdict::Denied);
    }
    match answer.get_mut("context").map(Value::take) {
        None => Some(Verdict::Allowed(Value::Null)),
        Some(context @ (Value::Null | Value::Object(_))) => Some(Verdict::Allowed(context)),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn answers_are_read_in_the_format_that_is_set() {
        use HttpApiResponse::{Policy, Simple};
        let policy = |effect: &str| {
            let statement =
                json!([{"Effect": effect, "Action": "execute-api:Invoke", "Resource": "*"}]);
            json!({"principalId": "ada", "policyDocument": {"Statement": statement}, "context": {"user": "ada"}})
        };
        let context = || json!({"user": "ada"});
        #[rustfmt::skip]
        let cases = [
            ("allowed",              Simple, json!({"isAuthorized": true, "context": context()}), Some(Verdict::Allowed(context()))),
            ("without context",      Simple, json!({"isAuthorized": true}),                       Some(Verdict::Allowed(Value::Null))),
            ("denied",               Simple, json!({"isAuthorized": false}),                      Some(Verdict::Denied)),
            ("a text for a boolean", Simple, json!({"isAuthorized": "true"}),                     None),
            ("a text for a context", Simple, json!({"isAuthorized": true, "context": "ada"}),     None),
            ("an empty object",      Simple, json!({}),                                           None),
            ("nothing",              Simple, Value::Null,                                         None),
            ("a proxy's answer",     Simple, json!({"statusCode": 401}),                          None),
            ("a policy",             Simple, policy("Allow"),                                     None),
            ("a policy",             Policy, policy("Allow"),                                     Some(Verdict::Allowed(context()))),
            ("a policy that denies", Policy, policy("Deny"),                                      Some(Verdict::Denied)),
            ("a simple answer",      Policy, json!({"isAuthorized": true}),                       None),
            ("without principal",    Policy, json!({"policyDocument": {"Statement": []}}),        None),
        ];
        for (name, format, answer, expected) in cases {
            assert_eq!(read(answer, format, "arn"), expected, "{name}, {format:?}");
        }
    }
}
