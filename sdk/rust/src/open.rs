//! The table in `DynamoDB` that the variables name, its connection open, and the signing keys.

use std::{error::Error, fmt, sync::Arc};

use dynamodb_session::{
    audit::{Cause, Event, Kind},
    aws::{
        client::{self, Client, ConnectError},
        environment::Environment,
        keyring::Keyring,
        secrets_manager::Secret,
    },
    config::{self, Config, ConfigError},
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
/// Region, credentials and endpoint are where Lambda puts them: in the SDK's own variables. A table that does not answer yet is
/// told to the log alone: calls fail until it does.
pub async fn open(lookup: impl Fn(&str) -> Option<String>) -> Result<Opened, OpenError> {
    let (config, environment) = config::read(&lookup, |variables| {
        let config = Config::from_variables(variables, UnixSeconds::from_system_clock());
        (config, Environment::from_variables(variables))
    })
    .map_err(OpenError::Config)?;
    let aws = environment.settings().map_err(OpenError::Connect)?;
    let secret = config.signing_keys_secret.clone();
    let secret = secret.map(|arn| Secret::new(&aws, arn));
    Ok(connected(config, client::with_settings(&aws), secret).await)
}

/// Like [`open`], for a server anywhere else: region and credentials are wherever the SDK finds them, in profiles and by the
/// roles of containers and machines as well.
#[cfg(feature = "credential-chain")]
pub async fn open_anywhere(lookup: impl Fn(&str) -> Option<String>) -> Result<Opened, OpenError> {
    use dynamodb_session::aws::chain::{self, Connection};
    let config = Config::parse(&lookup, UnixSeconds::from_system_clock());
    let config = config.map_err(OpenError::Config)?;
    let connection = Connection {
        endpoint: None,
        region: None,
        ca_bundle: lookup("AWS_CA_BUNDLE").map(Into::into),
    };
    let aws = chain::settings(connection).await;
    let aws = aws.map_err(OpenError::Connect)?;
    let secret = config.signing_keys_secret.clone();
    let secret = secret.map(|arn| Secret::new(&aws, arn));
    Ok(connected(config, client::with_settings(&aws), secret).await)
}

async fn connected(config: Config, client: Client, secret: Option<Secret>) -> Opened {
    let config = Arc::new(config);
    let keyring = Keyring::new(config.policy.format.keys.clone(), secret);
    let table = &config.tables.sessions;
    let (warm, ()) = tokio::join!(
        client::warm(&client, table),
        keyring.start(UnixSeconds::from_system_clock())
    );
    if let Err(error) = warm {
        let (kind, error) = (Kind::Store(error.kind), Cause::chain(&error));
        Event::Unreached { kind, error }.log();
    }
    Opened {
        store: AnyStore::new(DynamoStore::new(client, table.clone())),
        config,
        keyring: Arc::new(keyring),
    }
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
