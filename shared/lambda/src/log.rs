//! Logs: one JSON object a line, with `timestamp`, `level` and `message` where Lambda's JSON format looks for them.

use std::{
    io,
    sync::{Mutex, PoisonError},
};

use serde_json::Value;
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    level_filters::LevelFilter,
};
use tracing_subscriber::{
    Layer,
    filter::filter_fn,
    fmt::{self, FmtContext, FormatEvent, FormatFields, MakeWriter, format::Writer},
    layer::SubscriberExt,
    registry::LookupSpan,
    util::SubscriberInitExt,
};

/// Starts logging to standard output at `level` (Lambda's `AWS_LAMBDA_LOG_LEVEL`; unset or unknown: INFO).
pub fn start(level: Option<&str>) {
    let lines = layer(level, io::stdout);
    // A second start finds the first one's subscriber in place, which is as good.
    let _: Result<(), _> = tracing_subscriber::registry().with(lines).try_init();
}

/// What makes the lines and hands each to `writer`.
///
/// Other crates are heard from WARN on, whatever the level: the SDK's DEBUG and TRACE lines quote requests.
pub fn layer<S, W>(level: Option<&str>, writer: W) -> impl Layer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let level = match level.map(str::to_ascii_uppercase).as_deref() {
        Some("TRACE") => LevelFilter::TRACE,
        Some("DEBUG") => LevelFilter::DEBUG,
        Some("WARN") => LevelFilter::WARN,
        Some("ERROR" | "FATAL") => LevelFilter::ERROR,
        _ => LevelFilter::INFO,
    };
    let others = LevelFilter::WARN.min(level);
    let heard =
        move |line: &Metadata<'_>| *line.level() <= if is_own(line) { level } else { others };
    fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_writer(writer)
        .map_event_format(Lines)
        .with_filter(filter_fn(heard).with_max_level_hint(level))
}

/// The id of the request that the process is at; empty before the first one.
static REQUEST: Mutex<String> = Mutex::new(String::new());

/// From now on each line is that of the request `id`: Lambda gives a process one after the other.
pub fn of_request(id: String) {
    *REQUEST.lock().unwrap_or_else(PoisonError::into_inner) = id;
}

/// Whether a line is this project's: each of these names its `event`, and holds no credential at any level.
///
/// Of the crates that are linked, `lambda_runtime` has such a line as well (1.5, at DEBUG, when its workers start); it holds
/// nothing of a request, and a release build has no line below INFO.
#[must_use]
pub fn is_own(line: &Metadata<'_>) -> bool {
    line.fields().field("event").is_some()
}

/// How lines are written: like the inner format, but with the request's id, where Lambda's own lines have it, and without
/// the runtime's own line about a denial. (The runtime's span has the id as well, at the cost of a span for each call.)
///
/// A REST or WebSocket API answers 401 only if the authorizer returns an error, and the runtime logs each error of a
/// handler at ERROR, in its `Debug` form (`lambda_runtime`'s `CatchPanicService`). A denial is not a fault, and has its
/// own line already: with the runtime's line, an alarm on ERROR lines would never be quiet.
///
/// This is a format and not a filter: `tracing_subscriber` 0.3 loses count of filters that look at an event's fields.
struct Lines<F>(F);

impl<S, N, F> FormatEvent<S, N> for Lines<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> std::fmt::Result {
        if event.metadata().target() == "lambda_runtime::layers::panic" {
            let mut denial = Denial(false);
            event.record(&mut denial);
            if denial.0 {
                return Ok(());
            }
        }
        let mut line = String::new();
        self.0
            .format_event(context, Writer::new(&mut line), event)?;
        let request = REQUEST.lock().unwrap_or_else(PoisonError::into_inner);
        match line.strip_prefix('{') {
            Some(rest) if !request.is_empty() => {
                let id = Value::from(request.as_str());
                write!(writer, "{{\"requestId\":{id},{rest}")
            }
            _ => writer.write_str(&line),
        }
    }
}

/// Whether the message of an event is that of the authorizer's denial, and nothing else.
struct Denial(bool);

impl Visit for Denial {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.0 |= field.name() == "message" && format!("{value:?}") == "Unauthorized";
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// How many of five lines are written, one of each level.
    fn written(level: Option<&str>, own: bool) -> usize {
        let lines = Lines::default();
        let writer = lines.clone();
        let layer = layer(level, move || writer.clone());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            if own {
                tracing::error!(target: "a_new_crate", event = "1", "1");
                tracing::warn!(target: "a_new_crate", event = "2", "2");
                tracing::info!(target: "a_new_crate", event = "3", "3");
                tracing::debug!(target: "a_new_crate", event = "4", "4");
                tracing::trace!(target: "a_new_crate", event = "5", "5");
            } else {
                tracing::error!(target: "aws_sdk", "1");
                tracing::warn!(target: "aws_sdk", "2");
                tracing::info!(target: "aws_sdk", "3");
                tracing::debug!(target: "aws_sdk", "4");
                tracing::trace!(target: "aws_sdk", "5");
            }
        });
        String::from_utf8(lines.0.lock().unwrap().clone())
            .unwrap()
            .lines()
            .count()
    }

    #[test]
    fn each_level_has_its_lines_and_other_crates_no_more_than_warnings() {
        #[rustfmt::skip]
        let cases = [
            (None,            3, 2),
            (Some(""),        3, 2),
            (Some("loud"),    3, 2),
            (Some("INFO"),    3, 2),
            (Some("TRACE"),   5, 2),
            (Some("DEBUG"),   4, 2),
            (Some("debug"),   4, 2),
            (Some("WARN"),    2, 2),
            (Some("ERROR"),   1, 1),
            (Some("FATAL"),   1, 1),
        ];
        for (level, own, others) in cases {
            let lines = (written(level, true), written(level, false));
            assert_eq!(lines, (own, others), "{level:?}");
        }
    }
}
