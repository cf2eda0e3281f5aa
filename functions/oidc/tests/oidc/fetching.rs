//! The way to the provider: its limits, and what it does not do.

use std::time::Duration;

use lambda_http::http::{Request, StatusCode};
use oidc::fetch::{Client, Fetch, FetchError};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

/// A server that answers each connection with `answer`, and then waits for its end. It counts connections.
async fn server(answer: &'static str) -> (String, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/x?y=z", listener.local_addr().unwrap());
    let served = tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let mut head = [0; 4096];
                let read = stream.read(&mut head).await.unwrap();
                let head = String::from_utf8_lossy(&head[..read]).into_owned();
                assert!(head.starts_with("GET /x?y=z HTTP/1.1\r\n"), "{head}");
                let _ = stream.write_all(answer.as_bytes()).await;
                let _ = stream.read(&mut [0; 1]).await;
            });
        }
    });
    (url, served)
}

async fn fetch(client: &Client, url: &str) -> Result<(StatusCode, String), FetchError> {
    let answer = client
        .fetch(Request::get(url).body(String::new()).unwrap())
        .await?;
    Ok((answer.status, String::from_utf8(answer.body).unwrap()))
}

#[tokio::test]
async fn an_answer_is_read_whole_and_no_redirect_is_followed() {
    let client = Client::new(None);
    let (url, _served) = server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await;
    assert_eq!(
        fetch(&client, &url).await.unwrap(),
        (StatusCode::OK, "ok".to_owned())
    );
    let (url, _served) =
        server("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")
            .await;
    assert_eq!(fetch(&client, &url).await.unwrap().0, StatusCode::FOUND);
}

#[tokio::test]
async fn an_answer_that_never_ends_or_is_not_http_is_none() {
    let client = Client::within(rustls::RootCertStore::empty(), Duration::from_millis(200));
    for started in ["", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok"] {
        let (url, _served) = server(started).await;
        assert!(
            matches!(fetch(&client, &url).await, Err(FetchError::Late)),
            "{started}"
        );
    }
    let client = Client::new(None);
    let (url, _served) = server("SSH-2.0-x\r\n\r\n").await;
    assert!(matches!(
        fetch(&client, &url).await,
        Err(FetchError::Broken(_))
    ));
    let (url, served) = server("").await;
    served.abort();
    let _ = served.await;
    assert!(matches!(
        fetch(&client, &url).await,
        Err(FetchError::Broken(_))
    ));
}

#[tokio::test]
async fn an_answer_has_64_kib_at_most() {
    let client = Client::new(None);
    let answer = |bytes: usize| {
        let text = format!(
            "HTTP/1.1 200 OK\r\nContent-Length: {bytes}\r\n\r\n{}",
            "x".repeat(bytes)
        );
        &*Box::leak(text.into_boxed_str())
    };
    let (url, _served) = server(answer(65536)).await;
    assert_eq!(fetch(&client, &url).await.unwrap().1.len(), 65536);
    let (url, _served) = server(answer(65537)).await;
    assert!(matches!(
        fetch(&client, &url).await,
        Err(FetchError::TooLarge)
    ));
}

#[tokio::test]
async fn nothing_is_sent_in_the_clear_but_to_this_machine() {
    let client = Client::new(None);
    for url in [
        "http://a.example/",
        "http://127.0.0.2/",
        "http://localhost.example/",
        "/x",
    ] {
        assert!(
            matches!(fetch(&client, url).await, Err(FetchError::Address)),
            "{url}"
        );
    }
    // It speaks TLS there, and no other server is believed.
    let (url, _served) = server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await;
    let url = url.replace("http:", "https:");
    let client = Client::within(rustls::RootCertStore::empty(), Duration::from_mins(1));
    assert!(matches!(
        fetch(&client, &url).await,
        Err(FetchError::Broken(_))
    ));
}
