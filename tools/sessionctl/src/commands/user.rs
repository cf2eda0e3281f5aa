//! What an operator does with a user: the record changes first, then the sessions end; a removed record goes last.

mod add;
mod disable;
mod passwd;
mod remove;
#[cfg(test)]
mod tests;
mod unlock;

use dynamodb_session::{
    abandon,
    entropy::SystemEntropy,
    fault::{FaultKind, StoreError},
    password::{
        Password, account, dynamodb::DynamoUserStore, hash::PasswordHash, store::UserStore,
    },
    store::{SessionStore, dynamodb::DynamoStore},
    time::UnixSeconds,
    user::{TypedName, UserName},
};

use crate::{
    arguments::{Arguments, UserCommand},
    failure::{Failure, explain},
    prompt::new_password,
    target::Target,
};

/// The stores to work on, and what messages call them.
#[derive(Debug)]
pub(crate) struct Stores<U, S> {
    /// The users.
    pub(crate) users: U,
    /// Their table, and where it is.
    pub(crate) user_table: String,
    /// The sessions.
    pub(crate) sessions: S,
    /// Their table, and where it is.
    pub(crate) session_table: String,
    /// Where both are.
    pub(crate) engine: String,
}

type Answer = Result<String, Failure>;

/// Does what `command` says, in the tables that the arguments and the environment name.
pub(crate) async fn run(
    command: &UserCommand,
    arguments: &Arguments,
    environment: impl Fn(&str) -> Option<String>,
) -> Answer {
    let target = Target::find(arguments, environment).await?;
    let engine = target.engine;
    let stores = Stores {
        user_table: format!("table {} ({engine})", target.user_table),
        session_table: format!("table {} ({engine})", target.session_table),
        users: DynamoUserStore::new(target.client.clone(), target.user_table),
        sessions: DynamoStore::new(target.client, target.session_table),
        engine,
    };
    let now = UnixSeconds::from_system_clock();
    match command {
        UserCommand::Add(new) => {
            let password = async |user: &_| new_password(user, new.password.least_characters).await;
            stores.add(&new.name, password, now).await
        }
        UserCommand::Disable(user) => stores.disable(&user.name, now).await,
        UserCommand::Enable(user) => stores.enable(&user.name, now).await,
        UserCommand::Passwd(new) => {
            let password = async |user: &_| new_password(user, new.password.least_characters).await;
            stores.passwd(&new.user.name, password, now).await
        }
        UserCommand::Remove(user) => stores.remove(&user.name, now).await,
        UserCommand::Unlock(user) => stores.unlock(&user.name, now).await,
    }
}

impl<U: UserStore, S: SessionStore> Stores<U, S> {
    /// The stored name of the user whom `typed` means; its canonical form if there is no such user.
    async fn account(&self, typed: &TypedName) -> Result<UserName, Failure> {
        let user = account::find(&self.users, typed).await;
        user.map_err(|error| self.unread(typed.name(), &error))
    }

    /// Whether there is a record, damaged or not. This is asked first, so that a table out of reach is reported before
    /// anyone has typed a password, and before anything can have changed.
    async fn is_there(&self, user: &UserName) -> Result<bool, Failure> {
        let there = account::is_there(&self.users, user).await;
        there.map_err(|error| self.unread(user, &error))
    }

    fn unread(&self, user: &UserName, error: &StoreError) -> Failure {
        Failure::Fault(format!(
            "nothing was changed: can't read the record of {user} at {}: {}",
            self.engine,
            explain(error)
        ))
    }

    fn written(&self, user: &UserName, answer: Result<bool, StoreError>) -> Result<bool, Failure> {
        answer.map_err(|error| {
            let state = match error.kind {
                FaultKind::Unavailable => "it is not known whether anything was changed",
                FaultKind::Misconfigured | FaultKind::Damaged => "nothing was changed",
            };
            Failure::Fault(format!(
                "{state}: can't write the record of {user} at {}: {}",
                self.engine,
                explain(&error)
            ))
        })
    }

    async fn end_sessions(
        &self,
        user: &UserName,
        done: String,
        command: &str,
        now: UnixSeconds,
    ) -> Answer {
        match abandon::end_all(&self.sessions, user, now).await {
            Ok(ended) => Ok(format!("{done}; {}", self.ended(ended))),
            Err(error) => Err(self.not_ended(user, &done, &error, command)),
        }
    }

    fn ended(&self, count: usize) -> String {
        let sessions = if count == 1 { "session" } else { "sessions" };
        format!("ended {count} {sessions} in {}", self.session_table)
    }

    fn not_ended(&self, user: &UserName, done: &str, error: &StoreError, command: &str) -> Failure {
        Failure::Fault(format!(
            "{done}, but the sessions of {user} in {} may go on: {}; \
             then `sessionctl user {command} {user}`, run again, ends them",
            self.session_table,
            explain(error)
        ))
    }

    fn no_such(&self, user: &UserName) -> Failure {
        Failure::Input(format!(
            "{} has no user {user}: `sessionctl user add {user}` adds one",
            self.user_table
        ))
    }
}

fn hash(password: &Password) -> Result<PasswordHash, Failure> {
    PasswordHash::new(password, &SystemEntropy)
        .map_err(|error| Failure::Fault(dynamodb_session::cause::chain(&error)))
}
