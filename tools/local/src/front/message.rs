//! The gateway's own answers: what a client gets when no function answers it.

use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::Response,
};

/// `{"message": …}` with the status's name, as an HTTP API words it.
pub(super) fn response(status: StatusCode) -> Response {
    let name = match status {
        StatusCode::PAYLOAD_TOO_LARGE => "Request Entity Too Large",
        other => other.canonical_reason().unwrap_or_default(),
    };
    let mut response = Response::new(Body::from(format!("{{\"message\":\"{name}\"}}")));
    *response.status_mut() = status;
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    response
}
