//! The whole way, over HTTP: a row of the old table, the command, and a browser that has the old cookie.

use dynamodb_session::{config::Config, time::UnixSeconds};
use lambda::api::Api;
use local::stack::{Options, Stack, Storage};
use oidc::ClientSecrets;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{Engine, IDS, engine, import};

/// The settings that docs/moving-in.md names.
const SETTINGS: [(&str, &str); 3] = [
    ("SESSION_COOKIE_NAME", "id"),
    ("SESSION_ANONYMOUS", "on"),
    ("SESSION_REQUIRE_USER", "off"),
];

#[tokio::test(flavor = "multi_thread")]
async fn an_old_cookie_opens_its_session_until_it_logs_out() {
    let engine = engine().await;
    let stack = stack(&engine).await;
    let [old, other] = IDS;
    assert_eq!(status(&ask(&stack, "GET", "/profile", old).await), 403);
    let (code, text) = import(&engine, &[], &SETTINGS);
    assert_eq!(code, 0, "{text}");

    let profile = ask(&stack, "GET", "/profile", old).await;
    assert_eq!(status(&profile), 200, "{profile}");
    let session = ask(&stack, "GET", "/session", old).await;
    assert!(session.contains(r#""data":{"foo":"bar"}"#), "{session}");

    assert_eq!(status(&ask(&stack, "POST", "/logout", old).await), 204);
    let (code, text) = import(&engine, &[], &SETTINGS);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("imported 0 sessions"), "{text}");
    assert_eq!(status(&ask(&stack, "GET", "/profile", old).await), 403);
    assert_eq!(status(&ask(&stack, "GET", "/profile", other).await), 200);
    stack.stop().await;
}

/// The functions, with the tables of `engine`.
async fn stack(engine: &Engine) -> Stack {
    let options = Options {
        client_secret: ClientSecrets::default(),
        trial: None,
        allow_headers: Vec::new(),
        backends: Vec::new(),
        port: 0,
        storage: Storage::External {
            url: engine.endpoint.clone(),
            client: engine.client.clone(),
        },
        secret: None,
        api: Api::default(),
        clock: UnixSeconds::from_system_clock,
    };
    let lookup = |name: &str| {
        let found = SETTINGS.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    };
    let config = Config::parse(lookup, UnixSeconds::from_system_clock());
    Stack::start(options, config.unwrap()).await.unwrap()
}

/// The answer to a request with this cookie.
async fn ask(stack: &Stack, method: &str, path: &str, id: &str) -> String {
    let mut stream = TcpStream::connect(stack.address).await.unwrap();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {}\r\ncookie: id={id}\r\nsec-fetch-site: same-origin\r\ncontent-length: 0\r\n\
         connection: close\r\n\r\n",
        stack.address
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}
