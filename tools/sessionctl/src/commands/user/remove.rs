//! `sessionctl user remove`.

use dynamodb_session::{
    abandon,
    fault::{FaultKind, StoreError},
    password::store::UserStore,
    store::SessionStore,
    time::UnixSeconds,
    user::{TypedName, UserName},
};

use super::{Answer, Stores};
use crate::failure::{Failure, explain};

impl<U: UserStore, S: SessionStore> Stores<U, S> {
    /// Removes the user, and ends the sessions: also those of a user whose record is gone already.
    ///
    /// The record goes last. Until then the user is there, disabled, so that a removal that failed midway can be seen,
    /// and another one finishes it. The user is the one who is stored under the very name: of another form of it there may
    /// be another user, whom a second try must not remove.
    pub(crate) async fn remove(&self, typed: &TypedName, now: UnixSeconds) -> Answer {
        let user = typed.literal();
        if !self.is_there(user).await? {
            for other in typed.stored() {
                if self.is_there(other).await? {
                    return Err(self.meant(user, other));
                }
            }
            return self.remove_what_is_left(user, &typed.stored(), now).await;
        }
        if !self.written(user, self.users.set_disabled(user, true, now).await)? {
            return self.remove_what_is_left(user, &[user], now).await;
        }
        let ended = match abandon::end_all(&self.sessions, user, now).await {
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

    /// Ends the sessions of a user who has no record, under each of `names`.
    async fn remove_what_is_left(
        &self,
        told: &UserName,
        names: &[&UserName],
        now: UnixSeconds,
    ) -> Answer {
        let mut ended = 0;
        for user in names {
            // Also if there is no record: then an unanswered attempt to add the user that arrives late changes nothing.
            self.written(user, self.users.remove(user).await)?;
            ended += abandon::end_all(&self.sessions, user, now)
                .await
                .map_err(|error| self.not_ended(user, &self.without(user), &error, "remove"))?;
        }
        match ended {
            0 => Err(self.no_such(told)),
            _ => Ok(format!("{}; {}", self.without(told), self.ended(ended))),
        }
    }

    fn meant(&self, user: &UserName, other: &UserName) -> Failure {
        Failure::Input(format!(
            "{}, but {other}: `sessionctl user remove {other}` removes that one",
            self.without(user)
        ))
    }

    fn without(&self, user: &UserName) -> String {
        format!("{} has no user {user}", self.user_table)
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
