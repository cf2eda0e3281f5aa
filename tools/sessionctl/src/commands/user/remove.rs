//! `sessionctl user remove`.

use dynamodb_session::{abandon, password::store::UserStore, store::SessionStore, user::UserName};

use super::{Answer, Stores};

impl<U: UserStore, S: SessionStore> Stores<U, S> {
    /// Removes `user`, and ends the sessions: also those of a user whose record is gone already.
    pub(crate) async fn remove(&self, user: &UserName) -> Answer {
        self.is_there(user).await?;
        // Also where nobody is there: then a late attempt to add the user, which was not answered, comes too late.
        if self.written(user, self.users.remove(user).await)? {
            let done = format!("removed {user} from {}", self.user_table);
            return self.end_sessions(user, done, "remove").await;
        }
        let done = format!("{} has no user {user}", self.user_table);
        match abandon::end_all(&self.sessions, user).await {
            Ok(0) => Err(self.no_such(user)),
            Ok(ended) => Ok(format!("{done}; {}", self.ended(ended))),
            Err(error) => Err(self.not_ended(user, &done, &error, "remove")),
        }
    }
}
