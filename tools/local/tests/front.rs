//! The front over a real socket, with functions that misbehave.

use std::{
    future,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use dynamodb_session::{config::Config, time::UnixSeconds};
use lambda::{api::Api, routes::Function};
use local::front::{self, Functions, Settings};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// When a call comes.
const NOW: UnixSeconds = UnixSeconds(1_583_348_638);

pub(crate) type Authorize = fn() -> Result<Value, String>;
type Invoke = fn() -> Value;

/// What the fake authorizer and the fake functions do, and what they were given.
#[derive(Default)]
pub(crate) struct Script {
    pub(crate) authorizer: Mutex<Option<Authorize>>,
    function: Mutex<Option<Invoke>>,
    asked: AtomicUsize,
    invoked: AtomicUsize,
    event: Mutex<Value>,
}

struct Fake(Arc<Script>);

impl Functions for Fake {
    async fn authorize(&self, _: Value) -> Result<Value, String> {
        self.0.asked.fetch_add(1, Ordering::SeqCst);
        let act = *self.0.authorizer.lock().unwrap();
        act.map_or_else(|| Ok(json!({"isAuthorized": true})), |act| act())
    }

    async fn invoke(&self, _: Function, event: Value) -> Value {
        self.0.invoked.fetch_add(1, Ordering::SeqCst);
        *self.0.event.lock().unwrap() = event;
        let act = *self.0.function.lock().unwrap();
        act.map_or_else(|| json!({"statusCode": 200, "body": "done"}), |act| act())
    }
}

pub(crate) struct Front {
    address: SocketAddr,
    pub(crate) script: Arc<Script>,
}

impl Front {
    async fn start(transport: &str) -> Self {
        Self::with(&[("SESSION_TRANSPORT", transport)]).await
    }

    async fn with(variables: &[(&str, &str)]) -> Self {
        Self::allowing(variables, &[]).await
    }

    async fn allowing(variables: &[(&str, &str)], headers: &[String]) -> Self {
        Self::before(variables, headers, &[]).await
    }

    /// With servers behind the authorizer, as `--backend` names them.
    pub(crate) async fn before(
        variables: &[(&str, &str)],
        headers: &[String],
        backends: &[String],
    ) -> Self {
        let lookup = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let config = Config::parse(lookup, NOW);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let script = Arc::new(Script::default());
        let backends = backends.iter().map(|text| text.parse().unwrap());
        let settings = Settings::new(&config.unwrap(), Api::default(), headers, || NOW)
            .with_backends(backends.collect());
        let fake = Fake(Arc::clone(&script));
        tokio::spawn(front::serve(
            vec![listener],
            fake,
            settings,
            future::pending(),
        ));
        Self { address, script }
    }

    /// Sends the bytes and returns everything that comes back.
    pub(crate) async fn send(&self, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let (mut reader, mut writer) = stream.split();
        let mut answer = Vec::new();
        // The front may answer and close before it has read everything.
        let (_, read) = tokio::join!(writer.write_all(bytes), reader.read_to_end(&mut answer));
        drop(read);
        String::from_utf8(answer).unwrap()
    }

    pub(crate) async fn get(&self, path: &str, headers: &str) -> String {
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n");
        self.send(request.as_bytes()).await
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    pub(crate) fn counts(&self) -> (usize, usize) {
        let script = &self.script;
        (
            script.asked.load(Ordering::SeqCst),
            script.invoked.load(Ordering::SeqCst),
        )
    }
}

pub(crate) fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).unwrap_or("0").parse().unwrap()
}

pub(crate) fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").unwrap().1
}

pub(crate) const COOKIE: &str = "Cookie: __Host-id=V\r\n";

#[tokio::test]
async fn without_the_identity_source_nothing_is_invoked() {
    #[rustfmt::skip]
    let cases = [
        // transport  headers                    status  asked
        ("cookie",    "",                        401,    0),
        ("cookie",    "Cookie: \r\n",            401,    0),
        ("cookie",    "x-id: V\r\n",             401,    0),
        ("cookie",    "Cookie: other=1\r\n",     200,    1),
        ("header",    "",                        401,    0),
        ("header",    COOKIE,                    401,    0),
        ("header",    "X-Id: V\r\n",             200,    1),
        ("both",      "",                        200,    1),
    ];
    for (transport, headers, expected, asked) in cases {
        let front = Front::start(transport).await;
        let answer = front.get("/profile", headers).await;
        assert_eq!(status(&answer), expected, "{transport} {headers}");
        assert_eq!(front.counts(), (asked, asked), "{transport} {headers}");
        if expected == 401 {
            assert_eq!(body(&answer), r#"{"message":"Unauthorized"}"#);
            assert!(answer.contains("apigw-requestid: local-1\r\n"), "{answer}");
        }
    }
}

#[tokio::test]
async fn every_answer_of_an_authorizer_has_its_status() {
    let internal = r#"{"message":"Internal Server Error"}"#;
    #[rustfmt::skip]
    let cases: [(&str, Authorize, u16, &str); 8] = [
        ("allowed",          || Ok(json!({"isAuthorized": true, "context": {"user": "ada"}})), 200, "done"),
        ("denied",           || Ok(json!({"isAuthorized": false})),                            403, r#"{"message":"Forbidden"}"#),
        ("Unauthorized",     || Err("Unauthorized".to_owned()),                                401, r#"{"message":"Unauthorized"}"#),
        ("unauthorized",     || Err("unauthorized".to_owned()),                                500, internal),
        ("a fault",          || Err("the session store is unavailable".to_owned()),            500, internal),
        ("nothing",          || Ok(Value::Null),                                               500, internal),
        ("another's format", || Ok(json!({"principalId": "ada", "policyDocument": {}})),       500, internal),
        ("a panic",          || panic!("on purpose"),                                          500, internal),
    ];
    let front = Front::start("cookie").await;
    for (name, act, expected, text) in cases {
        *front.script.authorizer.lock().unwrap() = Some(act);
        let before = front.counts().1;
        let answer = front.get("/profile", COOKIE).await;
        assert_eq!((status(&answer), body(&answer)), (expected, text), "{name}");
        let invoked = front.counts().1 - before;
        assert_eq!(
            invoked,
            usize::from(expected == 200),
            "{name}: only an allowed call reaches its function"
        );
    }
    *front.script.authorizer.lock().unwrap() =
        Some(|| Ok(json!({"isAuthorized": true, "context": {"user": "ada"}})));
    front.get("/profile", COOKIE).await;
    let event = front.script.event.lock().unwrap().clone();
    assert_eq!(
        event["requestContext"]["authorizer"],
        json!({"lambda": {"user": "ada"}})
    );
    assert_eq!(event["cookies"], json!(["__Host-id=V"]));
}

#[tokio::test]
async fn a_function_that_misbehaves_is_a_500_and_the_next_call_works() {
    let front = Front::start("cookie").await;
    #[rustfmt::skip]
    let cases: [(&str, Invoke); 3] = [
        ("a panic",      || panic!("on purpose")),
        ("a bad status", || json!({"statusCode": "OK"})),
        ("a bad header", || json!({"statusCode": 200, "headers": {"a": "\n"}})),
    ];
    for (name, act) in cases {
        *front.script.function.lock().unwrap() = Some(act);
        let answer = front.get("/session", "").await;
        assert_eq!(status(&answer), 500, "{name}");
        assert_eq!(
            body(&answer),
            r#"{"message":"Internal Server Error"}"#,
            "{name}"
        );
        *front.script.function.lock().unwrap() = None;
        assert_eq!(
            status(&front.get("/session", "").await),
            200,
            "after {name}"
        );
    }
}

#[tokio::test]
async fn a_path_outside_the_routes_is_a_404() {
    let front = Front::start("cookie").await;
    for path in ["/page/", "/login", "/profile/", "/session?", "/Session"] {
        let answer = front.get(path, COOKIE).await;
        let expected = if path == "/session?" { 200 } else { 404 };
        assert_eq!(status(&answer), expected, "{path}");
    }
    assert_eq!(front.counts(), (0, 1));
    assert_eq!(
        body(&front.get("/nowhere", "").await),
        r#"{"message":"Not Found"}"#
    );
}

#[tokio::test]
async fn limits_are_an_api_s() {
    let front = Front::start("cookie").await;
    let head = |size: usize| {
        let start = "GET /session HTTP/1.1\r\nhost: h\r\nconnection: close\r\na: ";
        format!("{start}{}\r\n\r\n", "x".repeat(size - start.len() - 2))
    };
    assert_eq!(status(&front.send(head(10_240).as_bytes()).await), 200);
    assert_eq!(status(&front.send(head(10_241).as_bytes()).await), 431);
    let target = "x".repeat(10_240);
    assert_eq!(
        status(&front.get(&format!("/session?{target}"), "").await),
        431
    );

    let post = |size: usize, framing: &str| {
        let head =
            format!("POST /login HTTP/1.1\r\nHost: h\r\nConnection: close\r\n{framing}\r\n\r\n");
        let mut request = head.into_bytes();
        request.resize(request.len() + size, b'x');
        request
    };
    let limit = 10 * 1024 * 1024;
    for (size, expected) in [(limit, 200), (limit + 1, 413)] {
        let request = post(size, &format!("Content-Length: {size}"));
        assert_eq!(status(&front.send(&request).await), expected, "{size}");
    }
    let mut chunked = format!(
        "POST /login HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n",
        limit + 1
    )
    .into_bytes();
    chunked.resize(chunked.len() + limit + 1, b'x');
    chunked.extend(b"\r\n0\r\n\r\n");
    assert_eq!(status(&front.send(&chunked).await), 413);
    assert_eq!(status(&front.get("/session", "").await), 200);
}

#[tokio::test]
async fn malformed_http_leaves_the_front_serving() {
    let front = Front::start("cookie").await;
    for bytes in [
        &b"\0\xff\r\n\r\n"[..],
        b"GET /session\r\n\r\n",
        b"GET /session HTTP/1.1\r\nbad header\r\n\r\n",
        b"POST /login HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n",
    ] {
        let answer = front.send(bytes).await;
        assert!(answer.is_empty() || status(&answer) == 400, "{answer}");
    }
    // A body that breaks off.
    let mut stream = TcpStream::connect(front.address).await.unwrap();
    let half = b"POST /login HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nhalf";
    stream.write_all(half).await.unwrap();
    drop(stream);
    assert_eq!(status(&front.get("/session", "").await), 200);
    assert_eq!(front.counts(), (0, 1));
}

/// The `access-control-…` headers of an answer.
fn sharing(answer: &str) -> Vec<&str> {
    let head = answer.split("\r\n\r\n").next().unwrap();
    let mut lines: Vec<_> = head
        .lines()
        .filter(|line| line.starts_with("access-control-"))
        .collect();
    lines.sort_unstable();
    lines
}

const APP: &str = "http://localhost:5173";
const ALLOWED: [&str; 2] = [
    "access-control-allow-credentials: true",
    "access-control-allow-origin: http://localhost:5173",
];

async fn preflight(front: &Front, path: &str, headers: &str) -> String {
    let request =
        format!("OPTIONS {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n");
    front.send(request.as_bytes()).await
}

#[tokio::test]
async fn preflight_requests_are_answered_for_the_allowed_origins_alone() {
    let front = Front::with(&[
        ("SESSION_ALLOWED_ORIGINS", APP),
        ("SESSION_HEADER", "x-sample"),
    ])
    .await;
    let asks = "Access-Control-Request-Method: PATCH\r\n";
    for path in ["/session", "/profile", "/login", "/nowhere"] {
        let answer = preflight(&front, path, &format!("Origin: {APP}\r\n{asks}")).await;
        assert_eq!(status(&answer), 204, "{path}");
        assert_eq!(
            sharing(&answer),
            [
                ALLOWED[0],
                "access-control-allow-headers: content-type,if-match,x-csrf-token,x-sample",
                "access-control-allow-methods: GET,POST,PATCH,DELETE",
                ALLOWED[1],
                "access-control-max-age: 600",
            ],
            "{path}"
        );
    }
    #[rustfmt::skip]
    let others = [
        "null", "https://evil.example", "https://localhost:5173", "http://localhost:51730", "http://localhost", "http://LOCALHOST:5173",
        "http://localhost:5173/", "*", "",
    ];
    for origin in others {
        let answer = preflight(&front, "/session", &format!("Origin: {origin}\r\n{asks}")).await;
        assert_eq!(
            (status(&answer), sharing(&answer)),
            (204, vec![]),
            "{origin}"
        );
    }
    // Any other OPTIONS has no route.
    for headers in ["", asks, "Origin: http://localhost:5173\r\n"] {
        assert_eq!(
            status(&preflight(&front, "/session", headers).await),
            404,
            "{headers}"
        );
    }
    assert_eq!(front.counts(), (0, 0), "nothing is invoked");
}

/// Pages that are traced send headers of their own. They are added, and let no other origin in.
#[tokio::test]
async fn headers_that_are_named_are_allowed_besides() {
    let more = ["traceparent".to_owned(), "sentry-trace".to_owned()];
    let front = Front::allowing(&[("SESSION_ALLOWED_ORIGINS", APP)], &more).await;
    let asks = "Access-Control-Request-Method: PATCH\r\n";
    let answer = preflight(&front, "/session", &format!("Origin: {APP}\r\n{asks}")).await;
    let headers = "access-control-allow-headers: content-type,if-match,x-csrf-token,x-id,traceparent,sentry-trace";
    assert!(sharing(&answer).contains(&headers), "{answer}");
    let evil = "Origin: https://evil.example\r\n";
    let answer = preflight(&front, "/session", &format!("{evil}{asks}")).await;
    assert_eq!(sharing(&answer), [] as [&str; 0]);
    let answer = front.get("/session", &format!("Origin: {APP}\r\n")).await;
    let exposed = "access-control-expose-headers: etag,retry-after,x-id";
    assert!(sharing(&answer).contains(&exposed), "{answer}");
}

#[tokio::test]
async fn an_integration_s_answer_gets_the_gateway_s_own_headers() {
    let front = Front::with(&[("SESSION_ALLOWED_ORIGINS", APP)]).await;
    *front.script.function.lock().unwrap() = Some(
        || json!({"statusCode": 200, "headers": {"Access-Control-Allow-Origin": "*", "etag": "\"0\""}}),
    );
    let answer = front.get("/session", &format!("Origin: {APP}\r\n")).await;
    let exposed = "access-control-expose-headers: etag,retry-after,x-id";
    assert_eq!(sharing(&answer), [ALLOWED[0], ALLOWED[1], exposed]);
    for headers in ["", "Origin: null\r\n", "Origin: https://evil.example\r\n"] {
        let answer = front.get("/session", headers).await;
        assert_eq!(
            (status(&answer), sharing(&answer)),
            (200, vec![]),
            "{headers}"
        );
    }
}

/// AWS documents the headers for integrations' answers alone.
#[tokio::test]
async fn the_gateway_s_own_refusals_share_nothing() {
    let front = Front::with(&[("SESSION_ALLOWED_ORIGINS", APP)]).await;
    *front.script.authorizer.lock().unwrap() = Some(|| Ok(json!({"isAuthorized": false})));
    let origin = format!("Origin: {APP}\r\n");
    for (headers, expected) in [(origin.clone(), 401), (format!("{origin}{COOKIE}"), 403)] {
        let answer = front.get("/profile", &headers).await;
        assert_eq!(status(&answer), expected);
        assert_eq!(sharing(&answer), [] as [&str; 0]);
    }
    // A function that answers for itself does it through the integration.
    *front.script.function.lock().unwrap() = Some(|| json!({"statusCode": 401, "body": "{}"}));
    let answer = front.get("/session", &origin).await;
    assert_eq!((status(&answer), sharing(&answer).is_empty()), (401, false));
}

#[tokio::test]
async fn without_allowed_origins_nothing_is_shared() {
    let front = Front::start("cookie").await;
    let headers = format!("Origin: {APP}\r\nAccess-Control-Request-Method: GET\r\n");
    let answer = preflight(&front, "/session", &headers).await;
    assert_eq!((status(&answer), sharing(&answer)), (404, vec![]));
    let answer = front.get("/session", &headers).await;
    assert_eq!((status(&answer), sharing(&answer)), (200, vec![]));
}
