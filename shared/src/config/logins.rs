//! How users log in.

use super::Variables;
use crate::throttle::Limits;

/// What holds for a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Logins {
    /// Whether browsers may post a form to log in (`SESSION_LOGIN_FORM`).
    pub form: bool,
    /// `SESSION_LOGIN_FREE_FAILURES`, `SESSION_LOGIN_ADDRESS_PER_MINUTE`.
    pub limits: Limits,
    /// The most sessions of a user (`SESSION_MAX_PER_USER`).
    pub max_per_user: usize,
}

impl Default for Logins {
    fn default() -> Self {
        Self {
            form: false,
            limits: Limits::default(),
            max_per_user: 10,
        }
    }
}

impl Logins {
    /// Reads the group.
    pub fn from_variables(variables: &mut Variables<'_>) -> Self {
        let default = Self::default();
        Self {
            form: variables.switch("SESSION_LOGIN_FORM", default.form),
            limits: Limits {
                free_failures: variables.number(
                    "SESSION_LOGIN_FREE_FAILURES",
                    0..=100,
                    default.limits.free_failures,
                ),
                address_per_minute: variables.number(
                    "SESSION_LOGIN_ADDRESS_PER_MINUTE",
                    0..=10_000,
                    default.limits.address_per_minute,
                ),
            },
            max_per_user: variables.number("SESSION_MAX_PER_USER", 1..=50, default.max_per_user),
        }
    }
}
