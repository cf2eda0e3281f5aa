//! The layer around handlers: what it asks of the table and when, what it saves, and what goes out.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "test code: an expectation that fails panics"
)]

mod behind;
mod beside;
mod cookie;
mod counts;
mod end;
mod enter;
mod event;
mod examples;
mod formats;
mod guards;
mod open;
mod races;
mod serve;
mod stalled;
