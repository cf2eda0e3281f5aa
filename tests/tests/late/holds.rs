//! What holds whatever arrives late.

use aws_sdk_dynamodb::types::AttributeValue;
use dynamodb_session::{
    authorize,
    claim::Claim,
    password::{dynamodb::DynamoUserStore, hash::PasswordHash, store::UserStore},
    store::{Found, SessionStore, dynamodb::DynamoStore},
    throttle::CounterKey,
    transport::Presented,
    user::UserName,
};
use serde_json::json;
use tests::functions::Functions;

use super::told::{PASSWORDS, Session, Told, body};

/// What of `told` does not hold.
pub(crate) async fn problems(functions: &mut Functions, told: &Told) -> Vec<String> {
    functions.now = told.now;
    let mut wrong = Vec::new();
    // From here on calls are uses.
    for session in &told.sessions {
        wrong.extend(deadline(functions, session).await);
    }
    wrong.extend(guesses(functions, told).await);
    wrong.extend(list(functions, told).await);
    for session in &told.sessions {
        if session.over {
            wrong.extend(dead(functions, session).await);
        } else {
            wrong.extend(alive(functions, session).await);
        }
    }
    wrong.extend(record(functions, told).await);
    wrong
}

/// The idle deadline is not before what the last use made it.
async fn deadline(functions: &Functions, session: &Session) -> Option<String> {
    if session.over {
        return None;
    }
    let presented = Presented::Token(session.token());
    let claim = Claim::verify(presented, &functions.config.policy.format);
    let key = authorize::key(&claim).unwrap();
    let due = session.used.plus(functions.config.lifetimes.timeouts.idle);
    match store(functions).session(&key).await.unwrap() {
        Found::Session(found) if found.idle_expires() >= due => None,
        Found::Session(found) => Some(format!(
            "the idle deadline moved back by {} s",
            due.0 - found.idle_expires().0
        )),
        found => Some(format!("a living session is gone: {found:?}")),
    }
}

/// No wrong password is forgotten.
async fn guesses(functions: &Functions, told: &Told) -> Option<String> {
    let key = CounterKey::account(&user(told));
    let request = functions.client.get_item().consistent_read(true);
    let request = request.table_name(&functions.config.tables.sessions);
    let id = AttributeValue::S(key.as_str().to_owned());
    let item = request.key("id", id).send().await.unwrap().item;
    let tries = item.map_or(0, |item| item["tries"].as_n().unwrap().parse().unwrap());
    (tries < told.guesses)
        .then(|| format!("{tries} wrong passwords are counted, of {}", told.guesses))
}

/// The user's sessions are those that were acknowledged: as GET /sessions shows them, or, where nobody can ask, as the
/// user's item has them.
async fn list(functions: &Functions, told: &Told) -> Option<String> {
    let mut listed = Vec::new();
    if let Some(session) = told.living().last() {
        let event = functions.event("GET", "/sessions", "", Some(session.token()), "");
        let shown = body(&functions.send(event).await);
        let sessions = shown["sessions"].as_array().into_iter().flatten();
        listed.extend(sessions.map(|shown| shown["session"].as_str().unwrap().to_owned()));
    } else {
        let item = store(functions).user(&user(told)).await.unwrap();
        for (name, entry) in item.into_iter().flat_map(|item| item.sessions) {
            if store(functions).session(&entry.key).await.unwrap() != Found::Nothing {
                listed.push(name.as_str().to_owned());
            }
        }
        // What has ended by itself is there until it is swept.
        listed.retain(|name| !told.sessions.iter().any(|session| session.name == *name));
    }
    let mut expected: Vec<_> = told.living().map(|session| session.name.clone()).collect();
    listed.sort();
    expected.sort();
    (listed != expected).then(|| format!("sessions {listed:?} are listed, not {expected:?}"))
}

/// The session is usable, and its data what was acknowledged last.
async fn alive(functions: &Functions, session: &Session) -> Option<String> {
    let answer = functions.session(Some(session.token())).await;
    let shown = body(&answer);
    let expected = json!({"session": session.name, "data": session.data});
    let seen = json!({"session": shown["session"], "data": shown["data"]});
    (answer["statusCode"] != 200 || seen != expected)
        .then(|| format!("{} shows {seen}, not {expected}", answer["statusCode"]))
}

/// No token that was ever handed out for the session opens anything.
async fn dead(functions: &Functions, session: &Session) -> Vec<String> {
    let mut wrong = Vec::new();
    for token in &session.tokens {
        let shown = functions.session(Some(token)).await["statusCode"] != 401;
        if functions.allows(token).await || shown {
            wrong.push(format!("session {} is alive again", session.name));
        }
    }
    wrong
}

/// The user is there, has the last password, and is disabled, as the operator was told.
async fn record(functions: &Functions, told: &Told) -> Option<String> {
    let config = &functions.config;
    let users = DynamoUserStore::new(functions.client.clone(), config.tables.users.clone());
    let found = users.find(&user(told)).await.unwrap();
    let found = found.map(|record| (record.hash, record.disabled));
    let expected = told.record.as_ref().map(|record| {
        let (_, hash) = PASSWORDS[record.password];
        (PasswordHash::parse(hash).unwrap(), record.disabled)
    });
    (found != expected).then(|| {
        let tell = |record: Option<(PasswordHash, bool)>| {
            record.map(|(hash, disabled)| {
                let known =
                    |(_, text): &(&str, &str)| PasswordHash::parse(text).as_ref() == Some(&hash);
                let password = PASSWORDS.iter().position(known);
                format!("password {password:?}, disabled: {disabled}")
            })
        };
        format!("the user is {:?}, not {:?}", tell(found), tell(expected))
    })
}

fn store(functions: &Functions) -> DynamoStore {
    DynamoStore::new(
        functions.client.clone(),
        functions.config.tables.sessions.clone(),
    )
}

fn user(told: &Told) -> UserName {
    UserName::parse(&told.user).unwrap()
}
