//! Sessions are ended, each as a logout ends it.

use std::io::{self, IsTerminal};

use dynamodb_session::{
    abandon,
    fault::StoreError,
    session::Live,
    survey::{self, Dangling, Selection},
    time::UnixSeconds,
    user::TypedName,
};
use serde_json::json;
use tokio::task::yield_now;

use super::{Found, Table, find, row};
use crate::{
    arguments::{Consent, Reading, Which},
    failure::{Failure, UNCHANGED, explain_scan},
    progress::tell,
    prompt,
    signals::{Signals, uncaught, unless_stopped},
};

impl Table {
    /// Ends all that `which` means. A signal ends it between two sessions.
    pub(super) async fn revoke(
        &self,
        which: &Which,
        reading: &Reading,
        consent: &Consent,
    ) -> Result<String, Failure> {
        if which.is_all() != consent.all {
            let text = if consent.all {
                "--all means every session: leave out what selects some"
            } else {
                "say which sessions to end, or --all for every session of every user"
            };
            return Err(Failure::Input(format!("{text}; {UNCHANGED}")));
        }
        let found = unless_stopped(self.find_sessions(which, reading)).await?;
        if consent.dry_run {
            tell(&format!("would end {}; {UNCHANGED}", count(found.len())));
            return Ok(row::list(&found, reading.json));
        }
        if found.len() > 1 && !consent.yes {
            self.ask(found.len()).await?;
        }
        let mut signals = Signals::catch().map_err(|error| uncaught(&error))?;
        let selection = find::selection(which);
        let (all, mut ended) = (found.len(), 0);
        let so_far = |ended: usize| format!("ended {ended} of {} of {}", count(all), self.place);
        let failed = |ended: usize, error: &StoreError| {
            let (so_far, why) = (so_far(ended), explain_scan(error));
            Failure::Fault(format!(
                "{so_far}, then it failed: {why}; run again, the command goes on with the rest"
            ))
        };
        for one in found {
            tokio::select! {
                biased;
                signal = signals.received() => {
                    let text = format!("{}; run again, the command goes on with the rest", so_far(ended));
                    return Err(Failure::Ended(signal, text.into()));
                }
                () = yield_now() => {}
            }
            let done = self.end(one, &selection).await;
            let done = done.map_err(|error| failed(ended, &error))?;
            ended += usize::from(done);
        }
        if let Some(user) = which.all_of_user() {
            let all = self.end_all(user).await;
            all.map_err(|error| failed(ended, &error))?;
        }
        if reading.json {
            return Ok(json!({"ended": ended, "gone": all - ended}).to_string());
        }
        let gone = all - ended;
        let rest = if gone == 0 {
            String::new()
        } else {
            format!("; {gone} had ended or been used meanwhile")
        };
        Ok(format!("ended {} of {}{rest}", count(ended), self.place))
    }

    /// Ends one, if it is still what was found; `false`: it is not.
    async fn end(&self, found: Found, selection: &Selection) -> Result<bool, StoreError> {
        let now = UnixSeconds::from_system_clock();
        match found {
            Found::Session(Live { key, .. }) => match survey::follow(&self.store, key).await? {
                Some(live) if selection.selects(&live.session, now) => {
                    Ok(abandon::abandon(&self.store, &live.key).await?.is_some())
                }
                _ => Ok(false),
            },
            Found::Dangling(Dangling::Session(live)) => {
                Ok(abandon::abandon(&self.store, &live.key).await?.is_some())
            }
            Found::Dangling(Dangling::Entry { user, session }) => {
                abandon::revoke(&self.store, &user, &session).await
            }
        }
    }

    /// Has the items of the user whom `typed` may mean remember that all sessions ended now, and ends those that began meanwhile.
    async fn end_all(&self, typed: &TypedName) -> Result<(), StoreError> {
        for user in typed.stored() {
            abandon::end_all(&self.store, user, UnixSeconds::from_system_clock()).await?;
        }
        Ok(())
    }

    async fn ask(&self, sessions: usize) -> Result<(), Failure> {
        let what = format!("{} of {}", count(sessions), self.place);
        if !io::stdin().is_terminal() {
            return Err(Failure::Input(format!(
                "this would end {what}: look with --dry-run, and say --yes to end them; {UNCHANGED}"
            )));
        }
        if prompt::agrees(&format!("End {what}? [y/N] ")).await? {
            return Ok(());
        }
        Err(Failure::Input(UNCHANGED.to_owned()))
    }
}

fn count(sessions: usize) -> String {
    let noun = if sessions == 1 { "session" } else { "sessions" };
    format!("{sessions} {noun}")
}
