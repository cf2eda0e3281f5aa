//! Who relies on the provider.

use std::fmt;

/// A registered client; there is one. Its `Debug` does not show the secret.
#[derive(Clone)]
pub struct Client {
    /// Its id.
    pub id: String,
    /// Its secret; `None`: it is public.
    pub secret: Option<String>,
    /// Where browsers may be sent back to.
    pub redirect_uri: String,
    /// Where they may be sent after a logout.
    pub post_logout_redirect_uri: Option<String>,
    /// Where logout tokens are sent.
    pub backchannel_logout_uri: Option<String>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Client({:?}, ..)", self.id)
    }
}
