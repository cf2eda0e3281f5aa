//! The functions' own handlers, called with an event as Lambda calls them.

use std::{panic, sync::Arc};

use authorizer::Authorizer;
use dynamodb_session::{
    aws::{client::Client, keyring::Keyring},
    config::Config,
    entropy::SystemEntropy,
    password::dynamodb::DynamoUserStore,
    store::dynamodb::DynamoStore,
    time::UnixSeconds,
};
use lambda::{api::Api, http, routes::Function};
use login::Login;
use logout::Logout;
use oidc::{ClientSecrets, Oidc, fetch};
use page::Page;
use serde_json::Value;
use session::SessionApi;
use tokio::{runtime::Handle, task};

use crate::{front::Functions, start_error::StartError};

/// The handlers over one pair of tables.
pub struct LocalFunctions {
    authorizer: Authorizer<DynamoStore>,
    login: Arc<Login<DynamoStore, DynamoUserStore, SystemEntropy>>,
    logout: Logout<DynamoStore>,
    session: SessionApi<DynamoStore, SystemEntropy>,
    /// `None`: there is no provider.
    oidc: Option<Oidc<DynamoStore, SystemEntropy, fetch::Client>>,
    page: Page,
    keyring: Arc<Keyring>,
    clock: fn() -> UnixSeconds,
}

impl LocalFunctions {
    /// Handlers that take the time from `clock`.
    pub fn new(
        client: &Client,
        config: &Arc<Config>,
        api: Api,
        keyring: Keyring,
        client_secret: ClientSecrets,
        clock: fn() -> UnixSeconds,
    ) -> Result<Self, StartError> {
        let login = Login::new(client, config)
            .map_err(|error| StartError(format!("passwords can't be checked: {error}")))?;
        let store = DynamoStore::new(client.clone(), config.tables.sessions.clone());
        let fetch = fetch::Client::new(None);
        Ok(Self {
            oidc: Oidc::over(store, SystemEntropy, config, client_secret, fetch),
            authorizer: Authorizer::new(client, config, api),
            login: Arc::new(login),
            logout: Logout::new(client, config),
            session: SessionApi::new(client, config),
            page: Page::new(config.provider.as_ref()),
            keyring: Arc::new(keyring),
            clock,
        })
    }

    /// On a thread of its own: checking a password keeps a thread busy, and other calls would wait.
    async fn login(&self, event: Value, now: UnixSeconds) -> Value {
        let (login, keyring) = (Arc::clone(&self.login), Arc::clone(&self.keyring));
        let handle = Handle::current();
        let answered = task::spawn_blocking(move || {
            handle.block_on(http::answer(event, |request| {
                http::with_keys(&keyring, now, login.handle(request, now))
            }))
        });
        match answered.await {
            Ok(answer) => answer,
            Err(error) => match error.try_into_panic() {
                Ok(cause) => panic::resume_unwind(cause),
                // The program is stopping.
                Err(_) => Value::Null,
            },
        }
    }
}

impl Functions for LocalFunctions {
    async fn authorize(&self, event: Value) -> Result<Value, String> {
        let now = (self.clock)();
        let fresh = self.keyring.refresh(now).await;
        fresh.map_err(|fault| fault.to_string())?;
        let answer = self.authorizer.answer(&event, now).await;
        answer.map_err(|fault| fault.to_string())
    }

    async fn invoke(&self, function: Function, event: Value) -> Value {
        let (keyring, now) = (&self.keyring, (self.clock)());
        match function {
            Function::Login => self.login(event, now).await,
            Function::Logout => {
                http::answer(event, |request| {
                    http::with_keys(keyring, now, self.logout.handle(request, now))
                })
                .await
            }
            Function::Session => {
                http::answer(event, |request| {
                    http::with_keys(keyring, now, self.session.handle(request, now))
                })
                .await
            }
            Function::Profile => {
                http::answer(event, async |request| profile::handle(&request)).await
            }
            Function::Oidc => {
                let Some(oidc) = &self.oidc else {
                    return Value::Null;
                };
                http::answer(event, |request| {
                    http::with_keys(keyring, now, oidc.handle(request, now))
                })
                .await
            }
            Function::Page => http::answer(event, async |request| self.page.handle(&request)).await,
        }
    }
}
