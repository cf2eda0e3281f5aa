//! When a session's cookie was last written again. A cookie that ends with the idle time (`SESSION_COOKIE_LIFETIME=idle`) has
//! to be written again while its user is active, and seldom: a late answer must not restore an old token.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use dynamodb_session::{id::SessionRef, session::Session, time::UnixSeconds};

/// The most sessions that are remembered. Beyond, those that are due are forgotten.
const MOST: usize = 10_000;

/// When the cookies that this process wrote again are due for another time.
#[derive(Debug, Default)]
pub(crate) struct Renewals(Mutex<HashMap<SessionRef, UnixSeconds>>);

impl Renewals {
    /// Whether the session's cookie is due at `now`: once a quarter of its idle time. It counts as written then.
    pub(crate) fn is_due(&self, session: &Session, now: UnixSeconds) -> bool {
        let mut due = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if due.get(&session.reference).is_some_and(|next| now < *next) {
            return false;
        }
        if due.len() >= MOST {
            due.retain(|_, next| now < *next);
        }
        if due.len() < MOST {
            let next = now.plus(session.timeouts.idle.div_ceil(4));
            due.insert(session.reference.clone(), next);
        }
        true
    }
}
