//! Processes that can't verify a token, because they hold other keys than the one that issued it: what they are asked to
//! end has ended all the same, and the user's login stays.

use std::{process::Stdio, sync::Arc};

use dynamodb_session::time::UnixSeconds;
use serde_json::{Value, json};
use tests::{
    engine::{self, Tables},
    functions::{self, Functions, PASSWORD},
    process::Process,
    secrets_manager::{ARN, SecretsManager},
};

use super::KEYS;

const FUNCTION: &str = env!("CARGO_BIN_EXE_function");

/// A process of one function beside functions that issue tokens, over the same tables, each with keys of its own.
struct Pair {
    issuer: Functions,
    tables: Tables,
    manager: SecretsManager,
    awaits: bool,
}

impl Pair {
    /// Keys that the issuer has, and those in the secret that the processes read; none: they have no keys.
    async fn new((issuer, process): (&str, Option<&str>)) -> Self {
        let tables = engine::embedded().await;
        let config = engine::config(&[
            ("SESSION_TABLE", &tables.config.tables.sessions),
            ("SESSION_USER_TABLE", &tables.config.tables.users),
            ("SESSION_SIGNING_KEYS", issuer),
        ]);
        let mut issuer = Functions::over(&tables.endpoint, &Arc::new(config));
        // Processes live in the present.
        issuer.now = UnixSeconds::from_system_clock();
        issuer.add_user("ada").await;
        Self {
            issuer,
            tables,
            manager: SecretsManager::start(process.unwrap_or_default()).await,
            awaits: process.is_some(),
        }
    }

    async fn process(&self, function: &str) -> Process {
        let config = &self.tables.config;
        let mut variables = vec![
            ("SESSION_TABLE", &*config.tables.sessions),
            ("SESSION_USER_TABLE", &*config.tables.users),
            ("SESSION_ANONYMOUS", "on"),
        ];
        if self.awaits {
            variables.extend([
                ("SESSION_SIGNING_KEYS_SECRET_ARN", ARN),
                ("AWS_ENDPOINT_URL_SECRETS_MANAGER", &*self.manager.endpoint),
            ]);
        }
        let pipes = (Stdio::null(), Stdio::null());
        Process::start(
            (FUNCTION, function),
            &self.tables.endpoint,
            &variables,
            pipes,
        )
        .await
    }

    fn event(&self, route: (&str, &str, &str), token: &str, body: &str) -> Value {
        functions::event(&self.tables.config.transport, route, Some(token), body)
    }
}

/// The keys of the issuer and those of the process, where the two are at different steps.
fn steps() -> [(&'static str, (String, Option<&'static str>)); 3] {
    let both = format!("{},{}", KEYS[0], KEYS[1]);
    [
        (
            "the new key signs, the process holds the old one",
            (both, Some(KEYS[0])),
        ),
        ("keys were just added", (String::new(), Some(KEYS[0]))),
        ("keys were just taken away", (KEYS[0].to_owned(), None)),
    ]
}

#[tokio::test]
async fn a_logout_ends_the_session_of_a_token_that_the_process_cannot_verify() {
    for (name, (issuer, process)) in steps() {
        let pair = Pair::new((&issuer, process)).await;
        let token = pair.issuer.log_in("ada").await;
        let logout = pair.process("logout").await;
        let everywhere = pair.event(("POST", "/logout", "everywhere=true"), &token, "");
        let answer = logout.invoke(everywhere).await.unwrap();
        assert_eq!(
            answer["statusCode"], 401,
            "{name}: everywhere takes a token that is verified"
        );
        assert!(pair.issuer.allows(&token).await, "{name}");

        let here = pair.event(("POST", "/logout", ""), &token, "");
        let answer = logout.invoke(here).await.unwrap();
        assert_eq!(answer["statusCode"], 204, "{name}: {answer}");
        assert!(
            answer["cookies"][0].as_str().unwrap().contains("Max-Age=0"),
            "{name}"
        );
        assert!(!pair.issuer.allows(&token).await, "{name}: it lives on");
    }
}

#[tokio::test]
async fn a_login_ends_the_session_of_a_token_that_the_process_cannot_verify() {
    for (name, (issuer, process)) in steps() {
        let pair = Pair::new((&issuer, process)).await;
        let token = pair.issuer.log_in("ada").await;
        let patch = pair.event(("PATCH", "/session", ""), &token, "{\"cart\":[1]}");
        assert_eq!(pair.issuer.send(patch).await["statusCode"], 200, "{name}");
        let login = pair.process("login").await;
        let body = json!({"username": "ada", "password": PASSWORD}).to_string();
        let event = pair.event(("POST", "/login", ""), &token, &body);
        let answer = login.invoke(event).await.unwrap();
        assert_eq!(answer["statusCode"], 200, "{name}: {answer}");
        assert!(!pair.issuer.allows(&token).await, "{name}: it lives on");

        let new = functions::token(&pair.tables.config.transport, &answer).expect("a token");
        let session = pair.process("session").await;
        let event = pair.event(("GET", "/session", ""), &new, "");
        let shown = session.invoke(event).await.unwrap();
        let shown: Value = serde_json::from_str(shown["body"].as_str().unwrap()).unwrap();
        assert_eq!(shown["user"], "ada", "{name}");
        assert_eq!(
            shown["data"],
            json!({}),
            "{name}: nothing unverified is carried over"
        );
    }
}

/// The browser would lose the user's login, and what the user wrote would lie in an anonymous session.
#[tokio::test]
async fn a_first_write_takes_no_living_session_s_place() {
    for (name, (issuer, process)) in steps() {
        let pair = Pair::new((&issuer, process)).await;
        let token = pair.issuer.log_in("ada").await;
        let session = pair.process("session").await;
        let patch = || pair.event(("PATCH", "/session", ""), &token, "{\"cart\":[1]}");
        let answer = session.invoke(patch()).await.unwrap();
        assert_eq!(answer["statusCode"], 401, "{name}: {answer}");
        assert_eq!(answer["cookies"], json!([]), "{name}");
        assert!(pair.issuer.allows(&token).await, "{name}");

        // Once it has ended, its token is as good as none.
        pair.issuer.logout(Some(&token)).await;
        let answer = session.invoke(patch()).await.unwrap();
        assert_eq!(answer["statusCode"], 200, "{name}: {answer}");
    }
}
