//! A login at a provider that is under way: what is remembered from its start to its callback.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use crate::{claim::Former, time::UnixSeconds};

/// How long a flow may take, in seconds.
pub const FLOW_SECONDS: u64 = 600;

/// Where a flow lies: a hash of its `state` parameter, so that a reader of the table can't end it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FlowKey(String);

impl FlowKey {
    /// The key of the flow with this `state`.
    #[must_use]
    pub fn of_state(state: &str) -> Self {
        Self(format!(
            "f#{}",
            URL_SAFE_NO_PAD.encode(Sha256::digest(state))
        ))
    }

    /// The key as the table holds it: `f#` and 43 characters of base64url.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a flow's start leaves for its callback. None of it is a credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flow {
    /// SHA-256 of the flow cookie's secret: only the browser that has started it may end it.
    pub cookie: [u8; 32],
    /// The session that the start presented, which the new one follows: at the callback its Strict cookie is absent.
    pub presented: Option<Former>,
    /// Where the browser goes next.
    pub return_to: Option<String>,
    /// Whether the session is to be remembered.
    pub remember: bool,
    /// Whether the login has to be a recent one.
    pub recent: bool,
    /// Whether the provider was told to ask the user again (`prompt=login`).
    pub prompted: bool,
    /// When it started.
    pub started: UnixSeconds,
}

impl Flow {
    /// The first second at which it is over, and the TTL of its item.
    #[must_use]
    pub fn expires(&self) -> UnixSeconds {
        self.started.plus(FLOW_SECONDS)
    }
}
