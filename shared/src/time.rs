//! Time as the rules see it: whole Unix seconds, always an argument.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A moment in whole seconds since 1970-01-01T00:00:00Z, as `DynamoDB`'s TTL counts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnixSeconds(pub u64);

impl UnixSeconds {
    /// The moment that the system's clock shows. For `main` alone: everything else takes `now` as an argument.
    #[must_use]
    pub fn from_system_clock() -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place that reads the clock"
        )]
        let elapsed = SystemTime::now().duration_since(UNIX_EPOCH);
        Self(elapsed.map_or(0, |elapsed| elapsed.as_secs()))
    }

    /// The moment as HTTP writes dates (RFC 9110 section 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`. Years have four digits
    /// there: what comes after 9999 is written as its end.
    #[must_use]
    pub fn http_date(self) -> String {
        let elapsed = Duration::from_secs(self.0.min(END_OF_9999));
        httpdate::fmt_http_date(UNIX_EPOCH + elapsed)
    }

    /// The moment `seconds` later, or the last one that can be represented.
    #[must_use]
    pub fn plus(self, seconds: u64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// The time left until `deadline`, zero once it is reached.
    #[must_use]
    pub fn until(self, deadline: Self) -> Duration {
        Duration::from_secs(deadline.0.saturating_sub(self.0))
    }
}

/// The last second of the year 9999.
const END_OF_9999: u64 = 253_402_300_799;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_as_http_does() {
        #[rustfmt::skip]
        let cases = [
            (0,               "Thu, 01 Jan 1970 00:00:00 GMT"),
            // RFC 9110 section 5.6.7.
            (784_111_777,     "Sun, 06 Nov 1994 08:49:37 GMT"),
            (951_782_400,     "Tue, 29 Feb 2000 00:00:00 GMT"),
            (1_800_000_000,   "Fri, 15 Jan 2027 08:00:00 GMT"),
            (4_107_542_399,   "Sun, 28 Feb 2100 23:59:59 GMT"),
            (4_107_542_400,   "Mon, 01 Mar 2100 00:00:00 GMT"),
            (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 GMT"),
            (253_402_300_800, "Fri, 31 Dec 9999 23:59:59 GMT"),
            (u64::MAX,        "Fri, 31 Dec 9999 23:59:59 GMT"),
        ];
        for (seconds, expected) in cases {
            assert_eq!(UnixSeconds(seconds).http_date(), expected, "{seconds}");
        }
    }
}
