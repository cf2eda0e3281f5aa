//! The functions' own handlers over a client of the test's choice, and the events that API Gateway sends them.

use std::sync::Arc;

use argon2::{Algorithm, Argon2, Params, PasswordHasher, Version};
use authorizer::Authorizer;
use aws_sdk_dynamodb::{
    Client,
    config::retry::{RetryPartition, TokenBucket},
};
use dynamodb_session::{
    aws::client::connect_local,
    config::Config,
    entropy::SystemEntropy,
    password::{dynamodb::DynamoUserStore, hash::PasswordHash, store::UserStore},
    store::dynamodb::DynamoStore,
    time::UnixSeconds,
    transport::{Mode, Transport},
    user::UserName,
};
use lambda::{api::Api, http::answer};
use login::Login;
use logout::Logout;
use serde_json::{Value, json};
use session::SessionApi;

use support::clock::Clock;

/// When everything happens: far enough ahead that no engine sweeps by its own clock what a test has made.
pub const NOW: UnixSeconds = UnixSeconds(2_000_000_000);

/// The password of every user of [`Functions::add_user`].
pub const PASSWORD: &str = "correct horse battery staple";

/// Its hash, at the least cost: m=8 KiB, one pass.
pub const HASH: &str =
    "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$lUbZ8Jzij/5bOe3RDFNWB4YcFPBWi0usvNmLvSsyG7I";

const ARN: &str = "arn:aws:execute-api:us-east-1:123456789012:abcdef/prod/GET/profile";

/// The functions behind the routes, and the authorizer.
pub struct Functions {
    /// Their configuration.
    pub config: Arc<Config>,
    /// What they ask.
    pub client: Client,
    /// What they take for the time: [`NOW`], unless a test sets it.
    pub now: UnixSeconds,
    authorizer: Authorizer<DynamoStore>,
    login: Login<DynamoStore, DynamoUserStore, SystemEntropy>,
    logout: Logout<DynamoStore>,
    session: SessionApi<DynamoStore, SystemEntropy>,
}

impl Functions {
    /// Functions that ask the engine at `endpoint`, and wait for it as long as it takes.
    #[must_use]
    pub fn over(endpoint: &str, config: &Arc<Config>) -> Self {
        Self::timed(endpoint, config, &Clock::default())
    }

    /// Functions that ask the engine at `endpoint` with the limits of every client, which they reach by that clock. They
    /// have a budget of retries that no test exhausts: the SDK's own is one for the whole process.
    #[must_use]
    pub fn timed(endpoint: &str, config: &Arc<Config>, clock: &Clock) -> Self {
        let client = connect_local(endpoint);
        let own = RetryPartition::custom(endpoint.to_owned())
            .token_bucket(TokenBucket::new(100_000))
            .build();
        let settings = client.config().to_builder().retry_partition(own);
        let client = Client::from_conf(settings.sleep_impl(clock.clone()).build());
        Self {
            authorizer: Authorizer::new(&client, config, Api::default()),
            login: Login::new(&client, config).unwrap(),
            logout: Logout::new(&client, config),
            session: SessionApi::new(&client, config),
            config: Arc::clone(config),
            client,
            now: NOW,
        }
    }

    /// Adds a user whose password is [`PASSWORD`].
    pub async fn add_user(&self, name: &str) {
        let (name, hash) = (UserName::parse(name).unwrap(), PasswordHash::parse(HASH));
        let added = self.login.users.add(&name, &hash.unwrap(), self.now).await;
        assert!(added.unwrap());
    }

    /// Asks the authorizer.
    pub async fn authorize(&self, event: &Value) -> Result<Value, authorizer::Fault> {
        self.authorizer.answer(event, self.now).await
    }

    /// Whether the HTTP API's authorizer lets a call with `token` through.
    pub async fn allows(&self, token: &str) -> bool {
        let event = http_authorizer(&self.config.transport, Some(token));
        self.authorize(&event).await.unwrap()["isAuthorized"] == true
    }

    /// POST /login.
    pub async fn login(&self, user: &str, password: &str, token: Option<&str>) -> Value {
        let body = json!({"username": user, "password": password}).to_string();
        self.send(self.event("POST", "/login", "", token, &body))
            .await
    }

    /// Logs in, and returns the new token.
    pub async fn log_in(&self, user: &str) -> String {
        let answer = self.login(user, PASSWORD, None).await;
        token(&self.config.transport, &answer).expect("a token")
    }

    /// POST /logout.
    pub async fn logout(&self, token: Option<&str>) -> Value {
        self.send(self.event("POST", "/logout", "", token, ""))
            .await
    }

    /// POST /logout?everywhere=true.
    pub async fn logout_everywhere(&self, token: Option<&str>) -> Value {
        self.send(self.event("POST", "/logout", "everywhere=true", token, ""))
            .await
    }

    /// GET /session.
    pub async fn session(&self, token: Option<&str>) -> Value {
        self.send(self.event("GET", "/session", "", token, ""))
            .await
    }

    /// Hands the event of a request to the function behind its route.
    pub async fn send(&self, event: Value) -> Value {
        let now = self.now;
        match event["rawPath"].as_str() {
            Some("/login") => answer(event, |request| self.login.handle(request, now)).await,
            Some("/logout") => answer(event, |request| self.logout.handle(request, now)).await,
            Some("/profile") => answer(event, async |request| profile::handle(&request)).await,
            _ => answer(event, |request| self.session.handle(request, now)).await,
        }
    }

    /// The event of a request to these functions.
    #[must_use]
    pub fn event(
        &self,
        method: &str,
        path: &str,
        query: &str,
        token: Option<&str>,
        body: &str,
    ) -> Value {
        event(&self.config.transport, (method, path, query), token, body)
    }
}

/// The hash of a password, at the least cost: for tests of what comes before and after it.
#[must_use]
pub fn cheap_hash(password: &str) -> PasswordHash {
    let least = Params::new(8, 1, 1, Some(32)).unwrap();
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, least);
    let hash = argon2.hash_password_with_salt(password.as_bytes(), b"a salt of a test");
    PasswordHash::parse(&hash.unwrap().to_string()).unwrap()
}

/// The event of a request to an HTTP API: its method, path and query, the token that it presents, and its body.
#[must_use]
pub fn event(
    transport: &Transport,
    (method, path, query): (&str, &str, &str),
    token: Option<&str>,
    body: &str,
) -> Value {
    let name = path.strip_prefix("/sessions/");
    let key = format!("{method} {}", name.map_or(path, |_| "/sessions/{ref}"));
    let mut event = json!({
        "version": "2.0", "routeKey": key, "rawPath": path, "rawQueryString": query, "pathParameters": {"ref": name},
        "headers": {"content-type": "application/json", "user-agent": "curl/8"},
        "requestContext": {
            "accountId": "123456789012", "apiId": "abcdef", "domainName": "abcdef.example.com", "stage": "$default",
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "curl/8"},
            "requestId": "r", "routeKey": key, "time": "18/May/2033:03:33:20 +0000",
            "timeEpoch": 2_000_000_000_000_u64,
        },
        "body": body, "isBase64Encoded": false,
    });
    if let Some((name, value)) = query.split_once('=') {
        event["queryStringParameters"] = json!({name: value});
    }
    carry(&mut event, transport, token);
    event
}

/// The event of an HTTP API's authorizer, payload format 2.0.
#[must_use]
pub fn http_authorizer(transport: &Transport, token: Option<&str>) -> Value {
    let mut event = json!({
        "version": "2.0", "type": "REQUEST", "routeArn": ARN, "routeKey": "GET /profile", "rawPath": "/profile",
        "rawQueryString": "", "headers": {"user-agent": "curl/8"},
        "requestContext": {"requestId": "r", "http": {"method": "GET", "path": "/profile"}},
    });
    carry(&mut event, transport, token);
    event
}

/// The event of a REST API's REQUEST authorizer.
#[must_use]
pub fn rest_authorizer(transport: &Transport, token: Option<&str>) -> Value {
    let mut event = json!({
        "type": "REQUEST", "methodArn": ARN, "resource": "/profile", "path": "/profile", "httpMethod": "GET",
        "headers": {"user-agent": "curl/8"}, "multiValueHeaders": null, "requestContext": {"requestId": "r"},
    });
    carry(&mut event, transport, token);
    event
}

/// Puts the token where the transport has it: in `both`, in the header.
fn carry(event: &mut Value, transport: &Transport, token: Option<&str>) {
    let Some(token) = token else { return };
    if transport.mode == Mode::Cookie {
        let cookie = format!("{}={token}", transport.cookie.name);
        event["headers"]["cookie"] = format!("theme=dark; {cookie}").into();
        if event["version"] == "2.0" {
            event["cookies"] = json!(["theme=dark", cookie]);
        }
    } else {
        event["headers"][&transport.header] = token.into();
    }
}

/// The token that a response hands out, if it does.
#[must_use]
pub fn token(transport: &Transport, response: &Value) -> Option<String> {
    let cookies = response["cookies"].as_array().into_iter().flatten();
    let cookie = cookies.filter_map(Value::as_str).find_map(|cookie| {
        let value = cookie.strip_prefix(&transport.cookie.name)?;
        value.strip_prefix('=')?.split(';').next()
    });
    let header = response["headers"][&transport.header].as_str();
    let found = cookie.or(header).filter(|token| !token.is_empty());
    found.map(str::to_owned)
}
