//! Server-side sessions over one `DynamoDB` table: opaque ids, state on the server, ended at once.
//!
//! A client carries a [`token`]; the table holds a [`session`] under the hash of its id. What a request presents becomes
//! a [`claim`], once. [`authorize`] validates and touches a session, as a rule in one request; [`admission`] says whether a
//! login may be tried, [`create`] makes a session of it, [`rotate`] gives it a new id, [`patch`] changes its [`data`],
//! [`abandon`] ends it, [`devices`] lists a user's. All work on any [`store::SessionStore`]; time and randomness are
//! arguments. No event type of any platform occurs here.

pub mod abandon;
pub mod admission;
pub mod authorize;
#[cfg(feature = "dynamodb")]
pub mod aws;
pub mod cause;
pub mod claim;
pub mod config;
pub mod create;
pub mod cross_site;
pub mod csrf;
pub mod data;
pub mod devices;
pub mod entropy;
pub mod fault;
pub mod front;
pub mod id;
mod near;
#[cfg(feature = "password")]
pub mod password;
pub mod patch;
pub mod reply;
pub mod rotate;
pub mod secret;
pub mod session;
pub mod signing_keys;
pub mod store;
pub mod throttle;
pub mod time;
pub mod token;
pub mod transport;
#[cfg(test)]
mod unicode;
pub mod user;
