//! `sessionctl` as a person runs it.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "test code: an expectation that fails panics"
)]

mod engine;
mod import;
mod keys;
mod manual;
mod place;
mod session;
mod subject;
mod table;
mod user;
