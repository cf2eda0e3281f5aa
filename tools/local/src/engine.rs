//! The `DynamoDB` engine inside the process, behind its real wire protocol.

mod file;
mod hosts;
mod operation;
mod wire;

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::Path,
    time::Duration,
};

use dynoxide::Database;
use tokio::{
    net::TcpListener,
    sync::watch,
    task::{self, JoinHandle},
    time::{self, MissedTickBehavior},
};

use crate::start_error::StartError;
use hosts::Hosts;

/// How often expired items are swept. `DynamoDB` itself takes days; nothing may rely on either.
const SWEEP_INTERVAL: Duration = Duration::from_secs(1);

/// How long a stop waits for requests under way, and for clients that keep a connection open.
const STOP_LIMIT: Duration = Duration::from_secs(1);

/// A running engine.
#[derive(Debug)]
pub struct Engine {
    /// Where clients on this machine reach it.
    pub endpoint: String,
    /// When this is dropped, the two tasks stop.
    stop: watch::Sender<()>,
    server: JoinHandle<()>,
    sweeper: JoinHandle<()>,
}

impl Engine {
    /// Serves the database in `file`, or one in memory, on `address`; port 0 is any free one. Clients may ask for it by
    /// `names` as well.
    pub async fn start(
        file: Option<&Path>,
        address: SocketAddr,
        names: &[String],
    ) -> Result<Self, StartError> {
        let database = match file {
            Some(path) => file::open(path)?,
            None => Database::memory()
                .map_err(|error| StartError(format!("can't open a database in memory: {error}")))?,
        };
        let refused = |error: io::Error| {
            StartError(format!(
                "the engine can't listen on {address} ({error}): choose another address with --engine"
            ))
        };
        let listener = TcpListener::bind(address).await.map_err(refused)?;
        let endpoint = format!(
            "http://{}",
            reachable(listener.local_addr().map_err(refused)?)
        );
        if !address.ip().is_loopback() {
            tracing::warn!(
                "the engine asks nobody for credentials: whoever reaches {address} can read and change its tables"
            );
        }
        let (stop, stopped) = watch::channel(());
        let sweeper = tokio::spawn(sweep(database.clone(), stopped.clone()));
        let hosts = Hosts::new(address, names);
        let server = tokio::spawn(async move {
            if let Err(error) = wire::serve(listener, database, hosts, ended(stopped)).await {
                tracing::error!("the engine stopped: {error}");
            }
        });
        Ok(Self {
            endpoint,
            stop,
            server,
            sweeper,
        })
    }

    /// Answers the requests under way, and closes the file.
    pub async fn stop(self) {
        drop(self.stop);
        let ended = async { (self.server.await, self.sweeper.await) };
        if time::timeout(STOP_LIMIT, ended).await.is_err() {
            tracing::info!("connections to the engine that are still open are cut off");
        }
    }
}

/// Resolves once the sender is gone.
async fn ended(mut stopped: watch::Receiver<()>) {
    while stopped.changed().await.is_ok() {}
}

async fn sweep(database: Database, stopped: watch::Receiver<()>) {
    let mut interval = time::interval(SWEEP_INTERVAL);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut ended = Box::pin(ended(stopped));
    loop {
        tokio::select! {
            () = &mut ended => return,
            _ = interval.tick() => {}
        }
        let database = database.clone();
        match task::spawn_blocking(move || database.sweep_ttl()).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::warn!("expired items are not swept: {error}"),
            Err(error) => tracing::warn!("expired items are not swept: {error}"),
        }
    }
}

/// A server on every address of the machine is reached on the loopback one.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}
