//! The table in `DynamoDB` that the variables name, its connection open, and the signing keys.

use std::{error::Error, fmt, path::PathBuf, sync::Arc};

use dynamodb_session::{
    aws::{
        client::{self, ConnectError, Connection},
        keyring::Keyring,
        secrets_manager::Secret,
    },
    cause,
    config::{Config, ConfigError},
    store::dynamodb::DynamoStore,
    time::UnixSeconds,
};

use crate::{layer::SessionLayer, store::AnyStore};

/// What a process has once it has started. Make its layers of this: they share one connection.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The table.
    pub store: AnyStore,
    /// What the variables say.
    pub config: Arc<Config>,
    keyring: Arc<Keyring>,
}

/// Why the process can't start.
#[derive(Debug)]
pub enum OpenError {
    /// Variables are wrong: all of them are named.
    Config(ConfigError),
    /// The client can't be made.
    Connect(ConnectError),
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(error) => error.fmt(f),
            Self::Connect(error) => error.fmt(f),
        }
    }
}

impl Error for OpenError {}

/// Reads the functions' own variables through `lookup`, such as that of the environment, and opens the connection to the table.
/// The SDK's own variables name the region, the credentials and the endpoint. A table that does not answer yet is told to the
/// log alone: calls fail until it does.
pub async fn open(lookup: impl Fn(&str) -> Option<String>) -> Result<Opened, OpenError> {
    let config = Config::parse(&lookup, UnixSeconds::from_system_clock());
    let config = Arc::new(config.map_err(OpenError::Config)?);
    let connection = Connection {
        endpoint: None,
        region: None,
        ca_bundle: lookup("AWS_CA_BUNDLE").map(PathBuf::from),
    };
    let aws = client::settings(connection).await;
    let aws = aws.map_err(OpenError::Connect)?;
    let client = client::with_settings(&aws);
    let secret = config.signing_keys_secret.clone();
    let secret = secret.map(|arn| Secret::new(&aws, arn));
    let keyring = Keyring::new(config.policy.format.keys.clone(), secret);
    let table = &config.tables.sessions;
    let (warm, ()) = tokio::join!(
        client::warm(&client, table),
        keyring.start(UnixSeconds::from_system_clock())
    );
    if let Err(error) = warm {
        let (kind, error) = (error.kind.as_str(), cause::chain(&error));
        tracing::warn!(
            event = "store_fault",
            kind,
            error,
            "the session table did not answer at start: calls fail until it does"
        );
    }
    Ok(Opened {
        store: AnyStore::new(DynamoStore::new(client, table.clone())),
        config,
        keyring: Arc::new(keyring),
    })
}

impl Opened {
    /// A layer that validates requests itself.
    #[must_use]
    pub fn by_itself(&self) -> SessionLayer {
        let layer = SessionLayer::by_itself(self.store.clone(), Arc::clone(&self.config));
        layer.keyring(Arc::clone(&self.keyring))
    }

    /// A layer behind the authorizer.
    #[must_use]
    pub fn behind_authorizer(&self) -> SessionLayer {
        let layer = SessionLayer::behind_authorizer(self.store.clone(), Arc::clone(&self.config));
        layer.keyring(Arc::clone(&self.keyring))
    }
}
