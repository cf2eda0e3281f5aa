//! `sessionctl user disable`, and `enable`, which undoes it.

use dynamodb_session::{
    password::store::UserStore,
    store::SessionStore,
    time::UnixSeconds,
    user::{TypedName, UserName},
};

use super::{Answer, Stores};
use crate::failure::Failure;

impl<U: UserStore, S: SessionStore> Stores<U, S> {
    /// Bars the user from logging in, and ends the sessions: also those of a user who is disabled already.
    pub(crate) async fn disable(&self, typed: &TypedName, now: UnixSeconds) -> Answer {
        let user = &self.account(typed).await?;
        self.set_disabled(user, true, now).await?;
        let done = format!("disabled {user} in {}", self.user_table);
        self.end_sessions(user, done, "disable", now).await
    }

    /// Lets the user log in again.
    pub(crate) async fn enable(&self, typed: &TypedName, now: UnixSeconds) -> Answer {
        let user = &self.account(typed).await?;
        self.set_disabled(user, false, now).await?;
        Ok(format!("enabled {user} in {}", self.user_table))
    }

    async fn set_disabled(
        &self,
        user: &UserName,
        disabled: bool,
        now: UnixSeconds,
    ) -> Result<(), Failure> {
        let there = self.is_there(user).await?;
        if there && self.written(user, self.users.set_disabled(user, disabled, now).await)? {
            Ok(())
        } else {
            Err(self.no_such(user))
        }
    }
}
