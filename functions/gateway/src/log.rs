//! Logs: one JSON object a line, with `timestamp`, `level` and `message` where Lambda's JSON format looks for them.

use std::io;

use tracing::{Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{
    Layer,
    filter::Targets,
    fmt::{self, MakeWriter},
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
        .with_filter(targets)
}
