//! An engine, the functions' settings, what must stay secret, and what was written.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use dynamodb_session::{
    claim::Claim,
    config::Config,
    csrf,
    password::store::UserStore,
    time::UnixSeconds,
    transport::{Mode, Presented, Transport},
    user::UserName,
};
use serde_json::Value;
use tests::{
    engine::{self, Tables},
    functions::{self, cheap_hash},
    proxy::Proxy,
    sieve::Sieve,
};

/// Two keys, 32 random bytes each; the second signs.
pub(crate) const KEYS: &str =
    "Yy3xO0v8e1nLkq2aVd7JtZ5sH9uRwG4pQf6iMb0cXzE,T7wE1rYk9pLs3dFg5hJkZx8cVb2nMq4wErTy6uIoPa0";

/// What a deployment may be set to that tokens depend on.
pub(crate) const SETTINGS: [&[(&str, &str)]; 6] = [
    &[
        ("SESSION_TRANSPORT", "cookie"),
        ("SESSION_ANONYMOUS", "on"),
        ("SESSION_REQUIRE_USER", "off"),
    ],
    &[
        ("SESSION_TRANSPORT", "header"),
        ("SESSION_TOUCH_INTERVAL_SECONDS", "60"),
    ],
    &[("SESSION_TRANSPORT", "both"), ("SESSION_LOGIN_FORM", "on")],
    &[
        ("SESSION_TRANSPORT", "cookie"),
        ("SESSION_SIGNING_KEYS", KEYS),
        ("SESSION_LOGIN_FORM", "on"),
        ("SESSION_CSRF_TOKEN", "required"),
    ],
    &[
        ("SESSION_TRANSPORT", "header"),
        ("SESSION_SIGNING_KEYS", KEYS),
        ("SESSION_DENY_STATUS", "401"),
    ],
    &[
        ("SESSION_TRANSPORT", "both"),
        ("SESSION_SIGNING_KEYS", KEYS),
        ("SESSION_HTTP_API_RESPONSE", "policy"),
        ("SESSION_ROTATE_GRACE_SECONDS", "0"),
    ],
];

pub(crate) struct Vault {
    pub(crate) tables: Tables,
    pub(crate) proxy: Proxy,
    pub(crate) config: Arc<Config>,
    pub(crate) variables: Vec<(&'static str, String)>,
    /// What belongs nowhere but into the request or the answer that carries it.
    credentials: Sieve,
    /// What belongs into the store alone.
    internals: Sieve,
    /// What belongs into the store, and into the answers that show a session.
    data: Sieve,
    written: Vec<(String, String)>,
    /// Logs, and answers that show no session.
    silent: Vec<(String, String)>,
}

impl Vault {
    pub(crate) async fn open(settings: &[(&'static str, &str)]) -> Self {
        let tables = engine::embedded().await;
        let mut variables = vec![
            ("SESSION_TABLE", tables.config.tables.sessions.clone()),
            ("SESSION_USER_TABLE", tables.config.tables.users.clone()),
            // All logins come from one, and what the store's faults stop counts as well.
            ("SESSION_LOGIN_ADDRESS_PER_MINUTE", "0".to_owned()),
            ("SESSION_LOGIN_FREE_FAILURES", "20".to_owned()),
        ];
        variables.extend(
            settings
                .iter()
                .map(|(name, value)| (*name, (*value).to_owned())),
        );
        let borrowed: Vec<_> = variables
            .iter()
            .map(|(name, value)| (*name, &**value))
            .collect();
        let config = Arc::new(engine::config(&borrowed));
        let mut credentials = Sieve::default();
        if !config.policy.format.keys.is_empty() {
            for key in KEYS.split(',') {
                credentials.add("a signing key's text", key.as_bytes());
                credentials.add("a signing key", &URL_SAFE_NO_PAD.decode(key).unwrap());
            }
        }
        Self {
            proxy: Proxy::start(&tables.endpoint).await,
            tables,
            config,
            variables,
            credentials,
            internals: Sieve::default(),
            data: Sieve::default(),
            written: Vec::new(),
            silent: Vec::new(),
        }
    }

    /// Adds a user with that password, which is a secret from now on.
    pub(crate) async fn add_user(&mut self, name: &str, password: &str) {
        self.keep_secret("a password", password);
        let hash = cheap_hash(password);
        let phc = hash.to_string();
        self.internals.add(
            "a password's hash",
            phc.rsplit('$').next().unwrap().as_bytes(),
        );
        let users = self.tables.users();
        let name = UserName::parse(name).unwrap();
        assert!(users.add(&name, &hash, UnixSeconds(1)).await.unwrap());
    }

    pub(crate) fn keep_secret(&mut self, name: &str, secret: &str) {
        self.credentials.add(name, secret.as_bytes());
    }

    pub(crate) fn keep_data(&mut self, name: &str, data: &str) {
        self.data.add(name, data.as_bytes());
    }

    pub(crate) fn transport(&self) -> &Transport {
        &self.config.transport
    }

    /// Takes down an answer, without the carriers of its token. The token is a secret from now on.
    pub(crate) fn answered(&mut self, what: &str, mut answer: Value) -> Option<String> {
        let handed = functions::token(&self.config.transport, &answer);
        if let Some(text) = &handed {
            self.keep_secret("a token", text);
            let mut parts = text
                .split('.')
                .map(|part| URL_SAFE_NO_PAD.decode(part).unwrap());
            let id = parts.next().unwrap();
            self.credentials.add("an id", &id);
            if let Some(tag) = parts.next() {
                self.credentials.add("a tag", &tag);
            }
            let key = self.claim(text).id().unwrap().key();
            self.internals.add(
                "a session's key",
                key.as_str().trim_start_matches("s#").as_bytes(),
            );
            let csrf = self.csrf_token(text).unwrap();
            self.keep_secret("a CSRF token", &csrf);
            let tag = URL_SAFE_NO_PAD.decode(csrf).unwrap();
            self.credentials.add("a CSRF token's bytes", &tag);
            // Whatever does not carry it in this mode is searched like the rest.
            let transport = &self.config.transport;
            if transport.mode != Mode::Header {
                answer.as_object_mut().unwrap().remove("cookies");
            }
            if transport.mode != Mode::Cookie {
                answer["headers"]
                    .as_object_mut()
                    .unwrap()
                    .remove(&transport.header);
            }
        }
        self.without_csrf_token(&mut answer);
        if answer["statusCode"].as_u64() >= Some(400) {
            self.logged(what, answer.to_string());
        } else {
            self.written.push((what.to_owned(), answer.to_string()));
        }
        handed
    }

    /// The CSRF token of the session that a token opens.
    pub(crate) fn csrf_token(&self, token: &str) -> Option<String> {
        let claim = self.claim(token);
        Some(csrf::issue(claim.id().ok()?).expose().to_owned())
    }

    fn claim<'a>(&self, token: &'a str) -> Claim<'a> {
        Claim::verify(Presented::Token(token), &self.config.policy.format)
    }

    /// Takes the CSRF token out of the one place that may tell it: the body of a 200 where it is required.
    fn without_csrf_token(&self, answer: &mut Value) {
        let body = answer["body"].as_str().unwrap_or_default();
        let Ok(Value::Object(mut body)) = serde_json::from_str(body) else {
            return;
        };
        if self.config.guard.csrf_token && answer["statusCode"] == 200 {
            body.remove("csrf_token");
            answer["body"] = Value::Object(body).to_string().into();
        }
    }

    /// Takes down what may tell nothing of a session, its data included.
    pub(crate) fn logged(&mut self, what: &str, text: String) {
        self.silent.push((what.to_owned(), text));
    }

    /// Searches everything.
    pub(crate) async fn search(self) {
        let mut hits = Vec::new();
        for (what, text) in &self.silent {
            let found = self.data.find(text).into_iter();
            hits.extend(found.map(|hit| format!("{what}: {hit}")));
        }
        for (what, text) in self.written.iter().chain(&self.silent) {
            let found = [self.credentials.find(text), self.internals.find(text)].concat();
            hits.extend(found.into_iter().map(|hit| format!("{what}: {hit}")));
        }
        for table in [&self.config.tables.sessions, &self.config.tables.users] {
            let scan = self.tables.client.scan().table_name(table);
            for item in scan.send().await.unwrap().items() {
                let found = self.credentials.find(&format!("{item:?}"));
                hits.extend(found.into_iter().map(|hit| format!("{table}: {hit}")));
            }
        }
        for seen in self.proxy.seen() {
            let found = self.credentials.find(&seen.raw);
            hits.extend(
                found
                    .into_iter()
                    .map(|hit| format!("{}: {hit}", seen.target)),
            );
        }
        assert!(!self.written.is_empty() && !self.silent.is_empty());
        assert!(hits.is_empty(), "{} hits:\n{}", hits.len(), hits.join("\n"));
    }
}
