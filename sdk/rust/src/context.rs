//! Whose call it is, as the authorizer told it. No store is asked.

mod field;
mod read;
mod told;

use std::{error::Error, fmt};

use dynamodb_session::{
    id::SessionRef,
    recent::{self, LogInAgain},
    time::UnixSeconds,
    user::UserName,
};
use serde_json::{Map, Value};

pub use told::Told;

/// What the authorizer found about a call. Nothing in it opens a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// Whose session it is; `None`: it is anonymous.
    pub user: Option<UserName>,
    /// The session's public name, for logs and lists.
    pub session: SessionRef,
    /// The last proof of identity; `None`: the session is anonymous, or the provider does not tell.
    pub authenticated_at: Option<UnixSeconds>,
    /// When the session ends in any case.
    pub expires_at: UnixSeconds,
    /// The session's data, as far as it was told.
    pub data: Told,
    /// Who the user is at the provider that vouched for them; `None`: it was not told (`SESSION_CONTEXT_IDENTITY`), or none did.
    pub identity: Option<Identity>,
}

impl Context {
    /// Demands a login less than `seconds` before `now`.
    pub fn require_recent(&self, seconds: u64, now: UnixSeconds) -> Result<(), LogInAgain> {
        recent::require_recent(self.authenticated_at, seconds, now)
    }
}

/// A user as an OpenID provider knows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The provider (`iss`).
    pub issuer: String,
    /// The user there (`sub`): unique and never given to anybody else.
    pub subject: String,
    /// The chosen claims, as they were at the login; `None`: there are none, or they were too large to be told.
    pub claims: Option<Map<String, Value>>,
}

/// Why it is not known whose call it is. Both are mistakes of a deployment and no client's: a 500.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContextError {
    /// Nothing says whose call it is: the route is not behind the session authorizer. It is not an anonymous call.
    NotGuarded,
    /// The context is not one of the session authorizer's; what is wrong with it.
    Bad(&'static str),
}

impl fmt::Display for ContextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotGuarded => f.write_str(
                "the route is not behind the session authorizer: attach it, as docs/attach.md shows",
            ),
            Self::Bad(problem) => write!(f, "not a context of the session authorizer: {problem}"),
        }
    }
}

impl Error for ContextError {}

#[cfg(test)]
mod tests;
