//! What the functions share: how they start, how they log, and `API Gateway`'s HTTP events.

#[cfg(feature = "http")]
pub mod event;
pub mod headers;
#[cfg(feature = "http")]
pub mod http;
pub mod log;
#[cfg(feature = "http")]
pub mod reply;
mod start;

pub use start::{Started, start};
