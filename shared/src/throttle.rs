//! The throttle of logins: how many guesses an account and an address have, and how long a further one waits; and how
//! many anonymous sessions an address may begin.
//!
//! A guess is counted before anything is verified, so that no guess is free, however many come at once. A guess that is
//! told to wait is not counted: no wait grows by trying, and once it is over the right password works (OWASP,
//! "Authentication", account lockout). Users who do not exist are counted like those who do.

mod counter;

use std::future::Future;

use counter::{MEMORY, WINDOW};

use crate::{
    fault::{FaultKind, StoreError},
    id::SessionRef,
    time::UnixSeconds,
    user::UserName,
};

pub use counter::{Counter, CounterKey};

/// How often a guess is tried again after another one was let in before it.
const TRIES: usize = 10;

/// What one deployment allows. 0 means no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Guesses at one account before each further one has to wait.
    pub free_failures: u64,
    /// Tries from one address in a minute.
    pub address_per_minute: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            free_failures: 5,
            address_per_minute: 20,
        }
    }
}

/// Whether a try may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It is counted, and goes on.
    Granted,
    /// It is not counted, and must not go on: nothing is verified. The next one may come in so many seconds, 1 to 900.
    Wait(u64),
}

/// Keeps counters. A change of a counter happens at once or not at all.
///
/// Absence is an answer, not an error. An error says nothing about the counter: a try that can't be counted does not
/// go on.
pub trait Throttle: Send + Sync {
    /// Counts one more try at `now`, if there is no counter, or an unexpired one of fewer than `below` tries.
    /// Otherwise changes nothing and returns the counter as it is. An attempt that arrives late counts one more.
    fn count(
        &self,
        key: &CounterKey,
        below: u64,
        now: UnixSeconds,
        expires: UnixSeconds,
    ) -> impl Future<Output = Result<Option<Counter>, StoreError>> + Send;

    /// Puts `next` in the place of `current`. `false`: the counter has changed, and stays as it is. An attempt that
    /// arrives late finds a changed counter: `current` comes back only by a clock that is behind, and is then counted
    /// up.
    fn replace(
        &self,
        key: &CounterKey,
        current: &Counter,
        next: &Counter,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Deletes the counter, unless its latest try was after `until`: then it stays as it is and is returned. So an
    /// attempt that arrives late forgets no try that was made since.
    fn clear(
        &self,
        key: &CounterKey,
        until: UnixSeconds,
    ) -> impl Future<Output = Result<Option<Counter>, StoreError>> + Send;
}

/// Counts a try from `ip`, unless the address has had its tries in this minute.
pub async fn from_address(
    store: &impl Throttle,
    limits: Limits,
    ip: Option<&str>,
    now: UnixSeconds,
) -> Result<Turn, StoreError> {
    let key = CounterKey::address(ip, now);
    in_minute(store, limits.address_per_minute, &key, now).await
}

/// Counts an anonymous session that is to begin at `ip`, unless `most` began there in this minute; 0 is no limit.
pub async fn anonymous(
    store: &impl Throttle,
    most: u64,
    ip: Option<&str>,
    now: UnixSeconds,
) -> Result<Turn, StoreError> {
    in_minute(store, most, &CounterKey::anonymous(ip, now), now).await
}

async fn in_minute(
    store: &impl Throttle,
    most: u64,
    key: &CounterKey,
    now: UnixSeconds,
) -> Result<Turn, StoreError> {
    if most == 0 {
        return Ok(Turn::Granted);
    }
    let left = WINDOW - now.0 % WINDOW;
    let full = store.count(key, most, now, now.plus(left)).await?;
    Ok(full.map_or(Turn::Granted, |_| Turn::Wait(left)))
}

/// Counts a guess at the account of `user`, unless it has to wait.
pub async fn at_account(
    store: &impl Throttle,
    limits: Limits,
    user: &UserName,
    now: UnixSeconds,
) -> Result<Turn, StoreError> {
    guess(store, limits.free_failures, &CounterKey::account(user), now).await
}

/// Counts a guess by a browser that presents `session`, one of the account's, unless it has to wait. The browser has
/// guesses of its own, so that guesses from elsewhere do not make it wait (OWASP, "Slow Down Online Guessing Attacks
/// with Device Cookies").
pub async fn from_device(
    store: &impl Throttle,
    limits: Limits,
    session: &SessionRef,
    now: UnixSeconds,
) -> Result<Turn, StoreError> {
    guess(
        store,
        limits.free_failures,
        &CounterKey::device(session),
        now,
    )
    .await
}

async fn guess(
    store: &impl Throttle,
    free: u64,
    key: &CounterKey,
    now: UnixSeconds,
) -> Result<Turn, StoreError> {
    if free == 0 {
        return Ok(Turn::Granted);
    }
    for _ in 0..TRIES {
        let counted = store.count(key, free, now, now.plus(MEMORY)).await?;
        let Some(current) = counted else {
            return Ok(Turn::Granted);
        };
        let wait = current.wait(free, now);
        if wait > 0 {
            return Ok(Turn::Wait(wait));
        }
        if store.replace(key, &current, &current.next(now)).await? {
            return Ok(Turn::Granted);
        }
    }
    // The guess that was let in instead has begun the next wait.
    Ok(Turn::Wait(1))
}

/// Forgets the guesses at the account of `user`, if they are limited: at `now` the right password was shown. If there
/// was a later guess, all of them still count.
pub async fn forget(
    store: &impl Throttle,
    limits: Limits,
    user: &UserName,
    now: UnixSeconds,
) -> Result<(), StoreError> {
    if limits.free_failures == 0 {
        return Ok(());
    }
    store.clear(&CounterKey::account(user), now).await.map(drop)
}

/// Forgets all guesses at the account of `user`, by whatever clock they were counted, because an operator says so.
pub async fn unlock(
    store: &impl Throttle,
    user: &UserName,
    now: UnixSeconds,
) -> Result<(), StoreError> {
    let mut until = now;
    for _ in 0..TRIES {
        match store.clear(&CounterKey::account(user), until).await? {
            None => return Ok(()),
            Some(later) => until = later.latest,
        }
    }
    Err(StoreError {
        kind: FaultKind::Unavailable,
        source: "guesses kept coming while they were to be forgotten".into(),
    })
}

#[cfg(test)]
mod tests {
    use super::{
        counter::{LONGEST_WAIT, tests::counter},
        *,
    };

    /// A store in which others are always quicker.
    struct Overtaken;

    impl Throttle for Overtaken {
        async fn count(
            &self,
            _: &CounterKey,
            below: u64,
            now: UnixSeconds,
            _: UnixSeconds,
        ) -> Result<Option<Counter>, StoreError> {
            Ok(Some(counter(below, now.0 - LONGEST_WAIT)))
        }

        async fn replace(
            &self,
            _: &CounterKey,
            _: &Counter,
            _: &Counter,
        ) -> Result<bool, StoreError> {
            Ok(false)
        }

        async fn clear(
            &self,
            _: &CounterKey,
            _: UnixSeconds,
        ) -> Result<Option<Counter>, StoreError> {
            Ok(None)
        }
    }

    #[tokio::test]
    async fn whoever_is_overtaken_at_every_try_waits() {
        let limits = Limits {
            free_failures: 5,
            address_per_minute: 0,
        };
        let user = UserName::parse("ada").unwrap();
        let turn = at_account(&Overtaken, limits, &user, UnixSeconds(5000)).await;
        assert_eq!(turn.unwrap(), Turn::Wait(1));
    }
}
