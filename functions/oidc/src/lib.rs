//! Logins at an `OpenID` provider: a browser goes there and comes back with a code, which is exchanged for the word of the
//! provider, and a session begins. No token of the provider is kept, and none reaches the browser.

mod callback;
mod client_secret;
mod failure;
pub mod fetch;
mod flow_cookie;
mod logout;
mod page;
mod provider;
mod start;

use std::{future::Future, sync::Arc, time::Duration};

use dynamodb_session::{
    aws::{
        client::{Client, SdkConfig},
        secrets_manager::Secret,
    },
    config::{ClientSecret, Config, Provider},
    entropy::{Entropy, SystemEntropy},
    provider::ProviderStore,
    reply::Response,
    store::{SessionStore, dynamodb::DynamoStore},
    throttle::Throttle,
    time::UnixSeconds,
};
use lambda::{
    address::Address,
    incoming::Incoming,
    routes::{self, Function},
};
use lambda_http::Request;
use tokio::time::{Instant, timeout_at};

pub use client_secret::ClientSecrets;

use crate::{
    failure::{Failure, Misset},
    fetch::{Fetch, FetchError},
    provider::Source,
};

/// Where the provider sends browsers back to.
pub const CALLBACK: &str = "/login/oidc/callback";

/// What all requests to the provider may take together, for one request of a browser.
const PROVIDER_TIMEOUT: Duration = Duration::from_secs(12);

/// The function, over any store and any way to the provider.
#[derive(Debug)]
pub struct Oidc<S, E, F> {
    /// Where the sessions are, the logins on their way and the counters of the throttle.
    pub store: S,
    /// What ids and secrets are drawn from.
    pub entropy: E,
    /// The configuration.
    pub config: Arc<Config>,
    provider: Provider,
    client_secret: ClientSecrets,
    source: Source<F>,
}

impl Oidc<DynamoStore, SystemEntropy, fetch::Client> {
    /// The function over the table that `config` names; `None`: it names no provider.
    #[must_use]
    pub fn new(
        client: &Client,
        config: &Arc<Config>,
        aws: &SdkConfig,
        fetch: fetch::Client,
    ) -> Option<Self> {
        let store = DynamoStore::new(client.clone(), config.tables.sessions.clone());
        let secret = match config.provider.as_ref()?.secret.clone() {
            None => ClientSecrets::default(),
            Some(ClientSecret::Text(text)) => ClientSecrets::text(text),
            Some(ClientSecret::Kept(arn)) => ClientSecrets::kept(Secret::new(aws, arn)),
        };
        Self::over(store, SystemEntropy, config, secret, fetch)
    }
}

impl<S, E, F: Fetch> Oidc<S, E, F> {
    /// The function over these; `None`: `config` names no provider.
    #[must_use]
    pub fn over(
        store: S,
        entropy: E,
        config: &Arc<Config>,
        client_secret: ClientSecrets,
        fetch: F,
    ) -> Option<Self> {
        let provider = config.provider.clone()?;
        Some(Self {
            source: Source::new(fetch, &provider.issuer, &provider.discovery),
            store,
            entropy,
            config: Arc::clone(config),
            provider,
            client_secret,
        })
    }

    /// Where the provider sends browsers back to: never what a header of the request says.
    fn redirect_uri(&self, call: &Call<'_>) -> Result<String, Failure> {
        let own = self.provider.redirect_uri.clone();
        let own = own.or_else(|| call.address()?.url(call.route, CALLBACK));
        own.ok_or_else(|| Failure::of_provider(&Misset::Address))
    }
}

/// A request and the route that it is for.
struct Call<'a> {
    incoming: Incoming<'a>,
    route: &'static str,
    /// Until when the provider may be asked.
    deadline: Instant,
}

impl Call<'_> {
    /// What `asking` finds, within the time that the provider has for all of this request.
    async fn within<T>(
        &self,
        asking: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let found = timeout_at(self.deadline, asking).await;
        found.unwrap_or_else(|_| Err(Failure::of_provider(&FetchError::Late)))
    }

    /// Where the API was called.
    fn address(&self) -> Option<&Address> {
        self.incoming.request.extensions().get()
    }

    /// The path of another route of this API.
    fn beside(&self, route: &str) -> String {
        let beside = self.address().map(|it| it.beside(self.route, route));
        beside.unwrap_or_else(|| route.to_owned())
    }
}

impl<S: SessionStore + ProviderStore + Throttle, E: Entropy, F: Fetch> Oidc<S, E, F> {
    /// Answers one request.
    pub async fn handle(&self, mut request: Request, now: UnixSeconds) -> Response {
        let incoming = Incoming::read(&mut request, &self.config);
        let route = match routes::find(incoming.request, Function::Oidc) {
            Ok((route, _)) => route.path,
            Err(refusal) => return refusal,
        };
        let call = Call {
            incoming,
            route,
            deadline: Instant::now() + PROVIDER_TIMEOUT,
        };
        let answered = match route {
            CALLBACK => self.callback(&call, now).await,
            "/logout/oidc" => Ok(self.end_session()),
            "/logout/backchannel" => Ok(self.back_channel(&call, now).await),
            _ => self.start(&call, now).await,
        };
        answered.unwrap_or_else(|failure| {
            let home = self.config.page.then(|| call.beside("/"));
            page::not_logged_in(failure, home.as_deref())
        })
    }
}

// Its tests call it as its `main` does, from outside.
#[cfg(test)]
extern crate self as oidc;
#[cfg(test)]
#[path = "../tests/oidc/main.rs"]
mod tests;
