//! The fields of a context, in each form in which an API hands them on: REST and WebSocket APIs deliver all of them as text.

use dynamodb_session::{id::SessionRef, time::UnixSeconds, user::UserName};
use serde_json::Value;

use super::{Context, ContextError, Identity, Told, told};

/// The most digits of a number.
const MOST_DIGITS: usize = 15;

/// Reads a context from its fields by name. `None` and null are the same.
pub(super) fn context<'a>(
    field: impl Fn(&str) -> Option<&'a Value>,
) -> Result<Context, ContextError> {
    let field = |name: &str| field(name).filter(|value| !value.is_null());
    let session = field("session").ok_or(ContextError::NotGuarded)?;
    let session = session.as_str().and_then(SessionRef::parse);
    let session = session.ok_or(ContextError::Bad("session is not a session's public name"))?;
    let user = match field("user") {
        None => None,
        Some(Value::String(name)) if !name.is_empty() => Some(UserName::from_stored(name.clone())),
        Some(_) => return Err(ContextError::Bad("user is not a name")),
    };
    let not_a_number = ContextError::Bad(
        "expires_at, authenticated_at or data_bytes is missing or not a whole number",
    );
    let number = |name: &str| match field(name).map(number) {
        None => Ok(None),
        Some(None) => Err(not_a_number.clone()),
        Some(number) => Ok(number),
    };
    let (expires, authenticated) = (number("expires_at")?, number("authenticated_at")?);
    let data = match (field("data"), number("data_bytes")?) {
        (_, Some(bytes)) => Told::TooLarge(bytes),
        (None, None) => Told::Whole(std::collections::BTreeMap::new()),
        (Some(text), None) => {
            let told = text.as_str().and_then(Told::parse);
            told.ok_or(ContextError::Bad(
                "data is not an object, in JSON or in base64url",
            ))?
        }
    };
    Ok(Context {
        user,
        session,
        authenticated_at: authenticated.map(UnixSeconds),
        expires_at: UnixSeconds(expires.ok_or(not_a_number)?),
        data,
        identity: identity(field)?,
    })
}

/// Who the user is at their provider. Issuer and subject are there both or neither.
fn identity<'a>(
    field: impl Fn(&str) -> Option<&'a Value>,
) -> Result<Option<Identity>, ContextError> {
    let wrong = ContextError::Bad(
        "issuer, subject and claims are not a name, a name and an object, in JSON or in base64url",
    );
    let fields = [field("issuer"), field("subject"), field("claims")];
    let text = |value: &Value| {
        value
            .as_str()
            .filter(|it| !it.is_empty())
            .map(str::to_owned)
    };
    match fields.map(|value| value.map(text)) {
        [None, None, None] => Ok(None),
        [Some(Some(issuer)), Some(Some(subject)), claims] => Ok(Some(Identity {
            issuer,
            subject,
            claims: match claims {
                None => None,
                Some(text) => Some(text.and_then(|text| told::object(&text)).ok_or(wrong)?),
            },
        })),
        _ => Err(wrong),
    }
}

fn number(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64(),
        Value::String(digits) => {
            let legal = (1..=MOST_DIGITS).contains(&digits.len())
                && digits.bytes().all(|byte| byte.is_ascii_digit());
            legal.then(|| digits.parse().ok()).flatten()
        }
        _ => None,
    }
}
