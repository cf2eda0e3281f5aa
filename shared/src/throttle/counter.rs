//! What is counted: where a counter lies, what it holds, and the wait that it makes.

use std::net::{IpAddr, Ipv6Addr};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use crate::{id::SessionRef, time::UnixSeconds, user::UserName};

/// The longest wait between two guesses at one account, in seconds: it leaves 96 guesses a day.
pub(super) const LONGEST_WAIT: u64 = 15 * 60;

/// Seconds without a guess after which the guesses at an account are forgotten.
pub(super) const MEMORY: u64 = 24 * 3600;

/// Seconds of the window in which an address is counted.
pub(super) const WINDOW: u64 = 60;

/// The key under which a counter lies.
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

    /// `"t#i#" address "#" minute`: the counter of an address in the minute of `now`, counted from 1970. An IPv6
    /// address counts as its /64, which belongs to one customer; requests without an address share one counter.
    #[must_use]
    pub fn address(ip: Option<&str>, now: UnixSeconds) -> Self {
        Self::in_minute("t#i#", ip, now)
    }

    /// `"t#v#" address "#" minute`: the counter of the anonymous sessions that began at an address, like
    /// [`CounterKey::address`].
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

impl Counter {
    /// Seconds until the next guess: none for the first `free` ones, then 1, 2, 4 and so on up to 15 minutes after the
    /// previous guess. A clock that was ahead makes nobody wait for longer than that.
    pub(super) fn wait(&self, free: u64, now: UnixSeconds) -> u64 {
        if now >= self.expires || self.tries < free {
            return 0;
        }
        let doublings = u32::try_from(self.tries - free).unwrap_or(u32::MAX);
        let wait = 1_u64.checked_shl(doublings).unwrap_or(LONGEST_WAIT);
        let passed = now.0.abs_diff(self.latest.0);
        wait.min(LONGEST_WAIT).saturating_sub(passed)
    }

    /// The counter after one more guess.
    pub(super) fn next(&self, now: UnixSeconds) -> Self {
        let earlier = if now < self.expires { self.tries } else { 0 };
        Self {
            tries: earlier.saturating_add(1),
            latest: now,
            expires: now.plus(MEMORY),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(crate) fn counter(tries: u64, latest: u64) -> Counter {
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

    #[test]
    fn guesses_are_forgotten_after_a_day_without_one() {
        let (last, over) = (UnixSeconds(100 + MEMORY - 1), UnixSeconds(100 + MEMORY));
        let mut old = counter(1000, 100);
        assert_eq!(old.next(last).tries, 1001);
        assert_eq!(old.next(over), counter(1, over.0));
        // The wait ends as well, though it would go on by itself.
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
