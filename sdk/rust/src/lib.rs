//! Sessions in a backend: whose call it is, behind the authorizer or by itself, and what the session remembers.
//!
//! | for | see |
//! |---|---|
//! | whose call it is, without a table | [`context`] |
//! | a session for each request, saved when its handler is done | [`layer`], [`session`] |
//! | what goes wrong, and the answer that it is | [`error`] |
//! | any store behind one type | [`store`] |
//! | the table in `DynamoDB` | with the feature `dynamodb`, `open` |
//! | axum's extractors, the peer's address | with the feature `axum`, [`address`] |
//! | requests that `lambda_http` makes of events, with their headers as they came | with the feature `lambda`, [`event`] |
//! | tests of a backend | with the feature `testing`, `testing` |
//!
//! The rules are those of [`dynamodb_session`], which this crate calls as the functions do.

pub mod address;
mod asked;
pub mod context;
pub mod error;
#[cfg(feature = "lambda")]
pub mod event;
#[cfg(feature = "axum")]
mod extract;
pub mod layer;
#[cfg(feature = "dynamodb")]
pub mod open;
mod renewals;
pub mod session;
mod settings;
pub mod store;
#[cfg(feature = "testing")]
pub mod testing;

pub use dynamodb_session;
