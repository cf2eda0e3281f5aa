//! `sessionctl user unlock`.

use dynamodb_session::{
    throttle::{self, Throttle},
    time::UnixSeconds,
    user::UserName,
};

use super::{Answer, Stores};
use crate::failure::{Failure, explain};

impl<U, S: Throttle> Stores<U, S> {
    /// Forgets the wrong passwords that were tried for `user`, who need not be there: they are counted all the same.
    pub(crate) async fn unlock(&self, user: &UserName, now: UnixSeconds) -> Answer {
        match throttle::unlock(&self.sessions, user, now).await {
            Ok(()) => Ok(format!(
                "unlocked {user}: earlier wrong passwords no longer count in {}",
                self.session_table
            )),
            Err(error) => Err(Failure::Fault(format!(
                "{user} may have to wait as before: can't delete the count of wrong passwords in {}: {}",
                self.session_table,
                explain(&error)
            ))),
        }
    }
}
