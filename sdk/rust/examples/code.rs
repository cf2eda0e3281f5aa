//! A login of one's own: a code that the user is sent. What was sent is kept in an anonymous session, which the login ends.
//!
//! `cargo run -p dynamodb-session-backend --example code`, then
//!
//! ```text
//! curl -c jar -b jar http://localhost:3001/start -d ada     # the code is printed in place of a mail
//! curl -c jar -b jar http://localhost:3001/finish -d 123456
//! curl -b jar http://localhost:3001/
//! ```

use std::{
    env,
    error::Error as StdError,
    io::{self, Write},
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

use axum::{
    Router,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use dynamodb_session_backend::{
    address,
    dynamodb_session::{
        config::Config,
        create::Vouched,
        entropy::{Entropy, SystemEntropy},
        store::memory::MemoryStore,
        time::UnixSeconds,
        user::UserName,
    },
    error::Error,
    layer::SessionLayer,
    session::Session,
    store::AnyStore,
};
use serde::{Deserialize, Serialize};

/// How often somebody may try one code.
const MOST_TRIES: u32 = 3;

/// A code that was sent.
#[derive(Serialize, Deserialize)]
struct Sent {
    user: String,
    code: String,
}

async fn start(session: Session, name: String) -> Result<Response, Error> {
    let Ok(user) = UserName::parse(name.trim()) else {
        return Ok(StatusCode::BAD_REQUEST.into_response());
    };
    let mut random = [0; 4];
    SystemEntropy.fill(&mut random).map_err(Error::Entropy)?;
    let code = format!("{:06}", u32::from_be_bytes(random) % 1_000_000);
    // In place of a mail. A program prints no code where anybody may read it.
    if writeln!(io::stdout(), "code {code}").is_err() {
        return Ok(StatusCode::SERVICE_UNAVAILABLE.into_response());
    }
    let user = user.as_str().to_owned();
    session.set("sent", &Sent { user, code })?;
    session.set("tries", &0)?;
    Ok("A code is on its way.".into_response())
}

async fn finish(session: Session, code: String) -> Result<Response, Error> {
    let wrong = (StatusCode::UNAUTHORIZED, "That is not the code.");
    let Some(sent) = session.get::<Sent>("sent").await? else {
        return Ok(wrong.into_response());
    };
    // It is counted before it is looked at, durably: tries at once are no more tries.
    let tries = session.update("tries", |tries: Option<u32>| tries.unwrap_or_default() + 1);
    let tries = tries.await?;
    session.save().await?;
    let user = UserName::from_stored(sent.user);
    if tries > MOST_TRIES || sent.code != code.trim() {
        return Ok(wrong.into_response());
    }
    session.remove("sent")?;
    session.remove("tries")?;
    session.log_in(user, Vouched::just_now()).await?;
    Ok("You are logged in.".into_response())
}

async fn show(session: Session) -> Result<String, Error> {
    session.require_recent(900)?;
    Ok(format!("Hello, {}!", session.require_user()?))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn StdError>> {
    let lookup = |name: &str| match name {
        "SESSION_ANONYMOUS" => Some("on".to_owned()),
        "SESSION_COOKIE_NAME" => Some("code".to_owned()),
        "SESSION_COOKIE_SECURE" => Some("off".to_owned()),
        _ => None,
    };
    let config = Arc::new(Config::parse(lookup, UnixSeconds::from_system_clock())?);
    let port = env::args().nth(1).map_or(Ok(3001), |port| port.parse())?;
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let port = listener.local_addr()?.port();
    let sessions = SessionLayer::by_itself(AnyStore::new(MemoryStore::default()), config)
        .host(&format!("localhost:{port}"))
        .address(address::peer);
    let app = Router::new()
        .route("/", get(show))
        .route("/start", post(start))
        .route("/finish", post(finish))
        .layer(sessions);
    writeln!(io::stdout(), "http://localhost:{port}")?;
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app).await?;
    Ok(())
}
