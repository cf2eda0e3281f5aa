//! The whole stack: it starts in one call and stops in one.

use std::{
    io,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use aws_sdk_dynamodb::{Client, config::timeout::TimeoutConfig};
use dynamodb_session::{
    aws::{client, keyring::Keyring, secrets_manager::Secret},
    config::Config,
    entropy::SystemEntropy,
    password::dynamodb::DynamoUserStore,
    store::dynamodb::DynamoStore,
    time::UnixSeconds,
};
use lambda::api::Api;
use oidc::{CALLBACK, ClientSecrets};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle, time};

use crate::{
    demo,
    engine::Engine,
    front::{self, Settings, backend::Backend},
    functions::LocalFunctions,
    samples,
    start_error::StartError,
    tables,
    trial::Trial,
};

/// How long a stop waits for calls under way, and for clients that keep a connection open.
const STOP_LIMIT: Duration = Duration::from_secs(1);

/// What to start.
#[derive(Debug)]
pub struct Options {
    /// The headers that pages of allowed origins may send besides ours.
    pub allow_headers: Vec<String>,
    /// Servers on other ports, behind the authorizer.
    pub backends: Vec<Backend>,
    /// The front's port on 127.0.0.1; 0 is any free one.
    pub port: u16,
    /// Where the tables are.
    pub storage: Storage,
    /// The secret that keeps the signing keys, if the configuration awaits them.
    pub secret: Option<Secret>,
    /// The secret of the client that is registered at the provider, if the configuration names one.
    pub client_secret: ClientSecrets,
    /// The provider of `--oidc`, if the configuration is of it.
    pub trial: Option<Trial>,
    /// How the authorizer answers.
    pub api: Api,
    /// The clock of the functions.
    pub clock: fn() -> UnixSeconds,
}

/// Where the tables are.
#[derive(Debug)]
pub enum Storage {
    /// In the process.
    Embedded {
        /// What keeps them.
        kept: Kept,
        /// Where the engine listens; port 0 is any free one.
        address: SocketAddr,
        /// Names besides `localhost` that clients may ask for it by.
        names: Vec<String>,
    },
    /// In a `DynamoDB` that runs already.
    External {
        /// Its URL, for messages.
        url: String,
        /// A client of it.
        client: Client,
    },
}

/// What keeps the tables of the embedded engine.
#[derive(Debug)]
pub enum Kept {
    /// Nothing but the process.
    Memory {
        /// Whether they hold what the sample events present, which is not secret ([`samples`]).
        samples: bool,
    },
    /// A file.
    File(PathBuf),
}

impl Storage {
    /// In memory, on any free port of the loopback address.
    #[must_use]
    pub fn memory() -> Self {
        Self::Embedded {
            kept: Kept::Memory { samples: false },
            address: (Ipv4Addr::LOCALHOST, 0).into(),
            names: Vec::new(),
        }
    }
}

/// A running stack. It has no `Debug`: it knows a password.
pub struct Stack {
    /// The configuration.
    pub config: Arc<Config>,
    /// Where the front listens.
    pub address: SocketAddr,
    /// The URL of `DynamoDB`.
    pub endpoint: String,
    /// The demo user's password, unless the user was there already.
    pub password: Option<String>,
    /// The provider of `--oidc`.
    pub trial: Option<Trial>,
    /// When this is dropped, the front stops.
    stop: oneshot::Sender<()>,
    front: JoinHandle<io::Result<()>>,
    engine: Option<Engine>,
}

impl Stack {
    /// Starts everything; on return, calls are served.
    pub async fn start(options: Options, mut config: Config) -> Result<Self, StartError> {
        let (listeners, address) = listen(options.port).await?;
        config.page = Backend::find(&options.backends, "/").is_none();
        if let Some(provider) = &mut config.provider {
            // The functions themselves know of no port, and of HTTPS alone.
            let own = || format!("http://localhost:{}{CALLBACK}", address.port());
            provider.redirect_uri.get_or_insert_with(own);
            if let Some(trial) = &options.trial {
                trial.settle(provider, address.port());
            }
        }
        let (engine, endpoint, client, samples) = match options.storage {
            Storage::Embedded {
                kept,
                address,
                names,
            } => {
                let (file, samples) = match &kept {
                    Kept::Memory { samples } => (None, *samples),
                    Kept::File(path) => (Some(path.as_path()), false),
                };
                let engine = Engine::start(file, address, &names).await?;
                let endpoint = engine.endpoint.clone();
                let client = patient(&client::connect_local(&endpoint));
                (Some(engine), endpoint, client, samples)
            }
            Storage::External { url, client } => (None, url, client, false),
        };
        tables::ensure(&client, &endpoint, &config).await?;
        let users = DynamoUserStore::new(client.clone(), config.tables.users.clone());
        let password = demo::add(&users, &SystemEntropy, (options.clock)()).await?;
        if samples {
            let sessions = DynamoStore::new(client.clone(), config.tables.sessions.clone());
            samples::add(&sessions, &users, &config, (options.clock)()).await?;
        }
        let settings = Settings::new(&config, options.api, &options.allow_headers, options.clock)
            .with_backends(options.backends);
        let config = Arc::new(config);
        let keyring = Keyring::new(config.policy.format.keys.clone(), options.secret);
        keyring.start((options.clock)()).await;
        let functions = LocalFunctions::new(
            &client,
            &config,
            options.api,
            keyring,
            options.client_secret,
            options.clock,
        )?;
        let (stop, stopped) = oneshot::channel();
        let front = tokio::spawn(front::serve(listeners, functions, settings, async {
            // An error says that the sender was dropped: that is the signal.
            let _: Result<(), _> = stopped.await;
        }));
        Ok(Self {
            config,
            address,
            endpoint,
            password,
            trial: options.trial,
            stop,
            front,
            engine,
        })
    }

    /// Answers the calls under way and stops everything.
    pub async fn stop(self) {
        drop(self.stop);
        match time::timeout(STOP_LIMIT, self.front).await {
            Ok(Ok(Ok(()))) => {}
            Ok(Ok(Err(error))) => tracing::warn!("the front failed: {error}"),
            Ok(Err(error)) => tracing::warn!("the front failed: {error}"),
            Err(_) => tracing::info!("connections that are still open are cut off"),
        }
        if let Some(engine) = self.engine {
            engine.stop().await;
        }
    }
}

/// The client without limits: if an engine in this process is slow, so is the whole machine.
fn patient(client: &Client) -> Client {
    let settings = client.config().to_builder();
    Client::from_conf(settings.timeout_config(TimeoutConfig::disabled()).build())
}

/// Listens on the loopback address, and on that of IPv6 with the same port where there is one: `localhost` means either.
async fn listen(port: u16) -> Result<(Vec<TcpListener>, SocketAddr), StartError> {
    let failed = |error| refused(port, &error);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    let listener = listener.await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let mut listeners = vec![listener];
    match TcpListener::bind((Ipv6Addr::LOCALHOST, address.port())).await {
        Ok(listener) => listeners.push(listener),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => tracing::warn!(
            "another program has port {} of ::1: clients that call localhost may reach that one",
            address.port()
        ),
        // There is no IPv6.
        Err(_) => {}
    }
    Ok((listeners, address))
}

fn refused(port: u16, error: &io::Error) -> StartError {
    StartError(match error.kind() {
        io::ErrorKind::AddrInUse => format!(
            "port {port} is in use: stop what uses it, or choose another with --port (0 is any free one)"
        ),
        _ => format!("port {port} can't be used ({error}): choose another with --port"),
    })
}
