//! The DynamoDB client, and the limits of every client: how long it waits and how often it tries (docs/performance.md).

use std::{error::Error, fmt, io, path::PathBuf, time::Duration};

pub use aws_config::SdkConfig;
use aws_config::{
    BehaviorVersion, Region, identity::IdentityCache, retry::RetryConfig,
    stalled_stream_protection::StalledStreamProtectionConfig, timeout::TimeoutConfig,
};
pub use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::{
    config::{self, Credentials, SharedCredentialsProvider, SharedHttpClient},
    types::AttributeValue,
};
use aws_types::sdk_config;
use rustls::RootCertStore;

use super::{answer::Answered, conflict::RetryConflicts, fault, http1::Http1};
use crate::fault::StoreError;

/// Waits before the first retry; the SDK's own default is a second, also for a connection found dead after a freeze.
const INITIAL_BACKOFF: Duration = Duration::from_millis(25);
const ATTEMPTS: u32 = 3;
const CONNECT_TIMEOUT: Duration = Duration::from_millis(700);
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(1);
/// What one call may take with all its attempts: well under the 10 s that API Gateway grants an authorizer.
const OPERATION_TIMEOUT: Duration = Duration::from_millis(2500);

/// Why there is no client.
#[derive(Debug)]
#[non_exhaustive]
pub enum ConnectError {
    /// The file of certificates can't be read.
    UnreadableBundle(PathBuf, io::Error),
    /// The file holds no certificate, or one that is not well formed.
    InvalidBundle(PathBuf),
    /// Neither the environment nor the profile names a region.
    NoRegion,
    /// The files of AWS's tools have no profile of this name.
    NoProfile(String),
}

/// A client of an engine that checks no credentials, such as the embedded one; nothing of the environment is read.
#[must_use]
pub fn connect_local(endpoint: &str) -> Client {
    with_settings(&settings_local(endpoint))
}

/// The settings of the client that [`connect_local`] makes.
#[must_use]
pub fn settings_local(endpoint: &str) -> SdkConfig {
    let credentials = Credentials::new("local", "local", None, None, "local");
    limited(http_client(RootCertStore::empty()))
        .region(Region::from_static("us-east-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .endpoint_url(endpoint)
        .build()
}

/// Opens the connection before the first event does: one signed read of a key that no item has.
///
/// An error tells why the table did not answer. Callers go on: if the fault is over by the first call, that call only
/// loses its head start.
pub async fn warm(client: &Client, table: &str) -> Result<(), StoreError> {
    let read = client.get_item().table_name(table);
    let read = read.key("id", AttributeValue::S("-".to_owned())).send();
    match read.await {
        Ok(_) => Ok(()),
        Err(error) => Err(fault::from_sdk(&error, table)),
    }
}

/// A client of `DynamoDB` with these settings.
#[must_use]
pub fn with_settings(config: &SdkConfig) -> Client {
    let config = config::Builder::from(config)
        .interceptor(Answered)
        .retry_classifier(RetryConflicts);
    Client::from_conf(config.build())
}

/// Settings with the limits of every client, and one cache of credentials for all that are made of them.
pub(super) fn limited(http_client: SharedHttpClient) -> sdk_config::Builder {
    SdkConfig::builder()
        .behavior_version(behavior())
        .http_client(http_client)
        .identity_cache(IdentityCache::lazy().build())
        .retry_config(retries())
        .timeout_config(timeouts())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
}

/// The defaults of the SDK that these limits are made for.
pub(super) fn behavior() -> BehaviorVersion {
    BehaviorVersion::v2026_01_12()
}

/// How often a client tries.
pub(super) fn retries() -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(ATTEMPTS)
        .with_initial_backoff(INITIAL_BACKOFF)
}

/// How long a client waits.
pub(super) fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .operation_timeout(OPERATION_TIMEOUT)
        .build()
}

/// What sends the requests: it trusts whom `roots` vouch for.
pub(super) fn http_client(roots: RootCertStore) -> SharedHttpClient {
    SharedHttpClient::new(Http1::new(roots))
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnreadableBundle(path, _) => write!(
                f,
                "AWS_CA_BUNDLE: can't read {}: name a readable file of PEM certificates, or unset it for Amazon's roots",
                path.display()
            ),
            Self::InvalidBundle(path) => write!(
                f,
                "AWS_CA_BUNDLE: {} holds no certificate, or a malformed one: it takes CERTIFICATE blocks in PEM",
                path.display()
            ),
            Self::NoRegion => {
                f.write_str("no AWS region: set AWS_REGION, or a region in the AWS profile")
            }
            Self::NoProfile(name) => write!(
                f,
                "there is no AWS profile {name}: `aws configure list-profiles` tells their names"
            ),
        }
    }
}

impl Error for ConnectError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::UnreadableBundle(_, error) => Some(error),
            Self::InvalidBundle(_) | Self::NoRegion | Self::NoProfile(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{BufRead, BufReader, Write},
        net::{TcpListener, TcpStream},
        sync::{
            Arc,
            atomic::{AtomicUsize, Ordering},
        },
        thread,
    };

    use aws_sdk_dynamodb::config::SharedAsyncSleep;

    use support::clock::Clock;

    use super::*;

    /// What the fake engine does with one request.
    #[derive(Clone, Copy)]
    enum Answer {
        /// Answers, and keeps the connection.
        Item,
        /// Answers, then closes the connection without having said so.
        ItemThenClose,
        /// Closes the connection without an answer.
        Close,
        Throttle,
        Fail,
        /// Answers nothing, until the client has given up.
        Stall,
    }

    /// A fake engine: the n-th request gets the n-th answer, later ones the last. Returns its URL and its count of requests.
    fn engine(answers: &'static [Answer], clock: &Clock) -> (String, Arc<AtomicUsize>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(AtomicUsize::new(0));
        let (count, clock) = (Arc::clone(&seen), clock.clone());
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (count, clock) = (Arc::clone(&count), clock.clone());
                thread::spawn(move || serve(stream, answers, &count, &clock));
            }
        });
        (url, seen)
    }

    /// A client with the limits of every client, measured by that clock.
    fn client(url: &str, clock: &Clock) -> Client {
        let settings = settings_local(url).into_builder();
        with_settings(
            &settings
                .sleep_impl(SharedAsyncSleep::new(clock.clone()))
                .build(),
        )
    }

    fn serve(mut stream: TcpStream, answers: &[Answer], count: &AtomicUsize, clock: &Clock) {
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        while read_request(&mut reader).is_some() {
            let nth = count.fetch_add(1, Ordering::SeqCst).min(answers.len() - 1);
            let (status, body) = match answers[nth] {
                Answer::Item | Answer::ItemThenClose => ("200 OK", "{}"),
                Answer::Throttle => (
                    "400 Bad Request",
                    r#"{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"}"#,
                ),
                Answer::Fail => (
                    "500 Internal Server Error",
                    r#"{"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError"}"#,
                ),
                Answer::Close => return,
                Answer::Stall => {
                    clock.give_up();
                    continue;
                }
            };
            let length = body.len();
            write!(
                stream,
                "HTTP/1.1 {status}\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: {length}\r\n\r\n{body}"
            )
            .unwrap();
            if matches!(answers[nth], Answer::ItemThenClose) {
                return;
            }
        }
    }

    fn read_request(reader: &mut impl BufRead) -> Option<()> {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
            let line = line.trim_end().to_ascii_lowercase();
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            }
            if line.is_empty() {
                break;
            }
        }
        reader.read_exact(&mut vec![0; length]).ok()
    }

    #[tokio::test]
    async fn a_dead_pooled_connection_costs_less_than_100_ms() {
        const CLOSED_WHILE_IDLE: &[Answer] = &[Answer::ItemThenClose, Answer::Item];
        const CLOSED_ON_REUSE: &[Answer] = &[Answer::Item, Answer::Close, Answer::Item];
        for answers in [CLOSED_WHILE_IDLE, CLOSED_ON_REUSE] {
            let clock = Clock::default();
            let (url, seen) = engine(answers, &clock);
            let client = client(&url, &clock);
            warm(&client, "t").await.unwrap();
            // Blocks the runtime too, so that the client learns of the closed connection only when it uses it, as after a freeze.
            thread::sleep(Duration::from_millis(20));

            warm(&client, "t").await.unwrap();
            let waited = clock.now();
            assert!(waited < Duration::from_millis(100), "{waited:?}");
            assert_eq!(seen.load(Ordering::SeqCst), answers.len());
        }
    }

    #[tokio::test]
    async fn a_stalled_engine_is_given_up_in_time() {
        let clock = Clock::default();
        let (url, seen) = engine(&[Answer::Stall], &clock);
        let client = client(&url, &clock);

        warm(&client, "t").await.unwrap_err();
        assert_eq!(clock.now(), Duration::from_millis(2500));
        assert_eq!(seen.load(Ordering::SeqCst), 3);
    }

    #[tokio::test]
    async fn a_stall_is_outlived() {
        let clock = Clock::default();
        let (url, _) = engine(&[Answer::Stall, Answer::Item], &clock);
        warm(&client(&url, &clock), "t").await.unwrap();
        let waited = clock.now().as_millis();
        assert!((1000..1100).contains(&waited), "{waited} ms");
    }

    #[tokio::test]
    async fn throttles_and_faults_are_tried_again_at_once() {
        const ONCE: &[Answer] = &[Answer::Throttle, Answer::Item];
        const BOTH: &[Answer] = &[Answer::Throttle, Answer::Fail, Answer::Item];
        const FOREVER: &[Answer] = &[Answer::Fail];
        for (answers, recovers, requests) in [(ONCE, true, 2), (BOTH, true, 3), (FOREVER, false, 3)]
        {
            let clock = Clock::default();
            let (url, seen) = engine(answers, &clock);
            let client = client(&url, &clock);

            assert_eq!(warm(&client, "t").await.is_ok(), recovers);
            let waited = clock.now();
            assert!(waited < Duration::from_millis(200), "{waited:?}");
            assert_eq!(seen.load(Ordering::SeqCst), requests);
        }
    }
}
