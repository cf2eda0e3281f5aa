//! The steps by which a key is replaced, so that no session ends.

use crate::{secret::KEPT_SECONDS, time::UnixSeconds};

/// A step of the replacement of a key. Each has to be everywhere before the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A new key is accepted; nothing is signed with it yet.
    Accept,
    /// The new key signs; the old one is still accepted.
    Sign,
    /// The new key alone is accepted.
    Drop,
}

/// Why a step may not be taken yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TooEarly {
    /// So many seconds have to pass first.
    Wait(u64),
    /// Somebody has to tell how long the sessions of the old key live.
    UnknownLifetime,
}

impl Step {
    /// The step in one word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Sign => "sign",
            Self::Drop => "drop",
        }
    }

    /// The step that comes after this one. After the last begins the next replacement.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Accept => Self::Sign,
            Self::Sign => Self::Drop,
            Self::Drop => Self::Accept,
        }
    }

    /// Demands that the step before, whose list was stored in its secret at `stored`, is in use everywhere at `now`; and
    /// for [`Self::Drop`] that the sessions of the old key have ended as well, of which the longest live for `longest`
    /// seconds.
    pub fn require_waited(
        self,
        stored: UnixSeconds,
        longest: Option<u64>,
        now: UnixSeconds,
    ) -> Result<(), TooEarly> {
        let wait = match self {
            Self::Accept => return Ok(()),
            Self::Sign => KEPT_SECONDS,
            Self::Drop => KEPT_SECONDS.saturating_add(longest.ok_or(TooEarly::UnknownLifetime)?),
        };
        match now.until(stored.plus(wait)).as_secs() {
            0 => Ok(()),
            seconds => Err(TooEarly::Wait(seconds)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_waits_until_the_one_before_is_everywhere() {
        use Step::{Accept, Drop, Sign};
        use TooEarly::{UnknownLifetime, Wait};
        const LONGEST: Option<u64> = Some(43_200);
        #[rustfmt::skip]
        let cases = [
            // step   longest         age      expected
            (Accept,  None,             0,     Ok(())),
            (Sign,    None,             0,     Err(Wait(300))),
            (Sign,    None,           299,     Err(Wait(1))),
            (Sign,    None,           300,     Ok(())),
            (Sign,    LONGEST,        300,     Ok(())),
            (Drop,    LONGEST,        300,     Err(Wait(43_200))),
            (Drop,    LONGEST,     43_499,     Err(Wait(1))),
            (Drop,    LONGEST,     43_500,     Ok(())),
            // Nothing is assumed of how long sessions live.
            (Drop,    None,       1 << 40,     Err(UnknownLifetime)),
            (Drop,    Some(0),        300,     Ok(())),
            (Drop,    Some(u64::MAX), 300,     Err(Wait(u64::MAX - 1_000_300))),
        ];
        for (step, longest, age, expected) in cases {
            let (stored, now) = (UnixSeconds(1_000_000), UnixSeconds(1_000_000 + age));
            let waited = step.require_waited(stored, longest, now);
            assert_eq!(waited, expected, "{step:?} {longest:?} {age}");
        }
    }

    #[test]
    fn three_steps_are_a_replacement() {
        let step = Step::Accept;
        let names = [step, step.next(), step.next().next()].map(Step::as_str);
        assert_eq!(names, ["accept", "sign", "drop"]);
        assert_eq!(Step::Drop.next(), step);
    }
}
