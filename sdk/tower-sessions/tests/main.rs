//! The store on the embedded engine: tower-sessions' own cases, what the store promises, and what its contract can't give.

#![expect(
    clippy::unwrap_used,
    reason = "a failed expectation of a helper panics, too"
)]

mod engine;
mod limits;
mod routes;
mod secrets;
mod site;
mod store;
mod wire;
