//! A server behind the local front that never answers: the gateway gives up when API Gateway does.

use std::{future, time::Duration};

use dynamodb_session::time::UnixSeconds;
use lambda::{api::Api, routes::Function};
use local::front::{self, Functions, Settings};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::{Instant, timeout},
};

/// Lets everybody through.
struct Open;

impl Functions for Open {
    async fn authorize(&self, _: Value) -> Result<Value, String> {
        Ok(json!({"isAuthorized": true}))
    }

    async fn invoke(&self, _: Function, _: Value) -> Value {
        Value::Null
    }
}

/// The runtime's clock is stopped, and goes on to the next limit when all tasks wait.
#[tokio::test(start_paused = true)]
async fn a_server_that_never_answers_is_given_up_after_thirty_seconds() {
    // It begins an answer, or does not even do that.
    for begin in ["", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"] {
        let server = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let backend = format!("/api=http://{}", server.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut stream, _) = server.accept().await.unwrap();
            stream.write_all(begin.as_bytes()).await.unwrap();
            future::pending::<()>().await;
        });
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let settings = Settings::new(&support::config(&[]), Api::default(), &[], || {
            UnixSeconds(0)
        })
        .with_backends(vec![backend.parse().unwrap()]);
        tokio::spawn(front::serve(
            vec![listener],
            Open,
            settings,
            future::pending(),
        ));
        let asked = Instant::now();
        let answer = timeout(Duration::from_mins(5), async {
            let mut stream = TcpStream::connect(address).await.unwrap();
            let request =
                "GET /api HTTP/1.1\r\nHost: h\r\nCookie: __Host-id=V\r\nConnection: close\r\n\r\n";
            stream.write_all(request.as_bytes()).await.unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.unwrap();
            answer
        });
        let answer = answer.await.expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
        assert_eq!(asked.elapsed().as_secs(), 30);
    }
}
