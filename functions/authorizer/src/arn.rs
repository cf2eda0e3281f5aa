//! The ARN of the route that was called, and the stage that a policy covers.

use serde_json::{Map, Value};

use crate::Fault;

/// The most bytes of a resource in a policy (`API Gateway` quotas).
const MOST_BYTES: usize = 512;

/// The ARN of all routes of the stage that asks: `arn:…:execute-api:region:account:api/stage/*`.
///
/// A policy covers the stage and not the route, so that a cached policy is right for every route. It covers no other
/// stage and no other API.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Stage(String);

impl Stage {
    /// The stage of the ARN in `field`, if the ARN has exactly the form of a route's. The error names the part that is
    /// wrong.
    pub(crate) fn of(event: &Map<String, Value>, field: &'static str) -> Result<Self, Fault> {
        let arn = event.get(field).and_then(Value::as_str);
        arn.ok_or("it is missing")
            .and_then(Self::parse)
            .map_err(|problem| {
                Fault::UnknownEvent(format!("its {field} is not the ARN of a route: {problem}"))
            })
    }

    /// The ARN as a policy names it.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    fn parse(arn: &str) -> Result<Self, &'static str> {
        let Some(parts) = arn.strip_prefix("arn:") else {
            return Err(match arn.chars().next() {
                Some('"' | '\'') => "it does not begin with arn:, but with a quote",
                _ => "it does not begin with arn:",
            });
        };
        // Five parts are left: a path may have colons of its own.
        let mut parts = parts.splitn(5, ':');
        let mut part = || parts.next().unwrap_or_default();
        let (partition, service, region, account) = (part(), part(), part(), part());
        let mut resource = part().splitn(3, '/');
        let mut part = || resource.next().unwrap_or_default();
        let (api, stage, route) = (part(), part(), part());
        let all = format!("arn:{partition}:{service}:{region}:{account}:{api}/{stage}/*");
        #[rustfmt::skip]
        let rules = [
            (service == "execute-api",              "its service is not execute-api"),
            (is_plain(partition),                   "its partition is not a plain word"),
            (is_plain(region),                      "its region is not a plain word"),
            (is_plain(account),                     "its account is not a plain word"),
            (is_plain(api),                         "its API is not a plain word"),
            (stage == "$default" || is_plain(stage), "its stage is neither a plain word nor $default"),
            (!route.is_empty(),                     "its route is missing"),
            (all.len() <= MOST_BYTES,               "it is longer than 512 bytes without the route"),
        ];
        match rules.into_iter().find(|(holds, _)| !holds) {
            Some((_, problem)) => Err(problem),
            None => Ok(Self(all)),
        }
    }
}

/// The method that the ARN of a route names.
pub(crate) fn method(arn: &str) -> Option<&str> {
    arn.splitn(6, ':').nth(5)?.split('/').nth(2)
}

/// Whether a part holds nothing that an IAM policy would read as a wildcard or a variable.
fn is_plain(part: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    !part.is_empty() && part.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stage_is_that_of_the_route_and_no_more() {
        #[rustfmt::skip]
        let cases = [
            ("route",          "arn:aws:execute-api:us-east-1:123456789012:abc/prod/GET/orders", Some("abc/prod/*")),
            ("default stage",  "arn:aws:execute-api:us-east-1:123456789012:abc/$default/GET/",   Some("abc/$default/*")),
            ("WebSocket",      "arn:aws:execute-api:us-east-1:123456789012:abc/prod/$connect",   Some("abc/prod/*")),
            ("path's colons",  "arn:aws:execute-api:us-east-1:123456789012:abc/prod/GET/a:b:c",  Some("abc/prod/*")),
            ("path's wildcard","arn:aws:execute-api:us-east-1:123456789012:abc/prod/GET/*",      Some("abc/prod/*")),
            ("path in Unicode","arn:aws:execute-api:us-east-1:123456789012:abc/prod/GET/é\n",    Some("abc/prod/*")),
            ("stage's dot",    "arn:aws:execute-api:us-east-1:123456789012:abc/v1.0/GET/orders", Some("abc/v1.0/*")),
            ("any stage",      "arn:aws:execute-api:us-east-1:123456789012:abc/*/GET/orders",    None),
            ("any API",        "arn:aws:execute-api:us-east-1:123456789012:*/prod/GET/orders",   None),
            ("one character",  "arn:aws:execute-api:us-east-1:123456789012:abc/pro?/GET/orders", None),
            ("variable",       "arn:aws:execute-api:us-east-1:123456789012:abc/${aws:x}/GET/",   None),
            ("any account",    "arn:aws:execute-api:us-east-1:*:abc/prod/GET/orders",            None),
            ("line break",     "arn:aws:execute-api:us-east-1:123456789012:abc/pr\nod/GET/",     None),
            ("another service","arn:aws:lambda:us-east-1:123456789012:abc/prod/GET/orders",      None),
            ("no route",       "arn:aws:execute-api:us-east-1:123456789012:abc/prod",            None),
            ("no stage",       "arn:aws:execute-api:us-east-1:123456789012:abc",                 None),
            ("empty stage",    "arn:aws:execute-api:us-east-1:123456789012:abc//GET/orders",     None),
            ("star",           "*",                                                              None),
            ("empty",          "",                                                               None),
        ];
        for (name, arn, expected) in cases {
            let expected =
                expected.map(|end| format!("arn:aws:execute-api:us-east-1:123456789012:{end}"));
            assert_eq!(
                Stage::parse(arn).ok().map(|stage| stage.0),
                expected,
                "{name}"
            );
        }
        let long = format!(
            "arn:aws:execute-api:us-east-1:123456789012:{}/prod/GET/",
            "a".repeat(500)
        );
        assert!(Stage::parse(&long).is_err());
    }
}
