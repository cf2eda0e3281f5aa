//! Sessions in a backend: whose call it is, behind the authorizer or by itself, and what the session remembers.

pub mod context;
