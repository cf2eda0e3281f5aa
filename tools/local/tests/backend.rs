//! Servers on other ports, behind the front and its authorizer.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::front::{COOKIE, Front, body, status};

/// A server that keeps what it is sent, and answers each request the same.
struct Server {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn start(answer: Vec<u8>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&requests);
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let request = read(&mut stream).await;
                kept.lock().unwrap().push(request);
                // The front may have heard enough.
                let _: Result<(), _> = stream.write_all(&answer).await;
            }
        });
        Self { address, requests }
    }

    /// The front before it.
    async fn front(&self, path: &str) -> Front {
        let backend = format!("{path}=http://{}", self.address);
        Front::before(&[], &[], &[backend]).await
    }

    /// The head of the one request that came, in lower case but for its first line, and the body.
    fn request(&self) -> (String, Vec<String>, String) {
        let mut requests = self.requests.lock().unwrap();
        assert_eq!(requests.len(), 1);
        let request = requests.pop().unwrap();
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        let mut lines = head.split("\r\n").map(str::to_owned);
        let line = lines.next().unwrap();
        let mut headers: Vec<_> = lines.collect();
        headers.sort();
        (line, headers, body.to_owned())
    }
}

/// One request, whose length its head tells.
async fn read(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(": ")?;
                name.eq_ignore_ascii_case("content-length")
                    .then(|| value.parse::<usize>().unwrap())
            });
            if body.len() >= length.unwrap_or(0) {
                return text;
            }
        }
        assert_ne!(stream.read_buf(&mut bytes).await.unwrap(), 0, "{text}");
    }
}

fn plain(answer: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{answer}",
        answer.len()
    )
    .into_bytes()
}

fn ada() -> Value {
    json!({"user": "zoë", "session": "ref", "authenticated_at": 7, "expires_at": 9})
}

#[tokio::test]
async fn a_server_is_told_whose_call_it_is_and_never_by_the_client() {
    let server = Server::start(plain("done")).await;
    let front = server.front("/api").await;
    *front.script.authorizer.lock().unwrap() =
        Some(|| Ok(json!({"isAuthorized": true, "context": ada()})));
    let request = "POST /api/a%20b?x=1&x=%2F HTTP/1.1\r\nHost: localhost:3000\r\nConnection: close, X-Hop\r\n\
         Cookie: a=1; __Host-id=V\r\nX-User: mallory\r\nX-Expires-At: 0\r\nx-session: other\r\nX-SESSION: third\r\nX-Hop: 1\r\n\
         Keep-Alive: timeout=5\r\nProxy-Authorization: x\r\nTE: trailers\r\nForwarded: for=192.0.2.1\r\nVia: 1.1 me\r\n\
         X-Forwarded-For: 192.0.2.1\r\nX-Other: kept\r\nX-Other: twice\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n";
    let answer = front.send(request.as_bytes()).await;
    assert_eq!((status(&answer), body(&answer)), (200, "done"));
    let (line, headers, sent) = server.request();
    assert_eq!(
        (line.as_str(), sent.as_str()),
        ("POST /api/a%20b?x=1&x=%2F HTTP/1.1", "body")
    );
    let port = front.port();
    assert_eq!(
        headers,
        [
            "content-length: 4".to_owned(),
            "cookie: a=1; __Host-id=V".to_owned(),
            "forwarded: by=127.0.0.1;for=127.0.0.1;host=\"localhost:3000\";proto=http".to_owned(),
            format!("host: {}", server.address),
            "via: HTTP/1.1 AmazonAPIGateway".to_owned(),
            "x-authenticated-at: 7".to_owned(),
            "x-expires-at: 9".to_owned(),
            "x-forwarded-for: 192.0.2.1, 127.0.0.1".to_owned(),
            format!("x-forwarded-port: {port}"),
            "x-forwarded-proto: http".to_owned(),
            "x-other: kept,twice".to_owned(),
            "x-session: ref".to_owned(),
            "x-user: zoë".to_owned(),
        ]
    );
    // Nothing is known of an anonymous session's user: the client does not fill the gap.
    *front.script.authorizer.lock().unwrap() =
        Some(|| Ok(json!({"isAuthorized": true, "context": {"session": "ref", "expires_at": 9}})));
    let forged = format!("{COOKIE}X-User: mallory\r\nX-Authenticated-At: 9\r\n");
    front.get("/api", &forged).await;
    let (line, headers, _) = server.request();
    assert_eq!(line, "GET /api HTTP/1.1");
    let told: Vec<_> = headers
        .iter()
        .filter(|line| !line.starts_with("x-forwarded"))
        .collect();
    assert!(
        told.iter().any(|line| *line == "x-session: ref"),
        "{told:?}"
    );
    for name in ["x-user", "x-authenticated-at", "content-length"] {
        assert!(!told.iter().any(|line| line.starts_with(name)), "{told:?}");
    }
}

#[tokio::test]
async fn a_server_is_not_asked_unless_the_authorizer_allows() {
    let server = Server::start(plain("done")).await;
    let front = server.front("/").await;
    let refused: [(&str, super::front::Authorize, u16); 3] = [
        ("denied", || Ok(json!({"isAuthorized": false})), 403),
        (
            "an error",
            || Err("the session store is unavailable".to_owned()),
            500,
        ),
        (
            "a context that no header carries",
            || Ok(json!({"isAuthorized": true, "context": {"user": "a\nb"}})),
            500,
        ),
    ];
    assert_eq!(status(&front.get("/api", "").await), 401);
    assert_eq!(front.counts(), (0, 0));
    for (name, authorizer, expected) in refused {
        *front.script.authorizer.lock().unwrap() = Some(authorizer);
        let answer = front.get("/anything", COOKIE).await;
        assert_eq!(status(&answer), expected, "{name}");
    }
    assert_eq!(server.requests.lock().unwrap().len(), 0);
    // The session's own routes stay the functions'.
    *front.script.authorizer.lock().unwrap() = None;
    front.get("/session", "").await;
    assert_eq!(front.counts(), (3, 1));
    assert_eq!(server.requests.lock().unwrap().len(), 0);
    assert_eq!(status(&front.get("/profile/", COOKIE).await), 200);
    assert_eq!(server.requests.lock().unwrap().len(), 1);
}

/// A server for `/` has pages of its own; one for a path below leaves the page for people there.
#[tokio::test]
async fn a_server_at_the_root_has_it_in_place_of_the_page() {
    for (path, asked) in [("/", 1), ("/api", 0)] {
        let server = Server::start(plain("done")).await;
        let front = server.front(path).await;
        assert_eq!(status(&front.get("/", COOKIE).await), 200, "{path}");
        assert_eq!(server.requests.lock().unwrap().len(), asked, "{path}");
    }
}

#[tokio::test]
async fn what_a_server_answers_arrives_but_for_what_is_the_connections() {
    let answer = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/else\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\
        Connection: X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
    let server = Server::start(answer.to_vec()).await;
    let front = server.front("/api").await;
    let answer = front.get("/api/", COOKIE).await;
    assert_eq!((status(&answer), body(&answer)), (302, "abc"));
    let lower = answer.to_lowercase();
    for kept in [
        "location: http://127.0.0.1:1/else",
        "set-cookie: a=1",
        "set-cookie: b=2",
    ] {
        assert!(lower.contains(kept), "{answer}");
    }
    for dropped in ["x-hop", "keep-alive", "transfer-encoding"] {
        assert!(!lower.contains(dropped), "{answer}");
    }
    // A redirect is the client's to follow.
    assert_eq!(server.requests.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_server_that_fails_is_the_gateways_own_answer() {
    let long = 10 * 1024 * 1024 + 1;
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {long}\r\n\r\n");
    let too_long = [head.into_bytes(), vec![b'x'; long]].concat();
    #[rustfmt::skip]
    let cases = [
        ("nothing",        Vec::new(),                                                   503),
        ("no HTTP",        b"220 ready\r\n\r\n".to_vec(),                                503),
        ("broken off",     b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc".to_vec(),  500),
        ("too long",       too_long,                                                     500),
        ("its own error",  b"HTTP/1.1 500 No\r\nContent-Length: 2\r\n\r\nhm".to_vec(),   500),
        ("an empty body",  plain(""),                                                    200),
    ];
    for (name, answer, expected) in cases {
        let server = Server::start(answer).await;
        let answer = server.front("/api").await.get("/api", COOKIE).await;
        assert_eq!(status(&answer), expected, "{name}");
        let own = body(&answer).starts_with("{\"message\":");
        assert_eq!(own, expected != 200 && name != "its own error", "{name}");
    }
    // A port that nobody listens at.
    let free = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let backend = format!("/api=http://{}", free.local_addr().unwrap());
    drop(free);
    let front = Front::before(&[], &[], &[backend]).await;
    let answer = front.get("/api", COOKIE).await;
    assert_eq!(
        (status(&answer), body(&answer)),
        (503, "{\"message\":\"Service Unavailable\"}")
    );
}

#[tokio::test]
async fn pages_of_allowed_origins_may_read_what_a_server_answers() {
    let server = Server::start(plain("done")).await;
    let backend = format!("/api=http://{}", server.address);
    let origins = [("SESSION_ALLOWED_ORIGINS", "http://localhost:5173")];
    let front = Front::before(&origins, &[], &[backend]).await;
    let answer = front
        .get(
            "/api",
            &format!("{COOKIE}Origin: http://localhost:5173\r\n"),
        )
        .await;
    assert!(
        answer.contains("access-control-allow-origin: http://localhost:5173\r\n"),
        "{answer}"
    );
}
