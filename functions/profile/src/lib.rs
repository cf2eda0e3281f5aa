//! GET /profile: a sample backend. It stands behind the authorizer, has no store, and knows about its caller only what
//! the authorizer's context says, which no client can influence.

use dynamodb_session::reply::{self, Response};
use lambda::routes::{self, Function};
use lambda_http::{Request, http::StatusCode, request::RequestContext};
use serde_json::{Value, json};

/// Answers one request.
#[must_use]
pub fn handle(request: &Request) -> Response {
    if let Some(refusal) = routes::check_method(request, Function::Profile) {
        return refusal;
    }
    let Some(session) = context(request, "session") else {
        return reply::problem(
            StatusCode::INTERNAL_SERVER_ERROR,
            "The route to this backend has no authorizer: attach it, as docs/attach.md shows.",
        );
    };
    // An anonymous session has no user; such calls arrive where the deployment lets them through
    // (`SESSION_REQUIRE_USER`).
    let user = context(request, "user");
    reply::json(&json!({
        "message": format!("Hello, {}!", user.unwrap_or("visitor")),
        "user": user,
        "session": session,
    }))
}

/// A value of the authorizer's context. An HTTP API puts the context under `lambda` (AWS, "Working with AWS Lambda
/// proxy integrations for HTTP APIs"), a REST API does not.
fn context<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    let fields = match request.extensions().get::<RequestContext>()? {
        RequestContext::ApiGatewayV1(context) => &context.authorizer.fields,
        RequestContext::ApiGatewayV2(context) => &context.authorizer.as_ref()?.fields,
        _ => return None,
    };
    let nested = fields.get("lambda").and_then(|lambda| lambda.get(name));
    nested.or_else(|| fields.get(name)).and_then(Value::as_str)
}

// Its tests call it as its `main` does, from outside.
#[cfg(test)]
extern crate self as profile;
#[cfg(test)]
#[path = "../tests/profile.rs"]
mod tests;
