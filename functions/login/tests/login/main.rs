//! What a login answers: to the events of `events/`, to tables of bad requests, and what becomes of the sessions
//! meanwhile.

#![cfg(test)]

mod bodies;
mod carried;
mod cross_site;
mod fields;
mod names;
mod pages;
mod remember;
mod requests;
mod sessions;
mod throttle;
mod users;

use dynamodb_session::{
    entropy::SystemEntropy,
    password::{
        Password,
        hash::{PasswordHash, Verifier},
        store::UserStore,
    },
    time::UnixSeconds,
    user::UserName,
};
use lambda::http;
use login::Login;
use serde_json::{Value, json};
use support::{NOW, config, reply::Reply, store::Counting};
use users::Users;

/// The password in the events.
const PASSWORD: &str = "correct horse battery staple";

/// Its hash, at the least cost: m=8 KiB, one pass.
const HASH: &str =
    "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$lUbZ8Jzij/5bOe3RDFNWB4YcFPBWi0usvNmLvSsyG7I";

type Function = Login<Counting, Users, SystemEntropy>;

/// A function that knows `ada` and `bob`, who have the password of the events, and the session of the events.
async fn function(variables: &[(&str, &str)]) -> Function {
    let hash = PasswordHash::parse(HASH).unwrap();
    let login = Login {
        sessions: Counting::seeded().await,
        users: Users::default(),
        entropy: SystemEntropy,
        verifier: Verifier::new(&SystemEntropy).unwrap(),
        config: config(variables),
    };
    for name in ["ada", "bob"] {
        let user = UserName::parse(name).unwrap();
        assert!(login.users.inner.add(&user, &hash, NOW).await.unwrap());
    }
    login
}

fn hash(password: &str) -> PasswordHash {
    let password = Password::received(password.to_owned()).unwrap();
    PasswordHash::new(&password, &SystemEntropy).unwrap()
}

async fn answer(login: &Function, event: Value) -> Reply {
    answer_at(login, event, NOW).await
}

async fn answer_at(login: &Function, event: Value, now: UnixSeconds) -> Reply {
    Reply::of(&http::answer(event, |request| login.handle(request, now)).await)
}

/// A login as JSON, in both formats.
fn login_as(user: &str, password: &str) -> [Value; 2] {
    let body = json!({"username": user, "password": password});
    events("application/json", &body.to_string())
}

/// The same login in both formats, with another body and its media type.
fn events(media_type: &str, body: &str) -> [Value; 2] {
    let mut http = support::event("login-ok");
    http["headers"]["content-type"] = json!(media_type);
    let mut rest = support::event("login-rest");
    rest["headers"]["Content-Type"] = json!(media_type);
    rest["multiValueHeaders"]["Content-Type"] = json!([media_type]);
    [http, rest].map(|mut event| {
        event["body"] = json!(body);
        event
    })
}

/// Fails unless each of `events` is refused with `status`, by a proper response that repeats none of `secrets`, before
/// anything is looked up or changed.
async fn refused(
    name: &str,
    login: &Function,
    events: impl IntoIterator<Item = Value>,
    status: u64,
    secrets: &[&str],
) {
    for event in events {
        let reply = answer(login, event).await;
        assert_eq!(reply.status, status, "{name}: {}", reply.body);
        reply.assert_is_proper(name);
        for secret in secrets {
            assert!(
                !format!("{reply:?}").contains(secret),
                "{name}: {}",
                reply.body
            );
        }
        assert_eq!(login.users.finds(), 0, "{name}: the user was looked up");
        assert_eq!(login.sessions.calls(), [] as [&str; 0], "{name}");
    }
}

/// Forgets what was counted so far.
fn forget(login: &Function) {
    login.users.finds();
    login.sessions.calls();
}

/// The configuration of a deployment that also takes forms.
const FORMS: &[(&str, &str)] = &[("SESSION_LOGIN_FORM", "on")];
