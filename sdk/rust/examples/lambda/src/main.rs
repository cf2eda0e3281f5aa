//! A shop on Lambda, behind the session authorizer: a page, a cart in the session, a logout. People log in at the session
//! stack's `POST /login`; `template.yaml` beside it is a deployment.

use std::env;

use axum::{
    Router,
    extract::Path,
    http::StatusCode,
    response::{Html, IntoResponse, Redirect, Response},
    routing::{get, post},
};
use dynamodb_session_backend::{error::Error, open::open, session::Session};

/// What there is to buy.
const GOODS: [&str; 3] = ["bread", "milk", "tea"];

async fn page(session: Session) -> Result<Html<String>, Error> {
    let user = session.require_user()?;
    let cart: Vec<String> = session.get("cart").await?.unwrap_or_default();
    let goods = GOODS.map(|item| {
        format!("<form method=post action=/cart/{item}><button>{item}</button></form>")
    });
    Ok(Html(format!(
        "<!doctype html><p>Hello, {}!</p><p>Your cart: {}</p>{}<form method=post action=/logout><button>Log out</button></form>",
        escaped(user.as_str()),
        cart.join(", "),
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

async fn log_out(session: Session) -> Result<StatusCode, Error> {
    session.log_out().await?;
    Ok(StatusCode::NO_CONTENT)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the environment"
    )]
    let opened = open(|name| env::var(name).ok()).await?;
    let app = Router::new()
        .route("/", get(page))
        .route("/cart/{item}", post(add))
        .route("/logout", post(log_out))
        .layer(opened.behind_authorizer());
    lambda_http::run(app).await
}
