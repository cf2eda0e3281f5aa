//! What the functions share: how they start, how they log, and `API Gateway`'s HTTP events.

pub mod address;
pub mod api;
pub mod body;
pub mod cross_site;
mod end;
mod event;
pub mod http;
pub mod incoming;
pub mod log;
mod mend;
mod place;
pub mod routes;
mod start;

pub use end::ended;
pub use start::{Started, settings, start};

// Its tests call it as its `main` does, from outside.
#[cfg(test)]
extern crate self as lambda;
#[cfg(test)]
#[path = "../tests/answer/main.rs"]
mod answer;
