//! A small OpenID provider on loopback: code flow with PKCE, logouts at both ends. It behaves, and errs when it is told to.
//!
//! `cargo run -- --oidc` starts one to try logins with; tests start one each ([`Provider::start`]) and direct it:
//!
//! | for | see |
//! |---|---|
//! | how it errs | [`behaviour`] and [`token`] |
//! | who logs in | [`user`] and [`Browser`] |
//! | who relies on it | [`client`] |
//! | what it signs with | [`key`] |
//! | what time it is | [`clock`] |
//! | what it was asked | [`request`] |
//! | answers that wait | [`hold`] |

mod authorization;
pub mod behaviour;
mod browser;
pub mod client;
pub mod clock;
mod core;
mod exchange;
pub mod hold;
pub mod key;
mod logout;
mod page;
mod parameters;
mod patch;
mod provider;
pub mod request;
mod serve;
#[cfg(test)]
mod tests;
pub mod token;
pub mod user;

pub use browser::Browser;
pub use provider::{Provider, Settings};
