//! What reading a table takes, told before, and how far it is: a bar at a terminal, a line now and then elsewhere.

use std::{
    io::{self, IsTerminal, Write},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::time::Instant;

/// Bytes of a unit, as half of a read unit of 4 KB is what an eventually consistent read takes.
const BYTES_OF_A_UNIT: u64 = 8192;

/// Dollars of a million read units, on demand in us-east-1 (aws.amazon.com/dynamodb/pricing, 2025).
const DOLLARS_OF_A_MILLION: f64 = 0.125;

/// Between two lines of progress where there is no terminal.
const BETWEEN_LINES: Duration = Duration::from_secs(10);

/// Says something beside the answer. A reader who is gone misses it.
pub(crate) fn tell(text: &str) {
    let _: io::Result<()> = writeln!(io::stderr(), "{text}");
}

/// How far it is.
pub(crate) struct Progress {
    bar: ProgressBar,
    items: u64,
    units: f64,
    told: Instant,
}

impl Progress {
    /// Says what reading a table takes that has so many items and bytes, as far as `DynamoDB` knows, and begins at `now`.
    pub(crate) fn announce(place: &str, (items, bytes): (u64, u64), now: Instant) -> Self {
        let units = bytes.div_ceil(BYTES_OF_A_UNIT);
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        let dollars = units as f64 * DOLLARS_OF_A_MILLION / 1e6;
        tell(&format!(
            "reading {place} of about {items} items, as counted within six hours: about {units} read units, {dollars:.2} dollars on demand in us-east-1"
        ));
        let target = if io::stderr().is_terminal() {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        Self::new(items, target, now)
    }

    fn new(items: u64, target: ProgressDrawTarget, now: Instant) -> Self {
        let bar = ProgressBar::with_draw_target(Some(items), target);
        if let Ok(style) =
            ProgressStyle::with_template("{bar:40} {pos} of about {len} items, {msg}")
        {
            bar.set_style(style);
        }
        Self {
            bar,
            items: 0,
            units: 0.0,
            told: now,
        }
    }

    /// How many items there were so far.
    pub(crate) fn items(&self) -> u64 {
        self.items
    }

    /// Shows that so many more items were met, and so many units taken in all.
    pub(crate) fn met(&mut self, items: usize, units: f64, now: Instant) {
        if let Some(line) = self.line(items, units, now) {
            tell(&line);
        }
    }

    /// The line to say, where there is no terminal and it is time for one.
    fn line(&mut self, items: usize, units: f64, now: Instant) -> Option<String> {
        self.items += u64::try_from(items).unwrap_or_default();
        self.units = units;
        self.bar.set_position(self.items);
        self.bar.set_message(format!("{units} units"));
        if !self.bar.is_hidden() || now.duration_since(self.told) < BETWEEN_LINES {
            return None;
        }
        self.told = now;
        Some(format!("{} items so far, {units} read units", self.items))
    }

    /// Takes the bar away.
    pub(crate) fn clear(&self) {
        self.bar.finish_and_clear();
    }

    /// The same, and says what it took.
    pub(crate) fn finish(&self) {
        self.clear();
        tell(&format!(
            "read {} items by a scan, which took {} read units",
            self.items, self.units
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_terminal_a_line_is_said_every_ten_seconds() {
        let begun = Instant::now();
        let mut progress = Progress::new(9, ProgressDrawTarget::hidden(), begun);
        #[rustfmt::skip]
        let cases = [
            (0,  1, 0.5, None),
            (9,  1, 1.0, None),
            (10, 2, 1.5, Some("4 items so far, 1.5 read units")),
            (11, 1, 2.0, None),
            (19, 0, 2.5, None),
            (35, 1, 3.0, Some("6 items so far, 3 read units")),
        ];
        for (seconds, items, units, expected) in cases {
            let now = begun + Duration::from_secs(seconds);
            let line = progress.line(items, units, now);
            assert_eq!(line.as_deref(), expected, "after {seconds} s");
        }
        assert_eq!(progress.items(), 6);
    }
}
