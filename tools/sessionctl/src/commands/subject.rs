//! What an operator does with a user of a provider: finds them, and keeps them out.

use dynamodb_session::{
    fault::StoreError,
    provider::{ProviderStore, bar, unbar, user_of},
    store::SessionStore,
    time::UnixSeconds,
};
use serde_json::{Value, json};

use super::session::{Table, row};
use crate::{
    arguments::{Arguments, SubjectCommand, Whom},
    failure::{Failure, explain},
};

/// Does what `command` says, in the table that the arguments and the environment name.
pub(crate) async fn run(
    command: &SubjectCommand,
    arguments: &Arguments,
    environment: impl Fn(&str) -> Option<String>,
) -> Result<String, Failure> {
    let table = Table::find(arguments, environment).await?;
    let now = UnixSeconds::from_system_clock();
    match command {
        SubjectCommand::Show(whom) => table.subject(whom).await,
        SubjectCommand::Bar(whom) => table.bar(whom, now).await,
        SubjectCommand::Unbar(whom) => table.unbar(whom).await,
    }
}

impl Table {
    async fn subject(&self, whom: &Whom) -> Result<String, Failure> {
        let user = user_of(&whom.issuer, &whom.subject);
        let read = async {
            let item = self.store.user(&user).await?;
            Ok((item, self.store.barred(&user).await?))
        };
        let (item, barred) = read.await.map_err(|error| self.unread(&error))?;
        let sessions = item.as_ref().map_or(0, |item| item.sessions.len());
        let ended = item.and_then(|item| item.ended);
        let object = json!({
            "user": user.as_str(),
            "sessions": sessions,
            "ended_at": ended.map(|at| at.0),
            "barred_at": barred.map(|at| at.0),
        });
        if whom.json {
            return Ok(object.to_string());
        }
        let time = |moment: Option<UnixSeconds>| moment.map_or("-".to_owned(), row::time);
        Ok(format!(
            "{:<18} {user}\n{:<18} {sessions}\n{:<18} {}\n{:<18} {}",
            "user",
            "sessions",
            "ended_at",
            time(ended),
            "barred_at",
            time(barred),
        ))
    }

    async fn bar(&self, whom: &Whom, now: UnixSeconds) -> Result<String, Failure> {
        let user = user_of(&whom.issuer, &whom.subject);
        let ended = bar(&self.store, &user, now).await;
        let ended = ended.map_err(|error| self.unsure(&error, "bar"))?;
        let noun = if ended == 1 { "session" } else { "sessions" };
        Ok(told(
            whom,
            &json!({"user": user.as_str(), "ended": ended}),
            format!("barred {user}; ended {ended} {noun} of {}", self.place),
        ))
    }

    async fn unbar(&self, whom: &Whom) -> Result<String, Failure> {
        let user = user_of(&whom.issuer, &whom.subject);
        let was = unbar(&self.store, &user).await;
        if !was.map_err(|error| self.unsure(&error, "unbar"))? {
            return Err(Failure::Input(format!(
                "{user} is not barred in {}",
                self.place
            )));
        }
        Ok(told(
            whom,
            &json!({"user": user.as_str()}),
            format!("{user} may log in again, in {}", self.place),
        ))
    }

    fn unsure(&self, error: &StoreError, command: &str) -> Failure {
        Failure::Fault(format!(
            "it is not known how far it came in {}: {}; `sessionctl subject {command}`, run again, does the rest",
            self.place,
            explain(error)
        ))
    }
}

fn told(whom: &Whom, object: &Value, text: String) -> String {
    if whom.json { object.to_string() } else { text }
}
