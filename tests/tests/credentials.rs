//! In whose name a function asks AWS, as a process in Lambda's environment.

use std::{fs, process::Stdio};

use dynamodb_session::transport::Transport;
use serde_json::{Value, json};
use tests::{
    engine,
    functions::{self, http_authorizer},
    http1::Message,
    process::Process,
    proxy::Proxy,
};
use tokio::{
    io::{AsyncWriteExt, BufReader},
    net::TcpListener,
};

const FUNCTION: &str = env!("CARGO_BIN_EXE_function");

/// The right shape, of no session.
const TOKEN: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// What is in a program that looks for credentials as a tool does.
const CHAIN: [&str; 4] = [
    "AWS_EC2_METADATA_SERVICE_ENDPOINT",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AssumeRoleWithWebIdentity",
];

/// Variables that take the keys away which a [`Process`] has.
const NO_KEYS: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", ""), ("AWS_SECRET_ACCESS_KEY", "")];

async fn start(function: &str, endpoint: &str, variables: &[(&str, &str)]) -> Process {
    let variables = [&NO_KEYS, variables].concat();
    let pipes = (Stdio::piped(), Stdio::piped());
    Process::start((FUNCTION, function), endpoint, &variables, pipes).await
}

#[tokio::test]
async fn a_function_without_credentials_or_region_stops_and_says_why_in_one_line() {
    for function in ["authorizer", "login", "logout", "session"] {
        let variables = [("AWS_REGION", ""), ("AWS_USE_FIPS_ENDPOINT", "maybe")];
        let process = start(function, "http://127.0.0.1:9", &variables).await;
        let ended = process.ended().await;
        assert!(!ended.status.success(), "{function}");
        let told = String::from_utf8([ended.stdout, ended.stderr].concat()).unwrap();
        let lines: Vec<_> = told.lines().collect();
        assert_eq!(
            lines,
            [
                "Error: \"invalid configuration: no AWS region: set AWS_REGION; \
              no AWS credentials: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are unset, and so is \
              AWS_CONTAINER_CREDENTIALS_FULL_URI; Lambda sets them for the function's role, and an engine that checks \
              none takes any two keys; AWS_USE_FIPS_ENDPOINT is \\\"maybe\\\", not true or false\""
            ],
            "{function}"
        );
    }
}

/// Lambda's, where it puts no keys into the environment: it hands them to who knows the token.
#[tokio::test]
async fn a_function_signs_with_what_its_container_hands_out() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/creds", listener.local_addr().unwrap());
    let container = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = BufReader::new(stream);
        let request = Message::read(&mut stream).await.unwrap().unwrap();
        let body = br#"{"AccessKeyId":"AKIDCONTAINER","SecretAccessKey":"s","Token":"t","Expiration":"2099-01-01T00:00:00Z"}"#;
        let answer = Message::response(200, "application/json", body);
        stream.write_all(&answer.bytes()).await.unwrap();
        (request, listener)
    });
    let tables = engine::embedded().await;
    let proxy = Proxy::start(&tables.endpoint).await;
    let variables = [
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", &*address),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "of the function"),
        ("SESSION_TABLE", &tables.config.tables.sessions),
    ];
    let process = start("authorizer", &proxy.endpoint, &variables).await;
    let event = http_authorizer(&tables.config.transport, None);
    let answer = process.invoke(event).await.unwrap();
    assert_eq!(answer["isAuthorized"], false);

    let (asked, _) = container.await.unwrap();
    assert!(asked.head.starts_with("GET /creds HTTP/1.1\r\n"));
    assert_eq!(asked.header("authorization"), Some("of the function"));
    let signed = &proxy.seen()[0].raw;
    assert!(signed.contains("Credential=AKIDCONTAINER/"), "{signed}");
    assert!(signed.contains("x-amz-security-token: t\r\n"), "{signed}");
}

/// Whether an address may be asked, the SDK says when it asks: a table that is out of reach stops no function either.
#[tokio::test]
async fn a_container_that_may_not_be_asked_is_told_at_start() {
    let address = "http://192.0.2.1/creds";
    let variables = [
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", address),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "canary"),
    ];
    let process = start("session", "http://127.0.0.1:9", &variables).await;
    let call = functions::event(
        &Transport::default(),
        ("GET", "/session", ""),
        Some(TOKEN),
        "",
    );
    assert_eq!(process.invoke(call).await.unwrap()["statusCode"], 503);
    let log = String::from_utf8(process.stop().await.stdout).unwrap();
    let line: Value = serde_json::from_str(log.lines().next().unwrap()).unwrap();
    assert_eq!(
        (&line["level"], &line["event"]),
        (&json!("WARN"), &json!("store_fault"))
    );
    let error = line["error"].as_str().unwrap();
    let told = format!("(URI did not refer to an allowed IP address): {address}");
    assert!(error.ends_with(&told), "{error}");
    assert!(!log.contains("canary"), "{log}");
}

/// A function can't reach a profile or a metadata service, so that it carries none of what asks them.
#[test]
fn no_function_has_the_credential_chain() {
    let program = fs::read(FUNCTION).unwrap();
    let program = String::from_utf8_lossy(&program);
    assert!(program.contains("AWS_CONTAINER_CREDENTIALS_FULL_URI"));
    for name in CHAIN {
        assert!(!program.contains(name), "{name}");
    }
}
