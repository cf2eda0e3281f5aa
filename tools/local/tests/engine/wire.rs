//! The wire protocol beside what a client of the SDK ever sends.

use std::net::SocketAddr;

use super::{
    engine,
    pages::{SIGNED, send},
};

const TARGET: &str = "X-Amz-Target: DynamoDB_20120810.ListTables\r\n";

async fn address() -> (local::engine::Engine, SocketAddr) {
    let (engine, _) = engine().await;
    let address = engine.endpoint["http://".len()..].parse().unwrap();
    (engine, address)
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_are_not_of_the_protocol_are_refused_in_its_words() {
    let (_engine, address) = address().await;
    let all = format!("{SIGNED}{TARGET}");
    let plain = all.replace("x-amz-json-1.0", "json; charset=utf-8");
    let form = all.replace("application/x-amz-json-1.0", "text/plain");
    let unknown = format!("{SIGNED}X-Amz-Target: DynamoDB_20120810.Drop\r\n");
    let unsigned = format!("Content-Type: application/x-amz-json-1.0\r\n{TARGET}");
    #[rustfmt::skip]
    let cases = [
        // what             line           headers    body  status  part of the answer
        ("a call",          "POST /",      &*all,     "{}", 200, r#"{"TableNames":[]}"#),
        ("plain JSON",      "POST /",      &plain,    "{}", 200, "TableNames"),
        ("health",          "GET /",       "",        "",   200, "healthy: dynamodb"),
        ("another path",    "POST /table", &all,      "{}", 404, "UnknownOperation"),
        ("another method",  "PUT /",       &all,      "{}", 404, "UnknownOperation"),
        ("OPTIONS",         "OPTIONS /",   "",        "",   404, "UnknownOperation"),
        ("a form",          "POST /",      &form,     "{}", 404, "UnknownOperation"),
        ("no target",       "POST /",      SIGNED,    "{}", 400, "#UnknownOperationException"),
        ("a wrong target",  "POST /",      &unknown,  "{}", 400, "#UnknownOperationException"),
        ("no signature",    "POST /",      &unsigned, "{}", 400, "#MissingAuthenticationTokenException"),
        ("no JSON",         "POST /",      &all,      "{",  400, "#SerializationException"),
        ("nothing",         "POST /",      &all,      "",   400, "#SerializationException"),
    ];
    for (what, line, headers, body, status, part) in cases {
        let headers = format!("Host: localhost\r\n{headers}");
        let (head, answer) = send(address, line, &headers, body).await;
        assert!(
            head.starts_with(&format!("http/1.1 {status} ")),
            "{what}: {head}"
        );
        assert!(answer.contains(part), "{what}: {answer}");
        let checksum = format!("\r\nx-amz-crc32: {}", crc32fast::hash(answer.as_bytes()));
        assert!(head.contains(&checksum), "{what}: {head}");
        let id = head.split("\r\nx-amzn-requestid: ").nth(1).unwrap();
        let id = id.split('\r').next().unwrap();
        assert!(
            id.len() == 52 && id.bytes().all(|byte| byte.is_ascii_alphanumeric()),
            "{what}: {id}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_of_more_than_16_mib_is_refused() {
    let (_engine, address) = address().await;
    let headers = format!("Host: localhost\r\n{SIGNED}{TARGET}");
    for (bytes, status) in [(16 * 1024 * 1024, 200), (16 * 1024 * 1024 + 1, 413)] {
        let body = format!("{{}}{}", " ".repeat(bytes - 2));
        let (head, _) = send(address, "POST /", &headers, &body).await;
        assert!(
            head.starts_with(&format!("http/1.1 {status} ")),
            "{bytes}: {head}"
        );
    }
}
