//! How long what a provider tells is kept.

use dynamodb_session::time::UnixSeconds;

/// How long an answer is used before it is asked for again, in seconds.
pub const FRESH_SECONDS: u64 = 3600;

/// How long the last good answer is used while the provider gives none, in seconds.
pub const OUTAGE_SECONDS: u64 = 24 * 3600;

/// The time between two tries while an older answer serves, or for a key that is unknown, in seconds.
pub const AGAIN_SECONDS: u64 = 60;

/// The time between two tries while no answer serves, in seconds: a provider that does not answer is not asked by each request.
pub const PAUSE_SECONDS: u64 = 5;

/// An answer of the provider, and when it came.
#[derive(Clone, Debug)]
pub struct Kept<T> {
    held: Option<(T, UnixSeconds)>,
    failed: Option<UnixSeconds>,
    sought: Option<UnixSeconds>,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self {
            held: None,
            failed: None,
            sought: None,
        }
    }
}

impl<T> Kept<T> {
    /// Whether to ask at `now`: there is no fresh answer, and the last failure was a minute ago while an older one serves, or five
    /// seconds ago.
    #[must_use]
    pub fn is_due(&self, now: UnixSeconds) -> bool {
        match &self.held {
            Some((_, since)) if is_within(*since, FRESH_SECONDS, now) => false,
            Some(_) if self.get(now).is_some() => !is_recent(self.failed, AGAIN_SECONDS, now),
            _ => !is_recent(self.failed, PAUSE_SECONDS, now),
        }
    }

    /// Notes that the provider gave no answer at `now`.
    pub fn failed(&mut self, now: UnixSeconds) {
        self.failed = Some(now);
    }

    /// Whether to ask at `now` although the answer is fresh, because a key is not in it: at most once a minute, so that
    /// tokens with invented keys cause no flood of requests. A `true` is noted.
    pub fn seeks(&mut self, now: UnixSeconds) -> bool {
        if is_recent(self.sought, AGAIN_SECONDS, now) {
            return false;
        }
        self.sought = Some(now);
        true
    }

    /// Keeps an answer that came at `now`.
    pub fn put(&mut self, answer: T, now: UnixSeconds) {
        self.held = Some((answer, now));
    }

    /// The last answer, unless it is older than a day.
    #[must_use]
    pub fn get(&self, now: UnixSeconds) -> Option<&T> {
        let (answer, since) = self.held.as_ref()?;
        is_within(*since, OUTAGE_SECONDS, now).then_some(answer)
    }
}

fn is_recent(moment: Option<UnixSeconds>, seconds: u64, now: UnixSeconds) -> bool {
    moment.is_some_and(|moment| is_within(moment, seconds, now))
}

/// A clock that was put back makes nothing older.
fn is_within(since: UnixSeconds, seconds: u64, now: UnixSeconds) -> bool {
    now < since.plus(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_fresh_for_an_hour_and_serves_for_a_day_of_outage() {
        let mut kept = Kept::default();
        assert!(kept.is_due(UnixSeconds(0)) && kept.get(UnixSeconds(0)).is_none());
        kept.failed(UnixSeconds(0));
        assert!(!kept.is_due(UnixSeconds(4)) && kept.is_due(UnixSeconds(5)));
        kept.put("a", UnixSeconds(10));
        #[rustfmt::skip]
        let cases = [
            // now              due    held
            (10,                false, Some("a")),
            (10 + 3599,         false, Some("a")),
            (10 + 3600,         true,  Some("a")),
            (10 + 24 * 3600 - 1, true, Some("a")),
            (10 + 24 * 3600,    true,  None),
            (5,                 false, Some("a")),
        ];
        for (now, due, held) in cases {
            let now = UnixSeconds(now);
            assert_eq!(
                (kept.is_due(now), kept.get(now).copied()),
                (due, held),
                "{now:?}"
            );
        }
    }

    #[test]
    fn a_failure_is_followed_by_a_minute_of_the_older_answer() {
        let mut kept = Kept::default();
        kept.put("a", UnixSeconds(0));
        let hour = FRESH_SECONDS;
        kept.failed(UnixSeconds(hour));
        for (now, due) in [(hour, false), (hour + 59, false), (hour + 60, true)] {
            assert_eq!(kept.is_due(UnixSeconds(now)), due, "{now}");
        }
        let day = OUTAGE_SECONDS;
        kept.failed(UnixSeconds(day));
        let after = |seconds| UnixSeconds(day + seconds);
        assert!(
            !kept.is_due(after(4)) && kept.is_due(after(5)),
            "nothing serves any more"
        );
    }

    #[test]
    fn an_unknown_key_is_looked_for_once_a_minute() {
        let mut kept = Kept::default();
        kept.put("a", UnixSeconds(0));
        for (now, seeks) in [(1, true), (2, false), (60, false), (61, true), (62, false)] {
            assert_eq!(kept.seeks(UnixSeconds(now)), seeks, "{now}");
        }
    }
}
