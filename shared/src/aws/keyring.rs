//! The signing keys over the life of a process: those of a secret are fetched, kept for a while, and fetched again.

use std::{fmt, time::Duration};

use tokio::{sync::Mutex, time::timeout};

use super::secrets_manager::{Secret, SecretError};
use crate::{
    audit::{Cause, Event, Kind},
    fault::FaultKind,
    secret::KEPT_SECONDS,
    signing_keys::SigningKeys,
    time::UnixSeconds,
};

/// How long to wait, after the secret could not be reached, before it is asked again, if there are keys at hand.
const RETRY_SECONDS: u64 = 10;
/// The same if there are no keys at hand: every call fails meanwhile.
const RETRY_WITHOUT_KEYS_SECONDS: u64 = 1;
/// What a fetch may take during a call: with the 2.5 s of a store request, a call is answered within 3 s.
const FETCH_TIMEOUT: Duration = Duration::from_millis(500);
/// What a fetch may take before the first call, as the table's warm-up may.
const FIRST_FETCH_TIMEOUT: Duration = Duration::from_millis(2500);

/// Keeps signing keys as fresh as they have to be.
#[derive(Debug)]
pub struct Keyring {
    keys: SigningKeys,
    source: Option<Source>,
}

#[derive(Debug)]
struct Source {
    secret: Secret,
    /// When to ask next. Whoever holds the lock asks; the others wait for the answer.
    next: Mutex<UnixSeconds>,
}

/// There are no keys, so nothing can be decided about any token. Why is in the log.
#[derive(Debug, PartialEq, Eq)]
pub struct NoKeys;

impl Keyring {
    /// Keys that are at hand, or awaited from `secret`.
    #[must_use]
    pub fn new(keys: SigningKeys, secret: Option<Secret>) -> Self {
        let source = secret.map(|secret| Source {
            secret,
            next: Mutex::new(UnixSeconds(0)),
        });
        Self { keys, source }
    }

    /// Fetches the keys before the first call. A fault is logged, and the first call meets it again.
    pub async fn start(&self, now: UnixSeconds) {
        let _: Result<(), NoKeys> = self.refresh_within(FIRST_FETCH_TIMEOUT, now).await;
    }

    /// Fetches the keys again if they are too old at `now`. Each call begins with this.
    ///
    /// Keys of the configuration itself are always fresh, and cost nothing here.
    pub async fn refresh(&self, now: UnixSeconds) -> Result<(), NoKeys> {
        self.refresh_within(FETCH_TIMEOUT, now).await
    }

    async fn refresh_within(&self, limit: Duration, now: UnixSeconds) -> Result<(), NoKeys> {
        let keys = &self.keys;
        if let Some(source) = &self.source {
            let mut next = source.next.lock().await;
            if is_due(*next, now) {
                *next = now.plus(fetch(&source.secret, keys, limit).await);
            }
        }
        if keys.are_awaited() {
            return Err(NoKeys);
        }
        Ok(())
    }
}

/// Whether `next` is reached. It also counts as reached if the clock was set back so far that the wait would be far too
/// long.
fn is_due(next: UnixSeconds, now: UnixSeconds) -> bool {
    next <= now || next > now.plus(2 * KEPT_SECONDS)
}

/// Replaces `keys` by those of the secret, and returns the seconds after which to ask again.
///
/// If the secret can't be reached, the keys at hand stay: an outage logs nobody out. If the secret holds no usable
/// keys, the keys at hand go: whoever took the keys away meant it.
async fn fetch(secret: &Secret, keys: &SigningKeys, limit: Duration) -> u64 {
    let (kind, error) = match timeout(limit, secret.signing_keys()).await {
        Ok(Ok(fetched)) => {
            keys.replace(&fetched);
            return KEPT_SECONDS;
        }
        Ok(Err(error)) => fault_of(&error),
        Err(_) => (FaultKind::Unavailable, Cause::late(limit)),
    };
    if kind != FaultKind::Unavailable {
        keys.replace(&SigningKeys::awaited());
    }
    let kind = Kind::Store(kind);
    if keys.are_awaited() {
        Event::KeysMissing { kind, error }.log();
        RETRY_WITHOUT_KEYS_SECONDS
    } else {
        Event::KeysKept { kind, error }.log();
        RETRY_SECONDS
    }
}

fn fault_of(error: &SecretError) -> (FaultKind, Cause) {
    (error.kind, Cause::alone(error))
}

impl fmt::Display for NoKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("there are no signing keys")
    }
}

impl std::error::Error for NoKeys {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_is_asked_at_its_time_and_after_a_clock_was_set_back_by_minutes() {
        #[rustfmt::skip]
        let cases = [
            // name                             next    now  expected
            ("never asked",                        0,     0, true),
            ("the last second",                 1000,   999, false),
            ("its time",                        1000,  1000, true),
            ("frozen for hours",                1000, 50000, true),
            ("set back by a second",            1000,   699, false),
            ("set back by five minutes",        1000,   400, false),
            ("set back by more",                1000,   399, true),
        ];
        for (name, next, now, expected) in cases {
            assert_eq!(
                is_due(UnixSeconds(next), UnixSeconds(now)),
                expected,
                "{name}"
            );
        }
    }
}
