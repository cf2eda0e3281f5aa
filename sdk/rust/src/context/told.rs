//! The session's data, as far as the authorizer tells it.

use std::{collections::BTreeMap, fmt};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use dynamodb_session::data::{self, Data, DataError};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

/// The data of a context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// All of it.
    Whole(Data),
    /// It was too large to be told: so many bytes.
    TooLarge(u64),
    /// It does not travel this way: an HTTP integration's headers have none.
    Untold,
}

impl Told {
    /// The data as the caller's own type; `None`: it was not told, and the session itself has it.
    pub fn read<T: DeserializeOwned>(&self) -> Result<Option<T>, DataError> {
        match self {
            Self::Whole(data) => data::read(data).map(Some),
            Self::TooLarge(_) | Self::Untold => Ok(None),
        }
    }

    /// Reads JSON text, or with `SESSION_CONTEXT_DATA=base64url` that text in base64url.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let members = object::<BTreeMap<String, Box<RawValue>>>(text)?.into_iter();
        Some(Self::Whole(
            members
                .map(|(key, json)| (key, json.get().to_owned()))
                .collect(),
        ))
    }
}

/// An object, as JSON text or as that text in base64url.
pub(super) fn object<T: DeserializeOwned>(text: &str) -> Option<T> {
    if text.starts_with('{') {
        return serde_json::from_str(text).ok();
    }
    let json = URL_SAFE_NO_PAD.decode(text).ok()?;
    json.starts_with(b"{")
        .then(|| serde_json::from_slice(&json).ok())?
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(data) => write!(f, "{} keys", data.len()),
            Self::TooLarge(bytes) => write!(f, "too large: {bytes} bytes"),
            Self::Untold => f.write_str("not told"),
        }
    }
}
