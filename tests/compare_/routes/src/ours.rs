//! The routes on the layer of `sdk/rust`, by itself and behind the authorizer.

use std::{env, sync::Arc};

use axum::{
    Router,
    routing::{get, post},
};
use dynamodb_session_backend::{
    address,
    dynamodb_session::{
        aws::client,
        config::{Config, ConfigError},
        create::Vouched,
        store::dynamodb::DynamoStore,
        time::UnixSeconds,
        user::UserName,
    },
    error::Error,
    layer::SessionLayer,
    session::Session,
    store::AnyStore,
};

use crate::USER;

pub(crate) fn by_itself(engine: &str) -> Result<Router, ConfigError> {
    let (store, config) = opened(engine)?;
    let layer = SessionLayer::by_itself(store, config);
    Ok(app(layer.host_of_request().address(address::peer)))
}

pub(crate) fn behind_authorizer(engine: &str) -> Result<Router, ConfigError> {
    let (store, config) = opened(engine)?;
    let layer = SessionLayer::behind_authorizer(store, config);
    Ok(app(layer.integration().host_of_request()))
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the environment and the clock"
)]
fn opened(engine: &str) -> Result<(AnyStore, Arc<Config>), ConfigError> {
    let lookup = |name: &str| env::var(name).ok();
    let config = Config::parse(lookup, UnixSeconds::from_system_clock())?;
    let store = DynamoStore::new(
        client::connect_local(engine),
        config.tables.sessions.clone(),
    );
    Ok((AnyStore::new(store), Arc::new(config)))
}

fn app(layer: SessionLayer) -> Router {
    Router::new()
        .route("/api/who", get(who))
        .route("/api/count", post(count))
        .route("/login", post(log_in))
        .layer(layer)
}

async fn who(session: Session) -> Result<String, Error> {
    Ok(session.require_user()?.as_str().to_owned())
}

async fn count(session: Session) -> Result<String, Error> {
    session.require_user()?;
    let counted = session.update("count", |count: Option<u64>| count.unwrap_or_default() + 1);
    Ok(counted.await?.to_string())
}

async fn log_in(session: Session) -> Result<(), Error> {
    let user = UserName::from_stored(USER.to_owned());
    session.log_in(user, Vouched::just_now()).await
}
