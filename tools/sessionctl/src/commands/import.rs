//! What an operator does to move in: the living sessions of a predecessor's table are taken over.

use std::{
    collections::BTreeMap,
    fmt,
    future::{Future, ready},
    pin::pin,
    time::Duration,
};

use aws_sdk_dynamodb::config::retry::RetryConfig;
use dynamodb_session::{
    authorize::Policy,
    cause,
    config::{self, Lifetimes, Tokens},
    create::CreateError,
    entropy::SystemEntropy,
    fault::StoreError,
    id::SessionKey,
    import::{self, Left, OldTable, Terms},
    store::{SessionStore, dynamodb::DynamoStore},
    time::UnixSeconds,
};
use serde_json::json;
use tokio::time::{Instant, sleep};

use crate::{
    arguments::{Arguments, Import},
    failure::{Failure, UNCHANGED, explain_import},
    progress::Progress,
    scan::time_of,
    signals::{Signals, uncaught},
    target::Target,
};

const AGAIN: &str = "run again, the command goes on with the rest";

/// What follows a failure between the mark of a row and the answer to the put of its session.
const LOST: &str = ", but not with the row at which it failed: its client may have to log in again";

/// How often a request is tried, and the longest waits between: predecessors' tables often have few units a second.
const TRIES: u32 = 10;
const FIRST_WAIT: Duration = Duration::from_millis(200);
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// Takes the sessions over, row by row: a row that is begun is finished, whatever signal comes.
pub(crate) async fn run(
    command: &Import,
    arguments: &Arguments,
    environment: impl Fn(&str) -> Option<String>,
) -> Result<String, Failure> {
    let mut signals = Signals::catch().map_err(|error| uncaught(&error))?;
    let now = UnixSeconds::from_system_clock();
    let not_before = not_before(&environment, now)?;
    let target = Target::find(arguments, environment).await?;
    if command.table == target.session_table {
        return Err(Failure::Input(format!(
            "table {} is that of the sessions themselves: name the predecessor's table, and the other one with \
             --session-table; {UNCHANGED}",
            command.table
        )));
    }
    let patient = RetryConfig::standard()
        .with_max_attempts(TRIES)
        .with_initial_backoff(FIRST_WAIT)
        .with_max_backoff(LONGEST_WAIT);
    let settings = target.client.config().to_builder().retry_config(patient);
    let client = aws_sdk_dynamodb::Client::from_conf(settings.build());
    let store = DynamoStore::new(client.clone(), target.session_table.clone());
    // Before a row is marked: a table that is not there would cost its client a login.
    let nothing = SessionKey::from_stored("s#".to_owned());
    let predecessor = DynamoStore::new(client.clone(), command.table.clone());
    let reached = async {
        store.session(&nothing).await?;
        predecessor.size().await
    };
    let reached = tokio::select! {
        biased;
        signal = signals.received() => return Err(Failure::Ended(signal, UNCHANGED.into())),
        reached = reached => reached,
    };
    let size = reached
        .map_err(|error| Failure::Fault(format!("{UNCHANGED}: {}", explain_import(&error))))?;
    let terms = Terms {
        user_key: command.user_key.as_deref(),
        not_before,
        dry_run: command.dry_run,
    };
    let mut moving = Moving {
        command,
        place: format!(
            "of table {} into table {} ({})",
            command.table, target.session_table, target.engine
        ),
        imported: 0,
        left: BTreeMap::new(),
        units: 0.0,
    };
    let old = OldTable::new(client, command.table.clone());
    let place = format!("table {} ({})", command.table, target.engine);
    let mut progress = Progress::announce(&place, size, Instant::now());
    let moved = moving.all(&old, &store, terms, &mut progress, signals.received());
    let moved = moved.await;
    progress.clear();
    moved?;
    Ok(moving.told())
}

/// The moment before which all sessions have ended, of a deployment to which the predecessors' ids are tokens.
fn not_before(
    environment: impl Fn(&str) -> Option<String>,
    now: UnixSeconds,
) -> Result<Option<UnixSeconds>, Failure> {
    let policy = config::read(&environment, |variables| {
        let Tokens { format, .. } = Tokens::from_variables(variables);
        let idle = Lifetimes::from_variables(variables).timeouts.idle;
        Policy::from_variables(variables, format, idle, now)
    });
    let policy = policy.map_err(|error| Failure::Input(format!("{error}; {UNCHANGED}")))?;
    let refused = |why: &str| {
        Err(Failure::Input(format!(
            "{why}: the ids to import would be refused there; {UNCHANGED}"
        )))
    };
    if !policy.format.keys.is_empty() {
        return refused(
            "SESSION_SIGNING_KEYS or SESSION_SIGNING_KEYS_SECRET_ARN is set, so that tokens are signed",
        );
    }
    if policy.format.id_bytes != 32 {
        return refused("SESSION_ID_BYTES is not 32");
    }
    Ok(policy.not_before)
}

/// An import under way.
struct Moving<'a> {
    command: &'a Import,
    /// From where to where.
    place: String,
    imported: u64,
    left: BTreeMap<Left, u64>,
    units: f64,
}

impl Moving<'_> {
    async fn all(
        &mut self,
        old: &OldTable,
        store: &impl SessionStore,
        terms: Terms<'_>,
        progress: &mut Progress,
        stop: impl Future<Output = u8>,
    ) -> Result<(), Failure> {
        let mut stop = pin!(stop);
        let mut next = None;
        loop {
            let begun = Instant::now();
            let page = tokio::select! {
                biased;
                signal = &mut stop => return Err(self.stopped(signal)),
                page = old.page(next) => page.map_err(|error| self.failed(&error, ""))?,
            };
            self.units += page.units;
            for row in &page.rows {
                tokio::select! {
                    biased;
                    signal = &mut stop => return Err(self.stopped(signal)),
                    () = ready(()) => {}
                }
                let now = UnixSeconds::from_system_clock();
                match import::take(old, store, &SystemEntropy, terms, row, now).await {
                    Ok(None) => self.imported += 1,
                    Ok(Some(left)) => *self.left.entry(left).or_default() += 1,
                    Err(CreateError::Store(error)) => return Err(self.failed(&error, LOST)),
                    Err(error) => return Err(Failure::Fault(cause::chain(&error))),
                }
                progress.met(1, self.units, Instant::now());
            }
            next = page.next;
            if next.is_none() {
                return Ok(());
            }
            let least = time_of(page.units, self.command.reading.max_read_units);
            let pause = least.saturating_sub(begun.elapsed());
            tokio::select! {
                biased;
                signal = &mut stop => return Err(self.stopped(signal)),
                () = sleep(pause) => {}
            }
        }
    }

    fn failed(&self, error: &StoreError, lost: &str) -> Failure {
        Failure::Fault(format!("{}; {self}; {AGAIN}{lost}", explain_import(error)))
    }

    fn stopped(&self, signal: u8) -> Failure {
        let text = format!("{self}; {AGAIN}");
        Failure::Ended(signal, text.into())
    }

    fn told(&self) -> String {
        if !self.command.reading.json {
            return self.to_string();
        }
        let left = self.left.iter().map(|(left, count)| (left.as_str(), count));
        json!({
            "imported": self.imported,
            "left": left.collect::<BTreeMap<_, _>>(),
            "read_units": self.units,
            "dry_run": self.command.dry_run,
        })
        .to_string()
    }
}

impl fmt::Display for Moving<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let did = if self.command.dry_run {
            "would import"
        } else {
            "imported"
        };
        let sessions = if self.imported == 1 {
            "session"
        } else {
            "sessions"
        };
        let (imported, place, units) = (self.imported, &self.place, self.units);
        write!(
            f,
            "{did} {imported} {sessions} {place}, anonymous there; left {}",
            self.left.values().sum::<u64>()
        )?;
        for (index, (left, count)) in self.left.iter().enumerate() {
            let separator = if index == 0 { ": " } else { ", " };
            write!(f, "{separator}{count} {left}")?;
        }
        write!(f, "; read {units} units")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deployment_that_would_refuse_the_ids_is_told() {
        let key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        let arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:session/keys-AbCdEf";
        let cases = [
            ("SESSION_SIGNING_KEYS", key, "tokens are signed"),
            ("SESSION_SIGNING_KEYS_SECRET_ARN", arn, "tokens are signed"),
            ("SESSION_ID_BYTES", "16", "SESSION_ID_BYTES is not 32"),
            ("SESSION_ID_BYTES", "x", "invalid configuration"),
        ];
        for (name, value, part) in cases {
            let environment = |wanted: &str| (wanted == name).then(|| value.to_owned());
            let failure = not_before(environment, UnixSeconds(9)).unwrap_err();
            assert_eq!(failure.code(), 2);
            let text = failure.to_string();
            assert!(
                text.contains(part) && text.ends_with("nothing was changed"),
                "{text}"
            );
            assert!(!text.contains(key), "{text}");
        }
        let limit = |name: &str| (name == "SESSION_NOT_BEFORE").then(|| "7".to_owned());
        let not_before = not_before(limit, UnixSeconds(9)).unwrap();
        assert_eq!(not_before, Some(UnixSeconds(7)));
    }
}
