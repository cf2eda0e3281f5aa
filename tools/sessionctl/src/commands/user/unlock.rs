//! `sessionctl user unlock`.

use dynamodb_session::{
    throttle::{self, Throttle},
    time::UnixSeconds,
    user::TypedName,
};

use super::{Answer, Stores};
use crate::failure::{Failure, explain};

impl<U, S: Throttle> Stores<U, S> {
    /// Forgets the wrong passwords that were tried for the name: they are counted even if there is no such user.
    pub(crate) async fn unlock(&self, typed: &TypedName, now: UnixSeconds) -> Answer {
        let name = typed.name();
        for user in typed.stored() {
            throttle::unlock(&self.sessions, user, now)
                .await
                .map_err(|error| {
                    Failure::Fault(format!(
                        "{name} may have to wait as before: can't delete the count of wrong passwords in {}: {}",
                        self.session_table,
                        explain(&error)
                    ))
                })?;
        }
        Ok(format!(
            "unlocked {name}: earlier wrong passwords no longer count in {}",
            self.session_table
        ))
    }
}
