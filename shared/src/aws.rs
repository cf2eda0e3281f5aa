//! AWS as every function and tool reaches it: the client, its faults, and the secret of the signing keys.

pub(crate) mod answer;
pub mod client;
mod conflict;
pub(crate) mod fault;
#[cfg(feature = "secrets-manager")]
pub mod secrets_manager;
