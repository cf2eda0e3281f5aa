//! `DynamoDB`'s wire protocol: JSON over POST, the operation in `X-Amz-Target`, the answer with its checksum.
//!
//! The crate's own server answers web pages as well, with CORS for all of them, and allows no check before it.

use std::{
    future::Future,
    io,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use axum::{
    Router,
    body::{self, Body},
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts},
    response::Response,
};
use dynoxide::{
    Database,
    auth_material::{self, AuthMaterial},
};
use serde_json::json;
use tokio::net::TcpListener;

use super::{hosts::Hosts, operation};

/// The most bytes of a request, as `DynamoDB` takes them.
const MOST_BODY_BYTES: usize = 16 * 1024 * 1024;

const AMZ_JSON: &str = "application/x-amz-json-1.0";
const JSON: &str = "application/json";

/// What `DynamoDB` answers at another path, or to another method.
const UNKNOWN: &str = "<UnknownOperationException/>\n";

struct Server {
    database: Database,
    hosts: Hosts,
    /// How many answers there were so far: their ids.
    answers: AtomicU64,
}

/// Serves until `shutdown` resolves and the requests under way are answered.
pub(super) async fn serve(
    listener: TcpListener,
    database: Database,
    hosts: Hosts,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let server = Arc::new(Server {
        database,
        hosts,
        answers: AtomicU64::new(0),
    });
    let app = Router::new().fallback(handle).with_state(server);
    axum::serve(listener, app)
        .with_graceful_shutdown(shutdown)
        .await
}

async fn handle(State(server): State<Arc<Server>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let answer = match server.hosts.admit(&parts) {
        Ok(()) => server.answer(&parts, body).await,
        Err(refusal) => exception(
            StatusCode::FORBIDDEN,
            JSON,
            "AccessDeniedException",
            Some(refusal),
        ),
    };
    let number = server.answers.fetch_add(1, Ordering::Relaxed) + 1;
    answer.response(number)
}

impl Server {
    async fn answer(&self, parts: &Parts, body: Body) -> Answer {
        match (&parts.method, parts.uri.path()) {
            (&Method::GET, "/") => {
                return plain(StatusCode::OK, "healthy: dynamodb.us-east-1.amazonaws.com ");
            }
            (&Method::POST, "/") => {}
            _ => return plain(StatusCode::NOT_FOUND, UNKNOWN),
        }
        let Ok(body) = body::to_bytes(body, MOST_BODY_BYTES).await else {
            return plain(StatusCode::PAYLOAD_TOO_LARGE, "");
        };
        let given = text(&parts.headers, header::CONTENT_TYPE.as_str());
        let essence = given.split(';').next().unwrap_or_default().trim();
        let media_type = if essence.eq_ignore_ascii_case(AMZ_JSON) {
            AMZ_JSON
        } else if essence.eq_ignore_ascii_case(JSON) || (body.is_empty() && given.is_empty()) {
            JSON
        } else {
            return plain(StatusCode::NOT_FOUND, UNKNOWN);
        };
        let refuse = |kind| exception(StatusCode::BAD_REQUEST, media_type, kind, None);
        let Some(operation) = operation::find(text(&parts.headers, "x-amz-target")) else {
            return refuse("UnknownOperationException");
        };
        let proof = AuthMaterial {
            authorization: parts
                .headers
                .get(header::AUTHORIZATION)
                .and_then(|value| value.to_str().ok()),
            query: parts.uri.query().unwrap_or_default(),
            has_date_header: ["x-amz-date", "date"]
                .iter()
                .any(|name| parts.headers.contains_key(*name)),
        };
        if let Some(body) = auth_material::validate(proof) {
            return Answer {
                status: StatusCode::BAD_REQUEST,
                media_type,
                body,
            };
        }
        let Ok(body) = str::from_utf8(&body) else {
            return refuse("SerializationException");
        };
        // Answering takes less time than going to another thread and back.
        match operation(&self.database, body) {
            Ok(body) => Answer {
                status: StatusCode::OK,
                media_type,
                body,
            },
            Err(error) => Answer {
                status: StatusCode::from_u16(error.status_code())
                    .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
                media_type,
                body: error.to_json(),
            },
        }
    }
}

/// The value of a header; empty if the header is missing.
fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

struct Answer {
    status: StatusCode,
    media_type: &'static str,
    body: String,
}

fn plain(status: StatusCode, body: &str) -> Answer {
    Answer {
        status,
        media_type: "text/plain",
        body: body.to_owned(),
    }
}

/// An exception that comes from no operation.
fn exception(
    status: StatusCode,
    media_type: &'static str,
    kind: &str,
    message: Option<&str>,
) -> Answer {
    let kind = format!("com.amazon.coral.service#{kind}");
    let body = match message {
        Some(message) => json!({"__type": kind, "message": message}),
        None => json!({"__type": kind}),
    };
    Answer {
        status,
        media_type,
        body: body.to_string(),
    }
}

impl Answer {
    fn response(self, number: u64) -> Response {
        let checksum = crc32fast::hash(self.body.as_bytes());
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static(self.media_type),
        );
        headers.insert("x-amz-crc32", HeaderValue::from(checksum));
        if let Ok(id) = HeaderValue::try_from(format!("{number:052}")) {
            headers.insert("x-amzn-requestid", id);
        }
        response
    }
}
