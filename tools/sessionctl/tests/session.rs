//! `sessionctl session` and `stats`, run as an operator runs them.

mod dangling;
mod faults;
mod list;
mod revoke;
mod stats;
#[cfg(unix)]
mod terminal;

use aws_sdk_dynamodb::types::AttributeValue;
use dynamodb_session::{
    authorize::Policy,
    create::{self, Begun, Login, Visit, VisitLimits, Vouched},
    entropy::SystemEntropy,
    id::SessionKey,
    session::{Origin, Session, Timeouts},
    time::UnixSeconds,
    user::UserName,
};
use serde_json::Value;

use super::engine::{Engine, name, run};

pub(crate) const CHROME: &str =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36";

/// A session as a login made it so many seconds ago.
pub(crate) async fn log_in(
    engine: &Engine,
    user: &str,
    ago: u64,
    remembered: bool,
) -> (SessionKey, Session) {
    let login = Login {
        origin: Origin::new(Some("192.0.2.1"), Some(CHROME)),
        remembered,
        ..Login::new(name(user), Vouched::just_now())
    };
    let now = UnixSeconds(UnixSeconds::from_system_clock().0 - ago);
    let (store, policy) = (engine.sessions(), Policy::default());
    let created = create::create(&store, &SystemEntropy, &policy, &login, now);
    let created = created.await.unwrap().unwrap();
    (created.id.key(), created.session)
}

/// An anonymous session with data, as a first write made it just now.
pub(crate) async fn visit(engine: &Engine) -> Session {
    let visit = Visit {
        timeouts: Timeouts::default(),
        origin: Origin::new(Some("2001:db8::1"), None),
        data: [("cart".to_owned(), r#"["bread"]"#.to_owned())].into(),
    };
    let limits = VisitLimits {
        bytes: 1000,
        anonymous_bytes: 1000,
        address_per_minute: 0,
    };
    let now = UnixSeconds::from_system_clock();
    let store = engine.sessions();
    let begun = create::begin(
        &store,
        &SystemEntropy,
        &Policy::default(),
        limits,
        &visit,
        now,
    )
    .await;
    let Begun::Session(created) = begun.unwrap() else {
        unreachable!("nothing limits it")
    };
    created.session
}

/// Puts an item as it is.
pub(crate) async fn put(engine: &Engine, attributes: &[(&str, &str)]) {
    let mut request = engine.client.put_item().table_name("app_session");
    for (name, value) in attributes {
        request = request.item(*name, AttributeValue::S((*value).to_owned()));
    }
    request.send().await.unwrap();
}

/// The exit code, what went to standard output, and what to standard error. Neither has a key or a token.
pub(crate) fn ask(engine: &Engine, arguments: &[&str]) -> (i32, String, String) {
    told(run(engine.command(arguments), ""))
}

pub(crate) fn told(output: std::process::Output) -> (i32, String, String) {
    let text = |bytes| String::from_utf8(bytes).unwrap().trim_end().to_owned();
    let (out, error) = (text(output.stdout), text(output.stderr));
    for shown in [&out, &error] {
        // A key is a hash of 43 characters after its prefix. So long is the name of a provider's user, too.
        let longest =
            shown.split(|letter: char| !(letter.is_ascii_alphanumeric() || "-_".contains(letter)));
        assert!(
            longest
                .filter(|word| !word.starts_with(UserName::PROVIDED))
                .map(str::len)
                .max()
                .unwrap_or_default()
                < 43,
            "{shown}"
        );
        assert!(
            !shown.contains("s#") && !shown.contains("panicked"),
            "{shown}"
        );
    }
    (output.status.code().unwrap(), out, error)
}

/// The objects of a list in JSON.
pub(crate) fn objects(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The public names that a list in JSON has.
pub(crate) fn names(text: &str) -> Vec<String> {
    let objects = objects(text);
    let mut names: Vec<_> = objects
        .iter()
        .map(|it| it["session"].as_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}
