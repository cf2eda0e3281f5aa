//! Logins at an OpenID provider.

pub mod fetch;
