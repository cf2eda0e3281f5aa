//! A function as a process of its own, in the environment of a Lambda.

use std::process::{Output, Stdio};

use serde_json::Value;
use tokio::process::{Child, Command};

use crate::runtime_api::{Answer, RuntimeApi};

/// A running function. It is killed when dropped.
#[derive(Debug)]
pub struct Process {
    api: RuntimeApi,
    child: Child,
}

impl Process {
    /// Starts `function` of the program `function`, `env!("CARGO_BIN_EXE_function")`, with the engine at `endpoint`. It
    /// waits for the engine as long as it takes, unless the variable `LIMITS` is `on`.
    pub async fn start(
        (program, function): (&str, &str),
        endpoint: &str,
        variables: &[(&str, &str)],
        (stdout, stderr): (Stdio, Stdio),
    ) -> Self {
        let api = RuntimeApi::start().await;
        let child = Command::new(program)
            .arg(function)
            .env_clear()
            .env("AWS_ACCESS_KEY_ID", "local")
            .env("AWS_SECRET_ACCESS_KEY", "local")
            .env("AWS_ENDPOINT_URL_DYNAMODB", endpoint)
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
            .env("AWS_LAMBDA_FUNCTION_NAME", function)
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_LOG_GROUP_NAME", "group")
            .env("AWS_LAMBDA_LOG_STREAM_NAME", "stream")
            .env("AWS_LAMBDA_RUNTIME_API", &api.address)
            .env("AWS_REGION", "us-east-1")
            .env("LIMITS", "off")
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(stdout)
            .stderr(stderr)
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        Self { api, child }
    }

    /// Hands the function an event.
    pub async fn invoke(&self, event: Value) -> Answer {
        self.api.invoke(event).await
    }

    /// Closes the other end of what the function writes to.
    pub fn deafen(&mut self) {
        drop((self.child.stdout.take(), self.child.stderr.take()));
    }

    /// Ends the function, and returns what it wrote.
    pub async fn stop(mut self) -> Output {
        self.child.start_kill().unwrap();
        self.child.wait_with_output().await.unwrap()
    }

    /// Closes the Runtime API, and returns what the function wrote until it ended.
    pub async fn closed(self) -> Output {
        self.api.close();
        self.ended().await
    }

    /// Waits until the function ends by itself, and returns what it wrote.
    pub async fn ended(self) -> Output {
        self.child.wait_with_output().await.unwrap()
    }
}
