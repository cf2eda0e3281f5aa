//! The proof of identity that a provider's id token is.

use crate::{
    create::{Credential, Login, Proved},
    fault::StoreError,
    identity::Identity,
    time::UnixSeconds,
    user::UserName,
};

/// What an id token says of the login at the provider. Whoever has this has verified the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proof {
    /// When the user proved who they are (`auth_time`); `None`: the provider does not tell, and the session is never recent.
    pub authenticated: Option<UnixSeconds>,
    /// When the token was issued (`iat`).
    pub issued: UnixSeconds,
}

impl Credential for Proof {
    type Proof = ();

    async fn verify(&self, _: &UserName) -> Result<Option<()>, StoreError> {
        Ok(Some(()))
    }

    async fn still_holds(&self, _: &UserName, (): &()) -> Result<bool, StoreError> {
        Ok(true)
    }

    fn proved(&self) -> Proved {
        self.authenticated.map_or(Proved::Unknown, Proved::At)
    }

    fn issued(&self) -> Option<UnixSeconds> {
        Some(self.issued)
    }
}

/// A login of the user that `identity` names, by `proof`, to be completed like [`Login::new`]. Of `origin` it sets the identity;
/// whoever sets the rest keeps that.
#[must_use]
pub fn login(identity: Identity, proof: Proof) -> Login<Proof> {
    let mut login = Login::new(identity.user(), proof);
    login.origin.identity = Some(Box::new(identity));
    login
}
