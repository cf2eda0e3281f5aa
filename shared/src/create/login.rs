//! What a login asks for: a session of a user, who proves who they are.

use std::{fmt, future::Future};

use crate::{
    abandon,
    claim::{Claim, Former},
    config::Logins,
    fault::StoreError,
    session::{Origin, Timeouts},
    time::UnixSeconds,
    user::UserName,
};

/// What somebody shows to prove that they are the user of a [`Login`].
pub trait Credential: Send + Sync {
    /// What a successful check found, which [`Credential::still_holds`] looks at again.
    type Proof: Send + Sync;

    /// Checks that the credential is `user`'s. `None`: it is wrong.
    fn verify(
        &self,
        user: &UserName,
    ) -> impl Future<Output = Result<Option<Self::Proof>, StoreError>> + Send;

    /// Whether what `verify` found is still true: the cheap part of the check, without the password.
    fn still_holds(
        &self,
        user: &UserName,
        proof: &Self::Proof,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// When the user proved who they are: in this very request, unless the proof was made earlier, elsewhere.
    fn proved(&self) -> Proved {
        Proved::Now
    }

    /// When the provider that vouches for the user issued its token, by its own clock; `None`: no provider does. A logout there
    /// of that second or later refuses the login ([`CreateError::LoggedOut`](super::CreateError::LoggedOut)).
    fn issued(&self) -> Option<UnixSeconds> {
        None
    }
}

/// When a user proved who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proved {
    /// In this very request.
    Now,
    /// At this moment. One that is still to come counts as now.
    At(UnixSeconds),
    /// Nobody knows: the session is never recent.
    Unknown,
}

impl Proved {
    /// What the session keeps of it.
    pub(super) fn moment(self, now: UnixSeconds) -> Option<UnixSeconds> {
        match self {
            Self::Now => Some(now),
            Self::At(moment) => Some(moment.min(now)),
            Self::Unknown => None,
        }
    }

    /// Whether it was certainly made after all sessions of the user `ended`, if they did.
    pub(super) fn is_after(self, ended: Option<UnixSeconds>, now: UnixSeconds) -> bool {
        match (ended, self) {
            (None, _) | (_, Self::Now) => true,
            (Some(ended), Self::At(moment)) => moment.min(now) > ended,
            (Some(_), Self::Unknown) => false,
        }
    }
}

/// A proof of identity that was made elsewhere, such as by another provider: whoever has this has checked it already.
///
/// The session keeps when it was made, so that what takes a recent login goes by that and not by when the session began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vouched(Proved);

impl Vouched {
    /// A proof that was made at `moment`. A moment that is still to come counts as now. A proof from before all of the user's
    /// sessions ended, or of that second, creates nothing ([`CreateError::Outlived`](super::CreateError::Outlived)).
    #[must_use]
    pub fn at(moment: UnixSeconds) -> Self {
        Self(Proved::At(moment))
    }

    /// A proof that was made in this very request.
    #[must_use]
    pub fn just_now() -> Self {
        Self(Proved::Now)
    }
}

impl Credential for Vouched {
    type Proof = ();

    async fn verify(&self, _: &UserName) -> Result<Option<()>, StoreError> {
        Ok(Some(()))
    }

    async fn still_holds(&self, _: &UserName, (): &()) -> Result<bool, StoreError> {
        Ok(true)
    }

    fn proved(&self) -> Proved {
        self.0
    }
}

/// A session to create, and what is shown for it.
pub struct Login<C> {
    /// The user.
    pub user: UserName,
    /// What proves that it is this user.
    pub credential: C,
    /// The session that the request presented. It ends, whoever's it was, and the new session takes nothing of its id.
    /// Its data is carried over if its token was verified and it was anonymous or the same user's: never from another
    /// user's session, and never from an id that was rotated away and serves no longer.
    pub presented: Option<Former>,
    /// Its timeouts.
    pub timeouts: Timeouts,
    /// Whether it is remembered.
    pub remembered: bool,
    /// Where it is created.
    pub origin: Origin,
    /// The most sessions of this user; at the cap a session that has ended is evicted, or else the one used longest
    /// ago.
    pub cap: usize,
}

impl<C: Credential> Login<C> {
    /// A login of `user` whose request presents no session, with the timeouts and the cap of a deployment that sets nothing.
    #[must_use]
    pub fn new(user: UserName, credential: C) -> Self {
        Self {
            user,
            credential,
            presented: None,
            timeouts: Timeouts::default(),
            remembered: false,
            origin: Origin::default(),
            cap: Logins::default().max_per_user,
        }
    }
}

impl<C> fmt::Debug for Login<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut login = f.debug_struct("Login");
        login.field("user", &self.user).finish_non_exhaustive()
    }
}

impl Former {
    /// The session that a request names, if it names one. No store is asked.
    #[must_use]
    pub fn of(claim: &Claim<'_>) -> Option<Self> {
        Some(Self {
            key: abandon::key(claim)?,
            verified: claim.id().is_ok(),
            at: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        authorize::Policy, create::create, entropy::SystemEntropy, store::memory::MemoryStore,
    };

    /// A code that somebody typed, which shows itself.
    #[derive(Debug)]
    struct Code(&'static str);

    impl Credential for Code {
        type Proof = ();

        async fn verify(&self, _: &UserName) -> Result<Option<()>, StoreError> {
            Ok((self.0 == "canary").then_some(()))
        }

        async fn still_holds(&self, _: &UserName, (): &()) -> Result<bool, StoreError> {
            Ok(true)
        }
    }

    #[tokio::test]
    async fn a_proof_of_elsewhere_keeps_its_time_and_is_never_of_the_future() {
        let ada = UserName::from_stored("ada".to_owned());
        let now = UnixSeconds(1_000);
        #[rustfmt::skip]
        let cases = [
            // name             proof                             authenticated
            ("a while ago",     Vouched::at(UnixSeconds(900)),      900),
            ("now",             Vouched::at(UnixSeconds(1_000)),  1_000),
            ("a clock ahead",   Vouched::at(UnixSeconds(1_001)),  1_000),
            ("of this request", Vouched::just_now(),              1_000),
        ];
        for (name, proof, expected) in cases {
            let (store, policy) = (MemoryStore::default(), Policy::default());
            let login = Login::new(ada.clone(), proof);
            let created = create(&store, &SystemEntropy, &policy, &login, now).await;
            let session = created.unwrap().unwrap().session;
            assert_eq!(session.authenticated, Some(UnixSeconds(expected)), "{name}");
            assert_eq!(session.created, now, "{name}");
        }
    }

    #[test]
    fn debug_shows_nothing_of_a_login_s_credential() {
        let ada = UserName::from_stored("ada".to_owned());
        let shown = format!("{:?}", Login::new(ada, Code("canary")));
        assert!(
            shown.contains("ada") && !shown.contains("canary"),
            "{shown}"
        );
    }
}
