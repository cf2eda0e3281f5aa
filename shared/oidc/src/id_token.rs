//! Id tokens: who logged in, and when (`OpenID` Connect Core 1.0, sections 2 and 3.1.3.7).

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use dynamodb_session::{provider::Subject, time::UnixSeconds};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256, Sha512};

use crate::{
    Rejected, algorithm::Algorithm, flow::is_same, jose::Unverified, jwks::Jwks, standing,
};

/// What an id token has to say.
#[derive(Clone, Copy)]
pub struct Expected<'a> {
    /// The provider.
    pub issuer: &'a str,
    /// For whom it is.
    pub client_id: &'a str,
    /// The login that it belongs to.
    pub nonce: &'a str,
    /// The access token that came with it, if one came.
    pub access_token: Option<&'a str>,
    /// The moment.
    pub now: UnixSeconds,
}

impl fmt::Debug for Expected<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Expected(..)")
    }
}

/// A verified id token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdToken {
    /// The user.
    pub subject: Subject,
    /// The provider's session.
    pub sid: Option<String>,
    /// When the user proved who they are; `None`: the provider does not tell.
    pub auth_time: Option<UnixSeconds>,
    /// When the token was made.
    pub issued: UnixSeconds,
    /// All its claims.
    pub claims: Map<String, Value>,
}

/// Verifies an id token. [`Rejected::UnknownKey`] comes only after everything else that can be checked without a key was right
/// but what ties it to the login, so that a caller may look for new keys then.
pub fn verify(token: &str, keys: &Jwks, expected: &Expected<'_>) -> Result<IdToken, Rejected> {
    let token = Unverified::parse(token)?;
    if token
        .typ
        .as_ref()
        .is_some_and(|typ| !typ.eq_ignore_ascii_case("JWT"))
    {
        return Err(Rejected::Type);
    }
    let claims = &token.claims;
    standing::issuer(claims, expected.issuer)?;
    standing::audience(claims, expected.client_id)?;
    let (issued, _) = standing::times(claims, expected.now)?;
    token.verify(keys)?;
    if !standing::text(claims, "nonce")?.is_some_and(|nonce| is_same(nonce, expected.nonce)) {
        return Err(Rejected::Nonce);
    }
    if let (Some(hash), Some(access_token)) =
        (standing::text(claims, "at_hash")?, expected.access_token)
        && hash != hash_of(token.algorithm, access_token)
    {
        return Err(Rejected::AccessToken);
    }
    let subject = standing::text(claims, "sub")?.ok_or(Rejected::Subject)?;
    let auth_time = standing::moment(claims, "auth_time")?;
    // A time that is still to come, such as one in milliseconds, would make each login a recent one.
    if auth_time.is_some_and(|moment| moment > expected.now.plus(standing::SKEW_SECONDS)) {
        return Err(Rejected::Issued);
    }
    Ok(IdToken {
        subject: Subject::parse(subject).map_err(|_| Rejected::Subject)?,
        sid: standing::name(claims, "sid", Rejected::Subject)?,
        auth_time,
        issued,
        claims: token.claims,
    })
}

/// The left half of the token's hash, by the hash that belongs to the algorithm (section 3.1.3.6; for Ed25519 SHA-512).
fn hash_of(algorithm: Algorithm, access_token: &str) -> String {
    let hash = match algorithm {
        Algorithm::EdDsa => Sha512::digest(access_token).to_vec(),
        _ => Sha256::digest(access_token).to_vec(),
    };
    let half: Vec<_> = hash.iter().take(hash.len() / 2).copied().collect();
    URL_SAFE_NO_PAD.encode(half)
}

#[cfg(test)]
mod tests;
