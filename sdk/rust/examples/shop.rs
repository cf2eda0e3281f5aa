//! A shop: a login form, a cart in the session, a logout. The layer validates sessions itself, over an engine in this process.
//!
//! `cargo run -p dynamodb-session-backend --example shop`, and open <http://localhost:3000>: ada's password is `correct horse battery`.

use std::{
    env,
    error::Error as StdError,
    io::{self, Write},
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    response::{Html, IntoResponse, Redirect, Response},
    routing::{get, post},
};
use dynamodb_session_backend::{
    address,
    dynamodb_session::{
        aws::client,
        config::Config,
        entropy::SystemEntropy,
        password::{
            Password, PasswordCredential, account,
            hash::{PasswordHash, Verifier},
            memory::MemoryUserStore,
            store::UserStore,
        },
        store::dynamodb::DynamoStore,
        time::UnixSeconds,
        user::{TypedName, UserName},
    },
    error::Error,
    layer::SessionLayer,
    session::Session,
    store::AnyStore,
};
use local::{engine::Engine, tables};

/// What there is to buy.
const GOODS: [&str; 3] = ["bread", "milk", "tea"];

/// Who may log in.
struct Users {
    records: MemoryUserStore,
    verifier: Verifier,
}

async fn page(session: Session) -> Result<Html<String>, Error> {
    let cart: Vec<String> = session.get("cart").await?.unwrap_or_default();
    let who = match session.user() {
        Some(user) => format!(
            "<p>Hello, {}!</p><form method=post action=/logout><button>Log out</button></form>",
            escaped(user.as_str())
        ),
        None => "<form method=post action=/login><input name=username><input name=password type=password>\
                 <button>Log in</button></form>"
            .to_owned(),
    };
    let goods = GOODS.map(|item| {
        format!("<form method=post action=/cart/{item}><button>{item}</button></form>")
    });
    let cart = format!("<p>Your cart: {}</p>", cart.join(", "));
    Ok(Html(format!(
        "<!doctype html>{who}{cart}{}",
        goods.concat()
    )))
}

/// Two tabs that add something at once both succeed: the later one runs again.
async fn add(session: Session, Path(item): Path<String>) -> Result<Response, Error> {
    if !GOODS.contains(&item.as_str()) {
        return Ok(StatusCode::NOT_FOUND.into_response());
    }
    let added = move |cart: Option<Vec<String>>| {
        let mut cart = cart.unwrap_or_default();
        cart.push(item.clone());
        cart
    };
    session.update("cart", added).await?;
    Ok(Redirect::to("/").into_response())
}

/// The cart comes along: an anonymous session's data is carried over.
async fn log_in(
    State(users): State<Arc<Users>>,
    session: Session,
    form: String,
) -> Result<Response, Error> {
    let field = |name: &str| {
        let mut fields = form_urlencoded::parse(form.as_bytes());
        let found = fields.find(|(known, _)| known == name);
        found
            .map(|(_, value)| value.into_owned())
            .unwrap_or_default()
    };
    let typed = TypedName::parse(&field("username"));
    let (Ok(typed), Ok(password)) = (typed, Password::received(field("password"))) else {
        return Ok(StatusCode::UNAUTHORIZED.into_response());
    };
    let user = account::find(&users.records, &typed).await?;
    let credential = PasswordCredential {
        users: &users.records,
        password: &password,
        verifier: &users.verifier,
    };
    if session.log_in_with(user, credential, false).await? {
        Ok(Redirect::to("/").into_response())
    } else {
        Ok((
            StatusCode::UNAUTHORIZED,
            "The name or the password is wrong.",
        )
            .into_response())
    }
}

async fn log_out(session: Session) -> Result<Redirect, Error> {
    session.log_out().await?;
    Ok(Redirect::to("/"))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn StdError>> {
    // Over plain HTTP the cookie is not Secure, and so it has another name. A deployment sets neither.
    let lookup = |name: &str| match name {
        "SESSION_ANONYMOUS" => Some("on".to_owned()),
        "SESSION_COOKIE_NAME" => Some("shop".to_owned()),
        "SESSION_COOKIE_SECURE" => Some("off".to_owned()),
        _ => None,
    };
    let config = Arc::new(Config::parse(lookup, UnixSeconds::from_system_clock())?);
    // In place of a table of DynamoDB, which `dynamodb_session_backend::open::open` opens.
    let engine = Engine::start(None, (Ipv4Addr::LOCALHOST, 0).into(), &[]).await?;
    let client = client::connect_local(&engine.endpoint);
    tables::ensure(&client, &engine.endpoint, &config).await?;
    let store = DynamoStore::new(client, config.tables.sessions.clone());

    let records = MemoryUserStore::default();
    let password = Password::chosen("correct horse battery".to_owned())?;
    let hash = PasswordHash::new(&password, &SystemEntropy)?;
    let now = UnixSeconds::from_system_clock();
    records.add(&UserName::parse("ada")?, &hash, now).await?;
    let verifier = Verifier::new(&SystemEntropy)?;

    let port = env::args().nth(1).map_or(Ok(3000), |port| port.parse())?;
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let address = listener.local_addr()?;
    let sessions = SessionLayer::by_itself(AnyStore::new(store), config)
        .host(&format!("localhost:{}", address.port()))
        .address(address::peer);
    let app = Router::new()
        .route("/", get(page))
        .route("/cart/{item}", post(add))
        .route("/login", post(log_in))
        .route("/logout", post(log_out))
        .layer(sessions)
        .with_state(Arc::new(Users { records, verifier }));
    writeln!(io::stdout(), "http://localhost:{}", address.port())?;
    axum::serve(
        listener,
        app.into_make_service_with_connect_info::<SocketAddr>(),
    )
    .await?;
    Ok(())
}
