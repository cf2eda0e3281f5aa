//! What the tests of several crates share. It knows the session crate and neither a function nor the suites.
//!
//! - The events of `events/`, and the session whose token they carry: [`event`], [`session`], [`TOKEN`].
//! - [`arbitrary`]: events that no API sends.
//! - [`pages`]: what browsers say about the page that has a request sent.
//! - [`reply`]: a response as a client sees it.
//! - [`hooked`]: a store with a hook before and after each of its calls.
//! - [`store`]: a store that counts what it is asked, and fails on demand.
//! - [`clock`]: limits of an SDK's client that are reached when a test says so.
//! - [`gate`]: where tasks pause before or after each call of a store, under the test's control.
//! - [`orders`]: every order of the steps of several tasks.

#![allow(
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    reason = "test code: an expectation that fails panics"
)]

pub mod arbitrary;
pub mod clock;
pub mod gate;
pub mod hooked;
pub mod orders;
pub mod pages;
pub mod reply;
pub mod store;
#[cfg(feature = "password")]
mod users;

use std::{collections::BTreeMap, fs, sync::Arc};

use dynamodb_session::{
    authorize::key,
    claim::Claim,
    config::Config,
    data::Marks,
    id::{SessionKey, SessionRef},
    session::{Origin, Session, Timeouts},
    signing_keys::SigningKeys,
    time::UnixSeconds,
    token::TokenFormat,
    transport::Presented,
    user::UserName,
};
use serde_json::Value;

/// The time of every test.
pub const NOW: UnixSeconds = UnixSeconds(1_800_000_000);

/// The token in the events: base64url of the 32 bytes `events-test-session-not-a-secret`.
pub const TOKEN: &str = "ZXZlbnRzLXRlc3Qtc2Vzc2lvbi1ub3QtYS1zZWNyZXQ";

/// The public name of the session that it opens.
pub const REFERENCE: &str = "c2FtcGxlIHJlZmVyZW5jZQ";

/// One file of `events/`, by its name without the ending.
#[must_use]
pub fn event(name: &str) -> Value {
    let path = format!("{}/../../events/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A configuration: the defaults, but for `variables`.
#[must_use]
pub fn config(variables: &[(&str, &str)]) -> Arc<Config> {
    let lookup = |name: &str| {
        let found = variables.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    };
    Arc::new(Config::parse(lookup, NOW).unwrap())
}

/// A session of `ada` that is a minute old at [`NOW`].
#[must_use]
pub fn session() -> Session {
    Session {
        reference: SessionRef::parse(REFERENCE).unwrap(),
        user: Some(UserName::parse("ada").unwrap()),
        created: UnixSeconds(NOW.0 - 60),
        accessed: UnixSeconds(NOW.0 - 30),
        authenticated: Some(UnixSeconds(NOW.0 - 60)),
        timeouts: Timeouts {
            idle: 7200,
            absolute: 43200,
        },
        origin: Origin::default(),
        data: BTreeMap::new(),
        version: 0,
        marks: Marks::default(),
        rotation: None,
        ended: None,
        remembered: None,
    }
}

/// The key of the item that an unsigned `token` opens.
#[must_use]
pub fn key_of(token: &str) -> SessionKey {
    let format = TokenFormat {
        id_bytes: 32,
        keys: SigningKeys::default(),
    };
    key(&Claim::verify(Presented::Token(token), &format)).unwrap()
}
