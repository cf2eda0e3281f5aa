//! When a session's cookie was last written again. A cookie that ends with the idle time (`SESSION_COOKIE_LIFETIME=idle`) has
//! to be written again while its user is active, and seldom: a late answer must not restore an old token.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use dynamodb_session::{id::SessionRef, time::UnixSeconds};

/// The most sessions that are remembered, in some 10 MB.
const MOST: usize = 100_000;

/// When the cookies that this process wrote again are due for another time.
#[derive(Debug, Default)]
pub(crate) struct Renewals(Mutex<HashMap<SessionRef, UnixSeconds>>);

impl Renewals {
    /// Whether the session's cookie is due at `now`: once a quarter of its idle time, in seconds. It counts as written then.
    pub(crate) fn is_due(&self, session: &SessionRef, idle: u64, now: UnixSeconds) -> bool {
        let mut due = self.due();
        if due.get(session).is_some_and(|next| now < *next) {
            return false;
        }
        if due.len() >= MOST {
            due.retain(|_, next| now < *next);
        }
        if due.len() >= MOST {
            // Then some are written again before their time, and none at every answer.
            due.clear();
        }
        due.insert(session.clone(), now.plus(idle.div_ceil(4)));
        true
    }

    /// The session's cookie could not be written: it is due again.
    pub(crate) fn forget(&self, session: &SessionRef) {
        self.due().remove(session);
    }

    fn due(&self) -> MutexGuard<'_, HashMap<SessionRef, UnixSeconds>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(number: usize) -> SessionRef {
        SessionRef::parse(&format!("{number:021}A")).expect("a session's public name")
    }

    #[test]
    fn a_cookie_is_due_once_a_quarter_however_many_sessions_there_are() {
        let renewals = Renewals::default();
        let now = UnixSeconds(1000);
        for number in 0..MOST + 5 {
            assert!(renewals.is_due(&session(number), 100, now));
            assert!(
                !renewals.is_due(&session(number), 100, now.plus(24)),
                "{number}"
            );
        }
        let last = session(MOST + 4);
        assert!(renewals.is_due(&last, 100, now.plus(25)));
        assert!(renewals.due().len() <= MOST);
    }

    #[test]
    fn a_cookie_that_could_not_be_written_is_due_again() {
        let renewals = Renewals::default();
        let now = UnixSeconds(1000);
        assert!(renewals.is_due(&session(1), 100, now));
        renewals.forget(&session(1));
        assert!(renewals.is_due(&session(1), 100, now));
    }
}
