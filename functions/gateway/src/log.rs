//! Logs: one JSON object a line, with `timestamp`, `level` and `message` where Lambda's JSON format looks for them.

use std::io;

use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
    level_filters::LevelFilter,
};
use tracing_subscriber::{
    Layer,
    filter::Targets,
    fmt::{self, FmtContext, FormatEvent, FormatFields, MakeWriter, format::Writer},
    layer::SubscriberExt,
    registry::LookupSpan,
    util::SubscriberInitExt,
};

/// Our own crates: what they log is known to hold no credential at any level.
const OWN: [&str; 7] = [
    "authorizer",
    "dynamodb_session",
    "gateway",
    "login",
    "logout",
    "profile",
    "session",
];

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
    let targets = OWN
        .into_iter()
        .fold(Targets::new(), |targets, own| {
            targets.with_target(own, level)
        })
        .with_default(LevelFilter::WARN.min(level));
    fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_writer(writer)
        .map_event_format(Lines)
        .with_filter(targets)
}

/// How lines are written: as the inner format has them, except that the runtime's own line about a denial is left out.
///
/// The one way to ask a REST or WebSocket API for a 401 is an error of the authorizer, and the runtime logs each error of
/// a handler at ERROR, by its `Debug` form (`lambda_runtime`'s `CatchPanicService`). A denial is no fault, and has its
/// line already: an alarm on ERROR lines would never be quiet.
///
/// This is no filter: `tracing_subscriber` 0.3 loses count of filters that look at an event's fields.
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
        writer: Writer<'_>,
        event: &Event<'_>,
    ) -> std::fmt::Result {
        if event.metadata().target() == "lambda_runtime::layers::panic" {
            let mut denial = Denial(false);
            event.record(&mut denial);
            if denial.0 {
                return Ok(());
            }
        }
        self.0.format_event(context, writer, event)
    }
}

/// Whether the message of an event is that of the authorizer's denial, and nothing else.
struct Denial(bool);

impl Visit for Denial {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.0 |= field.name() == "message" && format!("{value:?}") == "Unauthorized";
    }
}
