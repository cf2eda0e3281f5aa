//! Logout tokens: a provider tells that a session of its own has ended (`OpenID` Connect Back-Channel Logout 1.0, sections 2.4
//! and 2.6).

use dynamodb_session::{provider::Subject, time::UnixSeconds};
use serde_json::Value;

use crate::{
    Rejected,
    jose::Unverified,
    jwks::Jwks,
    standing::{self, SKEW_SECONDS},
};

/// How old a logout token may be, in seconds, besides what clocks differ.
const OLDEST_SECONDS: u64 = 120;

/// The member of `events` that tells of a logout.
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// A verified logout token. It has a subject or a session of the provider, or both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogoutToken {
    /// The user.
    pub subject: Option<Subject>,
    /// The provider's session.
    pub sid: Option<String>,
    /// What tells it from every other one.
    pub jti: String,
    /// When it was made.
    pub issued: UnixSeconds,
    /// From when on it is refused, whatever clocks say.
    pub expires: UnixSeconds,
}

/// Verifies a logout token. [`Rejected::UnknownKey`] comes only after everything else was right.
pub fn verify(
    token: &str,
    keys: &Jwks,
    issuer: &str,
    client_id: &str,
    now: UnixSeconds,
) -> Result<LogoutToken, Rejected> {
    let token = Unverified::parse(token)?;
    // Without the type an id token differs by its nonce and its lack of an event alone: both are checked below.
    if token
        .typ
        .as_ref()
        .is_some_and(|typ| !typ.eq_ignore_ascii_case("logout+jwt"))
    {
        return Err(Rejected::Type);
    }
    let claims = &token.claims;
    standing::issuer(claims, issuer)?;
    standing::audience(claims, client_id)?;
    let (made, expires) = standing::times(claims, now)?;
    if now > made.plus(OLDEST_SECONDS + SKEW_SECONDS) {
        return Err(Rejected::Issued);
    }
    let event = claims.get("events").and_then(|events| events.get(EVENT));
    if !event.is_some_and(Value::is_object) {
        return Err(Rejected::Event);
    }
    if claims.contains_key("nonce") {
        return Err(Rejected::Nonce);
    }
    let jti = standing::name(claims, "jti", Rejected::TokenId)?.ok_or(Rejected::TokenId)?;
    let subject = standing::text(claims, "sub")?.map(Subject::parse);
    let subject = subject.transpose().map_err(|_| Rejected::Subject)?;
    let sid = standing::name(claims, "sid", Rejected::Subject)?;
    if subject.is_none() && sid.is_none() {
        return Err(Rejected::Subject);
    }
    token.verify(keys)?;
    Ok(LogoutToken {
        subject,
        sid,
        jti,
        issued: made,
        expires: expires
            .min(made.plus(OLDEST_SECONDS + 1))
            .plus(SKEW_SECONDS),
    })
}

#[cfg(test)]
mod tests;
