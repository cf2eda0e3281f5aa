//! Web pages at the engine's port: whatever a browser lets them send, they get nothing.

use std::net::SocketAddr;

use aws_sdk_dynamodb::types::AttributeValue;
use dynamodb_session::time::UnixSeconds;
use lambda::api::Api;
use local::{
    engine::Engine,
    stack::{Options, Stack, Storage},
    tables,
};
use oidc::ClientSecrets;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{config, connect_local, engine};

const SECRET: &str = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA";

/// What every request of a client of `DynamoDB` has.
pub(super) const SIGNED: &str = "Content-Type: application/x-amz-json-1.0\r\nX-Amz-Date: 20260101T000000Z\r\n\
    Authorization: AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=b\r\n";

/// Sends one request and returns the answer, headers in lower case and body.
pub(super) async fn send(
    address: SocketAddr,
    line: &str,
    headers: &str,
    body: &str,
) -> (String, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let length = body.len();
    let request = format!(
        "{line} HTTP/1.1\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    );
    // What is too long is refused before it is read to its end.
    let _: std::io::Result<()> = stream.write_all(request.as_bytes()).await;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_ascii_lowercase(), body.to_owned())
}

/// A scan of the users, as a client sends it but for its `Host` and the headers that a browser adds.
async fn scan(address: SocketAddr, headers: &str) -> (String, String) {
    let headers = format!("{headers}{SIGNED}X-Amz-Target: DynamoDB_20120810.Scan\r\n");
    send(address, "POST /", &headers, r#"{"TableName":"app_user"}"#).await
}

async fn engine_with_a_user(engine: &Engine) -> SocketAddr {
    let client = connect_local(&engine.endpoint);
    tables::ensure(&client, &engine.endpoint, &config())
        .await
        .unwrap();
    let put = client.put_item().table_name("app_user");
    let put = put.item("id", AttributeValue::S("ada".to_owned()));
    let put = put.item("hash", AttributeValue::S(SECRET.to_owned()));
    put.send().await.unwrap();
    let address = engine.endpoint.strip_prefix("http://").unwrap();
    address.parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_get_nothing_whatever_they_send() {
    let (engine, _) = engine().await;
    let address = engine_with_a_user(&engine).await;
    let port = address.port();
    let own = format!("Host: 127.0.0.1:{port}\r\n");
    let (head, body) = scan(address, &own).await;
    assert!(head.starts_with("http/1.1 200 "), "{head}");
    assert!(body.contains(SECRET), "a client reads it: {body}");
    let cases = [
        (
            "another origin",
            format!("{own}Origin: https://evil.example\r\n"),
        ),
        ("a file or a sandbox", format!("{own}Origin: null\r\n")),
        (
            "a page of this machine",
            format!("{own}Origin: http://localhost:3000\r\n"),
        ),
        (
            "the engine's own origin",
            format!("{own}Origin: http://127.0.0.1:{port}\r\n"),
        ),
        ("an empty origin", format!("{own}Origin:\r\n")),
        (
            "a name made to point here",
            format!("Host: evil.example:{port}\r\n"),
        ),
        (
            "a name that looks like one",
            format!("Host: localhost.evil.example:{port}\r\n"),
        ),
        (
            "another machine's address",
            format!("Host: 192.0.2.1:{port}\r\n"),
        ),
        ("two hosts", format!("{own}Host: evil.example\r\n")),
        (
            "a host that is a user",
            format!("Host: localhost@evil.example:{port}\r\n"),
        ),
        ("an empty host", "Host:\r\n".to_owned()),
        ("no host", String::new()),
    ];
    for (name, headers) in cases {
        let (head, body) = scan(address, &headers).await;
        assert!(head.starts_with("http/1.1 403 "), "{name}: {head}");
        assert!(!head.contains("access-control-"), "{name}: {head}");
        assert!(!body.contains(SECRET), "{name}: {body}");
        assert!(body.contains("AccessDeniedException"), "{name}: {body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_get_nothing_by_other_methods_paths_and_targets() {
    let (engine, _) = engine().await;
    let address = engine_with_a_user(&engine).await;
    let port = address.port();
    let own = format!("Host: 127.0.0.1:{port}\r\n");
    let page = format!("{own}Origin: https://evil.example\r\n");
    let asks = format!("{page}Access-Control-Request-Method: POST\r\n");
    for (line, headers) in [
        ("OPTIONS /", &asks),
        ("GET /", &page),
        ("DELETE /", &page),
        ("POST /any", &page),
    ] {
        let (head, _) = send(address, line, headers, "").await;
        assert!(head.starts_with("http/1.1 403 "), "{line}: {head}");
        assert!(!head.contains("access-control-"), "{line}: {head}");
    }
    let line = format!("POST http://evil.example:{port}/");
    let headers = format!("{own}{SIGNED}X-Amz-Target: DynamoDB_20120810.Scan\r\n");
    let (head, _) = send(address, &line, &headers, r#"{"TableName":"app_user"}"#).await;
    assert!(head.starts_with("http/1.1 403 "), "a whole URL: {head}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_name_of_this_machine_is_served() {
    let (engine, _) = engine().await;
    let address = engine_with_a_user(&engine).await;
    for host in [
        "localhost",
        "LocalHost:1",
        "127.0.0.1",
        "127.9.8.7:8000",
        "[::1]",
        "[::1]:8000",
        "[::ffff:127.0.0.1]:8000",
    ] {
        let (head, _) = scan(address, &format!("Host: {host}\r\n")).await;
        assert!(head.starts_with("http/1.1 200 "), "{host}: {head}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_front_is_no_way_to_the_engine() {
    let options = Options {
        client_secret: ClientSecrets::default(),
        trial: None,
        allow_headers: Vec::new(),
        backends: Vec::new(),
        port: 0,
        storage: Storage::memory(),
        secret: None,
        api: Api::default(),
        clock: UnixSeconds::from_system_clock,
    };
    let stack = Stack::start(options, config()).await.unwrap();
    let engine: SocketAddr = stack.endpoint["http://".len()..].parse().unwrap();
    for host in [
        engine.to_string(),
        format!("evil.example:{}", engine.port()),
    ] {
        let (head, body) = scan(stack.address, &format!("Host: {host}\r\n")).await;
        assert!(head.starts_with("http/1.1 404 "), "{host}: {head}");
        assert!(!body.contains("Items"), "{host}: {body}");
    }
    stack.stop().await;
}
