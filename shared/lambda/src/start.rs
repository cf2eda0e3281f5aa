//! Start-up: everything that can be wrong is found before the first event.

use std::{
    env,
    path::{Path, PathBuf},
    sync::Arc,
};

use aws_sdk_dynamodb::Client;
use dynamodb_session::{
    audit::{Cause, Event, Kind},
    aws::{
        client::{self, SdkConfig},
        environment::Environment,
        keyring::Keyring,
        secrets_manager::Secret,
    },
    config::{self, Config, Variables},
    time::UnixSeconds,
};
use lambda_runtime::Error;

use crate::{
    api::{self, Api},
    log,
};

/// What a function has once it has started.
#[derive(Debug)]
pub struct Started {
    /// Its configuration.
    pub config: Arc<Config>,
    /// How it answers `API Gateway`.
    pub api: Api,
    /// A client whose connection is open.
    pub client: Client,
    /// What each call begins with.
    pub keyring: Keyring,
    /// What clients of AWS's other services are made of.
    pub aws: SdkConfig,
    /// The file of certificates that is to be trusted (`AWS_CA_BUNDLE`).
    pub ca_bundle: Option<PathBuf>,
}

/// Starts the logs, reads the configuration from the environment and opens the connection to the table and
/// to the secret of the keys if there is one, so that the first event meets neither a handshake nor a surprise.
///
/// An error tells everything that is wrong; the function must not go on.
pub async fn start() -> Result<Started, Error> {
    log::start(environment("AWS_LAMBDA_LOG_LEVEL").as_deref());
    let names: Vec<_> = env::vars_os()
        .filter_map(|(name, _)| name.into_string().ok())
        .collect();
    // Lambda's environment is the function's own.
    let own = environment("AWS_LAMBDA_FUNCTION_NAME").is_some_and(|name| !name.is_empty());
    let now = UnixSeconds::from_system_clock();
    let read = |variables: &mut Variables<'_>| api::read(variables, now);
    let names = names.iter().map(String::as_str);
    for unknown in config::unknown(names, own, |variables| drop(read(variables))) {
        Event::UnknownVariable { message: &unknown }.log();
    }
    let ((config, api), aws) = config::read(&environment, |variables| {
        (read(variables), Environment::from_variables(variables))
    })
    .map_err(|error| error.to_string())?;
    let config = Arc::new(config);
    let ca_bundle = aws.ca_bundle().map(Path::to_owned);
    let aws = aws.settings().map_err(|error| error.to_string())?;
    let client = client::with_settings(&aws);
    let secret = config.signing_keys_secret.clone();
    let keyring = Keyring::new(
        config.policy.format.keys.clone(),
        secret.map(|arn| Secret::new(&aws, arn)),
    );
    let (warm, ()) = tokio::join!(
        client::warm(&client, &config.tables.sessions),
        keyring.start(UnixSeconds::from_system_clock())
    );
    if let Err(error) = warm {
        let (kind, error) = (Kind::Store(error.kind), Cause::chain(&error));
        Event::Unreached { kind, error }.log();
    }
    Ok(Started {
        config,
        api,
        client,
        keyring,
        aws,
        ca_bundle,
    })
}

/// What a function that opens no connection reads from its environment. An error tells everything that is wrong; the
/// function must not go on.
pub fn settings<T>(groups: impl FnOnce(&mut Variables<'_>) -> T) -> Result<T, Error> {
    Ok(config::read(&environment, groups).map_err(|error| error.to_string())?)
}

fn environment(name: &str) -> Option<String> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where functions read the environment"
    )]
    let value = std::env::var(name);
    value.ok()
}
