//! A session that a test began, and what its client sends.

use std::{fmt, sync::Arc};

use dynamodb_session::{
    authorize,
    claim::Claim,
    config::Config,
    csrf,
    id::{SessionKey, SessionRef},
    session::Session,
    token::{Token, TokenFormat},
    transport::Presented,
};

/// A session that a test began.
#[derive(Clone)]
pub struct Seeded {
    token: Arc<Token>,
    format: Arc<TokenFormat>,
    cookie: String,
    /// Its public name.
    pub reference: SessionRef,
}

/// It holds a token.
impl fmt::Debug for Seeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Seeded").field(&self.reference).finish()
    }
}

impl Seeded {
    pub(super) fn new(config: &Config, token: Token, session: Session) -> Self {
        let format = TokenFormat {
            id_bytes: config.policy.format.id_bytes,
            keys: config.policy.format.keys.clone(),
        };
        Self {
            cookie: format!("{}={}", config.transport.cookie.name, token.expose()),
            token: Arc::new(token),
            format: Arc::new(format),
            reference: session.reference,
        }
    }

    /// The `Cookie` header of its client.
    #[must_use]
    pub fn cookie(&self) -> &str {
        &self.cookie
    }

    /// Its token, for a header.
    #[must_use]
    pub fn token(&self) -> &str {
        self.token.expose()
    }

    /// The `X-CSRF-Token` header of its pages.
    ///
    /// # Panics
    ///
    /// Never: the token was issued in this format.
    #[expect(clippy::expect_used, reason = "the token was issued in this format")]
    #[must_use]
    pub fn csrf_token(&self) -> String {
        let claim = self.claim();
        let id = claim.id().expect("a token of ours");
        csrf::issue(id).expose().to_owned()
    }

    #[expect(clippy::expect_used, reason = "the token was issued in this format")]
    pub(super) fn key(&self) -> SessionKey {
        authorize::key(&self.claim()).expect("a token of ours")
    }

    fn claim(&self) -> Claim<'_> {
        Claim::verify(Presented::Token(self.token.expose()), &self.format)
    }
}
