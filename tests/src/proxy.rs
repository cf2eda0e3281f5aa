//! A proxy between the SDK and the engine: it counts the requests, and lets each pass, meet a fault, or arrive late.
//!
//! A late attempt waits for no clock: its client sees a reset at once, and its bytes go to the engine when the test says.

use std::{
    io,
    net::Ipv4Addr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde_json::{Value, json};
use support::clock::Clock;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::AbortHandle,
};

use crate::http1::Message;

/// What happens to a request instead of being answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is answered without the engine, in JSON.
    Answer(u16, String),
    /// It is answered without the engine, with a page of HTML.
    Page(u16),
    /// It is answered without the engine, with bytes outside HTTP.
    Garbage,
    /// It is never answered, and the engine never sees it.
    Silence,
    /// The connection is reset before the engine sees it.
    ResetBefore,
    /// The connection is reset after the engine did what it asks for: the acknowledgement is lost.
    ResetAfter,
    /// The engine does what it asks for, and the answer never arrives.
    SilenceAfter,
    /// Half of the engine's answer arrives.
    Half,
    /// Half of the engine's answer arrives, whose length was not told.
    HalfUnframed,
    /// Nothing but the head of the engine's answer arrives, and the length was not told.
    HeadUnframed,
    /// A byte of the engine's answer arrives before the client gives up.
    OneByte,
    /// The engine's answer arrives, and the connection is closed without having said so.
    CloseAfter,
    /// The connection is reset, and the request reaches the engine at [`Proxy::release`].
    Hold,
    /// It is answered, and reaches the engine once more at [`Proxy::release`].
    Repeat,
    /// The connection is reset after the engine did what it asks for, and it reaches the engine once more at
    /// [`Proxy::release`].
    ResetAfterAndRepeat,
    /// It waits for [`Proxy::go_on`] before it reaches the engine.
    Park,
}

impl Fault {
    /// An error of `DynamoDB`'s, by its code.
    #[must_use]
    pub fn error(status: u16, code: &str) -> Self {
        let body = json!({
            "__type": format!("com.amazonaws.dynamodb.v20120810#{code}"),
            "message": "injected",
        });
        Self::Answer(status, body.to_string())
    }

    /// A cancelled transaction, by the code of the reason of its first item.
    #[must_use]
    pub fn cancelled(reason: &str) -> Self {
        let body = json!({
            "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
            "Message": format!("Transaction cancelled, please refer cancellation reasons for specific reasons [{reason}, None]"),
            "CancellationReasons": [{"Code": reason, "Message": "injected"}, {"Code": "None"}],
        });
        Self::Answer(400, body.to_string())
    }
}

/// Which requests meet a fault.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The operation; `None`: any.
    pub target: Option<&'static str>,
    /// How many of those pass before.
    pub skip: usize,
    /// How many then meet it.
    pub times: usize,
    /// What they meet.
    pub fault: Fault,
}

/// A request as the proxy saw it.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The operation, without the version of the interface.
    pub target: String,
    /// What it asks for.
    pub body: Value,
    /// The whole of it.
    pub raw: String,
}

/// A running proxy. It stops when dropped.
#[derive(Debug)]
pub struct Proxy {
    /// Where the SDK reaches it.
    pub endpoint: String,
    /// Goes on where a client waits in vain.
    pub clock: Clock,
    shared: Arc<Shared>,
    task: AbortHandle,
}

#[derive(Debug)]
struct Shared {
    engine: String,
    clock: Clock,
    state: Mutex<State>,
    /// One permit for each request that has parked.
    parked: Semaphore,
    /// One for each that may go on.
    go: Semaphore,
}

#[derive(Debug, Default)]
struct State {
    seen: Vec<Seen>,
    rules: Vec<(Rule, usize)>,
    met: Option<Duration>,
    /// What the engine is still to see, in the order in which it was sent.
    late: Vec<Message>,
}

impl Proxy {
    /// A proxy in front of the engine at `endpoint`, an `http://` URL, that lets everything pass.
    pub async fn start(endpoint: &str) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let clock = Clock::default();
        let shared = Arc::new(Shared {
            engine: endpoint.trim_start_matches("http://").to_owned(),
            clock: clock.clone(),
            state: Mutex::default(),
            parked: Semaphore::new(0),
            go: Semaphore::new(0),
        });
        let address = listener.local_addr().unwrap();
        Self {
            endpoint: format!("http://{address}"),
            clock,
            task: tokio::spawn(accept(listener, Arc::clone(&shared))).abort_handle(),
            shared,
        }
    }

    /// Lets requests meet a fault from now on.
    pub fn inject(&self, rule: Rule) {
        self.shared.state().rules.push((rule, 0));
    }

    /// Lets everything pass again.
    pub fn let_pass(&self) {
        self.shared.state().rules.clear();
    }

    /// Waits until a request has parked.
    pub async fn parked(&self) {
        self.shared.parked.acquire().await.unwrap().forget();
    }

    /// Lets a parked request go on.
    pub fn go_on(&self) {
        self.shared.go.add_permits(1);
    }

    /// Delivers what is late to the engine, in the order in which it was sent, and returns the statuses of the answers.
    pub async fn release(&self) -> Vec<u16> {
        let late = std::mem::take(&mut self.shared.state().late);
        let (mut engine, mut statuses) = (None, Vec::new());
        for request in late {
            let answer = forward(&mut engine, &self.shared, &request).await.unwrap();
            statuses.push(answer.status().unwrap());
        }
        statuses
    }

    /// Lets everything pass again, and forgets what was seen and what is late.
    pub fn calm(&self) {
        *self.shared.state() = State::default();
    }

    /// The requests seen so far.
    #[must_use]
    pub fn seen(&self) -> Vec<Seen> {
        self.shared.state().seen.clone()
    }

    /// When the first request met a fault, by [`Proxy::clock`].
    #[must_use]
    pub fn met(&self) -> Option<Duration> {
        self.shared.state().met
    }

    /// The operations of the requests seen so far.
    #[must_use]
    pub fn targets(&self) -> Vec<String> {
        let seen = self.seen().into_iter();
        seen.map(|request| request.target).collect()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a request, and tells what it meets.
    fn meet(&self, request: &Message) -> Option<Fault> {
        let target = request.header("x-amz-target").unwrap_or_default();
        let target = target.rsplit('.').next().unwrap_or_default().to_owned();
        let mut state = self.state();
        let mut met = None;
        for (rule, matched) in &mut state.rules {
            if rule.target.is_none_or(|only| only == target) {
                *matched += 1;
                let hit = *matched > rule.skip && *matched - rule.skip <= rule.times;
                met = met.or_else(|| hit.then(|| rule.fault.clone()));
            }
        }
        if met.is_some() {
            state.met.get_or_insert_with(|| self.clock.now());
        }
        state.seen.push(Seen {
            target,
            body: serde_json::from_slice(&request.body).unwrap_or_default(),
            raw: String::from_utf8_lossy(&request.bytes()).into_owned(),
        });
        met
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        let shared = Arc::clone(&shared);
        // A client that leaves is no failure of the proxy's.
        tokio::spawn(async move { serve(BufReader::new(stream), &shared).await });
    }
}

async fn serve(mut client: BufReader<TcpStream>, shared: &Shared) -> io::Result<()> {
    client.get_ref().set_nodelay(true)?;
    let mut engine = None;
    while let Some(request) = Message::read(&mut client).await? {
        let answer = match shared.meet(&request) {
            None => forward(&mut engine, shared, &request).await?,
            Some(Fault::Answer(status, body)) => {
                Message::response(status, "application/x-amz-json-1.0", body.as_bytes())
            }
            Some(Fault::Page(status)) => {
                Message::response(status, "text/html", b"<html><h1>Not here</h1></html>")
            }
            Some(Fault::Garbage) => return client.write_all(b"SSH-2.0-OpenSSH_9.9\r\n").await,
            Some(Fault::Silence) => return gone(&mut client, shared).await,
            Some(Fault::ResetBefore) => return client.get_ref().set_zero_linger(),
            Some(Fault::Hold) => {
                shared.state().late.push(request);
                return client.get_ref().set_zero_linger();
            }
            Some(Fault::Park) => {
                shared.parked.add_permits(1);
                shared.go.acquire().await.unwrap().forget();
                forward(&mut engine, shared, &request).await?
            }
            Some(Fault::Repeat) => {
                let answer = forward(&mut engine, shared, &request).await?;
                shared.state().late.push(request);
                answer
            }
            Some(fault) => {
                let answer = forward(&mut engine, shared, &request).await?;
                if fault == Fault::ResetAfterAndRepeat {
                    shared.state().late.push(request);
                }
                return spoil(&fault, &answer, &mut client, shared).await;
            }
        };
        client.write_all(&answer.bytes()).await?;
    }
    Ok(())
}

/// Does to the engine's answer, and to the connection, what `fault` says.
async fn spoil(
    fault: &Fault,
    answer: &Message,
    client: &mut BufReader<TcpStream>,
    shared: &Shared,
) -> io::Result<()> {
    let half = &answer.body[..answer.body.len() / 2];
    let unframed = answer.head_without("content-length");
    match fault {
        Fault::ResetAfter | Fault::ResetAfterAndRepeat => {
            return client.get_ref().set_zero_linger();
        }
        Fault::SilenceAfter => return gone(client, shared).await,
        Fault::Half => client.write_all(answer.head.as_bytes()).await?,
        Fault::HalfUnframed | Fault::HeadUnframed => client.write_all(unframed.as_bytes()).await?,
        Fault::OneByte => {
            client.write_all(&answer.bytes()[..1]).await?;
            return gone(client, shared).await;
        }
        _ => client.write_all(&answer.bytes()).await?,
    }
    match fault {
        Fault::Half | Fault::HalfUnframed => client.write_all(half).await,
        _ => Ok(()),
    }
}

/// Waits until the client has given up.
async fn gone(client: &mut BufReader<TcpStream>, shared: &Shared) -> io::Result<()> {
    shared.clock.give_up();
    while client.read(&mut [0; 1024]).await? > 0 {}
    Ok(())
}

async fn forward(
    engine: &mut Option<BufReader<TcpStream>>,
    shared: &Shared,
    request: &Message,
) -> io::Result<Message> {
    if engine.is_none() {
        let stream = TcpStream::connect(&shared.engine).await?;
        stream.set_nodelay(true)?;
        *engine = Some(BufReader::new(stream));
    }
    let engine = engine.as_mut().ok_or(io::ErrorKind::NotConnected)?;
    engine.write_all(&request.bytes()).await?;
    let answer = Message::read(engine).await?;
    answer.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}
