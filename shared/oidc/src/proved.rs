//! When a user proved who they are, as far as the provider's word goes.

use dynamodb_session::time::UnixSeconds;

use crate::standing::SKEW_SECONDS;

/// What a login asked the provider for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// When the login began.
    pub started: UnixSeconds,
    /// Whether it was sent with `prompt=login`.
    pub prompted: bool,
    /// Whether that is trusted where the provider does not tell when the user proved who they are.
    pub trust_prompt: bool,
}

/// When the user proved who they are: `auth_time`, or the login's start where `prompt=login` is trusted in its place; `None`:
/// nobody knows.
#[must_use]
pub fn proved(auth_time: Option<UnixSeconds>, asked: Asked) -> Option<UnixSeconds> {
    let trusted = asked.prompted && asked.trust_prompt;
    auth_time.or_else(|| trusted.then_some(asked.started))
}

/// Whether a proof is of the login that began at `started`: clocks may differ by a minute.
#[must_use]
pub fn is_of_login(proved: Option<UnixSeconds>, started: UnixSeconds) -> bool {
    proved.is_some_and(|moment| moment.plus(SKEW_SECONDS) >= started)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_has_the_provider_s_time_or_that_of_a_trusted_prompt() {
        let at = |seconds| Some(UnixSeconds(seconds));
        #[rustfmt::skip]
        let cases = [
            // auth_time prompted trusted  expected
            (at(5),      false,   false,   at(5)),
            (at(5),      true,    true,    at(5)),
            (None,       true,    true,    at(100)),
            (None,       true,    false,   None),
            (None,       false,   true,    None),
        ];
        for (auth_time, prompted, trust_prompt, expected) in cases {
            let started = UnixSeconds(100);
            let asked = Asked {
                started,
                prompted,
                trust_prompt,
            };
            assert_eq!(
                proved(auth_time, asked),
                expected,
                "{auth_time:?} {asked:?}"
            );
        }
    }

    #[test]
    fn a_recent_login_was_proved_at_its_start_or_later() {
        for (proved, of_login) in [
            (None, false),
            (Some(39), false),
            (Some(40), true),
            (Some(100), true),
            (Some(200), true),
        ] {
            let proved = proved.map(UnixSeconds);
            assert_eq!(
                is_of_login(proved, UnixSeconds(100)),
                of_login,
                "{proved:?}"
            );
        }
    }
}
