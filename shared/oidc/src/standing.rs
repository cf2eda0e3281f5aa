//! What id tokens and logout tokens have in common: who made them, for whom, and when.

use dynamodb_session::time::UnixSeconds;
use serde_json::{Map, Value};

use crate::Rejected;

/// How far a provider's clock may be from ours, in seconds.
pub(crate) const SKEW_SECONDS: u64 = 60;

/// The most bytes of a name that a token gives: `sid`, `jti`.
const MOST_NAME_BYTES: usize = 255;

/// A text; `None`: there is no such claim.
pub(crate) fn text<'a>(
    claims: &'a Map<String, Value>,
    name: &str,
) -> Result<Option<&'a str>, Rejected> {
    match claims.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Rejected::Claim),
    }
}

/// A name that the provider gives, such as `sid`: 1 to 255 bytes.
pub(crate) fn name(
    claims: &Map<String, Value>,
    name: &str,
    or: Rejected,
) -> Result<Option<String>, Rejected> {
    match text(claims, name)? {
        Some(text) if !(1..=MOST_NAME_BYTES).contains(&text.len()) => Err(or),
        text => Ok(text.map(str::to_owned)),
    }
}

/// A moment in whole seconds; a fraction is cut off (RFC 7519 section 2, `NumericDate`). `None`: there is no such claim.
pub(crate) fn moment(
    claims: &Map<String, Value>,
    name: &str,
) -> Result<Option<UnixSeconds>, Rejected> {
    let Some(value) = claims.get(name) else {
        return Ok(None);
    };
    if let Some(whole) = value.as_u64() {
        return Ok(Some(UnixSeconds(whole)));
    }
    match value.as_f64() {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the range is checked"
        )]
        Some(number) if (0.0..1e15).contains(&number) => Ok(Some(UnixSeconds(number as u64))),
        _ => Err(Rejected::Claim),
    }
}

/// The issuer is the one that is set, byte for byte.
pub(crate) fn issuer(claims: &Map<String, Value>, issuer: &str) -> Result<(), Rejected> {
    if text(claims, "iss")? == Some(issuer) {
        Ok(())
    } else {
        Err(Rejected::Issuer)
    }
}

/// The audience names this client. If it names others beside it, `azp` has to name this client; it never may name another
/// (`OpenID` Connect Core 1.0, section 3.1.3.7).
pub(crate) fn audience(claims: &Map<String, Value>, client_id: &str) -> Result<(), Rejected> {
    let several = match claims.get("aud") {
        Some(Value::String(only)) if only == client_id => false,
        Some(Value::Array(names))
            if names.iter().all(Value::is_string) && names.iter().any(|name| name == client_id) =>
        {
            names.len() > 1
        }
        _ => return Err(Rejected::Audience),
    };
    match text(claims, "azp")? {
        Some(party) if party != client_id => Err(Rejected::Audience),
        None if several => Err(Rejected::Audience),
        _ => Ok(()),
    }
}

/// When a token was issued and when it ends; it is valid now.
pub(crate) fn times(
    claims: &Map<String, Value>,
    now: UnixSeconds,
) -> Result<(UnixSeconds, UnixSeconds), Rejected> {
    let expires = moment(claims, "exp")?.ok_or(Rejected::Expired)?;
    if now >= expires.plus(SKEW_SECONDS) {
        return Err(Rejected::Expired);
    }
    let issued = moment(claims, "iat")?.ok_or(Rejected::Issued)?;
    let latest = now.plus(SKEW_SECONDS);
    if issued > latest || moment(claims, "nbf")?.is_some_and(|moment| moment > latest) {
        return Err(Rejected::Issued);
    }
    Ok((issued, expires))
}
