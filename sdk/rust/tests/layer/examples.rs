//! The examples, each as a program of its own.

use std::{env, process::Stdio, sync::Arc};

use dynamodb_session_backend::testing::{Format, Sessions};
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

/// A running server, and a browser with one cookie.
struct Server {
    port: u16,
    lines: Lines<BufReader<ChildStdout>>,
    cookie: Option<String>,
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
        Self {
            port: port.parse().unwrap(),
            lines,
            cookie: None,
            _child: child,
        }
    }

    /// What the browser gets, whose page is of this very server. It keeps the cookie that is set, and drops what is removed.
    async fn ask(&mut self, method: &str, path: &str, body: &str) -> (u16, String) {
        let host = format!("localhost:{}", self.port);
        let cookie = self.cookie.as_ref();
        let cookie = cookie.map_or_else(String::new, |cookie| format!("cookie: {cookie}\r\n"));
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {host}\r\norigin: http://{host}\r\n{cookie}content-length: {}\r\n\r\n{body}",
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
    let mut shop = Server::start("shop").await;
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
        assert_eq!(server.ask("POST", "/finish", "000000").await.0, 401);
        assert_eq!(server.ask("POST", "/start", "ada").await.0, 200);
        let line = server.lines.next_line().await.unwrap().unwrap();
        let code = line.strip_prefix("code ").unwrap();
        for _ in 0..tries {
            assert_eq!(server.ask("POST", "/finish", "wrong").await.0, 401);
        }
        assert_eq!(server.ask("GET", "/", "").await.0, 403);
        assert_eq!(
            server.ask("POST", "/finish", code).await.0,
            expected,
            "{tries}"
        );
        let (status, page) = server.ask("GET", "/", "").await;
        assert_eq!(
            (status == 200, page == "Hello, ada!"),
            (expected == 200, expected == 200)
        );
        // It is used up.
        assert_eq!(server.ask("POST", "/finish", code).await.0, 401);
    }
}

/// The table is the embedded engine's; the event is that of an API whose route the authorizer guards.
#[tokio::test]
async fn a_function_counts_in_the_session_and_answers_no_unguarded_route() {
    let tables = engine::embedded().await;
    let sessions = Sessions::over(Arc::new(tables.sessions()), &[]);
    let now = dynamodb_session_backend::dynamodb_session::time::UnixSeconds::from_system_clock();
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
