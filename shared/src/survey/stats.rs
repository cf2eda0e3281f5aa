//! Counts over the whole table.

use std::collections::{BTreeMap, BTreeSet};

use super::client;
use crate::{
    session::{Session, Status},
    store::dynamodb::scan::{Seen, What},
    time::UnixSeconds,
    user::UserName,
};

/// What there is in the table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Sessions that may be used.
    pub living: u64,
    /// Of these, those without a user.
    pub anonymous: u64,
    /// Of these, those that are remembered.
    pub remembered: u64,
    /// Of these, by their age.
    pub by_age: Steps,
    /// Of these, by the time since they were last used.
    pub by_idle: Steps,
    /// Of these, by the client that the user agent names.
    pub by_client: BTreeMap<&'static str, u64>,
    /// Sessions that are over, and wait for the TTL to delete them.
    pub over: u64,
    /// Old ids that were rotated away.
    pub rotated: u64,
    /// Items that count guesses or visits, or occupy a key.
    pub counters: u64,
    /// Items of logins at a provider.
    pub provider: u64,
    /// Items that are not what we wrote.
    pub damaged: u64,
    /// Items of something else, by what their keys begin with.
    pub foreign: BTreeMap<String, u64>,
    /// All items, by their size.
    pub by_size: Steps,
    users: BTreeSet<UserName>,
}

/// Counts by a number's size: each with the least number that it does not count any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Steps(Vec<(u64, u64)>);

impl Default for Steps {
    fn default() -> Self {
        Self::of(&AGES)
    }
}

/// A minute, 15 minutes, an hour, 12 hours, a day, a week, 30 days.
const AGES: [u64; 7] = [60, 900, 3600, 43_200, 86_400, 604_800, 2_592_000];

/// Each step is what one or more write units take: 1, 2, 4, 16, 64 KB.
const SIZES: [u64; 5] = [1024, 2048, 4096, 16_384, 65_536];

impl Steps {
    fn of(limits: &[u64]) -> Self {
        let limits = limits.iter().chain([&u64::MAX]);
        Self(limits.map(|limit| (*limit, 0)).collect())
    }

    fn count(&mut self, number: u64) {
        if let Some((_, count)) = self.0.iter_mut().find(|(limit, _)| number < *limit) {
            *count += 1;
        }
    }

    /// Each limit and how many are below it and not below the one before. The last limit is `u64::MAX`.
    pub fn iter(&self) -> impl Iterator<Item = (u64, u64)> {
        self.0.iter().copied()
    }
}

impl Stats {
    /// Nothing counted yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            by_size: Steps::of(&SIZES),
            ..Self::default()
        }
    }

    /// Counts an item as it stands at `now`.
    pub fn add(&mut self, seen: &Seen, now: UnixSeconds) {
        self.by_size
            .count(seen.bytes.try_into().unwrap_or(u64::MAX));
        match &seen.what {
            What::Session(live) => self.add_session(&live.session, now),
            // Which sessions it lists, they say themselves.
            What::User(..) => {}
            What::Counter => self.counters += 1,
            What::Provider => self.provider += 1,
            What::DamagedSession(_) | What::DamagedUser(_) => self.damaged += 1,
            What::Foreign(prefix) => *self.foreign.entry(prefix.clone()).or_default() += 1,
        }
    }

    fn add_session(&mut self, session: &Session, now: UnixSeconds) {
        match session.status(now, None) {
            Status::Alive => {}
            Status::Rotated => return self.rotated += 1,
            Status::Implausible => return self.damaged += 1,
            Status::Idle | Status::Expired | Status::Superseded => return self.over += 1,
        }
        self.living += 1;
        self.remembered += u64::from(session.remembered == Some(true));
        self.by_age.count(now.0.saturating_sub(session.created.0));
        self.by_idle.count(now.0.saturating_sub(session.accessed.0));
        let family = client::family(session.origin.agent.as_deref());
        *self.by_client.entry(family).or_default() += 1;
        match &session.user {
            Some(user) => drop(self.users.insert(user.clone())),
            None => self.anonymous += 1,
        }
    }

    /// How many users have a living session.
    #[must_use]
    pub fn users(&self) -> usize {
        self.users.len()
    }

    /// How many of these have the same text before the separator in their name; those whose name lacks it are under `""`.
    #[must_use]
    pub fn by_prefix(&self, separator: &str) -> BTreeMap<&str, u64> {
        let mut counts = BTreeMap::new();
        for user in &self.users {
            let prefix = user.as_str().split_once(separator);
            *counts
                .entry(prefix.map_or("", |(prefix, _)| prefix))
                .or_default() += 1;
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        entropy::SystemEntropy,
        id::SessionId,
        session::{Live, Origin, Rotation, tests::session},
    };

    fn seen(session: Session, bytes: usize) -> Seen {
        let key = SessionId::generate(32, &SystemEntropy).unwrap().key();
        Seen {
            what: What::Session(Live { key, session }),
            bytes,
        }
    }

    fn of(user: &str, session: Session) -> Session {
        Session {
            user: Some(UserName::from_stored(user.to_owned())),
            ..session
        }
    }

    #[test]
    fn each_item_is_counted_for_what_it_is() {
        let now = UnixSeconds(69);
        let mut stats = Stats::new();
        let rotation = Rotation {
            successor: Some(SessionId::generate(32, &SystemEntropy).unwrap().key()),
            grace_expires: now,
        };
        let items = [
            seen(of("acme/ada", session(0, 60)), 700),
            seen(
                of(
                    "acme/bob",
                    Session {
                        remembered: Some(true),
                        ..session(60, 69)
                    },
                ),
                1023,
            ),
            seen(of("acme/bob", session(60, 69)), 1024),
            seen(
                of(
                    "eve",
                    Session {
                        origin: Origin::new(None, Some("curl/8")),
                        ..session(60, 69)
                    },
                ),
                70_000,
            ),
            seen(session(60, 69), 700),
            seen(session(0, 59), 700),
            seen(
                Session {
                    rotation: Some(Box::new(rotation)),
                    ..session(60, 69)
                },
                700,
            ),
            seen(session(500, 500), 700),
            Seen {
                what: What::Counter,
                bytes: 60,
            },
            Seen {
                what: What::Provider,
                bytes: 60,
            },
            Seen {
                what: What::DamagedSession(None),
                bytes: 60,
            },
            Seen {
                what: What::DamagedUser(UserName::from_stored("ada".to_owned())),
                bytes: 60,
            },
            Seen {
                what: What::Foreign("w#".to_owned()),
                bytes: 60,
            },
            Seen {
                what: What::Foreign("w#".to_owned()),
                bytes: 60,
            },
        ];
        for item in &items {
            stats.add(item, now);
        }
        let counted = [
            stats.living,
            stats.anonymous,
            stats.remembered,
            stats.over,
            stats.rotated,
            stats.counters,
            stats.provider,
            stats.damaged,
        ];
        assert_eq!(counted, [5, 1, 1, 1, 1, 1, 1, 3]);
        assert_eq!(stats.users(), 3);
        assert_eq!(stats.foreign, BTreeMap::from([("w#".to_owned(), 2)]));
        assert_eq!(stats.by_client, BTreeMap::from([("curl", 1), ("none", 4)]));
        assert_eq!(stats.by_prefix("/"), BTreeMap::from([("", 1), ("acme", 2)]));
        assert_eq!(steps(&stats.by_age), [4, 1]);
        assert_eq!(steps(&stats.by_idle), [5]);
        assert_eq!(steps(&stats.by_size), [12, 1, 0, 0, 0, 1]);
    }

    /// The counts, without the zeros at the end.
    fn steps(steps: &Steps) -> Vec<u64> {
        let mut counts: Vec<_> = steps.iter().map(|(_, count)| count).collect();
        while counts.pop_if(|count| *count == 0).is_some() {}
        counts
    }
}
