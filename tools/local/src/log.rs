//! Logs: plain lines on standard error.

use std::io;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::{
    Layer, filter::Targets, fmt, layer::SubscriberExt, util::SubscriberInitExt,
};

/// Whose lines at INFO tell what happens to a call.
const TALKATIVE: [&str; 8] = [
    "authorizer",
    "dynamodb_session",
    "lambda",
    "local",
    "login",
    "logout",
    "profile",
    "session",
];

/// Starts logging.
pub fn start() {
    let targets = Targets::new()
        .with_default(LevelFilter::WARN)
        .with_targets(TALKATIVE.map(|name| (name, LevelFilter::INFO)));
    let lines = fmt::layer()
        .with_writer(io::stderr)
        .with_target(false)
        .with_ansi(false)
        // A closed standard error is no reason to panic.
        .log_internal_errors(false)
        .with_filter(targets);
    // A second start finds the first one's subscriber in place, which is as good.
    let _: Result<(), _> = tracing_subscriber::registry().with(lines).try_init();
}
