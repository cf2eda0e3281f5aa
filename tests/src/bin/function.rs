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
    entropy::SystemEntropy,
    fault::StoreError,
    store::{SessionStore, dynamodb::DynamoStore},
    time::UnixSeconds,
};
use lambda::{Started, http, log};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use login::Login;
use logout::Logout;
use serde_json::Value;
use session::SessionApi;
use support::{
    gate::Verb,
    hooked::{Hook, Hooked},
};
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
        ..
    } = lambda::start().await?;
    let client = if patient {
        engine::patient(&client)
    } else {
        client
    };
    let fragile = Hooked {
        inner: DynamoStore::new(client.clone(), config.tables.sessions.clone()),
        hook: Fragile {
            panicked: AtomicBool::new(false),
        },
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
            let route = SessionApi::new(&client, &config);
            http::serve(|request, now| http::with_keys(&keyring, now, route.handle(request, now)))
                .await
        }
        Some("fragile") => {
            let route = SessionApi {
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
        lambda::log::of_request(event.context.request_id);
        let now = UnixSeconds::from_system_clock();
        keyring.refresh(now).await?;
        authorizer.answer(&event.payload, now).await
    }));
    lambda::ended(served.await)
}

/// Panics over the first touch.
struct Fragile {
    panicked: AtomicBool,
}

impl Hook for Fragile {
    async fn before(&self, verb: Verb) -> Result<(), StoreError> {
        if verb == Verb::Touch {
            assert!(self.panicked.swap(true, Ordering::SeqCst), "Unauthorized");
        }
        Ok(())
    }
}
