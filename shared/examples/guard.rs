//! A handler that a session guards, without a framework: headers in, a response out.
//!
//! `cargo run -p dynamodb-session --example guard`

use std::{
    error::Error,
    io::{self, Write},
};

use dynamodb_session::{
    authorize::{Decision, Policy, authorize},
    claim::Claim,
    reply::{self, Response},
    store::{SessionStore, memory::MemoryStore},
    time::UnixSeconds,
    transport::{Source, Transport},
    user::UserName,
};

/// Answers whoever has a session with their name. A fault of the store is a 503: it logs nobody out.
async fn hello(
    store: &impl SessionStore,
    policy: &Policy,
    transport: &Transport,
    headers: Source<'_>,
) -> Response {
    let carried = transport.read(&[headers]);
    let claim = Claim::verify(carried.presented(), &policy.format);
    match authorize(store, policy, &claim, UnixSeconds::from_system_clock()).await {
        Ok(Decision::Allow(live)) => {
            let user = live.session.user;
            reply::json(&user.as_ref().map(UserName::as_str))
        }
        Ok(Decision::Deny { .. }) => reply::unauthorized(),
        Err(error) => reply::store_fault(&error),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let (store, policy) = (MemoryStore::default(), Policy::default());
    let headers = vec![("Cookie", "theme=dark")];
    let answer = hello(&store, &policy, &Transport::default(), headers).await;
    writeln!(io::stdout(), "{} {}", answer.status(), answer.body())?;
    Ok(())
}
