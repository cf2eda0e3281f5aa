//! Logs: one JSON object a line, with `timestamp`, `level` and `message` where Lambda's JSON format looks for them.

use tracing::level_filters::LevelFilter;
use tracing_subscriber::{
    Layer, filter::Targets, fmt, layer::SubscriberExt, util::SubscriberInitExt,
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

/// Starts logging at `level` (Lambda's `AWS_LAMBDA_LOG_LEVEL`; unset or unknown: INFO).
///
/// Other crates are heard from WARN on, whatever the level: the SDK's DEBUG and TRACE lines quote requests.
pub fn start(level: Option<&str>) {
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
    let lines = fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_filter(targets);
    // A second start finds the first one's subscriber in place, which is as good.
    let _: Result<(), _> = tracing_subscriber::registry().with(lines).try_init();
}
