//! Attempts that the network holds back: the client gives one up and makes another, and the first lands later.

use std::{
    future::pending,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use aws_sdk_dynamodb::{
    Client,
    config::{
        AsyncSleep, ConfigBag, Intercept, RuntimeComponents, Sleep,
        http::HttpRequest,
        interceptors::{
            BeforeDeserializationInterceptorContextMut, BeforeTransmitInterceptorContextMut,
        },
    },
    error::BoxError,
};
use tokio::{
    io::{AsyncWriteExt, BufReader},
    net::TcpStream,
    sync::{Semaphore, watch},
};

use crate::http1::Message;

/// The longest pause before a second or third attempt; all longer ones are time limits.
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// Holds attempts of a client back until a test lets them arrive, and second attempts until it lets them be made. The
/// client has no time limits.
#[derive(Clone, Debug)]
pub struct Late(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    /// Whether second attempts are made.
    retries: watch::Sender<bool>,
    /// A permit for each pause before one.
    pauses: Semaphore,
}

#[derive(Debug, Default)]
struct State {
    /// The operations whose next attempts are held back.
    next: Vec<&'static str>,
    /// Where each attempt goes, and what it says.
    held: Vec<(String, Message)>,
    /// Whether the attempt under way is held back.
    holds: bool,
}

impl Default for Late {
    fn default() -> Self {
        Self(Arc::new(Shared {
            state: Mutex::default(),
            retries: watch::Sender::new(true),
            pauses: Semaphore::new(0),
        }))
    }
}

impl Late {
    /// The client, some of whose attempts come late.
    #[must_use]
    pub fn watch(&self, client: &Client) -> Client {
        let config = client.config().to_builder();
        let config = config.sleep_impl(self.clone());
        Client::from_conf(config.interceptor(self.clone()).build())
    }

    /// Holds the next attempt at `operation` back: to the client it fails, as if nobody had answered in time.
    pub fn hold(&self, operation: &'static str) {
        self.state().next.push(operation);
    }

    /// Lets what is held back arrive, in order; nobody waits for the answers. Returns their statuses.
    pub async fn arrive(&self) -> Vec<u16> {
        let held = std::mem::take(&mut self.state().held);
        let mut statuses = Vec::new();
        for (host, request) in held {
            let mut stream = BufReader::new(TcpStream::connect(host).await.unwrap());
            stream.write_all(&request.bytes()).await.unwrap();
            let answer = Message::read(&mut stream).await.unwrap().unwrap();
            let status = answer.head.split(' ').nth(1).unwrap();
            statuses.push(status.parse().unwrap());
        }
        statuses
    }

    /// Holds nothing back any longer, and lets nothing arrive that was.
    pub fn forget(&self) {
        *self.state() = State::default();
    }

    /// Lets no second attempt be made until [`Late::go_on`].
    pub fn pause(&self) {
        self.0.retries.send_replace(false);
    }

    /// Waits until a second attempt is due.
    pub async fn paused(&self) {
        self.0.pauses.acquire().await.unwrap().forget();
    }

    /// Lets second attempts be made again.
    pub fn go_on(&self) {
        self.0.retries.send_replace(true);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AsyncSleep for Late {
    fn sleep(&self, duration: Duration) -> Sleep {
        if duration > LONGEST_PAUSE {
            return Sleep::new(pending());
        }
        let shared = Arc::clone(&self.0);
        Sleep::new(async move {
            let mut retries = shared.retries.subscribe();
            shared.pauses.add_permits(1);
            retries.wait_for(|made| *made).await.unwrap();
        })
    }
}

impl Intercept for Late {
    fn name(&self) -> &'static str {
        "Late"
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request_mut();
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default();
        let mut state = self.state();
        let held = state.next.iter().position(|next| *next == operation);
        state.holds = held.is_some();
        if let Some(held) = held {
            state.next.remove(held);
            state.held.push(as_sent(request));
            // An operation that changes nothing; its answer is thrown away.
            let headers = request.headers_mut();
            headers.insert("x-amz-target", "DynamoDB_20120810.ListTables");
        }
        Ok(())
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if std::mem::take(&mut self.state().holds) {
            *context.response_mut().status_mut() = 500.try_into()?;
        }
        Ok(())
    }
}

/// The host that the request goes to, and the whole of it.
fn as_sent(request: &HttpRequest) -> (String, Message) {
    let uri = request.uri().trim_start_matches("http://");
    let host = uri.split('/').next().unwrap_or_default().to_owned();
    let body = request.body().bytes().unwrap_or_default().to_vec();
    let others = request.headers().iter();
    let others = others.filter(|(name, _)| !["host", "content-length"].contains(name));
    let lines = others.map(|(name, value)| format!("{name}: {value}\r\n"));
    let head = format!(
        "POST / HTTP/1.1\r\nhost: {host}\r\ncontent-length: {}\r\n{}\r\n",
        body.len(),
        lines.collect::<String>()
    );
    (host, Message { head, body })
}
