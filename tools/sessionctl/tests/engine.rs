//! The real command, and an embedded engine that it reaches over the real wire protocol.

use std::{
    io::Write,
    net::Ipv4Addr,
    process::{Command, Output, Stdio},
};

use aws_sdk_dynamodb::{
    Client,
    types::{AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType},
};
use dynamodb_session::{
    authorize::Policy,
    aws::client::connect_local,
    create::{self, Login},
    entropy::SystemEntropy,
    password::{
        Password, PasswordCredential,
        dynamodb::DynamoUserStore,
        hash::Verifier,
        store::{UserRecord, UserStore},
    },
    store::{SessionStore, dynamodb::DynamoStore},
    time::UnixSeconds,
    user::UserName,
};
use tests::engine::patient;

pub(crate) const OLD: &str = "Correct horse, battery staple";
pub(crate) const NEW: &str = " \u{1f40e} with spaces around it ";

/// An engine with both tables, which answers while a test waits for the command.
pub(crate) struct Engine {
    pub(crate) endpoint: String,
    pub(crate) client: Client,
    /// Stops when dropped.
    _server: local::engine::Engine,
}

impl Engine {
    pub(crate) async fn start() -> Self {
        let address = (Ipv4Addr::LOCALHOST, 0).into();
        let server = local::engine::Engine::start(None, address, &[]).await;
        let server = server.unwrap();
        let endpoint = server.endpoint.clone();
        let client = patient(&connect_local(&endpoint));
        let engine = Self {
            endpoint,
            client,
            _server: server,
        };
        for table in ["app_user", "app_session"] {
            engine.create_table(table, "id").await;
        }
        engine
    }

    pub(crate) async fn create_table(&self, name: &str, key: &str) {
        let key_attribute = AttributeDefinition::builder()
            .attribute_name(key)
            .attribute_type(ScalarAttributeType::S);
        let key_schema = KeySchemaElement::builder()
            .attribute_name(key)
            .key_type(KeyType::Hash);
        self.client
            .create_table()
            .table_name(name)
            .billing_mode(BillingMode::PayPerRequest)
            .attribute_definitions(key_attribute.build().unwrap())
            .key_schema(key_schema.build().unwrap())
            .send()
            .await
            .unwrap();
    }

    pub(crate) fn users(&self) -> DynamoUserStore {
        DynamoUserStore::new(self.client.clone(), "app_user".to_owned())
    }

    pub(crate) fn sessions(&self) -> DynamoStore {
        DynamoStore::new(self.client.clone(), "app_session".to_owned())
    }

    /// `sessionctl` with this engine's endpoint, and nothing of this process's environment.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = sessionctl(&["--endpoint-url", &self.endpoint]);
        command.args(arguments);
        command
    }

    pub(crate) async fn record(&self, user: &str) -> Option<UserRecord> {
        self.users().find(&name(user)).await.unwrap()
    }

    pub(crate) async fn logs_in(&self, user: &str, password: &str) -> bool {
        let credential = PasswordCredential {
            users: &self.users(),
            password: &Password::received(password.to_owned()).unwrap(),
            verifier: &Verifier::new(&SystemEntropy).unwrap(),
        };
        let login = Login::new(name(user), credential);
        let policy = Policy::default();
        let now = UnixSeconds::from_system_clock();
        let store = self.sessions();
        create::create(&store, &SystemEntropy, &policy, &login, now)
            .await
            .unwrap()
            .is_some()
    }

    pub(crate) async fn session_count(&self, user: &str) -> usize {
        let item = self.sessions().user(&name(user)).await.unwrap();
        item.map_or(0, |item| item.sessions.len())
    }
}

pub(crate) fn sessionctl(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sessionctl"));
    command.args(arguments).env_clear();
    command
}

/// A name as the table has it.
pub(crate) fn name(text: &str) -> UserName {
    UserName::from_stored(text.to_owned())
}

/// Runs the command with `input` on its standard input.
pub(crate) fn run(mut command: Command, input: impl AsRef<[u8]>) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that needs no input closes the pipe unread.
    let _: Result<(), _> = child.stdin.take().unwrap().write_all(input.as_ref());
    child.wait_with_output().unwrap()
}

/// Its exit code, and the one line that it says: to standard output if it is done, else to standard error.
pub(crate) fn said(output: &Output) -> (i32, String) {
    let code = output.status.code().unwrap();
    let (text, other) = if code == 0 {
        (&output.stdout, &output.stderr)
    } else {
        (&output.stderr, &output.stdout)
    };
    let text = String::from_utf8(text.clone()).unwrap();
    assert!(other.is_empty(), "{output:?}");
    for secret in [OLD, NEW.trim(), "argon2id", "panicked"] {
        assert!(!text.contains(secret), "{text}");
    }
    (code, text.trim_end().to_owned())
}
