//! The examples, each as a program of its own, and a server behind the local front.

use std::{env, process::Stdio, sync::Arc};

use axum::{Router, routing::post};
use dynamodb_session_backend::{
    dynamodb_session::{aws::client, store::dynamodb::DynamoStore, time::UnixSeconds},
    error::Error,
    layer::SessionLayer,
    session::Session,
    store::AnyStore,
    testing::{Format, Sessions},
};
use lambda::api::Api;
use local::stack::{Options, Stack, Storage};
use oidc::ClientSecrets;
use serde_json::json;
use tests::{engine, http1::Message, process::Process};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    net::TcpStream,
    process::{Child, ChildStdout, Command},
};

/// The program of an example, which Cargo builds with the tests of the package.
fn program(example: &str) -> String {
    let tests = env::current_exe().unwrap();
    let folder = tests.parent().unwrap().parent().unwrap();
    let program = folder.join("examples").join(example);
    assert!(
        program.exists(),
        "build it: cargo build -p dynamodb-session-backend --examples"
    );
    program.into_os_string().into_string().unwrap()
}

/// A browser with one cookie.
struct Browser {
    port: u16,
    cookie: Option<String>,
}

/// A running server, and its browser.
struct Server {
    browser: Browser,
    lines: Lines<BufReader<ChildStdout>>,
    /// Killed when dropped.
    _child: Child,
}

impl Server {
    async fn start(example: &str) -> Self {
        let mut child = Command::new(program(example))
            .arg("0")
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = lines.next_line().await.unwrap().unwrap();
        let (_, port) = line.rsplit_once(':').unwrap();
        let port = port.parse().unwrap();
        Self {
            browser: Browser { port, cookie: None },
            lines,
            _child: child,
        }
    }
}

impl Browser {
    /// What the browser gets, whose page is of this very server. It keeps the cookie that is set, and drops what is removed.
    async fn ask(&mut self, method: &str, path: &str, body: &str) -> (u16, String) {
        let host = format!("localhost:{}", self.port);
        let cookie = self.cookie.as_ref();
        let cookie = cookie.map_or_else(String::new, |cookie| format!("cookie: {cookie}\r\n"));
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {host}\r\norigin: http://{host}\r\n{cookie}content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut stream =
            BufReader::new(TcpStream::connect(("127.0.0.1", self.port)).await.unwrap());
        stream.write_all(request.as_bytes()).await.unwrap();
        let answer = Message::read(&mut stream).await.unwrap().unwrap();
        let set = answer
            .head
            .lines()
            .filter_map(|line| line.strip_prefix("set-cookie: "));
        for set in set {
            let (pair, attributes) = set.split_once(';').unwrap();
            self.cookie = (!attributes.contains("Max-Age=0")).then(|| pair.to_owned());
        }
        let body = String::from_utf8(answer.body.clone()).unwrap();
        (answer.status().unwrap(), body)
    }
}

#[tokio::test]
async fn a_shop_keeps_its_cart_through_a_login_and_forgets_it_with_the_logout() {
    let mut server = Server::start("shop").await;
    let shop = &mut server.browser;
    assert!(shop.ask("GET", "/", "").await.1.contains("Log in"));
    assert_eq!(shop.cookie, None);
    assert_eq!(shop.ask("POST", "/cart/gold", "").await.0, 404);
    assert_eq!(shop.ask("POST", "/cart/tea", "").await.0, 303);
    let anonymous = shop.cookie.clone().unwrap();
    let wrong = shop
        .ask("POST", "/login", "username=ada&password=wrong+horse")
        .await;
    assert_eq!(wrong.0, 401);
    let right = "username=Ada&password=correct+horse+battery";
    assert_eq!(shop.ask("POST", "/login", right).await.0, 303);
    assert_ne!(shop.cookie.as_ref(), Some(&anonymous));
    assert_eq!(shop.ask("POST", "/cart/milk", "").await.0, 303);
    let (_, page) = shop.ask("GET", "/", "").await;
    assert!(
        page.contains("Hello, ada!") && page.contains("tea, milk"),
        "{page}"
    );
    let old = shop.cookie.clone();
    assert_eq!(shop.ask("POST", "/logout", "").await.0, 303);
    assert_eq!(shop.cookie, None);
    shop.cookie = old;
    let (_, page) = shop.ask("GET", "/", "").await;
    assert!(page.contains("Log in") && !page.contains("tea, "), "{page}");
}

#[tokio::test]
async fn a_code_logs_in_after_at_most_three_tries() {
    for (tries, expected) in [(2, 200), (3, 401)] {
        let mut server = Server::start("code").await;
        assert_eq!(server.browser.ask("POST", "/finish", "000000").await.0, 401);
        assert_eq!(server.browser.ask("POST", "/start", "ada").await.0, 200);
        let line = server.lines.next_line().await.unwrap().unwrap();
        let code = line.strip_prefix("code ").unwrap();
        for _ in 0..tries {
            assert_eq!(server.browser.ask("POST", "/finish", "wrong").await.0, 401);
        }
        assert_eq!(server.browser.ask("GET", "/", "").await.0, 403);
        assert_eq!(
            server.browser.ask("POST", "/finish", code).await.0,
            expected,
            "{tries}"
        );
        let (status, page) = server.browser.ask("GET", "/", "").await;
        assert_eq!(
            (status == 200, page == "Hello, ada!"),
            (expected == 200, expected == 200)
        );
        // It is used up.
        assert_eq!(server.browser.ask("POST", "/finish", code).await.0, 401);
    }
}

/// The table is the embedded engine's; the event is that of an API whose route the authorizer guards.
#[tokio::test]
async fn a_function_counts_in_the_session_and_answers_no_unguarded_route() {
    let tables = engine::embedded().await;
    let sessions = Sessions::over(Arc::new(tables.sessions()), &[]);
    let now = UnixSeconds::from_system_clock();
    sessions.clock.set(now);
    let ada = sessions.seed("ada", &json!({})).await;
    let table = [("SESSION_TABLE", &*tables.config.tables.sessions)];
    let program = program("function");
    let ends = (Stdio::inherit(), Stdio::inherit());
    let function = Process::start((&program, "function"), &tables.endpoint, &table, ends).await;
    let mut event = sessions.event(&ada, Format::Http2, "GET", "/visits").await;
    for visit in 1..=2 {
        let answer = function.invoke(event.clone()).await.unwrap();
        assert_eq!(answer["statusCode"], 200, "{answer}");
        assert_eq!(
            answer["body"],
            format!("Hello, ada! This is visit {visit}.")
        );
    }
    event["requestContext"]["authorizer"] = json!({});
    let answer = function.invoke(event).await.unwrap();
    assert_eq!(answer["statusCode"], 500, "{answer}");
    assert_eq!(sessions.find(&ada).await.unwrap().data["visits"], "2");
}

async fn count(session: Session) -> Result<String, Error> {
    let count = session.update("n", |n: Option<u64>| n.unwrap_or_default() + 1);
    Ok(format!("{} {}", session.require_user()?, count.await?))
}

/// The whole on one machine: the local front asks the authorizer, and passes the call on to an axum server on another port.
#[tokio::test]
async fn an_axum_server_behind_the_local_front_has_the_sessions_of_its_callers() {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
        .await
        .unwrap();
    let backend = format!("/api=http://{}", listener.local_addr().unwrap());
    let options = Options {
        allow_headers: Vec::new(),
        backends: vec![backend.parse().unwrap()],
        port: 0,
        storage: Storage::memory(),
        secret: None,
        client_secret: ClientSecrets::default(),
        trial: None,
        api: Api::default(),
        clock: UnixSeconds::from_system_clock,
    };
    let config = engine::config(&[
        ("SESSION_COOKIE_NAME", "id"),
        ("SESSION_COOKIE_SECURE", "off"),
    ]);
    let stack = Stack::start(options, config).await.unwrap();
    let client = client::connect_local(&stack.endpoint);
    let store = DynamoStore::new(client, stack.config.tables.sessions.clone());
    let sessions = SessionLayer::behind_authorizer(AnyStore::new(store), Arc::clone(&stack.config));
    let app = Router::new()
        .route("/api/count", post(count))
        // To the server it is called by a name of its own.
        .layer(
            sessions
                .integration()
                .host(&format!("localhost:{}", stack.address.port())),
        );
    tokio::spawn(async move { axum::serve(listener, app).await });

    let mut browser = Browser {
        port: stack.address.port(),
        cookie: None,
    };
    assert_eq!(browser.ask("POST", "/api/count", "").await.0, 401);
    let password = stack.password.as_ref().unwrap();
    let login = json!({"username": "demo", "password": password}).to_string();
    assert_eq!(browser.ask("POST", "/login", &login).await.0, 200);
    for expected in ["demo 1", "demo 2"] {
        let (status, body) = browser.ask("POST", "/api/count", "").await;
        assert_eq!((status, &*body), (200, expected));
    }
    let old = browser.cookie.clone();
    assert_eq!(browser.ask("POST", "/logout", "").await.0, 204);
    browser.cookie = old;
    assert_eq!(browser.ask("POST", "/api/count", "").await.0, 403);
    stack.stop().await;
}
