//! `sessionctl user passwd`.

use dynamodb_session::{
    password::{Password, store::UserStore},
    store::SessionStore,
    time::UnixSeconds,
    user::{TypedName, UserName},
};

use super::{Answer, Stores, hash};
use crate::failure::Failure;

impl<U: UserStore, S: SessionStore> Stores<U, S> {
    /// Changes the password to the one that `password` gets, and ends the sessions of the old one.
    pub(crate) async fn passwd(
        &self,
        typed: &TypedName,
        password: impl AsyncFnOnce(&UserName) -> Result<Password, Failure>,
        now: UnixSeconds,
    ) -> Answer {
        let user = &self.account(typed).await?;
        if !self.is_there(user).await? {
            return Err(self.no_such(user));
        }
        let hash = hash(&password(user).await?)?;
        let changed = self.users.set_password(user, &hash, now).await;
        if !self.written(user, changed)? {
            return Err(self.no_such(user));
        }
        let done = format!("changed the password of {user} in {}", self.user_table);
        self.end_sessions(user, done, "passwd", now).await
    }
}
