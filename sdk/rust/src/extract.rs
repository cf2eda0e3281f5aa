//! What axum's handlers are given, and what they may return.

use axum_core::{
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use dynamodb_session::{audit::Event, reply};
use http::{StatusCode, request::Parts};

use crate::{
    context::{Context, ContextError},
    error::Error,
    session::{Session, not_guarded},
};

impl<S: Sync> FromRequestParts<S> for Session {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        let session = parts.extensions.get::<Self>().cloned();
        session.ok_or_else(|| {
            Event::NoLayer {}.log();
            let problem = reply::problem(StatusCode::INTERNAL_SERVER_ERROR, "The request failed.");
            problem.into_response()
        })
    }
}

impl<S: Sync> FromRequestParts<S> for Context {
    type Rejection = ContextError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ContextError> {
        if let Some(context) = parts.extensions.get::<Self>() {
            return Ok(context.clone());
        }
        #[cfg(feature = "lambda")]
        return Self::from_extensions(&parts.extensions);
        #[cfg(not(feature = "lambda"))]
        Err(ContextError::NotGuarded)
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        self.into_reply().into_response()
    }
}

impl IntoResponse for ContextError {
    fn into_response(self) -> Response {
        not_guarded(&self).into_response()
    }
}
