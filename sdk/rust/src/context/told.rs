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
        let decoded;
        let json = if text.starts_with('{') {
            text
        } else {
            decoded = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
            &decoded
        };
        let members: BTreeMap<String, Box<RawValue>> = serde_json::from_str(json).ok()?;
        let texts = members.into_iter();
        Some(Self::Whole(
            texts
                .map(|(key, json)| (key, json.get().to_owned()))
                .collect(),
        ))
    }
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
