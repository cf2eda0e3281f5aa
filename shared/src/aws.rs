//! AWS as every function and tool reaches it: the client, its faults, and the signing keys that a secret holds.

pub(crate) mod answer;
#[cfg(feature = "credential-chain")]
pub mod chain;
pub mod client;
mod conflict;
mod credentials;
mod endpoints;
pub mod environment;
pub mod fault;
mod http1;
#[cfg(feature = "secrets-manager")]
pub mod keyring;
#[cfg(feature = "secrets-manager")]
pub mod secrets_manager;
#[cfg(test)]
mod stopped;
pub mod trust;
