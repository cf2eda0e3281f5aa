//! What the authorizer answers: to each event of `events/`, to tables of bad input (cookies and headers, ids,
//! signed tokens), for each kind of API, and to events that no API sends.

#![cfg(test)]

mod arbitrary;
mod carriers;
mod contexts;
mod cross_site;
mod events;
mod kind;
mod shapes;
mod signed;
mod tokens;

use authorizer::{Authorizer, Fault};
use dynamodb_session::{config, time::UnixSeconds};
use lambda::api::Api;
use lambda_runtime::Diagnostic;
use serde_json::Value;

use kind::{Expected, Kind};
use support::{NOW, store::Counting};

/// Variables of the environment.
type Variables<'a> = &'a [(&'a str, &'a str)];

/// What came of one call: the answer, or the error's type and message.
type Outcome = Result<Value, (String, String)>;

fn outcome(answer: Result<Value, Fault>) -> Outcome {
    answer.map_err(|fault| {
        let diagnostic = Diagnostic::from(fault);
        (diagnostic.error_type, diagnostic.error_message)
    })
}

/// Configurations of what a denial looks like.
const ANSWERS: [Variables; 5] = [
    &[],
    &[("SESSION_DENY_STATUS", "401")],
    &[("SESSION_DENY_STATUS", "403")],
    &[("SESSION_HTTP_API_RESPONSE", "policy")],
    &[
        ("SESSION_HTTP_API_RESPONSE", "policy"),
        ("SESSION_DENY_STATUS", "401"),
    ],
];

/// Has `event` answered under every configuration of denials, on top of `variables`, and fails unless each answer is,
/// value for value, the one for `expected`, and the store was touched once, or not at all where no token came.
///
/// So all denials are the same, whatever their cause, and repeat nothing of what was sent.
async fn check(
    name: &str,
    kind: Kind,
    event: &Value,
    store: Counting,
    variables: Variables<'_>,
    expected: Expected,
) {
    let mut authorizer = authorizer(store, &[]);
    for answers in ANSWERS {
        let variables = [variables, answers].concat();
        (authorizer.config, authorizer.api) = (support::config(&variables), api(&variables));
        let outcome = outcome(authorizer.answer(event, NOW).await);
        assert_eq!(
            outcome,
            kind.outcome(expected, answers),
            "{name}, {kind:?}, {answers:?}"
        );
        let calls: &[&str] = match expected {
            Expected::DenyUnasked => &[],
            Expected::Allow | Expected::Deny => &["touch"],
        };
        assert_eq!(authorizer.store.calls(), calls, "{name}, {kind:?}");
    }
}

/// An authorizer with these settings.
fn authorizer<S>(store: S, variables: Variables<'_>) -> Authorizer<S> {
    Authorizer {
        store,
        config: support::config(variables),
        api: api(variables),
    }
}

fn api(variables: Variables<'_>) -> Api {
    let lookup = |name: &str| {
        let found = variables.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    };
    config::read(&lookup, Api::from_variables).unwrap()
}

/// The answer to `event` at `now`, and the calls that it took.
async fn ask(
    event: &Value,
    store: Counting,
    variables: Variables<'_>,
    now: UnixSeconds,
) -> (Outcome, Vec<&'static str>) {
    let authorizer = authorizer(store, variables);
    let outcome = outcome(authorizer.answer(event, now).await);
    (outcome, authorizer.store.calls())
}
