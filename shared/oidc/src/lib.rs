//! OpenID Connect, as far as whoever relies on a provider has to know it: rules over bytes and moments, without any I/O.
//!
//! | for | see |
//! |---|---|
//! | what a provider tells of itself | [`metadata`], [`jwks`] |
//! | how long that is kept | [`kept`] |
//! | how tokens are signed | [`algorithm`] |
//! | a login: its start, its callback, the exchange of the code | [`flow`], [`callback`], [`exchange`] |
//! | who logged in, and when they proved it | [`id_token`], [`proved`] |
//! | what else is told of them | [`claims`], [`userinfo`], [`email`] |
//! | a logout at the provider | [`logout_token`] |
//!
//! Sources: `OpenID` Connect Core 1.0, Discovery 1.0 and Back-Channel Logout 1.0; RFC 6749 (OAuth 2.0), RFC 7515 to 7519 (JOSE),
//! RFC 7636 (PKCE), RFC 8725 (JWT best practices), RFC 9207 (`iss` of an answer) and RFC 9700 (OAuth security).

pub mod algorithm;
pub mod callback;
pub mod claims;
pub mod email;
pub mod exchange;
pub mod flow;
pub mod id_token;
mod jose;
pub mod jwks;
pub mod kept;
pub mod logout_token;
mod members;
pub mod metadata;
mod parameters;
pub mod proved;
mod rejected;
mod standing;
pub mod start;
#[cfg(test)]
mod testing;
pub mod userinfo;

pub use rejected::Rejected;

/// The most bytes of any answer of a provider: metadata, keys, tokens, claims.
pub const MOST_BYTES: usize = 64 * 1024;
