//! How long sessions live.

use super::{Config, reader::Reader};
use crate::{session::Timeouts, time::UnixSeconds};

/// A year: the longest timeout.
pub(super) const YEAR: u64 = 365 * 24 * 3600;

/// How far ahead of this machine's clock another one's may be, with room to spare.
const HOUR: u64 = 3600;

/// Timeouts by name: idle and absolute. NIST SP 800-63B-4, sections 2.1.3, 2.2.3 and 2.3.3, and OWASP's session cheat sheet
/// ("Session Expiration").
pub(super) const PRESETS: [(&str, Timeouts); 4] = [
    ("nist-aal1", timeouts(30 * 24 * 3600, 30 * 24 * 3600)),
    ("nist-aal2", timeouts(3600, 24 * 3600)),
    ("nist-aal3", timeouts(900, 12 * 3600)),
    ("owasp-high-value", timeouts(300, 8 * 3600)),
];

pub(super) const fn timeouts(idle: u64, absolute: u64) -> Timeouts {
    Timeouts { idle, absolute }
}

impl Config {
    /// The longest that a session can live, in seconds, whatever its login asks for.
    #[must_use]
    pub fn longest_lifetime(&self) -> u64 {
        let remembered = self.remember.map_or(0, |remembered| remembered.absolute);
        remembered.max(self.timeouts.absolute)
    }
}

impl<L: Fn(&str) -> Option<String>> Reader<L> {
    /// Those of a preset, or the defaults, where they are not set by themselves.
    pub(super) fn timeouts(&mut self) -> Timeouts {
        let preset = self.choice("SESSION_TIMEOUT_PRESET", &PRESETS, timeouts(7200, 43200));
        let timeouts = Timeouts {
            idle: self.number("SESSION_IDLE_TIMEOUT_SECONDS", 1..=YEAR, preset.idle),
            absolute: self.number(
                "SESSION_ABSOLUTE_TIMEOUT_SECONDS",
                1..=YEAR,
                preset.absolute,
            ),
        };
        if timeouts.idle > timeouts.absolute {
            self.problems.push(format!(
                "SESSION_IDLE_TIMEOUT_SECONDS ({}) is more than SESSION_ABSOLUTE_TIMEOUT_SECONDS ({})",
                timeouts.idle, timeouts.absolute
            ));
        }
        timeouts
    }

    /// The moment before which all sessions have ended. One that is far ahead was meant in seconds, probably, and is in
    /// milliseconds; one that is ahead by less may be that of another clock, and keeps sessions from being created until it
    /// has come.
    pub(super) fn not_before(&mut self, now: UnixSeconds) -> Option<UnixSeconds> {
        let limit = self.optional_number("SESSION_NOT_BEFORE", 0..=u64::MAX)?;
        if UnixSeconds(limit) > now.plus(HOUR) {
            self.problems.push(format!(
                "SESSION_NOT_BEFORE is {limit}, more than an hour ahead: it takes the Unix seconds of a moment that has passed"
            ));
        }
        Some(UnixSeconds(limit))
    }

    pub(super) fn remembered(&mut self) -> Option<Timeouts> {
        let seconds = self.optional_number("SESSION_REMEMBER_SECONDS", 1..=YEAR)?;
        Some(timeouts(seconds, seconds))
    }

    /// Seconds between marks of use, fewer than `idle`.
    pub(super) fn touch_interval(&mut self, idle: u64) -> u64 {
        let interval = self.number("SESSION_TOUCH_INTERVAL_SECONDS", 0..=YEAR, 0);
        if interval >= idle {
            self.problems.push(format!(
                "SESSION_TOUCH_INTERVAL_SECONDS ({interval}) is not less than SESSION_IDLE_TIMEOUT_SECONDS ({idle})"
            ));
        }
        interval
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_lifetime_is_that_of_whichever_session_lives_longest() {
        #[rustfmt::skip]
        let cases: [(&[(&str, &str)], u64); 6] = [
            (&[],                                                                                        43_200),
            (&[("SESSION_ABSOLUTE_TIMEOUT_SECONDS", "90000")],                                           90_000),
            (&[("SESSION_TIMEOUT_PRESET", "nist-aal1")],                                              2_592_000),
            (&[("SESSION_TIMEOUT_PRESET", "nist-aal2"), ("SESSION_REMEMBER_SECONDS", "2592000")],     2_592_000),
            (&[("SESSION_TIMEOUT_PRESET", "nist-aal2"), ("SESSION_REMEMBER_SECONDS", "60")],             86_400),
            (&[("SESSION_TIMEOUT_PRESET", "nist-aal1"), ("SESSION_ABSOLUTE_TIMEOUT_SECONDS", "3000"),
               ("SESSION_IDLE_TIMEOUT_SECONDS", "3000"), ("SESSION_REMEMBER_SECONDS", "")],               3_000),
        ];
        for (variables, expected) in cases {
            let lookup = |name: &str| {
                let found = variables.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| (*value).to_owned())
            };
            let config = Config::parse(lookup, UnixSeconds(0)).unwrap();
            assert_eq!(config.longest_lifetime(), expected, "{variables:?}");
        }
    }
}
