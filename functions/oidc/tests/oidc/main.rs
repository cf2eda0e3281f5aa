//! What the function answers, with a provider on loopback that behaves, or errs when it is told to.

#![cfg(test)]

mod callback;
mod ends;
mod fetching;
mod logouts;
mod logs_in;
mod modules;
mod places;
mod secrets;
mod starts;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use dynamodb_session::{
    config::Config,
    entropy::SystemEntropy,
    session::Session,
    store::{Found, SessionStore},
    time::UnixSeconds,
};
use lambda::http;
use lambda_http::http::Request;
use oidc::{
    ClientSecrets, Oidc,
    fetch::{Answer, Client, Fetch, FetchError},
};
use provider::{Provider, Settings, client::Client as Registered, clock::Clock, user::User};
use serde_json::{Value, json};
use support::{NOW, config, key_of, reply::Reply, store::Counting};

/// Where the function is called, as `requestContext` tells.
const CALLBACK: &str = "https://api.example.com/login/oidc/callback";

/// The client's secret, which no answer, line or item may hold. It has characters that a form encodes.
const SECRET: &str = "canary+client secret/%";

/// A function and its provider.
struct World {
    function: Oidc<Counting, SystemEntropy, Way>,
    provider: Provider,
    /// The path of what the provider answers too late.
    late: Arc<Mutex<Option<&'static str>>>,
    /// How long each answer takes.
    takes: Arc<Mutex<Duration>>,
}

/// The way to the provider, on which an answer may come too late.
#[derive(Debug)]
struct Way {
    client: Client,
    late: Arc<Mutex<Option<&'static str>>>,
    takes: Arc<Mutex<Duration>>,
}

impl Fetch for Way {
    async fn fetch(&self, request: Request<String>) -> Result<Answer, FetchError> {
        let late = *self.late.lock().unwrap();
        let late = late == Some(request.uri().path());
        let takes = *self.takes.lock().unwrap();
        tokio::time::sleep(takes).await;
        // It is asked all the same.
        let answer = self.client.fetch(request).await;
        if late { Err(FetchError::Late) } else { answer }
    }
}

/// A browser that has been sent to the provider and back.
struct Returned {
    /// The value of its flow cookie.
    cookie: String,
    /// The query of the callback.
    query: String,
}

impl World {
    /// A function with the session of the events, and these variables besides those of the provider.
    async fn new(variables: &[(&str, &str)]) -> Self {
        Self::beside(provider(registered()).await, variables).await
    }

    /// A function whose logout goes on at the provider, which sends browsers back to `back`.
    async fn with_logout(back: &str) -> Self {
        let client = Registered {
            post_logout_redirect_uri: Some(back.to_owned()),
            ..registered()
        };
        let provider = provider(client).await;
        let logout = format!("{}/logout", provider.issuer());
        let variables = [
            ("SESSION_OIDC_LOGOUT_URL", logout.as_str()),
            ("SESSION_OIDC_POST_LOGOUT_URI", back),
        ];
        Self::beside(provider, &variables).await
    }

    /// A function of this provider.
    async fn beside(provider: Provider, variables: &[(&str, &str)]) -> Self {
        let of_provider = [
            ("SESSION_OIDC_ISSUER", provider.issuer()),
            ("SESSION_OIDC_CLIENT_ID", "shop"),
            ("SESSION_OIDC_CLIENT_SECRET", SECRET),
        ];
        let config = config(&[variables, &of_provider].concat());
        Self::over(Counting::seeded().await, &config, provider)
    }

    fn over(store: Counting, config: &Arc<Config>, provider: Provider) -> Self {
        let (late, takes) = (Arc::default(), Arc::default());
        let way = Way {
            client: Client::new(None),
            late: Arc::clone(&late),
            takes: Arc::clone(&takes),
        };
        let secret = ClientSecrets::text(SECRET.to_owned());
        let function = Oidc::over(store, SystemEntropy, config, secret, way);
        Self {
            function: function.unwrap(),
            provider,
            late,
            takes,
        }
    }

    /// Another process over the same table, which has asked the provider nothing yet.
    fn restarted(self) -> Self {
        let Oidc { store, config, .. } = self.function;
        Self::over(store, &config, self.provider)
    }

    async fn send_at(&self, event: Value, now: UnixSeconds) -> Reply {
        Reply::of(&http::answer(event, |request| self.function.handle(request, now)).await)
    }

    async fn send(&self, event: Value) -> Reply {
        self.send_at(event, NOW).await
    }

    /// A start of a browser with this flow cookie.
    async fn start(&self, query: &str, cookie: Option<&str>) -> Reply {
        self.send(start(query, cookie)).await
    }

    /// Starts, and logs `user` in at the provider.
    async fn returned(&self, query: &str, user: &str) -> Returned {
        let reply = self.start(query, None).await;
        self.back(&reply, user)
    }

    /// What becomes of a start's answer at the provider.
    fn back(&self, reply: &Reply, user: &str) -> Returned {
        assert_eq!(reply.status, 302, "{reply:?}");
        let back = self
            .provider
            .log_in(user, reply.header("location").unwrap());
        let back = back.expect("the provider takes the request");
        let (address, query) = back.split_once('?').unwrap();
        assert_eq!(address, CALLBACK);
        Returned {
            cookie: flow_cookie(reply).expect("a flow cookie"),
            query: query.to_owned(),
        }
    }

    async fn callback(&self, returned: &Returned) -> Reply {
        self.callback_at(returned, NOW).await
    }

    async fn callback_at(&self, returned: &Returned, now: UnixSeconds) -> Reply {
        let event = callback(&returned.query, Some(&returned.cookie));
        self.send_at(event, now).await
    }

    /// The whole of a login.
    async fn log_in(&self, query: &str, user: &str) -> Reply {
        let returned = self.returned(query, user).await;
        self.callback(&returned).await
    }

    /// The session that an answer hands out.
    async fn session_of(&self, reply: &Reply) -> Session {
        let token = session_cookie(reply).expect("a session cookie");
        match self
            .function
            .store
            .inner
            .session(&key_of(&token))
            .await
            .unwrap()
        {
            Found::Session(session) => session,
            other => panic!("{other:?}"),
        }
    }
}

/// The client, as the provider knows it.
fn registered() -> Registered {
    Registered {
        id: "shop".to_owned(),
        secret: Some(SECRET.to_owned()),
        redirect_uri: CALLBACK.to_owned(),
        post_logout_redirect_uri: None,
        backchannel_logout_uri: None,
    }
}

async fn provider(client: Registered) -> Provider {
    let settings = Settings {
        client,
        users: User::samples(),
        clock: Clock::at(NOW),
    };
    Provider::start(settings).await.unwrap()
}

/// The event of a start.
fn start(query: &str, cookie: Option<&str>) -> Value {
    with(support::event("oidc-start"), query, cookie)
}

/// The event of a callback.
fn callback(query: &str, cookie: Option<&str>) -> Value {
    with(support::event("oidc-callback"), query, cookie)
}

fn with(mut event: Value, query: &str, cookie: Option<&str>) -> Value {
    event["rawQueryString"] = json!(query);
    let fields = event.as_object_mut().unwrap();
    fields.remove("queryStringParameters");
    fields.remove("cookies");
    fields["headers"].as_object_mut().unwrap().remove("cookie");
    if let Some(cookie) = cookie {
        add_cookie(&mut event, &format!("__Host-oidc={cookie}"));
    }
    event
}

/// Adds a cookie to an event, as an HTTP API tells it.
fn add_cookie(event: &mut Value, cookie: &str) {
    let cookies = event["cookies"].as_array().cloned().unwrap_or_default();
    event["cookies"] = [cookies, vec![json!(cookie)]].concat().into();
}

fn cookie(reply: &Reply, name: &str) -> Option<String> {
    let mut values = reply.cookies.iter().filter_map(|cookie| {
        let (known, rest) = cookie.split_once('=')?;
        (known == name).then(|| rest.split(';').next().unwrap().to_owned())
    });
    values.next_back()
}

fn flow_cookie(reply: &Reply) -> Option<String> {
    cookie(reply, "__Host-oidc")
}

fn session_cookie(reply: &Reply) -> Option<String> {
    cookie(reply, "__Host-id").filter(|value| !value.is_empty())
}

/// Fails unless the answer is a page of this status and with this sentence, without a session's cookie.
fn assert_failed(name: &str, reply: &Reply, status: u64, sentence: &str) {
    assert_eq!(reply.status, status, "{name}: {}", reply.body);
    assert!(reply.body.contains(sentence), "{name}: {}", reply.body);
    assert_is_page(name, reply);
    assert_eq!(session_cookie(reply), None, "{name}");
}

/// Fails unless the answer is a page that nobody keeps, and that loads nothing.
fn assert_is_page(name: &str, reply: &Reply) {
    reply.assert_is_kept_private(name);
    let media_type = reply.header("content-type");
    assert_eq!(media_type, Some("text/html; charset=utf-8"), "{name}");
    let policy = reply.header("content-security-policy").unwrap();
    assert!(
        policy.starts_with("default-src 'none';"),
        "{name}: {policy}"
    );
    assert!(!reply.body.contains("<script"), "{name}");
}
