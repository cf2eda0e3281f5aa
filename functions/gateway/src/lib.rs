//! What the functions share: how they start, how they log, and `API Gateway`'s HTTP events.

pub mod body;
pub mod cross_site;
pub mod event;
pub mod headers;
pub mod http;
pub mod keyring;
pub mod log;
mod mend;
pub mod reply;
mod start;

pub use start::{Started, start};
