//! What a change demands and leaves besides sessions and users: of logouts at a provider, and of who is barred.

use crate::{identity::ProviderKey, time::UnixSeconds, user::UserName};

/// A condition of a change, or a write with one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// Demands that nobody has barred the user ([`Refusal::Barred`]).
    NotBarred(UserName),
    /// Demands that no [`Note::LoggedOut`] of this session or user of a provider is of the second `issued` or later
    /// ([`Refusal::LoggedOut`]).
    NotLoggedOut {
        /// The provider's session, or its user.
        of: ProviderKey,
        /// When the provider issued the id token that logs in, by its clock.
        issued: UnixSeconds,
    },
    /// Records that the user has a session by this session of the provider.
    Brought {
        /// The provider's session.
        sid: ProviderKey,
        /// The user.
        user: UserName,
        /// When the user's session expires: the record stays as long.
        expires: UnixSeconds,
        /// Whether the record is there already and stays longer than that; [`Refusal::Brought`] if it is the other way round.
        outlived: bool,
    },
    /// Demands that the provider's session has brought these users and no others ([`Refusal::Brought`]).
    BroughtThese {
        /// The provider's session.
        sid: ProviderKey,
        /// The users, as they were read.
        users: Vec<UserName>,
    },
    /// Records a logout at the provider, if no later one of the same was recorded ([`Refusal::LaterLogout`]).
    LoggedOut {
        /// The provider's session, or its user.
        of: ProviderKey,
        /// When the provider issued the logout token, by its clock.
        issued: UnixSeconds,
        /// From when on it may be swept.
        expires: UnixSeconds,
    },
    /// Demands that the token was not used ([`Refusal::Repeated`]).
    Unused(ProviderKey),
    /// Records that the token was used, if it was not ([`Refusal::Repeated`]).
    Used {
        /// The token.
        token: ProviderKey,
        /// From when on it may be swept: nobody takes it any more.
        expires: UnixSeconds,
    },
}

impl Note {
    /// What is told if its condition does not hold.
    #[must_use]
    pub fn refusal(&self) -> Refusal {
        match self {
            Self::NotBarred(_) => Refusal::Barred,
            Self::NotLoggedOut { .. } => Refusal::LoggedOut,
            Self::Brought { .. } | Self::BroughtThese { .. } => Refusal::Brought,
            Self::LoggedOut { .. } => Refusal::LaterLogout,
            Self::Unused(_) | Self::Used { .. } => Refusal::Repeated,
        }
    }
}

/// The condition of a note that did not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The user is barred.
    Barred,
    /// The provider has logged the session or the user out since the token was issued, or in the same second.
    LoggedOut,
    /// What a provider's session has brought is not as expected.
    Brought,
    /// A later logout of the same is recorded.
    LaterLogout,
    /// The token was used.
    Repeated,
}
