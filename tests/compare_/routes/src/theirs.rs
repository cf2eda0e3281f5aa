//! The routes on tower-sessions, with its store for `DynamoDB` over the client that the other layer has too.

use axum::{
    Router,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use dynamodb_session_backend::dynamodb_session::aws::client;
use tower_sessions::{
    Expiry, Session, SessionManagerLayer, cookie::time::Duration, session::Error,
};
use tower_sessions_dynamodb_store::{DynamoDBStore, DynamoDBStoreKey, DynamoDBStoreProps};

use crate::USER;

/// How long a session may be unused, as the other layer has it by default.
const IDLE: Duration = Duration::hours(2);

/// What is answered in place of a handler's answer.
enum Refused {
    NotLoggedIn,
    Session(Error),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::Session(error)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        match self {
            Self::NotLoggedIn => StatusCode::UNAUTHORIZED.into_response(),
            Self::Session(error) => {
                (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response()
            }
        }
    }
}

/// With `always` each call saves the session, so that one that is only read does not end after [`IDLE`].
pub(crate) fn app(engine: &str, always: bool) -> Router {
    let properties = DynamoDBStoreProps {
        table_name: "tower_session".to_owned(),
        partition_key: DynamoDBStoreKey {
            name: "id".to_owned(),
            prefix: None,
            suffix: None,
        },
        ..DynamoDBStoreProps::default()
    };
    let store = DynamoDBStore::new(client::connect_local(engine), properties);
    let layer = SessionManagerLayer::new(store)
        .with_secure(false)
        .with_always_save(always)
        .with_expiry(Expiry::OnInactivity(IDLE));
    Router::new()
        .route("/api/who", get(who))
        .route("/api/count", post(count))
        .route("/login", post(log_in))
        .layer(layer)
}

async fn user(session: &Session) -> Result<String, Refused> {
    session.get("user").await?.ok_or(Refused::NotLoggedIn)
}

async fn who(session: Session) -> Result<String, Refused> {
    user(&session).await
}

async fn count(session: Session) -> Result<String, Refused> {
    user(&session).await?;
    let count = session.get("count").await?.unwrap_or(0_u64) + 1;
    session.insert("count", count).await?;
    Ok(count.to_string())
}

async fn log_in(session: Session) -> Result<(), Refused> {
    session.cycle_id().await?;
    Ok(session.insert("user", USER).await?)
}
