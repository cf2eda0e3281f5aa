//! `sessionctl user remove`.

use dynamodb_session::{
    abandon,
    fault::{FaultKind, StoreError},
    password::store::UserStore,
    store::SessionStore,
    time::UnixSeconds,
    user::UserName,
};

use super::{Answer, Stores};
use crate::failure::{Failure, explain};

impl<U: UserStore, S: SessionStore> Stores<U, S> {
    /// Removes `user`, and ends the sessions: also those of a user whose record is gone already.
    ///
    /// The record goes last. Until then the user is there, disabled, so that a removal that failed midway shows, and is
    /// finished by another one.
    pub(crate) async fn remove(&self, user: &UserName, now: UnixSeconds) -> Answer {
        let there = self.is_there(user).await?;
        if !there || !self.written(user, self.users.set_disabled(user, true, now).await)? {
            return self.remove_what_is_left(user).await;
        }
        let ended = match abandon::end_all(&self.sessions, user).await {
            Ok(ended) => self.ended(ended),
            Err(error) => {
                let done = format!("disabled {user} in {}, not yet removed", self.user_table);
                return Err(self.not_ended(user, &done, &error, "remove"));
            }
        };
        match self.users.remove(user).await {
            Ok(_) => Ok(format!("removed {user} from {}; {ended}", self.user_table)),
            Err(error) => Err(self.not_removed(user, &ended, &error)),
        }
    }

    /// Ends the sessions of a user who has no record.
    async fn remove_what_is_left(&self, user: &UserName) -> Answer {
        // Also where nobody is there: then a late attempt to add the user, which was not answered, comes too late.
        self.written(user, self.users.remove(user).await)?;
        let done = format!("{} has no user {user}", self.user_table);
        match abandon::end_all(&self.sessions, user).await {
            Ok(0) => Err(self.no_such(user)),
            Ok(ended) => Ok(format!("{done}; {}", self.ended(ended))),
            Err(error) => Err(self.not_ended(user, &done, &error, "remove")),
        }
    }

    fn not_removed(&self, user: &UserName, ended: &str, error: &StoreError) -> Failure {
        let state = match error.kind {
            FaultKind::Unavailable => "it is not known whether the record was removed",
            FaultKind::Misconfigured | FaultKind::Damaged => "the record was not removed",
        };
        Failure::Fault(format!(
            "disabled {user} in {}; {ended}, but {state}: {}; \
             then `sessionctl user remove {user}`, run again, removes it",
            self.user_table,
            explain(error)
        ))
    }
}
