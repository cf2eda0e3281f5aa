//! The throttle of logins: how many guesses an account and an address have, and how long a further one waits; and how
//! many anonymous sessions an address may begin.
//!
//! A guess is counted before anything is verified, so that none is free, however many come at once. A guess that is
//! told to wait is not counted: nobody's wait grows by trying, and once it is over the right password works (OWASP,
//! "Authentication", account lockout). Users who do not exist are counted like those who do.

use std::{
    future::Future,
    net::{IpAddr, Ipv6Addr},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use crate::{
    id::SessionRef,
    store::{FaultKind, StoreError},
    time::UnixSeconds,
    user::{TypedName, UserName},
};

/// The longest wait between two guesses at one account, in seconds: it leaves 96 guesses a day.
const LONGEST_WAIT: u64 = 15 * 60;

/// Seconds without a guess after which those at an account are forgotten.
const MEMORY: u64 = 24 * 3600;

/// Seconds of the window in which an address is counted.
const WINDOW: u64 = 60;

/// How often a guess stands in line again after another one was let in before it.
const TRIES: usize = 10;

/// What one deployment allows. A limit of 0 is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Guesses at one account before each further one has to wait.
    pub free_failures: u64,
    /// Tries from one address in a minute.
    pub address_per_minute: u64,
}

/// Whether a try may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It is counted, and goes on.
    Granted,
    /// It is not counted, and must not go on: nothing is verified. The next one may come in so many seconds, 1 to 900.
    Wait(u64),
}

/// Where a counter lies.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CounterKey(String);

/// What is known about earlier tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counter {
    /// How many there were.
    pub tries: u64,
    /// When the latest was.
    pub latest: UnixSeconds,
    /// When they are forgotten. The store may sweep the counter from then on, and no sooner.
    pub expires: UnixSeconds,
}

/// Keeps counters, each change of one at once or not at all.
///
/// Absence is an answer, not an error. An error says nothing about the counter: a try that can't be counted does not
/// go on.
pub trait Throttle: Send + Sync {
    /// Counts one more try at `now`, if there is no counter, or one of fewer than `below` tries that has not expired.
    /// Otherwise changes nothing and returns the counter as it is. An attempt that arrives late counts one more.
    fn count(
        &self,
        key: &CounterKey,
        below: u64,
        now: UnixSeconds,
        expires: UnixSeconds,
    ) -> impl Future<Output = Result<Option<Counter>, StoreError>> + Send;

    /// Puts `next` in the place of `current`. `false`: the counter is another by now, and nothing is changed. An attempt
    /// that arrives late finds another one: `current` comes back only by a clock that is behind, and is then counted up.
    fn replace(
        &self,
        key: &CounterKey,
        current: &Counter,
        next: &Counter,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Deletes the counter, unless its latest try was after `until`: then it is returned, and left as it is. So an
    /// attempt that arrives late forgets no try that was made since.
    fn clear(
        &self,
        key: &CounterKey,
        until: UnixSeconds,
    ) -> impl Future<Output = Result<Option<Counter>, StoreError>> + Send;
}

impl CounterKey {
    /// `"t#a#" base64url(SHA-256(name))`: the counter of the guesses at an account.
    #[must_use]
    pub fn account(user: &UserName) -> Self {
        let hash = Sha256::digest(user.as_str());
        Self(format!("t#a#{}", URL_SAFE_NO_PAD.encode(hash)))
    }

    /// `"t#d#" ref`: the counter of the guesses at an account by a browser that presents one of its sessions.
    #[must_use]
    pub fn device(session: &SessionRef) -> Self {
        Self(format!("t#d#{session}"))
    }

    /// `"t#i#" address "#" minute`: the counter of an address in the minute of `now`, counted from 1970. An IPv6 address
    /// is that of its /64, which is one customer's; whoever has no address shares one counter.
    #[must_use]
    pub fn address(ip: Option<&str>, now: UnixSeconds) -> Self {
        Self::in_minute("t#i#", ip, now)
    }

    /// `"t#v#" address "#" minute`: the counter of the anonymous sessions that began at an address, as above.
    #[must_use]
    pub fn anonymous(ip: Option<&str>, now: UnixSeconds) -> Self {
        Self::in_minute("t#v#", ip, now)
    }

    fn in_minute(kind: &str, ip: Option<&str>, now: UnixSeconds) -> Self {
        let minute = now.0 / WINDOW;
        let ip = ip.and_then(|ip| ip.parse::<IpAddr>().ok());
        Self(match ip.map(|ip| ip.to_canonical()) {
            Some(IpAddr::V4(ip)) => format!("{kind}{ip}#{minute}"),
            Some(IpAddr::V6(ip)) => {
                let network = Ipv6Addr::from_bits(ip.to_bits() >> 64 << 64);
                format!("{kind}{network}/64#{minute}")
            }
            None => format!("{kind}none#{minute}"),
        })
    }

    /// The key as the table holds it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
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

/// Counts a guess at the account that `typed` means, unless it has to wait: under each name of [`TypedName::counted`].
///
/// One counter for all spellings, so that none has guesses besides; and where there is a former form, its own, so that the
/// user of another spelling, whose logins forget the first, gives nobody guesses at this one.
pub async fn at_typed(
    store: &impl Throttle,
    limits: Limits,
    typed: &TypedName,
    now: UnixSeconds,
) -> Result<Turn, StoreError> {
    for name in typed.counted() {
        let turn = at_account(store, limits, name, now).await?;
        if turn != Turn::Granted {
            return Ok(turn);
        }
    }
    Ok(Turn::Granted)
}

/// Counts a guess by a browser that presents `session`, one of the account's, unless it has to wait. It has guesses of
/// its own, so that who guesses elsewhere does not make it wait (OWASP, "Slow Down Online Guessing Attacks with Device
/// Cookies").
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
    // Whoever was let in instead has begun the next wait.
    Ok(Turn::Wait(1))
}

/// Forgets the guesses at the account of `user`: at `now` the right password was shown. If there was one later than
/// that, all of them still count.
pub async fn forget(
    store: &impl Throttle,
    user: &UserName,
    now: UnixSeconds,
) -> Result<(), StoreError> {
    store.clear(&CounterKey::account(user), now).await.map(drop)
}

/// Forgets the guesses at the account of `user` that are there, by whatever clock they were counted: an operator says so.
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

impl Counter {
    /// Seconds until the next guess: none for the first `free` ones, then 1, 2, 4 and so on up to 15 minutes after the
    /// one before. A clock that was ahead makes nobody wait for longer than that.
    fn wait(&self, free: u64, now: UnixSeconds) -> u64 {
        if now >= self.expires || self.tries < free {
            return 0;
        }
        let doublings = u32::try_from(self.tries - free).unwrap_or(u32::MAX);
        let wait = 1_u64.checked_shl(doublings).unwrap_or(LONGEST_WAIT);
        let passed = now.0.abs_diff(self.latest.0);
        wait.min(LONGEST_WAIT).saturating_sub(passed)
    }

    /// The counter after one more guess.
    fn next(&self, now: UnixSeconds) -> Self {
        let earlier = if now < self.expires { self.tries } else { 0 };
        Self {
            tries: earlier.saturating_add(1),
            latest: now,
            expires: now.plus(MEMORY),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counter(tries: u64, latest: u64) -> Counter {
        Counter {
            tries,
            latest: UnixSeconds(latest),
            expires: UnixSeconds(latest + MEMORY),
        }
    }

    #[test]
    fn wait_on_both_sides_of_each_delay() {
        #[rustfmt::skip]
        let cases = [
            // name                 tries  latest  now      wait
            ("no failure is left",      4,   100,  100,       0),
            ("the last free one",       5,   100,  100,       1),
            ("after its second",        5,   100,  101,       0),
            ("the second wait",         6,   100,  101,       1),
            ("it is over",              6,   100,  102,       0),
            ("the tenth wait",         14,   100,  100,     512),
            ("its last second",        14,   100,  611,       1),
            ("it is over",             14,   100,  612,       0),
            ("the longest wait",       15,   100,  100,     900),
            ("its last second",        15,   100,  999,       1),
            ("it is over",             15,   100, 1000,       0),
            ("it grows no further",    16,   100,  100,     900),
            ("a thousand tries",     1000,   100,  100,     900),
            ("more than all",    u64::MAX,   100,  100,     900),
            ("a clock behind",          8,   100,   98,       6),
            ("a clock far behind",   1000,  9999,  100,       0),
        ];
        for (name, tries, latest, now, expected) in cases {
            let wait = counter(tries, latest).wait(5, UnixSeconds(now));
            assert_eq!(wait, expected, "{name}");
        }
        assert_eq!(counter(1, 100).wait(1, UnixSeconds(100)), 1, "one is free");
    }

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

    #[test]
    fn guesses_are_forgotten_after_a_day_without_one() {
        let (last, over) = (UnixSeconds(100 + MEMORY - 1), UnixSeconds(100 + MEMORY));
        let mut old = counter(1000, 100);
        assert_eq!(old.next(last).tries, 1001);
        assert_eq!(old.next(over), counter(1, over.0));
        // Also where the wait itself would go on.
        old.latest = over;
        assert_eq!(old.wait(5, last), LONGEST_WAIT - 1);
        assert_eq!(old.wait(5, over), 0);
    }

    #[test]
    fn accounts_are_counted_under_a_hash_and_devices_under_a_public_name() {
        // FIPS 180-4's example: SHA-256("abc").
        let key = CounterKey::account(&UserName::parse("ABC").unwrap());
        let expected = "t#a#ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0";
        assert_eq!(key.as_str(), expected);
        let session = SessionRef::parse("c2FtcGxlIHJlZmVyZW5jZQ").unwrap();
        let key = CounterKey::device(&session);
        assert_eq!(key.as_str(), "t#d#c2FtcGxlIHJlZmVyZW5jZQ");
    }

    #[test]
    fn addresses_are_counted_by_customer_and_minute() {
        #[rustfmt::skip]
        let cases = [
            (Some("192.0.2.1"),              119, "t#i#192.0.2.1#1"),
            (Some("192.0.2.1"),              120, "t#i#192.0.2.1#2"),
            (Some("::ffff:192.0.2.1"),         0, "t#i#192.0.2.1#0"),
            (Some("2001:db8:1:2:3:4:5:6"),     0, "t#i#2001:db8:1:2::/64#0"),
            (Some("2001:DB8:1:2::"),           0, "t#i#2001:db8:1:2::/64#0"),
            (Some("2001:db8:1:3::"),           0, "t#i#2001:db8:1:3::/64#0"),
            (Some("::1"),                      0, "t#i#::/64#0"),
            (Some("192.0.2.1, 192.0.2.2"),     0, "t#i#none#0"),
            (Some("none"),                     0, "t#i#none#0"),
            (Some(""),                         0, "t#i#none#0"),
            (None,                             0, "t#i#none#0"),
        ];
        for (ip, now, expected) in cases {
            let key = CounterKey::address(ip, UnixSeconds(now));
            assert_eq!(key.as_str(), expected, "{ip:?}");
            // A counter of its own, of the same address.
            let key = CounterKey::anonymous(ip, UnixSeconds(now));
            let expected = expected.replace("t#i#", "t#v#");
            assert_eq!(key.as_str(), expected, "{ip:?}");
        }
    }
}
