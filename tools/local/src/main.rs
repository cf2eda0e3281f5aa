//! `local`: the stack on one machine. Exit code 2 for what is wrong at start, 0 after a signal to stop.

use std::{
    io::{self, Write},
    net::Ipv4Addr,
    path::PathBuf,
    process::ExitCode,
};

use clap::Parser;
use dynamodb_session::{
    aws::{
        chain::{self, Connection},
        client,
        secrets_manager::Secret,
    },
    config::{self, ClientSecret, Variables},
    secret::SecretArn,
    time::UnixSeconds,
};
use lambda::api;
use local::{
    args::Args,
    cookie,
    greeting::Greeting,
    log,
    signals::Signals,
    stack::{Kept, Options, Stack, Storage},
    start_error::StartError,
    trial::Trial,
};
use oidc::ClientSecrets;
use tokio::runtime::Runtime;

fn main() -> ExitCode {
    let args = Args::parse();
    log::start();
    let ran = Runtime::new()
        .map_err(|error| StartError(format!("no threads: {error}")))
        .and_then(|runtime| runtime.block_on(run(args)));
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Where standard error is closed, the exit code has to say it.
            let _: io::Result<()> = writeln!(io::stderr(), "error: {error}");
            ExitCode::from(2)
        }
    }
}

async fn run(args: Args) -> Result<(), StartError> {
    let names: Vec<_> = std::env::vars_os()
        .filter_map(|(name, _)| name.into_string().ok())
        .collect();
    let now = UnixSeconds::from_system_clock();
    let read = |variables: &mut Variables<'_>| api::read(variables, now);
    let names = names.iter().map(String::as_str);
    for problem in config::unknown(names, false, |variables| drop(read(variables))) {
        tracing::warn!("{problem}");
    }
    let trial = if args.oidc {
        Some(Trial::start(UnixSeconds::from_system_clock).await?)
    } else {
        None
    };
    let variable = |name: &str| {
        if let Some(decided) = trial.as_ref().and_then(|trial| trial.variable(name)) {
            return decided;
        }
        let given = args.variable(name).or_else(|| environment(name));
        given.or_else(|| cookie::variable(name, environment))
    };
    let (mut config, api) =
        config::read(&variable, read).map_err(|error| StartError(error.to_string()))?;
    args.check_backends(&config.transport.header)?;
    // The front speaks nothing else.
    config.guard.plain_http = true;
    let (storage, kept) = storage(&args).await?;
    let secret = match config.signing_keys_secret.clone() {
        Some(arn) => Some(secret(arn).await?),
        None => None,
    };
    let client_secret = match config.provider.as_ref().and_then(|it| it.secret.clone()) {
        None => ClientSecrets::default(),
        Some(ClientSecret::Text(text)) => ClientSecrets::text(text),
        Some(ClientSecret::Kept(arn)) => ClientSecrets::kept(self::secret(arn).await?),
    };
    let options = Options {
        client_secret,
        trial,
        allow_headers: args.allow_header.clone(),
        backends: args.backend.clone(),
        port: args.port,
        storage,
        secret,
        api,
        clock: UnixSeconds::from_system_clock,
    };
    let mut signals = Signals::catch()
        .map_err(|error| StartError(format!("no signals can be caught: {error}")))?;
    let stack = tokio::select! {
        stack = Stack::start(options, config) => stack?,
        () = signals.received() => return Ok(()),
    };
    let greeting = Greeting {
        address: stack.address,
        endpoint: &stack.endpoint,
        kept: &kept,
        backends: &args.backend,
        config: &stack.config,
        password: stack.password.as_deref(),
        trial: stack.trial.as_ref().map(Trial::issuer),
    };
    if let Err(error) = say(&greeting.text()) {
        tracing::warn!("nothing can be written to standard output: {error}");
    }
    signals.received().await;
    stack.stop().await;
    Ok(())
}

/// Where the tables are, and the same in words.
async fn storage(args: &Args) -> Result<(Storage, String), StartError> {
    if let Some(url) = &args.endpoint_url {
        let client = if environment("AWS_ACCESS_KEY_ID").is_some() {
            let connection = Connection {
                endpoint: Some(url.clone()),
                region: None,
                profile: None,
                ca_bundle: environment("AWS_CA_BUNDLE").map(PathBuf::from),
            };
            let connected = chain::connect(connection).await;
            connected.map_err(|error| StartError(error.to_string()))?
        } else {
            client::connect_local(url)
        };
        let url = url.clone();
        return Ok((Storage::External { url, client }, "not embedded".to_owned()));
    }
    let samples = args.samples;
    let (kept, told) = match &args.file {
        Some(path) => (Kept::File(path.clone()), format!("in {}", path.display())),
        None if samples => (
            Kept::Memory { samples },
            "in memory, with the samples of events/".to_owned(),
        ),
        None => (Kept::Memory { samples }, "in memory".to_owned()),
    };
    let storage = Storage::Embedded {
        kept,
        address: args.engine.unwrap_or((Ipv4Addr::LOCALHOST, 0).into()),
        names: args.engine_host.clone(),
    };
    Ok((storage, told))
}

/// A secret of Secrets Manager, reached as the environment says.
async fn secret(arn: SecretArn) -> Result<Secret, StartError> {
    let connection = Connection {
        endpoint: None,
        region: Some(arn.region().to_owned()),
        profile: None,
        ca_bundle: environment("AWS_CA_BUNDLE").map(PathBuf::from),
    };
    let aws = chain::settings(connection).await;
    let aws = aws.map_err(|error| StartError(error.to_string()))?;
    Ok(Secret::new(&aws, arn))
}

/// A variable of the environment; an empty one counts as unset.
fn environment(name: &str) -> Option<String> {
    let value = std::env::var_os(name)?;
    Some(value.to_string_lossy().into_owned()).filter(|value| !value.is_empty())
}

fn say(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}
