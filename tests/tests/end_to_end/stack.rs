//! The stack under test, its users and their sessions.

use std::{
    env, future,
    sync::{
        OnceLock,
        atomic::{AtomicU64, AtomicUsize, Ordering},
        mpsc,
    },
    thread,
};

use dynamodb_session::{
    aws::client::connect_local,
    config::Config,
    password::{dynamodb::DynamoUserStore, store::UserStore},
    time::UnixSeconds,
    user::UserName,
};
use lambda::api::Api;
use local::stack::{Options, Stack, Storage};
use oidc::ClientSecrets;
use serde_json::json;
use tests::{engine::patient, functions::cheap_hash};
use tokio::{
    runtime::Runtime,
    sync::{Mutex, MutexGuard},
};

use super::client::{self, Answer, Headers};

/// Users of the local stack all have this password.
const PASSWORD: &str = "correct horse battery staple";

/// Where the API is.
struct Target {
    url: String,
    /// The engine's URL, of a local stack.
    engine: Option<String>,
}

fn target() -> &'static Target {
    static TARGET: OnceLock<Target> = OnceLock::new();
    TARGET.get_or_init(|| match variable("API_URL") {
        Some(url) => Target {
            url: url.trim_end_matches('/').to_owned(),
            engine: None,
        },
        None => local(),
    })
}

/// A variable of the environment; an empty one counts as unset.
fn variable(name: &str) -> Option<String> {
    let value = env::var_os(name)?.into_string().ok()?;
    Some(value).filter(|value| !value.is_empty())
}

/// Starts a stack that lives as long as the process, on a thread that no test ends.
fn local() -> Target {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        Runtime::new().unwrap().block_on(async {
            let options = Options {
                client_secret: ClientSecrets::default(),
                trial: None,
                allow_headers: Vec::new(),
                backends: Vec::new(),
                port: 0,
                storage: Storage::memory(),
                secret: None,
                api: Api::default(),
                clock,
            };
            // All tests are one address.
            let lookup =
                |name: &str| (name == "SESSION_LOGIN_ADDRESS_PER_MINUTE").then(|| "0".to_owned());
            let config = Config::parse(lookup, clock()).unwrap();
            let stack = Stack::start(options, config).await.unwrap();
            let target = Target {
                url: format!("http://{}", stack.address),
                engine: Some(stack.endpoint.clone()),
            };
            sender.send(target).unwrap();
            future::pending::<()>().await;
        });
    });
    receiver.recv().expect("the local stack does not start")
}

/// How far the local stack's clock is ahead.
static AHEAD: AtomicU64 = AtomicU64::new(0);

fn clock() -> UnixSeconds {
    UnixSeconds::from_system_clock().plus(AHEAD.load(Ordering::SeqCst))
}

/// Has the local stack's clock go forward.
pub fn pass(seconds: u64) {
    AHEAD.fetch_add(seconds, Ordering::SeqCst);
}

/// Whether the stack is deployed, with settings that are not known here.
pub fn is_deployed() -> bool {
    target().engine.is_none()
}

/// Sends one request.
pub async fn send(method: &str, target: &str, headers: Headers<'_>, body: &str) -> Answer {
    client::send(&self::target().url, method, target, headers, body).await
}

/// A user of this test's own: a new one where that is possible, and otherwise the one there is, one test at a time.
pub struct User {
    pub name: String,
    pub password: String,
    _turn: Option<MutexGuard<'static, ()>>,
}

impl User {
    pub async fn new() -> Self {
        static USERS: AtomicUsize = AtomicUsize::new(0);
        static TURN: Mutex<()> = Mutex::const_new(());
        let Some(engine) = &target().engine else {
            let variable = |name| {
                variable(name).unwrap_or_else(|| panic!("API_URL is set, but {name} is not"))
            };
            return Self {
                name: variable("E2E_USER"),
                password: variable("E2E_PASSWORD"),
                _turn: Some(TURN.lock().await),
            };
        };
        let name = format!("user-{}", USERS.fetch_add(1, Ordering::SeqCst));
        let client = patient(&connect_local(engine));
        let users = DynamoUserStore::new(client, "app_user".to_owned());
        let user = UserName::parse(&name).unwrap();
        assert!(
            users
                .add(
                    &user,
                    &cheap_hash(PASSWORD),
                    UnixSeconds::from_system_clock()
                )
                .await
                .unwrap()
        );
        Self {
            name,
            password: PASSWORD.to_owned(),
            _turn: None,
        }
    }

    /// Logs in, presenting `cookie` if there is one.
    pub async fn log_in(&self, cookie: Option<&str>) -> Session {
        let body = credentials(&self.name, &self.password);
        let mut headers = vec![("content-type", "application/json")];
        headers.extend(cookie.map(|cookie| ("cookie", cookie)));
        let answer = send("POST", "/login", &headers, &body).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        Session::of(answer)
    }
}

/// The body of a login.
pub fn credentials(user: &str, password: &str) -> String {
    json!({"username": user, "password": password}).to_string()
}

/// A session, and the answer that handed out its token.
pub struct Session {
    /// `name=token`, as a client sends it.
    pub cookie: String,
    pub answer: Answer,
}

impl Session {
    /// The session whose token is in an answer's cookie.
    pub fn of(answer: Answer) -> Self {
        let cookie = answer.header("set-cookie").expect("a cookie");
        let cookie = cookie.split(';').next().unwrap().to_owned();
        Self { cookie, answer }
    }

    pub fn token(&self) -> &str {
        self.cookie.split_once('=').unwrap().1
    }

    pub async fn send(&self, method: &str, target: &str) -> Answer {
        send(method, target, &[("cookie", &self.cookie)], "").await
    }

    /// Changes data.
    pub async fn patch(&self, body: &str) -> Answer {
        self.change(&[], body).await
    }

    /// Changes data, with these headers too.
    pub async fn change(&self, headers: Headers<'_>, body: &str) -> Answer {
        let own = [
            ("cookie", &*self.cookie),
            ("content-type", "application/merge-patch+json"),
        ];
        send("PATCH", "/session", &[&own, headers].concat(), body).await
    }

    /// The status of the protected route.
    pub async fn profile(&self) -> u16 {
        self.send("GET", "/profile").await.status
    }

    /// Whether the session is over: refused at the gateway, and by the function that validates it itself.
    pub async fn is_over(&self) -> bool {
        let (gateway, function) = (
            self.profile().await,
            self.send("GET", "/session").await.status,
        );
        assert!(
            [(200, 200), (403, 401)].contains(&(gateway, function)),
            "{gateway} {function}"
        );
        gateway == 403
    }
}
