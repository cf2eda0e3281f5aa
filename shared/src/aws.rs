//! AWS as every function and tool reaches it: the client, its faults, and the signing keys that a secret holds.

pub(crate) mod answer;
pub mod client;
mod conflict;
pub mod fault;
mod http1;
#[cfg(feature = "secrets-manager")]
pub mod keyring;
#[cfg(feature = "secrets-manager")]
pub mod secrets_manager;
mod trust;
