//! What the provider was asked.

use std::fmt;

use crate::{
    behaviour::Endpoint,
    parameters::{self, Pairs},
};

/// A request that came over HTTP. It may hold credentials, so its `Debug` shows the endpoint alone.
#[derive(Clone)]
pub struct Request {
    /// What it asked for.
    pub endpoint: Endpoint,
    /// Its `Authorization` header.
    pub authorization: Option<String>,
    /// Its query, and its form if it has one.
    pub parameters: Pairs,
}

impl Request {
    /// The value of a parameter; `None`: it is missing or there more than once.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        parameters::one(&self.parameters, name)
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Request({:?}, ..)", self.endpoint)
    }
}
