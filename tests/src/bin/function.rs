//! One of the functions, as its own `main` starts it: `function authorizer|login|logout|profile|session`. `fragile` and
//! `fragile-authorizer` are functions whose store panics over its first request. Where the variable `LIMITS` is `off`, none
//! of their limits in time is ever reached.

use std::{
    env,
    sync::atomic::{AtomicBool, Ordering},
};

use authorizer::Authorizer;
use dynamodb_session::{
    aws::keyring::Keyring,
    data::{Edit, Marks},
    entropy::SystemEntropy,
    fault::StoreError,
    id::SessionKey,
    session::Session,
    store::{Change, Commit, Found, SessionStore, Touch, Write, dynamodb::DynamoStore},
    throttle::{Counter, CounterKey, Throttle},
    time::UnixSeconds,
    user::{UserName, UserSessions},
};
use lambda::{Started, http, log};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use login::Login;
use logout::Logout;
use serde_json::Value;
use session::SessionRoute;
use tests::{engine, stopped::Stopped};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let function = env::args().nth(1);
    let patient = env::var_os("LIMITS").is_some_and(|limits| limits == "off");
    let _clock = patient.then(Stopped::now);
    if function.as_deref() == Some("profile") {
        log::start(None);
        return http::serve(|request, _| async move { profile::handle(&request) }).await;
    }
    let Started {
        config,
        api,
        client,
        keyring,
    } = lambda::start().await?;
    let client = if patient {
        engine::patient(&client)
    } else {
        client
    };
    let fragile = Fragile {
        store: DynamoStore::new(client.clone(), config.tables.sessions.clone()),
        panicked: AtomicBool::new(false),
    };
    match function.as_deref() {
        Some("authorizer") => authorize(&keyring, &Authorizer::new(&client, &config, api)).await,
        Some("fragile-authorizer") => {
            let store = fragile;
            authorize(&keyring, &Authorizer { store, config, api }).await
        }
        Some("login") => {
            let login = Login::new(&client, &config)?;
            http::serve(|request, now| http::with_keys(&keyring, now, login.handle(request, now)))
                .await
        }
        Some("logout") => {
            let logout = Logout::new(&client, &config);
            http::serve(|request, now| http::with_keys(&keyring, now, logout.handle(request, now)))
                .await
        }
        Some("session") => {
            let route = SessionRoute::new(&client, &config);
            http::serve(|request, now| http::with_keys(&keyring, now, route.handle(request, now)))
                .await
        }
        Some("fragile") => {
            let route = SessionRoute {
                entropy: SystemEntropy,
                sessions: fragile,
                config,
            };
            http::serve(|request, now| http::with_keys(&keyring, now, route.handle(request, now)))
                .await
        }
        other => Err(format!("no function {other:?}").into()),
    }
}

async fn authorize<S: SessionStore>(
    keyring: &Keyring,
    authorizer: &Authorizer<S>,
) -> Result<(), Error> {
    let served = lambda_runtime::run(service_fn(|event: LambdaEvent<Value>| async move {
        let now = UnixSeconds::from_system_clock();
        keyring.refresh(now).await?;
        authorizer.answer(&event.payload, now).await
    }));
    lambda::ended(served.await)
}

/// A store that panics over the first touch.
struct Fragile {
    store: DynamoStore,
    panicked: AtomicBool,
}

impl SessionStore for Fragile {
    async fn touch(
        &self,
        key: &SessionKey,
        now: UnixSeconds,
        not_before: Option<UnixSeconds>,
    ) -> Result<Touch, StoreError> {
        assert!(self.panicked.swap(true, Ordering::SeqCst), "Unauthorized");
        self.store.touch(key, now, not_before).await
    }

    async fn session(&self, key: &SessionKey) -> Result<Found, StoreError> {
        self.store.session(key).await
    }

    async fn end_idle(&self, key: &SessionKey, now: UnixSeconds) -> Result<Found, StoreError> {
        self.store.end_idle(key, now).await
    }

    async fn sessions(&self, keys: &[SessionKey]) -> Result<Vec<Found>, StoreError> {
        self.store.sessions(keys).await
    }

    async fn write(
        &self,
        key: &SessionKey,
        now: UnixSeconds,
        edit: &Edit,
        version: u64,
        marks: &Marks,
    ) -> Result<Write, StoreError> {
        self.store.write(key, now, edit, version, marks).await
    }

    async fn user(&self, user: &UserName) -> Result<Option<UserSessions>, StoreError> {
        self.store.user(user).await
    }

    async fn begin(&self, key: &SessionKey, session: &Session) -> Result<bool, StoreError> {
        self.store.begin(key, session).await
    }

    async fn commit(&self, change: &Change) -> Result<Commit, StoreError> {
        self.store.commit(change).await
    }
}

impl Throttle for Fragile {
    async fn count(
        &self,
        key: &CounterKey,
        below: u64,
        now: UnixSeconds,
        expires: UnixSeconds,
    ) -> Result<Option<Counter>, StoreError> {
        self.store.count(key, below, now, expires).await
    }

    async fn replace(
        &self,
        key: &CounterKey,
        current: &Counter,
        next: &Counter,
    ) -> Result<bool, StoreError> {
        self.store.replace(key, current, next).await
    }

    async fn clear(
        &self,
        key: &CounterKey,
        until: UnixSeconds,
    ) -> Result<Option<Counter>, StoreError> {
        self.store.clear(key, until).await
    }
}
