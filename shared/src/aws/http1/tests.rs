use std::{
    io::{BufRead, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{
        Barrier,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use support::clock::Clock;

use super::*;

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";

/// A service that gives each connection, with its number, to `serve`, on a thread of its own. Returns its authority, and how many
/// connections there were.
fn service(serve: impl Fn(usize, TcpStream) + Send + Sync + 'static) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let authority = listener.local_addr().unwrap().to_string();
    let (count, serve) = (Arc::new(AtomicUsize::new(0)), Arc::new(serve));
    let counted = Arc::clone(&count);
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let (nth, serve) = (counted.fetch_add(1, Ordering::SeqCst), Arc::clone(&serve));
            thread::spawn(move || serve(nth, stream));
        }
    });
    (authority, count)
}

/// Reads a request without a body. `false`: the client has closed the connection.
fn asked(reader: &mut impl BufRead) -> bool {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).unwrap_or(0) == 0 {
            return false;
        }
    }
    true
}

/// Answers each request on a connection with `answer`.
fn answer_all(stream: &TcpStream, answer: &[u8]) {
    let mut reader = BufReader::new(stream);
    while asked(&mut reader) {
        let mut stream = stream;
        stream.write_all(answer).unwrap();
    }
}

fn http() -> Http1 {
    Http1::new(RootCertStore::empty())
}

/// Sends one request, as one attempt of an operation does.
async fn ask(http: &Http1, url: &str) -> Result<(u16, Vec<u8>), ConnectorError> {
    let connector = Connector {
        connections: Arc::clone(&http.0),
        limits: HttpConnectorSettings::default(),
        sleep: None,
    };
    let answer = connector.call(HttpRequest::get(url).unwrap()).await?;
    let body = answer.body().bytes().unwrap().to_vec();
    Ok((answer.status().as_u16(), body))
}

#[tokio::test]
async fn requests_one_after_another_share_a_connection() {
    let (authority, connections) = service(|_, stream| answer_all(&stream, ANSWER));
    let http = http();
    for _ in 0..3 {
        let answer = ask(&http, &format!("http://{authority}/a?b=c")).await;
        assert_eq!(answer.unwrap(), (200, b"{}".to_vec()));
    }
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn requests_at_once_have_a_connection_each_and_it_is_kept() {
    const AT_ONCE: usize = 3;
    let all = Barrier::new(AT_ONCE);
    let (authority, connections) = service(move |_, stream| {
        let mut reader = BufReader::new(&stream);
        while asked(&mut reader) {
            all.wait();
            let mut stream = &stream;
            stream.write_all(ANSWER).unwrap();
        }
    });
    let (http, url) = (http(), format!("http://{authority}/"));
    for _ in 0..2 {
        let (a, b, c) = tokio::join!(ask(&http, &url), ask(&http, &url), ask(&http, &url));
        assert!(a.is_ok() && b.is_ok() && c.is_ok());
    }
    assert_eq!(connections.load(Ordering::SeqCst), AT_ONCE);
}

#[tokio::test]
async fn connections_of_one_service_are_not_another_s() {
    let (one, _) = service(|_, stream| answer_all(&stream, ANSWER));
    let (other, connections) = service(|_, stream| answer_all(&stream, ANSWER));
    let http = http();
    for authority in [&one, &other, &one, &other] {
        ask(&http, &format!("http://{authority}/")).await.unwrap();
    }
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

/// As a frozen function meets it: the runtime had no turn since the connection was closed.
#[tokio::test]
async fn a_connection_closed_while_nobody_looked_is_not_written_to() {
    let ((answered, close), (tell, closed)) = (mpsc::channel(), mpsc::channel());
    let first = Mutex::new(Some((close, tell)));
    let (authority, connections) = service(move |_, stream| {
        let Some((close, tell)) = first.lock().unwrap().take() else {
            return answer_all(&stream, ANSWER);
        };
        assert!(asked(&mut BufReader::new(&stream)));
        (&stream).write_all(ANSWER).unwrap();
        close.recv().unwrap();
        drop(stream);
        tell.send(()).unwrap();
    });
    let (http, url) = (http(), format!("http://{authority}/"));
    ask(&http, &url).await.unwrap();
    answered.send(()).unwrap();
    closed.recv().unwrap();

    ask(&http, &url).await.unwrap();
    assert_eq!(connections.load(Ordering::SeqCst), 2);
}

/// Whether to send it again is for the SDK to say, and for whoever turned its retries off.
#[tokio::test]
async fn a_request_that_was_read_is_not_sent_again() {
    let seen = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&seen);
    let (authority, _) = service(move |_, stream| {
        let mut reader = BufReader::new(&stream);
        while asked(&mut reader) {
            if count.fetch_add(1, Ordering::SeqCst) == 1 {
                return;
            }
            let mut stream = &stream;
            stream.write_all(ANSWER).unwrap();
        }
    });
    let (http, url) = (http(), format!("http://{authority}/"));
    ask(&http, &url).await.unwrap();
    let error = ask(&http, &url).await.unwrap_err();
    assert!(error.is_io(), "{error:?}");
    assert_eq!(seen.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_machine_that_failed_is_left() {
    const FAILED: &[u8] = b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n";
    let (authority, connections) = service(|_, stream| answer_all(&stream, FAILED));
    let (http, url) = (http(), format!("http://{authority}/"));
    for nth in 1..3 {
        assert_eq!(ask(&http, &url).await.unwrap().0, 500);
        assert_eq!(connections.load(Ordering::SeqCst), nth);
    }
}

#[tokio::test]
async fn an_answer_that_is_cut_off_is_a_fault() {
    let (authority, _) = service(|_, stream| {
        assert!(asked(&mut BufReader::new(&stream)));
        let (half, _) = ANSWER.split_at(ANSWER.len() - 1);
        (&stream).write_all(half).unwrap();
    });
    let error = ask(&http(), &format!("http://{authority}/")).await;
    assert!(error.unwrap_err().is_io());
}

#[tokio::test]
async fn a_port_that_is_closed_is_a_fault() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap();
    let authority = closed.local_addr().unwrap();
    drop(closed);
    let error = ask(&http(), &format!("http://{authority}/")).await;
    assert!(error.unwrap_err().is_io());
}

#[tokio::test]
async fn an_answer_in_another_protocol_is_no_reason_to_ask_again() {
    let (authority, _) = service(|_, stream| {
        assert!(asked(&mut BufReader::new(&stream)));
        (&stream)
            .write_all(b"220 smtp.example.com ESMTP\r\n")
            .unwrap();
    });
    let error = ask(&http(), &format!("http://{authority}/")).await;
    let error = error.unwrap_err();
    assert!(error.is_other() && error.as_other().is_none(), "{error:?}");
}

/// A certificate for `localhost`, and a service that shows it.
fn tls_service() -> (RootCertStore, String) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    let config = Arc::new(config);
    let (authority, _) = service(move |_, stream| {
        let tls = ServerConnection::new(Arc::clone(&config)).unwrap();
        let mut reader = BufReader::new(StreamOwned::new(tls, stream));
        while asked(&mut reader) {
            reader.get_mut().write_all(ANSWER).unwrap();
        }
    });
    let mut roots = RootCertStore::empty();
    roots.add(cert.der().clone()).unwrap();
    (roots, authority)
}

#[tokio::test]
async fn tls_is_spoken_with_those_alone_whom_the_roots_vouch_for() {
    let (roots, authority) = tls_service();
    let named = authority.replace("127.0.0.1", "localhost");
    let other = tls_service().0;
    let empty = RootCertStore::empty();
    #[rustfmt::skip]
    let cases = [
        ("its name, its root",        roots.clone(), &named,     true),
        ("another name",              roots,         &authority, false),
        ("another's root",            other,         &named,     false),
        ("no root",                   empty,         &named,     false),
    ];
    for (name, roots, authority, trusted) in cases {
        let http = Http1::new(roots);
        let url = format!("https://{authority}/");
        for _ in 0..2 {
            let answer = ask(&http, &url).await;
            assert_eq!(answer.is_ok(), trusted, "{name}: {answer:?}");
        }
    }
}

#[tokio::test]
async fn a_limit_holds_for_the_connection_and_one_for_the_answer() {
    let limit = Duration::from_secs(2);
    let connecting = HttpConnectorSettings::builder().connect_timeout(limit);
    let reading = HttpConnectorSettings::builder().read_timeout(limit);
    for (limits, scheme) in [(connecting.build(), "https"), (reading.build(), "http")] {
        let clock = Clock::default();
        let passes = clock.clone();
        let (authority, _) = service(move |_, mut stream| {
            // The first byte of a handshake or of a request, which nothing answers.
            stream.read_exact(&mut [0]).unwrap();
            passes.give_up();
            let _: std::io::Result<_> = stream.read_to_end(&mut Vec::new());
        });
        let connector = Connector {
            connections: http().0,
            limits,
            sleep: Some(SharedAsyncSleep::new(clock.clone())),
        };
        let url = format!(
            "{scheme}://{}/",
            authority.replace("127.0.0.1", "localhost")
        );
        let error = connector.call(HttpRequest::get(&url).unwrap()).await;
        assert!(error.unwrap_err().is_timeout(), "{scheme}");
        assert_eq!(clock.now(), limit);
    }
}

#[test]
fn a_request_names_its_host_as_it_is_signed() {
    #[rustfmt::skip]
    let cases = [
        ("https://dynamodb.eu-west-1.amazonaws.com/",    "dynamodb.eu-west-1.amazonaws.com", "/"),
        ("https://dynamodb.eu-west-1.amazonaws.com",     "dynamodb.eu-west-1.amazonaws.com", "/"),
        ("https://dynamodb.eu-west-1.amazonaws.com:443/","dynamodb.eu-west-1.amazonaws.com", "/"),
        ("http://localhost:80/",                         "localhost",                        "/"),
        ("http://localhost:443/",                        "localhost:443",                    "/"),
        ("http://127.0.0.1:8000/a/b?c=d",                "127.0.0.1:8000",                   "/a/b?c=d"),
        ("http://[::1]:8000/",                           "[::1]:8000",                       "/"),
    ];
    for (uri, host, path) in cases {
        let request = Request::get(uri).body(SdkBody::empty()).unwrap();
        let (_, request) = for_origin(request).unwrap();
        assert_eq!(request.headers().get(HOST).unwrap(), host, "{uri}");
        assert_eq!(request.uri().to_string(), path, "{uri}");
    }
    let relative = Request::get("/a").body(SdkBody::empty()).unwrap();
    assert!(for_origin(relative).is_err());
}
