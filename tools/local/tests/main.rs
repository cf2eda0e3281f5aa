//! `local` from the outside, and its parts over real sockets.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "test code: an expectation that fails panics"
)]

mod backend;
mod cli;
mod engine;
mod front;
