//! Logs: plain lines on standard error.

use std::io;

use lambda::log::is_own;
use tracing::{Level, Metadata, level_filters::LevelFilter};
use tracing_subscriber::{
    Layer, filter::filter_fn, fmt, layer::SubscriberExt, util::SubscriberInitExt,
};

/// Starts logging.
pub fn start() {
    // The functions' lines and this program's own tell what happens to a call.
    let talks = |line: &Metadata<'_>| is_own(line) || line.target().starts_with("local");
    let heard = move |line: &Metadata<'_>| {
        *line.level()
            <= if talks(line) {
                Level::INFO
            } else {
                Level::WARN
            }
    };
    let lines = fmt::layer()
        .with_writer(io::stderr)
        .with_target(false)
        .with_ansi(false)
        // A closed standard error is no reason to panic.
        .log_internal_errors(false)
        .with_filter(filter_fn(heard).with_max_level_hint(LevelFilter::INFO));
    // A second start finds the first one's subscriber in place, which is as good.
    let _: Result<(), _> = tracing_subscriber::registry().with(lines).try_init();
}
