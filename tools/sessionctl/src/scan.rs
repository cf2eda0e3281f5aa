//! A scan of the sessions' table: its price told before, its progress meanwhile, its units afterwards.

use std::{
    io::{self, IsTerminal, Write},
    time::Duration,
};

use dynamodb_session::{
    fault::StoreError,
    store::dynamodb::{
        DynamoStore,
        scan::{Page, Place, Seen, Segment},
    },
};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep_until},
};

use crate::{
    failure::{Failure, explain_scan},
    signals::{Signals, uncaught},
};

/// The most parts that are read beside each other. A page of a megabyte takes 128 units, so that a limit allows fewer.
const SEGMENTS: u32 = 4;
const UNITS_OF_A_PAGE: u32 = 128;

/// Bytes of a unit, as half of a read unit of 4 KB is what an eventually consistent read takes.
const BYTES_OF_A_UNIT: u64 = 8192;

/// Dollars of a million read units, on demand in us-east-1 (aws.amazon.com/dynamodb/pricing, 2025).
const DOLLARS_OF_A_MILLION: f64 = 0.125;

/// Between two lines of progress where there is no terminal.
const BETWEEN_LINES: Duration = Duration::from_secs(10);

/// A table to scan.
#[derive(Debug)]
pub(crate) struct Scan<'a> {
    /// The store over it.
    pub(crate) store: &'a DynamoStore,
    /// Its name and where it is.
    pub(crate) place: &'a str,
    /// The most units a second, on the average.
    pub(crate) most: Option<u32>,
}

impl Scan<'_> {
    /// Shows `each` every item, and gives the units that this took. A signal ends it between two pages.
    pub(crate) async fn each(&self, mut each: impl FnMut(Seen)) -> Result<f64, Failure> {
        let mut signals = Signals::catch().map_err(|error| uncaught(&error))?;
        let failed = |error: StoreError| Failure::Fault(explain_scan(&error));
        let mut progress = self.announce().await.map_err(failed)?;
        let segments = self
            .most
            .map_or(SEGMENTS, |most| (most / UNITS_OF_A_PAGE).clamp(1, SEGMENTS));
        let (begun, mut units) = (Instant::now(), 0.0);
        let mut pages = JoinSet::new();
        for index in 0..segments {
            let segment = Segment {
                index: signed(index),
                of: signed(segments),
            };
            pages.spawn(page(self.store.clone(), segment, None, begun));
        }
        loop {
            let done = tokio::select! {
                biased;
                signal = signals.received() => return Err(progress.stopped(signal, self.place)),
                done = pages.join_next() => done,
            };
            let Some(done) = done else { break };
            let (segment, page) =
                done.map_err(|error| Failure::Fault(format!("reading {}: {error}", self.place)))?;
            let page = page.map_err(failed)?;
            units += page.units;
            progress.met(page.items.len(), units);
            page.items.into_iter().for_each(&mut each);
            if let Some(next) = page.next {
                let earliest = begun + time_of(units, self.most);
                pages.spawn(self::page(
                    self.store.clone(),
                    segment,
                    Some(next),
                    earliest,
                ));
            }
        }
        progress.finish();
        Ok(units)
    }

    /// Says what the scan will take, as far as `DynamoDB` knows the table's size.
    async fn announce(&self) -> Result<Progress, StoreError> {
        let (items, bytes) = self.store.size().await?;
        let units = bytes.div_ceil(BYTES_OF_A_UNIT);
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        let dollars = units as f64 * DOLLARS_OF_A_MILLION / 1e6;
        tell(&format!(
            "reading {} of about {items} items, as counted within six hours: about {units} read units, {dollars:.2} dollars on demand in us-east-1",
            self.place
        ));
        Ok(Progress::new(items))
    }
}

async fn page(
    store: DynamoStore,
    segment: Segment,
    at: Option<Place>,
    earliest: Instant,
) -> (Segment, Result<Page, StoreError>) {
    sleep_until(earliest).await;
    (segment, store.page(segment, at).await)
}

/// How long so many units take at the least.
pub(crate) fn time_of(units: f64, most: Option<u32>) -> Duration {
    let seconds = most.map_or(0.0, |most| units / f64::from(most));
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}

fn signed(number: u32) -> i32 {
    number.try_into().unwrap_or(i32::MAX)
}

/// Says something beside the answer. A reader who is gone misses it.
pub(crate) fn tell(text: &str) {
    let _: io::Result<()> = writeln!(io::stderr(), "{text}");
}

/// How far it is: a bar at a terminal, a line now and then elsewhere.
struct Progress {
    bar: ProgressBar,
    items: u64,
    units: f64,
    told: Instant,
}

impl Progress {
    fn new(items: u64) -> Self {
        let target = if io::stderr().is_terminal() {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
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
            told: Instant::now(),
        }
    }

    fn met(&mut self, items: usize, units: f64) {
        self.items += u64::try_from(items).unwrap_or_default();
        self.units = units;
        self.bar.set_position(self.items);
        self.bar.set_message(format!("{units} units"));
        if self.bar.is_hidden() && self.told.elapsed() >= BETWEEN_LINES {
            self.told = Instant::now();
            tell(&format!("{} items so far, {units} read units", self.items));
        }
    }

    fn finish(&self) {
        self.bar.finish_and_clear();
        tell(&format!(
            "read {} items by a scan, which took {} read units",
            self.items, self.units
        ));
    }

    fn stopped(&self, signal: u8, place: &str) -> Failure {
        self.bar.finish_and_clear();
        let text = format!(
            "read {} items of {place}, and nothing was changed",
            self.items
        );
        Failure::Ended(signal, text.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_take_as_long_as_the_limit_says() {
        let cases = [
            (128.0, None, 0),
            (128.0, Some(64), 2000),
            (0.5, Some(1), 500),
        ];
        for (units, most, expected) in cases {
            assert_eq!(
                time_of(units, most),
                Duration::from_millis(expected),
                "{units} {most:?}"
            );
        }
    }
}
