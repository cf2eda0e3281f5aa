//! What one layer is told: where sessions are, by which configuration, and what may be believed about a request.

use std::{fmt, net::IpAddr, pin::Pin, sync::Arc};

use dynamodb_session::{config::Config, time::UnixSeconds};
use http::Extensions;

use crate::{renewals::Renewals, store::AnyStore};

/// Who validates a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// The layer, whose touch is one request to the table. Where a session is required, a request without one is a 401.
    ByItself {
        /// Whether a request without a session gets no further.
        required: bool,
    },
    /// The authorizer: its context came this way.
    Behind(Teller),
}

/// How the authorizer's word reaches the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Teller {
    /// With the event that the request was made of.
    Event,
    /// In the header of Lambda Web Adapter.
    Adapter,
    /// In the headers that an HTTP integration overwrites.
    Integration,
}

/// Which host browsers call.
#[derive(Clone, Debug)]
pub(crate) enum Host {
    /// The one that API Gateway tells of an event; otherwise unknown.
    Told,
    /// This one.
    Is(String),
    /// The one that the request's header names.
    OfRequest,
}

/// The address of a request's client, from what the server knows of its connection.
pub(crate) type Address = fn(&Extensions) -> Option<IpAddr>;

/// What comes before a request is looked at; `false`: there are no keys to decide by.
pub(crate) type Refresh =
    Arc<dyn Fn(UnixSeconds) -> Pin<Box<dyn Future<Output = bool> + Send>> + Send + Sync>;

/// Everything that the requests of a layer share.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) store: AnyStore,
    pub(crate) config: Arc<Config>,
    pub(crate) way: Way,
    pub(crate) host: Host,
    pub(crate) address: Option<Address>,
    pub(crate) clock: Arc<dyn Fn() -> UnixSeconds + Send + Sync>,
    pub(crate) refresh: Option<Refresh>,
    pub(crate) renewals: Arc<Renewals>,
}

impl Settings {
    pub(crate) fn new(store: AnyStore, config: Arc<Config>, way: Way) -> Self {
        Self {
            store,
            config,
            way,
            host: Host::Told,
            address: None,
            clock: Arc::new(UnixSeconds::from_system_clock),
            refresh: None,
            renewals: Arc::default(),
        }
    }

    pub(crate) fn now(&self) -> UnixSeconds {
        (self.clock)()
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut settings = f.debug_struct("Settings");
        settings.field("way", &self.way).finish_non_exhaustive()
    }
}
