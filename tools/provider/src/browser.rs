//! A browser at the provider, without HTTP.

use std::{fmt, sync::Arc};

use crate::{
    authorization::{Choice, Outcome},
    core::Core,
    parameters,
};

/// A browser, with its session at the provider.
pub struct Browser {
    core: Arc<Core>,
    cookie: Option<String>,
}

impl Browser {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self { core, cookie: None }
    }

    /// Goes to an authorization request: the address that it leads back to, as it does where there is a session already or
    /// none may be made (`prompt=none`). `None`: a page is shown.
    #[must_use]
    pub fn go(&mut self, authorization_url: &str) -> Option<String> {
        self.choose(authorization_url, None)
    }

    /// Logs a user in on the page that an authorization request leads to.
    #[must_use]
    pub fn log_in(&mut self, user: &str, authorization_url: &str) -> Option<String> {
        self.choose(authorization_url, Some(&Choice::User(user.to_owned())))
    }

    /// Cancels on that page.
    #[must_use]
    pub fn deny(&mut self, authorization_url: &str) -> Option<String> {
        self.choose(authorization_url, Some(&Choice::Deny))
    }

    /// The `sid` of its session.
    #[must_use]
    pub fn sid(&self) -> Option<String> {
        let state = self.core.state();
        let session = state.sessions.get(self.cookie.as_ref()?)?;
        Some(session.sid.clone())
    }

    fn choose(&mut self, url: &str, choice: Option<&Choice>) -> Option<String> {
        let (_, query) = url.split_once('?')?;
        let request = parameters::read(query.as_bytes());
        match self
            .core
            .authorize(&request, self.cookie.as_deref(), choice)
        {
            Outcome::Back(address, session) => {
                self.cookie = session.or_else(|| self.cookie.take());
                Some(address)
            }
            Outcome::Ask | Outcome::Refused(_) => None,
        }
    }
}

impl fmt::Debug for Browser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Browser(..)")
    }
}
