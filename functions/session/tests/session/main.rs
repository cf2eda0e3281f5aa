//! What /session and /sessions answer: each resource to good requests, to bad ones, and while the store fails.

#![cfg(test)]

mod anonymous;
mod ask;
mod bodies;
mod cross_site;
mod data;
mod devices;
mod limits;
mod once;
mod refused;
mod renew;
mod requests;
mod rotate;
mod show;
mod versions;

use dynamodb_session::{entropy::SystemEntropy, session::Session, time::UnixSeconds};
use lambda::http;
use serde_json::Value;
use session::SessionApi;
use support::{NOW, REFERENCE, TOKEN, config, reply::Reply, session as sample, store::Counting};

type Function = SessionApi<Counting, SystemEntropy>;

/// Variables of the environment.
type Variables<'a> = &'a [(&'a str, &'a str)];

/// A function over `store`.
fn function(store: Counting, variables: Variables<'_>) -> Function {
    SessionApi {
        entropy: SystemEntropy,
        sessions: store,
        config: config(variables),
    }
}

/// A function that knows the session of the samples.
async fn seeded(variables: Variables<'_>) -> Function {
    function(Counting::seeded().await, variables)
}

/// A store with one session, which the token of the samples opens.
async fn holding(session: Session) -> Counting {
    let store = Counting::default();
    store.put(TOKEN, session).await;
    store
}

/// The session of the samples with data of version 7.
fn with_data(texts: &[(&str, &str)]) -> Session {
    let data = texts
        .iter()
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
    Session {
        data: data.collect(),
        version: 7,
        ..sample()
    }
}

/// The `ETag` of the data of the session of the samples, of this version.
fn etag(version: u64) -> String {
    format!("\"{REFERENCE}.{version}\"")
}

/// The answer at the time of the tests.
async fn answer(function: &Function, event: Value) -> Reply {
    answer_at(function, event, NOW).await
}

async fn answer_at(function: &Function, event: Value, now: UnixSeconds) -> Reply {
    Reply::of(&http::answer(event, |request| function.handle(request, now)).await)
}

/// The token in the one cookie that a response sets, of the default form but for the attributes.
fn cookie_token(reply: &Reply) -> String {
    let [cookie] = reply.cookies.as_slice() else {
        panic!("{:?}", reply.cookies)
    };
    let pair = cookie.split(';').next().unwrap();
    let token = pair.strip_prefix("__Host-id=").unwrap();
    assert_eq!(token.len(), 43, "{cookie}");
    token.to_owned()
}
