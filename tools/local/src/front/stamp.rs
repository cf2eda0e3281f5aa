//! The two spellings of a moment in an event.

use dynamodb_session::time::UnixSeconds;

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// `requestContext.time`: the common log format's, `12/Mar/2020:19:03:58 +0000`.
pub(super) fn text(now: UnixSeconds) -> String {
    let (days, second) = (now.0 / 86_400, now.0 % 86_400);
    let (year, month, day) = date(days);
    format!(
        "{day:02}/{month}/{year}:{:02}:{:02}:{:02} +0000",
        second / 3600,
        second / 60 % 60,
        second % 60
    )
}

/// `requestContext.timeEpoch`: milliseconds.
pub(super) fn epoch(now: UnixSeconds) -> u64 {
    now.0.saturating_mul(1000)
}

/// The Gregorian date `days` after 1970-01-01, counted in years that begin in March, so that a leap day is a year's
/// last.
fn date(days: u64) -> (u64, &'static str, u64) {
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let year = era * 400 + year + u64::from(month >= 10);
    let index = usize::try_from((month + 2) % 12).unwrap_or_default();
    (year, MONTHS.get(index).copied().unwrap_or_default(), day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_written_as_in_the_common_log_format() {
        #[rustfmt::skip]
        let cases = [
            (0,             "01/Jan/1970:00:00:00 +0000"),
            (951_782_399,   "28/Feb/2000:23:59:59 +0000"),
            (951_782_400,   "29/Feb/2000:00:00:00 +0000"),
            (1_583_348_638, "04/Mar/2020:19:03:58 +0000"),
            (1_798_761_599, "31/Dec/2026:23:59:59 +0000"),
            (4_107_542_400, "01/Mar/2100:00:00:00 +0000"),
        ];
        for (seconds, expected) in cases {
            assert_eq!(text(UnixSeconds(seconds)), expected);
        }
        assert_eq!(epoch(UnixSeconds(1_583_348_638)), 1_583_348_638_000);
    }
}
