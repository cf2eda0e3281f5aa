//! Why a token is rejected.

use std::{error::Error, fmt};

/// What is wrong with a token. It repeats nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rejected {
    /// It is not three parts of base64url, or its parts are not JSON objects that name each member once.
    Form,
    /// It is larger than a token may be.
    TooLarge,
    /// Its algorithm is not among the few that are taken; `none` is not.
    Algorithm,
    /// It has extensions that have to be understood (`crit`).
    Critical,
    /// It is of another type (`typ`).
    Type,
    /// Another issuer made it (`iss`).
    Issuer,
    /// It was made for others (`aud`, `azp`).
    Audience,
    /// It is no longer valid, or says nothing of it (`exp`).
    Expired,
    /// It was made in the future or too long ago, or does not tell when (`iat`, `nbf`).
    Issued,
    /// It belongs to another login (`nonce`), or is a logout token that has one.
    Nonce,
    /// It names nobody (`sub`, `sid`).
    Subject,
    /// A claim is of another type than it has to be.
    Claim,
    /// It belongs to another access token (`at_hash`).
    AccessToken,
    /// It does not tell of a logout (`events`).
    Event,
    /// It has no identifier (`jti`).
    TokenId,
    /// It names no key, and several fit.
    SeveralKeys,
    /// None of the keys that are known fits: the provider may have a new one. Everything else but the signature, the nonce and the
    /// access token was right.
    UnknownKey,
    /// Its signature is wrong.
    Signature,
}

impl Rejected {
    /// A word for it, for a log.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Form => "form",
            Self::TooLarge => "too_large",
            Self::Algorithm => "algorithm",
            Self::Critical => "critical",
            Self::Type => "type",
            Self::Issuer => "issuer",
            Self::Audience => "audience",
            Self::Expired => "expired",
            Self::Issued => "issued",
            Self::Nonce => "nonce",
            Self::Subject => "subject",
            Self::Claim => "claim",
            Self::AccessToken => "access_token",
            Self::Event => "event",
            Self::TokenId => "token_id",
            Self::SeveralKeys => "several_keys",
            Self::UnknownKey => "unknown_key",
            Self::Signature => "signature",
        }
    }
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the token is rejected: {}", self.as_str())
    }
}

impl Error for Rejected {}
