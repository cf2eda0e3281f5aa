//! What a deployment demands of a session.

use super::{Variables, lifetimes::YEAR};
use crate::{authorize::Policy, time::UnixSeconds, token::TokenFormat};

/// How far ahead of this machine's clock another one's may be, with room to spare.
const HOUR: u64 = 3600;

impl Policy {
    /// Reads the group. The deployment has tokens of this format, and sessions end after `idle` seconds without use.
    /// `now` is when the configuration begins to hold.
    pub fn from_variables(
        variables: &mut Variables<'_>,
        format: TokenFormat,
        idle: u64,
        now: UnixSeconds,
    ) -> Self {
        let default = Self::default();
        let policy = Self {
            format,
            not_before: not_before(variables, now),
            anonymous: variables.switch("SESSION_ANONYMOUS", default.anonymous),
            require_user: variables.switch("SESSION_REQUIRE_USER", default.require_user),
            touch_interval: touch_interval(variables, idle),
        };
        if !policy.require_user && !policy.anonymous {
            variables.problem(
                "SESSION_REQUIRE_USER is off, which takes SESSION_ANONYMOUS to be on".to_owned(),
            );
        }
        policy
    }
}

/// The moment before which all sessions have ended. A moment far ahead is refused: it is probably in milliseconds
/// instead of seconds. A moment less far ahead may come from another machine's clock: no session can be created until
/// it has come.
fn not_before(variables: &mut Variables<'_>, now: UnixSeconds) -> Option<UnixSeconds> {
    let limit = variables.optional_number("SESSION_NOT_BEFORE", 0..=u64::MAX)?;
    if UnixSeconds(limit) > now.plus(HOUR) {
        variables.problem(format!(
            "SESSION_NOT_BEFORE is {limit}, more than an hour ahead: it takes the Unix seconds of a moment that has passed"
        ));
    }
    Some(UnixSeconds(limit))
}

/// Seconds between marks of use, fewer than `idle`.
fn touch_interval(variables: &mut Variables<'_>, idle: u64) -> u64 {
    let interval = variables.number("SESSION_TOUCH_INTERVAL_SECONDS", 0..=YEAR, 0);
    if interval >= idle {
        variables.problem(format!(
            "SESSION_TOUCH_INTERVAL_SECONDS ({interval}) is not less than SESSION_IDLE_TIMEOUT_SECONDS ({idle})"
        ));
    }
    interval
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::tests::parse;

    #[test]
    fn a_touch_interval_is_less_than_the_idle_timeout() {
        let idle = ("SESSION_IDLE_TIMEOUT_SECONDS", "60");
        let interval = |seconds| parse(&[idle, ("SESSION_TOUCH_INTERVAL_SECONDS", seconds)]);
        assert_eq!(interval("59").unwrap().policy.touch_interval, 59);
        let error = interval("60").unwrap_err().to_string();
        assert!(
            error.contains("SESSION_TOUCH_INTERVAL_SECONDS (60) is not less than"),
            "{error}"
        );
    }

    #[test]
    fn a_limit_that_is_ahead_is_told() {
        let limit = |seconds| {
            let config = parse(&[("SESSION_NOT_BEFORE", seconds)]);
            config.map(|config| config.policy.not_before)
        };
        assert_eq!(limit("4600"), Ok(Some(UnixSeconds(4600))));
        assert_eq!(limit(""), Ok(None));
        for ahead in ["4601", "1800000000000"] {
            let error = limit(ahead).unwrap_err().to_string();
            let expected = format!("SESSION_NOT_BEFORE is {ahead}, more than an hour ahead");
            assert!(error.contains(&expected), "{error}");
        }
    }
}
