//! The functions in processes of their own, with all that the runtime and the standard streams add.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    path::{Path, PathBuf},
    process::Stdio,
};

use serde_json::Value;
use tests::process::Process;

use crate::{
    flow::{Callee, live},
    patterns,
    vault::{SETTINGS, Vault},
};

struct Processes {
    authorizer: Process,
    login: Process,
    logout: Process,
    profile: Process,
    session: Process,
}

impl Processes {
    async fn start(vault: &Vault) -> Self {
        let mut variables = vec![
            ("AWS_LAMBDA_LOG_LEVEL", "TRACE"),
            ("RUST_LOG", "trace"),
            ("RUST_BACKTRACE", "1"),
        ];
        variables.extend(
            vault
                .variables
                .iter()
                .map(|(name, value)| (*name, &**value)),
        );
        let start = async |function| {
            let program = (env!("CARGO_BIN_EXE_function"), function);
            // Not a pipe: nobody reads it meanwhile, and what is written at TRACE would fill it.
            let file = |stream| Stdio::from(File::create(output(function, stream)).unwrap());
            let outputs = (file("stdout"), file("stderr"));
            Process::start(program, &vault.proxy.endpoint, &variables, outputs).await
        };
        Self {
            authorizer: start("authorizer").await,
            login: start("login").await,
            logout: start("logout").await,
            profile: start("profile").await,
            session: start("session").await,
        }
    }
}

/// Where a function's output goes.
fn output(function: &str, stream: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("secrets-{function}.{stream}"))
}

impl Callee for Processes {
    async fn authorize(&self, event: Value) -> Value {
        self.authorizer
            .invoke(event)
            .await
            .unwrap_or_else(|error| error)
    }

    async fn send(&self, event: Value) -> Value {
        let process = match event["rawPath"].as_str() {
            Some("/login") => &self.login,
            Some("/logout") => &self.logout,
            Some("/profile") => &self.profile,
            _ => &self.session,
        };
        process.invoke(event).await.expect("an answer")
    }
}

#[tokio::test]
async fn no_secret_is_written_by_a_process() {
    for settings in [SETTINGS[3], SETTINGS[5]] {
        let mut vault = Vault::open(settings).await;
        let processes = Processes::start(&vault).await;
        live(&mut vault, &processes).await;
        let Processes {
            authorizer,
            login,
            logout,
            profile,
            session,
        } = processes;
        for (process, function) in [
            (authorizer, "authorizer"),
            (login, "login"),
            (logout, "logout"),
            (profile, "profile"),
            (session, "session"),
        ] {
            process.stop().await;
            for stream in ["stdout", "stderr"] {
                let text = fs::read_to_string(output(function, stream)).unwrap();
                // The sample backend has nothing to say.
                let silent = stream == "stderr" || function == "profile";
                assert!(silent || !text.is_empty(), "{function}");
                if stream == "stdout" {
                    each_line_has_its_request(function, &text);
                    patterns::check(&text);
                }
                vault.logged(&format!("{stream} of {function}"), text);
            }
        }
        vault.search().await;
    }
}

/// Each line of ours has the id of the request that it is about: no two have the same.
fn each_line_has_its_request(function: &str, text: &str) {
    let mut requests = BTreeSet::new();
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).expect(line);
        if line["event"].is_string() {
            let id = line["requestId"].as_str();
            assert!(id.is_some_and(|id| !id.is_empty()), "{function}: {line}");
            requests.insert(id.unwrap().to_owned());
        }
    }
    assert!(
        function == "profile" || requests.len() > 5,
        "{function}: {requests:?}"
    );
}
