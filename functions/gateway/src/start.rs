//! Start-up: everything that can be wrong is found before the first event.

use std::{path::PathBuf, sync::Arc};

use aws_sdk_dynamodb::Client;
use dynamodb_session::{
    cause,
    config::Config,
    store::dynamodb::client::{self, Connection},
};
use lambda_runtime::Error;

use crate::log;

/// What a function has once it has started.
#[derive(Debug)]
pub struct Started {
    /// Its configuration.
    pub config: Arc<Config>,
    /// A client whose connection is open.
    pub client: Client,
}

/// Starts the logs, reads the configuration from the environment and opens the connection to the table, so that the
/// first event meets neither a handshake nor a surprise.
///
/// An error tells everything that is wrong; the function must not go on.
pub async fn start() -> Result<Started, Error> {
    log::start(environment("AWS_LAMBDA_LOG_LEVEL").as_deref());
    let config = Config::parse(environment).map_err(|error| error.to_string())?;
    let connection = Connection {
        endpoint: None,
        region: None,
        ca_bundle: environment("AWS_CA_BUNDLE").map(PathBuf::from),
    };
    let client = client::connect(connection)
        .await
        .map_err(|error| error.to_string())?;
    if let Err(error) = client::warm(&client, &config.table).await {
        let (kind, error) = (format!("{:?}", error.kind), cause::chain(&error));
        tracing::warn!(
            event = "store_fault",
            kind,
            error,
            "the session table did not answer at start: calls fail until it does"
        );
    }
    Ok(Started {
        config: Arc::new(config),
        client,
    })
}

fn environment(name: &str) -> Option<String> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where functions read the environment"
    )]
    let value = std::env::var(name);
    value.ok().filter(|value| !value.is_empty())
}
