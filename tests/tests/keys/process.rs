//! The functions as processes: what they answer while their keys are out of reach, and what they log.

use std::{process::Stdio, time::Duration};

use serde_json::{Value, json};
use tests::{
    engine::{self, Tables},
    functions::{self, http_authorizer},
    process::Process,
    secrets_manager::{ARN, Answer, SecretsManager},
};
use tokio::time::timeout;

use super::KEYS;

const FUNCTION: &str = env!("CARGO_BIN_EXE_function");

async fn start(function: &str, tables: &Tables, variables: &[(&str, &str)]) -> Process {
    let pipes = (Stdio::piped(), Stdio::piped());
    Process::start((FUNCTION, function), &tables.endpoint, variables, pipes).await
}

fn call(tables: &Tables, route: (&str, &str, &str)) -> Value {
    functions::event(&tables.config.transport, route, Some(TOKEN), "{}")
}

/// The right shape, signed by nobody.
const TOKEN: &str =
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

#[tokio::test]
async fn without_keys_every_function_answers_5xx_and_says_why_in_the_log() {
    let tables = engine::embedded().await;
    let manager = SecretsManager::start("c2hvcnQ=").await;
    let variables = [
        ("SESSION_SIGNING_KEYS_SECRET_ARN", ARN),
        ("AWS_ENDPOINT_URL_SECRETS_MANAGER", &manager.endpoint),
    ];
    for (function, method) in [("login", "POST"), ("logout", "POST"), ("session", "GET")] {
        let process = start(function, &tables, &variables).await;
        let path = format!("/{function}");
        let answer = process
            .invoke(call(&tables, (method, &path, "")))
            .await
            .unwrap();
        assert_eq!(answer["statusCode"], 503, "{function}");
        assert_eq!(answer["cookies"], json!([]), "{function}");
        let log = String::from_utf8(process.stop().await.stdout).unwrap();
        let line = log
            .lines()
            .find(|line| line.contains("keys_fault"))
            .expect(function);
        let line: Value = serde_json::from_str(line).unwrap();
        assert_eq!(
            (&line["level"], &line["kind"]),
            (&json!("ERROR"), &json!("Misconfigured"))
        );
        assert_eq!(
            line["error"],
            format!("secret {ARN}: key 1 has 5 bytes, it needs at least 32")
        );
        assert!(!log.contains("c2hvcnQ"), "{log}");
    }
    let process = start("authorizer", &tables, &variables).await;
    let event = http_authorizer(&tables.config.transport, Some(TOKEN));
    let error = process.invoke(event).await.unwrap_err();
    assert_eq!(error["errorType"], "NoKeys");
    assert_eq!(error["errorMessage"], "there are no signing keys");
}

#[tokio::test]
async fn keys_are_fetched_before_the_first_call() {
    let tables = engine::embedded().await;
    let manager = SecretsManager::start(KEYS[0]).await;
    let variables = [
        ("SESSION_SIGNING_KEYS_SECRET_ARN", ARN),
        ("AWS_ENDPOINT_URL_SECRETS_MANAGER", &manager.endpoint),
    ];
    let process = start("session", &tables, &variables).await;
    let came = timeout(Duration::from_mins(5), manager.came()).await;
    came.expect("a read before any call");
    let route = ("GET", "/session", "");
    let answer = process.invoke(call(&tables, route)).await.unwrap();
    assert_eq!(answer["statusCode"], 401);
    manager.answer(Answer::Error(400, "AccessDeniedException"));
    let answer = process.invoke(call(&tables, route)).await.unwrap();
    assert_eq!(answer["statusCode"], 401);
    assert_eq!(manager.reads(), 1);
}

#[tokio::test]
async fn keys_in_two_places_and_a_malformed_arn_stop_a_function_at_start() {
    let tables = engine::embedded().await;
    #[rustfmt::skip]
    let cases = [
        (vec![("SESSION_SIGNING_KEYS_SECRET_ARN", ARN), ("SESSION_SIGNING_KEYS", KEYS[0])], "are both set"),
        (vec![("SESSION_SIGNING_KEYS_SECRET_ARN", KEYS[0])],                                 "is not the ARN of a secret"),
    ];
    for (variables, expected) in cases {
        let ended = start("authorizer", &tables, &variables).await.ended().await;
        assert!(!ended.status.success());
        let told = String::from_utf8([ended.stdout, ended.stderr].concat()).unwrap();
        assert!(told.contains(expected) && !told.contains(KEYS[0]), "{told}");
    }
}
