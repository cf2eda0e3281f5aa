//! The functions in processes of their own, with all that the runtime and the standard streams add.

use std::process::Stdio;

use serde_json::Value;
use tests::process::Process;

use crate::{
    flow::{Callee, live},
    house::{House, SETTINGS},
};

struct Processes {
    authorizer: Process,
    login: Process,
    logout: Process,
    profile: Process,
    session: Process,
}

impl Processes {
    async fn start(house: &House) -> Self {
        let mut variables = vec![
            ("AWS_LAMBDA_LOG_LEVEL", "TRACE"),
            ("RUST_LOG", "trace"),
            ("RUST_BACKTRACE", "1"),
        ];
        variables.extend(
            house
                .variables
                .iter()
                .map(|(name, value)| (*name, &**value)),
        );
        let start = async |function| {
            let program = (env!("CARGO_BIN_EXE_function"), function);
            let outputs = (Stdio::piped(), Stdio::piped());
            Process::start(program, &house.proxy.endpoint, &variables, outputs).await
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
    for settings in [SETTINGS[0], SETTINGS[5]] {
        let mut house = House::open(settings).await;
        let processes = Processes::start(&house).await;
        live(&mut house, &processes).await;
        let Processes {
            authorizer,
            login,
            logout,
            profile,
            session,
        } = processes;
        for process in [authorizer, login, logout, profile, session] {
            let output = process.stop().await;
            for stream in [output.stdout, output.stderr] {
                house.logged("a stream", String::from_utf8(stream).unwrap());
            }
        }
        house.search().await;
    }
}
