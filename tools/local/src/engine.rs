//! The `DynamoDB` engine inside the process, behind its real wire protocol.

use std::{
    fs::File,
    io::{self, Read},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::Path,
    time::Duration,
};

use dynoxide::{Database, DynoxideError, server};
use tokio::{
    net::TcpListener,
    sync::watch,
    task::{self, JoinHandle},
    time::{self, MissedTickBehavior},
};

use crate::stack::StartError;

/// How often expired items are swept. `DynamoDB` itself takes days; nothing may rely on either.
const SWEEP_INTERVAL: Duration = Duration::from_secs(1);

/// How long a stop waits for requests under way, and for clients that keep a connection open.
const STOP_LIMIT: Duration = Duration::from_secs(1);

/// How every file of the engine begins.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// A running engine.
#[derive(Debug)]
pub struct Engine {
    /// Where clients on this machine reach it.
    pub endpoint: String,
    /// Dropped, it stops the two tasks.
    stop: watch::Sender<()>,
    server: JoinHandle<()>,
    sweeper: JoinHandle<()>,
}

impl Engine {
    /// Serves the database in `file`, or one in memory, on `address`; port 0 is any free one.
    pub async fn start(file: Option<&Path>, address: SocketAddr) -> Result<Self, StartError> {
        let database = match file {
            Some(path) => open(path)?,
            None => Database::memory()
                .map_err(|error| StartError(format!("no database in memory: {error}")))?,
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
        let (stop, stopped) = watch::channel(());
        let sweeper = tokio::spawn(sweep(database.clone(), stopped.clone()));
        let server = tokio::spawn(async move {
            if let Err(error) =
                server::serve_with_shutdown(listener, database, ended(stopped)).await
            {
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

/// Opens or creates the database in a file, and refuses what is none before anything is written to it.
fn open(path: &Path) -> Result<Database, StartError> {
    let refuse = |what: &str| {
        let path = path.display();
        StartError(format!(
            "{path} {what}: give --file another file, or leave it out to keep everything in memory"
        ))
    };
    if path.is_dir() {
        return Err(refuse("is a directory"));
    }
    match is_database_or_new(path) {
        Ok(true) => {}
        Ok(false) => return Err(refuse("is no database of this program")),
        Err(error) => return Err(refuse(&format!("can't be read ({error})"))),
    }
    // A relative name with a folder before it is never a URI or a special name of SQLite's.
    let place = if path.is_relative() {
        Path::new(".").join(path)
    } else {
        path.to_owned()
    };
    let place = place
        .to_str()
        .ok_or_else(|| refuse("is not a name in UTF-8"))?;
    let unusable = |error| match error {
        DynoxideError::SqliteError(error) => refuse(&format!("can't be used ({error})")),
        _ => refuse("is damaged, or made by a newer version"),
    };
    let database = Database::new(place).map_err(unusable)?;
    database.database_info().map_err(unusable)?;
    Ok(database)
}

/// Whether the file begins as a database does, or is empty or not there yet.
fn is_database_or_new(path: &Path) -> io::Result<bool> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
        Err(error) => return Err(error),
    };
    let mut start = Vec::new();
    file.take(MAGIC.len() as u64).read_to_end(&mut start)?;
    Ok(start.is_empty() || start == MAGIC)
}
