//! A call of a route, and what it came to.

use std::sync::atomic::{AtomicUsize, Ordering};

use authorizer::Fault::{Store, Unauthorized};
use serde_json::Value;
use tests::functions::{Functions, PASSWORD, http_authorizer, rest_authorizer};

/// What is called.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Route {
    HttpApi,
    RestApi,
    Session,
    Patch,
    Rotate,
    List,
    EndOthers,
    Login,
    Logout,
    Everywhere,
}

/// Each route, and what it asks of the store where nothing fails.
#[rustfmt::skip]
pub(crate) const ROUTES: [(Route, &[&str]); 10] = [
    (Route::HttpApi,    &["UpdateItem"]),
    (Route::RestApi,    &["UpdateItem"]),
    (Route::Session,    &["UpdateItem"]),
    (Route::Patch,      &["UpdateItem", "UpdateItem"]),
    (Route::Rotate,     &["UpdateItem", "TransactWriteItems"]),
    (Route::List,       &["UpdateItem", "GetItem", "BatchGetItem"]),
    (Route::EndOthers,  &["UpdateItem", "GetItem", "TransactWriteItems"]),
    (Route::Login,      &["UpdateItem", "UpdateItem", "GetItem", "GetItem", "GetItem", "TransactWriteItems", "DeleteItem"]),
    (Route::Logout,     &["GetItem", "TransactWriteItems"]),
    (Route::Everywhere, &["UpdateItem", "GetItem", "TransactWriteItems", "GetItem"]),
];

/// What a call came to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Outcome {
    /// Let through, or done.
    Done,
    /// A 401 or 403.
    Refused,
    /// A 5xx.
    Failed,
}

/// Calls a route as `user` with `token`: what it came to, and the answer.
pub(crate) async fn call(
    route: Route,
    functions: &Functions,
    user: &str,
    token: &str,
) -> (Outcome, Value) {
    let (transport, token) = (&functions.config.transport, Some(token));
    let send = async |method, path, body: &str| {
        let event = functions.event(method, path, "", token, body);
        functions.send(event).await
    };
    let answer = match route {
        Route::HttpApi => return authorize(functions, http_authorizer(transport, token)).await,
        Route::RestApi => return authorize(functions, rest_authorizer(transport, token)).await,
        Route::Session => functions.session(token).await,
        Route::Patch => send("PATCH", "/session", &patch()).await,
        Route::Rotate => send("POST", "/session/rotate", "").await,
        Route::List => send("GET", "/sessions", "").await,
        Route::EndOthers => send("DELETE", "/sessions", "").await,
        Route::Login => functions.login(user, PASSWORD, token).await,
        Route::Logout => functions.logout(token).await,
        Route::Everywhere => functions.logout_everywhere(token).await,
    };
    let outcome = match answer["statusCode"].as_u64() {
        Some(200 | 204) => Outcome::Done,
        Some(503) => Outcome::Failed,
        _ => Outcome::Refused,
    };
    (outcome, answer)
}

/// A change of data that was never made before.
fn patch() -> String {
    static CHANGES: AtomicUsize = AtomicUsize::new(0);
    format!("{{\"n\":{}}}", CHANGES.fetch_add(1, Ordering::SeqCst))
}

async fn authorize(functions: &Functions, event: Value) -> (Outcome, Value) {
    match functions.authorize(&event).await {
        Ok(answer)
            if answer["isAuthorized"] == true
                || answer["policyDocument"]["Statement"][0]["Effect"] == "Allow" =>
        {
            (Outcome::Done, answer)
        }
        Ok(answer) => (Outcome::Refused, answer),
        Err(Unauthorized) => (Outcome::Refused, Value::Null),
        Err(fault) => {
            // API Gateway takes this one message for a 401.
            let failed = matches!(fault, Store(_)) && fault.to_string() != "Unauthorized";
            let outcome = if failed {
                Outcome::Failed
            } else {
                Outcome::Refused
            };
            (outcome, fault.to_string().into())
        }
    }
}
