//! A scan of the sessions' table: its price told before, its progress meanwhile, its units afterwards.

use std::time::Duration;

use dynamodb_session::{
    fault::StoreError,
    store::dynamodb::{
        DynamoStore,
        scan::{Page, Place, Seen, Segment},
    },
};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep_until},
};

use crate::{
    failure::{Failure, explain_scan},
    progress::Progress,
    signals::{Signals, uncaught},
};

/// The most parts that are read beside each other. A page of a megabyte takes 128 units, so that a limit allows fewer.
const SEGMENTS: u32 = 4;
const UNITS_OF_A_PAGE: u32 = 128;

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
        let size = self.store.size().await.map_err(failed)?;
        let mut progress = Progress::announce(self.place, size, Instant::now());
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
                signal = signals.received() => return Err(self.stopped(signal, &progress)),
                done = pages.join_next() => done,
            };
            let Some(done) = done else { break };
            let (segment, page) =
                done.map_err(|error| Failure::Fault(format!("reading {}: {error}", self.place)))?;
            let page = page.map_err(failed)?;
            units += page.units;
            progress.met(page.items.len(), units, Instant::now());
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

    fn stopped(&self, signal: u8, progress: &Progress) -> Failure {
        progress.clear();
        let text = format!(
            "read {} items of {}, and nothing was changed",
            progress.items(),
            self.place
        );
        Failure::Ended(signal, text.into())
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
