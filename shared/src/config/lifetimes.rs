//! How long sessions live.

use super::Variables;
use crate::session::Timeouts;

/// A year: the longest timeout.
pub(super) const YEAR: u64 = 365 * 24 * 3600;

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

/// How long sessions live, and how long a rotated id and a recent login count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetimes {
    /// `SESSION_IDLE_TIMEOUT_SECONDS`, `SESSION_ABSOLUTE_TIMEOUT_SECONDS`, `SESSION_TIMEOUT_PRESET`.
    pub timeouts: Timeouts,
    /// The timeouts of a remembered session; `None`: a login can't ask for one (`SESSION_REMEMBER_SECONDS`).
    pub remember: Option<Timeouts>,
    /// For how many seconds the old id of a rotation serves (`SESSION_ROTATE_GRACE_SECONDS`).
    pub rotate_grace: u64,
    /// How many seconds ago the user may have logged in to revoke other sessions (`SESSION_RECENT_LOGIN_SECONDS`).
    pub recent_login: u64,
}

impl Default for Lifetimes {
    fn default() -> Self {
        Self {
            timeouts: Timeouts::default(),
            remember: None,
            rotate_grace: 30,
            recent_login: 900,
        }
    }
}

impl Lifetimes {
    /// Reads the group. A timeout that is not set by itself is the preset's, or the default.
    pub fn from_variables(variables: &mut Variables<'_>) -> Self {
        let default = Self::default();
        let preset = variables.choice("SESSION_TIMEOUT_PRESET", &PRESETS, default.timeouts);
        let timeouts = Timeouts {
            idle: variables.number("SESSION_IDLE_TIMEOUT_SECONDS", 1..=YEAR, preset.idle),
            absolute: variables.number(
                "SESSION_ABSOLUTE_TIMEOUT_SECONDS",
                1..=YEAR,
                preset.absolute,
            ),
        };
        if timeouts.idle > timeouts.absolute {
            variables.problem(format!(
                "SESSION_IDLE_TIMEOUT_SECONDS ({}) is more than SESSION_ABSOLUTE_TIMEOUT_SECONDS ({})",
                timeouts.idle, timeouts.absolute
            ));
        }
        let remembered = variables.optional_number("SESSION_REMEMBER_SECONDS", 1..=YEAR);
        Self {
            timeouts,
            remember: remembered.map(|seconds| self::timeouts(seconds, seconds)),
            rotate_grace: variables.number(
                "SESSION_ROTATE_GRACE_SECONDS",
                0..=300,
                default.rotate_grace,
            ),
            recent_login: variables.number(
                "SESSION_RECENT_LOGIN_SECONDS",
                1..=YEAR,
                default.recent_login,
            ),
        }
    }

    /// The timeouts of a new login, and whether it is remembered: if it asks for that and the deployment remembers
    /// sessions.
    #[must_use]
    pub fn of_login(&self, remember: bool) -> (Timeouts, bool) {
        let remembered = self.remember.filter(|_| remember);
        (remembered.unwrap_or(self.timeouts), remembered.is_some())
    }

    /// The longest that a session can live, in seconds, whatever its login asks for.
    #[must_use]
    pub fn longest(&self) -> u64 {
        let remembered = self.remember.map_or(0, |remembered| remembered.absolute);
        remembered.max(self.timeouts.absolute)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{self, tests::parse};

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
            let lifetimes = config::read(&lookup, Lifetimes::from_variables).unwrap();
            assert_eq!(lifetimes.longest(), expected, "{variables:?}");
        }
    }

    #[test]
    fn a_preset_gives_way_to_what_is_set() {
        let timeouts = |variables: &[(&str, &str)]| parse(variables).unwrap().lifetimes.timeouts;
        let aal2 = ("SESSION_TIMEOUT_PRESET", "nist-aal2");
        assert_eq!(timeouts(&[aal2]), super::timeouts(3600, 86_400));
        let idle = ("SESSION_IDLE_TIMEOUT_SECONDS", "600");
        assert_eq!(timeouts(&[aal2, idle]), super::timeouts(600, 86_400));
        for (name, idle, absolute) in [
            ("nist-aal1", 2_592_000, 2_592_000),
            ("nist-aal2", 3600, 86_400),
            ("nist-aal3", 900, 43_200),
            ("owasp-high-value", 300, 28_800),
        ] {
            let preset = timeouts(&[("SESSION_TIMEOUT_PRESET", name)]);
            assert_eq!(preset, super::timeouts(idle, absolute), "{name}");
        }
        assert!(parse(&[("SESSION_TIMEOUT_PRESET", "AAL2")]).is_err());
    }
}
