//! What `sessionctl user` does: the record first, then the sessions.

use dynamodb_session::{
    abandon::end_all,
    fault::StoreError,
    password::{dynamodb::DynamoUserStore, hash::PasswordHash, store::UserStore},
    store::dynamodb::DynamoStore,
    throttle::unlock,
    time::UnixSeconds,
    user::UserName,
};
use serde_json::{Value, json};
use tests::functions::Functions;

use super::{
    act::Act,
    told::{PASSWORDS, Told},
};

/// Something for the operator to do.
#[derive(Debug)]
pub(crate) struct Task {
    act: Act,
    user: UserName,
    /// The hash of the next password.
    hash: PasswordHash,
}

impl Task {
    /// `None`: it is not an operator's, or not one for the user as they are.
    pub(crate) fn of(act: Act, told: &Told) -> Option<Self> {
        let disabled = told.record.as_ref().map(|record| record.disabled);
        let fits = match act {
            Act::Add => disabled.is_none(),
            Act::Passwd | Act::Remove => disabled.is_some(),
            Act::Disable => disabled == Some(false),
            Act::Enable => disabled == Some(true),
            Act::Unlock => true,
            _ => false,
        };
        let (_, hash) = PASSWORDS[told.next];
        fits.then(|| Self {
            act,
            user: UserName::parse(&told.user).unwrap(),
            hash: PasswordHash::parse(hash).unwrap(),
        })
    }

    /// Does it, and answers as a route would: 204, 404 for an unknown user, 503.
    pub(crate) async fn done(&self, functions: &Functions, now: UnixSeconds) -> Value {
        match self.attempt(functions, now).await {
            Ok(true) => json!({"statusCode": 204}),
            Ok(false) => json!({"statusCode": 404}),
            Err(error) => json!({"statusCode": 503, "body": error.source.to_string()}),
        }
    }

    async fn attempt(&self, functions: &Functions, now: UnixSeconds) -> Result<bool, StoreError> {
        let (client, config) = (&functions.client, &functions.config);
        let users = DynamoUserStore::new(client.clone(), config.tables.users.clone());
        let sessions = DynamoStore::new(client.clone(), config.tables.sessions.clone());
        let (user, hash) = (&self.user, &self.hash);
        let done = match self.act {
            Act::Add => return users.add(user, hash, now).await,
            Act::Enable => return users.set_disabled(user, false, now).await,
            Act::Unlock => return unlock(&sessions, user, now).await.map(|()| true),
            Act::Passwd => users.set_password(user, hash, now).await?,
            Act::Disable => users.set_disabled(user, true, now).await?,
            _ => return remove(&users, &sessions, user, now).await.map(|()| true),
        };
        if done {
            end_all(&sessions, user, now).await?;
        }
        Ok(done)
    }
}

/// As the command does it: the record goes last, and whose record is gone already has no sessions to keep, either.
async fn remove(
    users: &DynamoUserStore,
    sessions: &DynamoStore,
    user: &UserName,
    now: UnixSeconds,
) -> Result<(), StoreError> {
    if users.set_disabled(user, true, now).await? {
        end_all(sessions, user, now).await?;
        return users.remove(user).await.map(drop);
    }
    users.remove(user).await?;
    end_all(sessions, user, now).await.map(drop)
}
