//! `sessionctl user add`.

use dynamodb_session::{
    password::{Password, store::UserStore},
    store::SessionStore,
    time::UnixSeconds,
    user::{TypedName, UserName},
};

use super::{Answer, Stores, hash};
use crate::failure::Failure;

impl<U: UserStore, S: SessionStore> Stores<U, S> {
    /// Adds the user with the password that `password` gets; it is asked for only if there is no such user.
    pub(crate) async fn add(
        &self,
        typed: &TypedName,
        password: impl AsyncFnOnce(&UserName) -> Result<Password, Failure>,
        now: UnixSeconds,
    ) -> Answer {
        let (user, table) = (&self.account(typed).await?, &self.user_table);
        let exists = || {
            Failure::Input(format!(
                "{table} has a user {user} already: `sessionctl user passwd {user}` changes the password"
            ))
        };
        if self.is_there(user).await? {
            return Err(exists());
        }
        let hash = hash(&password(user).await?)?;
        if self.written(user, self.users.add(user, &hash, now).await)? {
            Ok(format!("added {user} to {table}"))
        } else {
            Err(exists())
        }
    }
}
