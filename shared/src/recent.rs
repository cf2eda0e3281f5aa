//! What takes a recent login: the session alone, which somebody may have left open, does not allow it (OWASP ASVS 5.0,
//! 7.5.1 and 7.5.2).

use crate::time::UnixSeconds;

/// The login is too long ago: the user has to log in again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogInAgain {
    /// How many seconds ago the login has to be less than.
    pub seconds: u64,
}

/// Demands that the user proved who they are less than `seconds` before `now`.
///
/// `authenticated` is when they did, as the session and the authorizer's context tell: `None` for an anonymous session, whose
/// login is never recent.
pub fn require_recent(
    authenticated: Option<UnixSeconds>,
    seconds: u64,
    now: UnixSeconds,
) -> Result<(), LogInAgain> {
    match authenticated {
        Some(at) if now < at.plus(seconds) => Ok(()),
        _ => Err(LogInAgain { seconds }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_recent_for_its_seconds() {
        #[rustfmt::skip]
        let cases = [
            // name                authenticated   seconds  now        recent
            ("at once",            Some(10),       10,      10,        true),
            ("its last second",    Some(10),       10,      19,        true),
            ("over",               Some(10),       10,      20,        false),
            ("a clock behind",     Some(10),       10,       5,        true),
            ("no seconds",         Some(10),        0,      10,        false),
            ("endless",            Some(10),       u64::MAX, 1 << 40,  true),
            ("anonymous",          None,           10,      10,        false),
        ];
        for (name, authenticated, seconds, now, recent) in cases {
            let required =
                require_recent(authenticated.map(UnixSeconds), seconds, UnixSeconds(now));
            let expected = if recent {
                Ok(())
            } else {
                Err(LogInAgain { seconds })
            };
            assert_eq!(required, expected, "{name}");
        }
    }
}
