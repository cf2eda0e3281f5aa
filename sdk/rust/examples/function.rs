//! A Lambda function of `lambda_http` behind the session authorizer: it counts a user's visits in the session.
//!
//! It runs where Lambda's Runtime API is: `cargo lambda watch`, or deployed with the variables and the permissions of
//! docs/backends.md.

use std::env;

use dynamodb_session_backend::{error::Error, event, open::open, session::Session};
use lambda_http::{Body, Error as LambdaError, Request, Response, lambda_runtime::run, service_fn};
use tower_layer::Layer;

async fn visits(session: &Session) -> Result<String, Error> {
    let user = session.require_user()?;
    let count = session.update("visits", |count: Option<u64>| count.unwrap_or_default() + 1);
    Ok(format!("Hello, {user}! This is visit {}.", count.await?))
}

async fn handler(request: Request) -> Result<Response<Body>, LambdaError> {
    let session = request.extensions().get::<Session>();
    let session = session.ok_or("the handler has no SessionLayer around it")?;
    Ok(match visits(session).await {
        Ok(text) => Response::new(Body::from(text)),
        Err(error) => error.into_reply().map(Body::from),
    })
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), LambdaError> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the environment"
    )]
    let opened = open(|name| env::var(name).ok()).await?;
    let handler = opened.behind_authorizer().layer(service_fn(handler));
    run(event::service(handler)).await
}
