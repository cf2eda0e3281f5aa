//! Lambda's Runtime API, as far as one function needs it: one event after the other.

use std::{
    io,
    net::Ipv4Addr,
    sync::{
        Arc, Mutex as StdMutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use serde_json::Value;
use tokio::{
    io::{AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::{
        Mutex,
        mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    },
    task::AbortHandle,
    time::timeout,
};

use crate::http1::Message;

/// After this an event waits for a function that will never ask for it.
const PATIENCE: Duration = Duration::from_mins(5);

/// How many events were handed out: each has an id of its own.
static REQUESTS: AtomicU64 = AtomicU64::new(1);

/// What a function made of an event: its answer, or the error that it reports.
pub type Answer = Result<Value, Value>;

/// A running Runtime API. It stops when dropped.
#[derive(Debug)]
pub struct RuntimeApi {
    /// The value of `AWS_LAMBDA_RUNTIME_API`.
    pub address: String,
    /// Taken away, no more events come, and who asks for one has its connection closed.
    events: StdMutex<Option<UnboundedSender<Value>>>,
    answers: Mutex<UnboundedReceiver<Answer>>,
    task: AbortHandle,
}

struct Queues {
    events: Mutex<UnboundedReceiver<Value>>,
    answers: UnboundedSender<Answer>,
}

impl RuntimeApi {
    /// Listens on any free port of this machine.
    pub async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (events, waiting) = unbounded_channel();
        let (given, answers) = unbounded_channel();
        let queues = Arc::new(Queues {
            events: Mutex::new(waiting),
            answers: given,
        });
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let queues = Arc::clone(&queues);
                // A function that leaves is no failure here.
                tokio::spawn(async move { serve(BufReader::new(stream), &queues).await });
            }
        });
        Self {
            address,
            events: StdMutex::new(Some(events)),
            answers: Mutex::new(answers),
            task: task.abort_handle(),
        }
    }

    /// Hands out an event, and waits for what the function makes of it.
    pub async fn invoke(&self, event: Value) -> Answer {
        let events = self.events.lock().unwrap().clone();
        events.expect("an open one").send(event).unwrap();
        let mut answers = self.answers.lock().await;
        let answer = timeout(PATIENCE, answers.recv()).await;
        answer.expect("a function that runs").expect("an answer")
    }

    /// Has no more events, and closes the connection of who asks for one, as an emulator does when it stops a function.
    pub fn close(&self) {
        self.events.lock().unwrap().take();
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(mut stream: BufReader<TcpStream>, queues: &Queues) -> io::Result<()> {
    while let Some(request) = Message::read(&mut stream).await? {
        let line = request.head.lines().next().unwrap_or_default();
        let path = line.split(' ').nth(1).unwrap_or_default();
        let body = serde_json::from_slice(&request.body).unwrap_or_default();
        let answer = if path.ends_with("/invocation/next") {
            let Some(event) = queues.events.lock().await.recv().await else {
                return Ok(());
            };
            next(&event)
        } else {
            let answer = if path.ends_with("/response") {
                Ok(body)
            } else {
                Err(body)
            };
            // Nobody waits for the answers of a test that has failed.
            let _ = queues.answers.send(answer);
            Message::response(202, "application/json", b"{}")
        };
        stream.write_all(&answer.bytes()).await?;
    }
    Ok(())
}

fn next(event: &Value) -> Message {
    let mut message = Message::response(200, "application/json", event.to_string().as_bytes());
    let nth = REQUESTS.fetch_add(1, Ordering::Relaxed);
    let headers = format!(
        "\r\nlambda-runtime-aws-request-id: 6f1d2a8e-5f0b-4a53-9a3f-{nth:012x}\
         \r\nlambda-runtime-deadline-ms: 4000000000000\
         \r\nlambda-runtime-invoked-function-arn: arn:aws:lambda:us-east-1:123456789012:function:f\
         \r\nlambda-runtime-trace-id: Root=1-00000000-000000000000000000000000\r\n"
    );
    message.head = message.head.replacen("\r\n", &headers, 1);
    message
}
