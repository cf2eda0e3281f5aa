//! What an IAM policy says about one route, as far as an authorizer's policy goes: effect, action and resource.

use serde_json::Value;

const ACTION: &str = "execute-api:Invoke";

/// Whether `document` allows `arn`: some statement does and none denies it. `None`: it is not a policy.
pub(super) fn allows(document: &Value, arn: &str) -> Option<bool> {
    let mut allowed = false;
    let mut denied = false;
    for statement in document.get("Statement")?.as_array()? {
        let applies = any(statement.get("Action")?, |pattern| matches(pattern, ACTION))?
            && any(statement.get("Resource")?, |pattern| matches(pattern, arn))?;
        match statement.get("Effect")?.as_str()? {
            "Allow" => allowed |= applies,
            "Deny" => denied |= applies,
            _ => return None,
        }
    }
    Some(allowed && !denied)
}

/// Whether `holds` is true of a text, or of one in a list.
fn any(value: &Value, holds: impl Fn(&str) -> bool) -> Option<bool> {
    match value {
        Value::String(text) => Some(holds(text)),
        Value::Array(texts) => {
            let texts: Option<Vec<&str>> = texts.iter().map(Value::as_str).collect();
            Some(texts?.into_iter().any(holds))
        }
        _ => None,
    }
}

/// IAM's wildcards: `*` is any text, `?` any one byte.
fn matches(pattern: &str, text: &str) -> bool {
    fn bytes(pattern: &[u8], text: &[u8]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, None) => true,
            (Some((b'*', rest)), None) => bytes(rest, text),
            (Some((b'*', rest)), Some((_, later))) => bytes(rest, text) || bytes(pattern, later),
            (Some((expected, rest)), Some((found, later))) => {
                (*expected == b'?' || expected == found) && bytes(rest, later)
            }
            _ => false,
        }
    }
    bytes(pattern.as_bytes(), text.as_bytes())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ARN: &str = "arn:aws:execute-api:us-east-1:000000000000:local/$default/GET/profile";

    fn one(effect: &str, action: &str, resource: &str) -> Value {
        json!({"Effect": effect, "Action": action, "Resource": resource})
    }

    #[test]
    fn a_policy_allows_what_it_names_and_a_deny_wins() {
        let all = "arn:aws:execute-api:us-east-1:000000000000:local/$default/*";
        let invoke = "execute-api:Invoke";
        #[rustfmt::skip]
        let cases = [
            ("the stage",            json!([one("Allow", invoke, all)]),                           Some(true)),
            ("the route",            json!([one("Allow", invoke, ARN)]),                           Some(true)),
            ("everything",           json!([one("Allow", "*", "*")]),                              Some(true)),
            ("question marks",       json!([one("Allow", "execute-api:?nvoke", "*/GET/pr?file")]), Some(true)),
            ("lists",                json!([{"Effect": "Allow", "Action": [invoke], "Resource": ["x", all]}]), Some(true)),
            ("another route",        json!([one("Allow", invoke, "*/GET/session")]),               Some(false)),
            ("another action",       json!([one("Allow", "s3:*", "*")]),                           Some(false)),
            ("deny",                 json!([one("Deny", invoke, all)]),                            Some(false)),
            ("allow, then deny",     json!([one("Allow", invoke, "*"), one("Deny", invoke, all)]), Some(false)),
            ("deny elsewhere",       json!([one("Allow", invoke, "*"), one("Deny", invoke, "x")]), Some(true)),
            ("nothing",              json!([]),                                                    Some(false)),
            ("effect in lower case", json!([one("allow", invoke, all)]),                           None),
            ("no resource",          json!([{"Effect": "Allow", "Action": invoke}]),               None),
            ("no list",              json!("Allow"),                                               None),
        ];
        for (name, statement, expected) in cases {
            let document = json!({"Version": "2012-10-17", "Statement": statement});
            assert_eq!(allows(&document, ARN), expected, "{name}");
        }
        assert_eq!(allows(&Value::Null, ARN), None);
    }
}
