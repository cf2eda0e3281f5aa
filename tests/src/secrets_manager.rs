//! A Secrets Manager with one secret: it counts the requests, and answers as a test says.

use std::{
    collections::BTreeMap,
    future::pending,
    io,
    net::Ipv4Addr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use aws_config::SdkConfig;
use aws_sdk_dynamodb::config::SharedAsyncSleep;
use dynamodb_session::{
    aws::{client, keyring::Keyring, secrets_manager::Secret},
    config::Config,
    secret::SecretArn,
    time::UnixSeconds,
};
use serde_json::{Value, json};
use support::clock::Clock;
use tokio::{
    io::{AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    task::{AbortHandle, yield_now},
};

use crate::{engine::config, http1::Message};

/// The ARN of the secret.
pub const ARN: &str = "arn:aws:secretsmanager:us-east-1:123456789012:secret:session-keys-AbCdEf";

/// What a read is answered with.
#[derive(Clone, Debug)]
pub enum Answer {
    /// The secret's text, as the last version.
    Versions,
    /// Binary data.
    Binary,
    /// An error by its code.
    Error(u16, &'static str),
    /// Nothing at all, on an open connection.
    Silence,
    /// A 200 without a body.
    Nothing,
    /// The connection is closed.
    Close,
}

/// A running Secrets Manager. It stops when dropped.
#[derive(Debug)]
pub struct SecretsManager {
    /// Its URL.
    pub endpoint: String,
    shared: Arc<Shared>,
    task: AbortHandle,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    /// Whether reads are answered.
    open: watch::Sender<bool>,
    /// A permit for each read that has come.
    came: Semaphore,
}

#[derive(Debug)]
struct State {
    answer: Answer,
    versions: Vec<(String, u64)>,
    tags: BTreeMap<String, String>,
    reads: usize,
}

impl SecretsManager {
    /// Listens on any free port of this machine, with a secret that holds `text` since 1970.
    pub async fn start(text: &str) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                answer: Answer::Versions,
                versions: vec![(text.to_owned(), 0)],
                tags: BTreeMap::new(),
                reads: 0,
            }),
            open: watch::Sender::new(true),
            came: Semaphore::new(0),
        });
        let served = Arc::clone(&shared);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = Arc::clone(&served);
                // A client that leaves is no failure here.
                tokio::spawn(async move { serve(BufReader::new(stream), &shared).await });
            }
        });
        Self {
            endpoint,
            shared,
            task: task.abort_handle(),
        }
    }

    /// Stores a new version, as if in 1970.
    pub fn put(&self, text: &str) {
        self.shared.state().versions.push((text.to_owned(), 0));
    }

    /// Makes all versions as old as those of 1970.
    pub fn age(&self) {
        for (_, created) in &mut self.shared.state().versions {
            *created = 0;
        }
    }

    /// Makes the current version so many seconds old.
    pub fn age_to(&self, seconds: u64) {
        let now = UnixSeconds::from_system_clock();
        if let Some((_, created)) = self.shared.state().versions.last_mut() {
            *created = now.0 - seconds;
        }
    }

    /// Sets a tag.
    pub fn tag(&self, name: &str, value: &str) {
        let mut state = self.shared.state();
        state.tags.insert(name.to_owned(), value.to_owned());
    }

    /// The tags.
    #[must_use]
    pub fn tags(&self) -> BTreeMap<String, String> {
        self.shared.state().tags.clone()
    }

    /// Answers reads in this way from now on.
    pub fn answer(&self, answer: Answer) {
        self.shared.state().answer = answer;
    }

    /// Waits for a read that is never answered, where that is the answer.
    pub async fn falls_silent(&self) {
        let before = self.reads();
        while !matches!(self.shared.state().answer, Answer::Silence) || self.reads() == before {
            yield_now().await;
        }
    }

    /// The reads so far.
    #[must_use]
    pub fn reads(&self) -> usize {
        self.shared.state().reads
    }

    /// The current version's text.
    #[must_use]
    pub fn current(&self) -> String {
        let state = self.shared.state();
        state.versions.last().map(|(text, _)| text.clone()).unwrap()
    }

    /// Lets no read be answered until [`SecretsManager::open`].
    pub fn hold(&self) {
        self.shared.open.send_replace(false);
    }

    /// Waits for the next read.
    pub async fn came(&self) {
        self.shared.came.acquire().await.unwrap().forget();
    }

    /// Answers reads again.
    pub fn open(&self) {
        self.shared.open.send_replace(true);
    }

    /// Settings that reach it, and wait for it as long as it takes.
    #[must_use]
    pub fn settings(&self) -> SdkConfig {
        let settings = client::settings_local(&self.endpoint).into_builder();
        let patient = SharedAsyncSleep::new(Clock::default());
        settings.sleep_impl(patient).build()
    }

    /// A configuration over `tables` whose keys are in the secret, and what fetches them.
    #[must_use]
    pub fn keyring(&self, tables: &Config) -> (Arc<Config>, Keyring) {
        let config = Arc::new(config(&[
            ("SESSION_TABLE", &tables.tables.sessions),
            ("SESSION_USER_TABLE", &tables.tables.users),
            ("SESSION_SIGNING_KEYS_SECRET_ARN", ARN),
        ]));
        let secret = Secret::new(&self.settings(), SecretArn::parse(ARN).unwrap());
        let keyring = Keyring::new(config.policy.format.keys.clone(), Some(secret));
        (config, keyring)
    }
}

impl Drop for SecretsManager {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a request is answered with; `None`: nothing.
    async fn respond(&self, request: &Message) -> Option<(u16, Value)> {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        assert_eq!(body["SecretId"], ARN);
        match request.header("x-amz-target") {
            Some("secretsmanager.GetSecretValue") => {
                self.state().reads += 1;
                self.came.add_permits(1);
                let mut open = self.open.subscribe();
                open.wait_for(|open| *open).await.unwrap();
                self.read(&body["VersionStage"]).await
            }
            Some("secretsmanager.PutSecretValue") => {
                let text = body["SecretString"].as_str().unwrap().to_owned();
                let now = UnixSeconds::from_system_clock();
                self.state().versions.push((text, now.0));
                Some((200, json!({"ARN": ARN, "VersionId": "v"})))
            }
            Some("secretsmanager.DescribeSecret") => {
                let tags = self.state().tags.clone().into_iter();
                let tags = tags.map(|(name, value)| json!({"Key": name, "Value": value}));
                let tags: Vec<_> = tags.collect();
                Some((200, json!({"ARN": ARN, "Tags": tags})))
            }
            Some("secretsmanager.TagResource") => {
                for tag in body["Tags"].as_array().unwrap() {
                    let part = |name: &str| tag[name].as_str().unwrap().to_owned();
                    self.state().tags.insert(part("Key"), part("Value"));
                }
                Some((200, json!({})))
            }
            other => Some((
                400,
                json!({"__type": "UnknownOperationException", "message": other}),
            )),
        }
    }

    async fn read(&self, stage: &Value) -> Option<(u16, Value)> {
        let answer = self.state().answer.clone();
        Some(match answer {
            Answer::Versions => self.version(usize::from(*stage == "AWSPREVIOUS")),
            Answer::Binary => (200, json!({"ARN": ARN, "SecretBinary": "AAAA"})),
            Answer::Error(status, code) => (status, json!({"__type": code, "message": "injected"})),
            Answer::Nothing => (200, Value::Null),
            Answer::Close => return None,
            Answer::Silence => pending().await,
        })
    }

    /// The version that is so many before the current one.
    fn version(&self, back: usize) -> (u16, Value) {
        match self.state().versions.iter().rev().nth(back) {
            Some((text, created)) => {
                let fields = json!({"ARN": ARN, "SecretString": text, "CreatedDate": created});
                (200, fields)
            }
            None => (400, json!({"__type": "ResourceNotFoundException"})),
        }
    }
}

async fn serve(mut stream: BufReader<TcpStream>, shared: &Shared) -> io::Result<()> {
    while let Some(request) = Message::read(&mut stream).await? {
        let Some((status, body)) = shared.respond(&request).await else {
            return Ok(());
        };
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let answer = Message::response(status, "application/x-amz-json-1.1", body.as_bytes());
        stream.write_all(&answer.bytes()).await?;
    }
    Ok(())
}
