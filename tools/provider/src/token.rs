//! Signed tokens (RFC 7515), and how they are made to err.

use std::sync::Arc;

use ring::hmac;
use serde_json::{Map, Value, json};

use crate::{
    key::{Key, encode},
    patch,
};

/// How a token differs from what it should be. The default differs in nothing.
#[derive(Clone, Debug)]
pub struct Forgery {
    /// A JSON merge patch (RFC 7396) of its header.
    pub header: Value,
    /// A JSON merge patch of its claims.
    pub claims: Value,
    /// How it is signed.
    pub signature: Signature,
}

/// How a token is signed.
#[derive(Clone, Debug, Default)]
pub enum Signature {
    /// By the provider's key.
    #[default]
    Right,
    /// By the provider's key, with one bit of the signature turned.
    Broken,
    /// Not at all: the part is empty, as `alg` `none` has it (RFC 7519 section 6).
    Absent,
    /// By another key, whose name and algorithm the header does not tell.
    By(Arc<Key>),
    /// By HMAC-SHA256 with these bytes, such as the client's secret or a public key.
    Mac(Vec<u8>),
}

impl Default for Forgery {
    fn default() -> Self {
        let nothing = || Value::Object(Map::new());
        Self {
            header: nothing(),
            claims: nothing(),
            signature: Signature::Right,
        }
    }
}

impl Forgery {
    /// A token whose claims are changed: `null` removes one.
    #[must_use]
    pub fn of_claims(claims: Value) -> Self {
        Self {
            claims,
            ..Self::default()
        }
    }

    /// A token whose header is changed: `null` removes a member.
    #[must_use]
    pub fn of_header(header: Value) -> Self {
        Self {
            header,
            ..Self::default()
        }
    }

    /// A token that nobody signed, and that says so.
    #[must_use]
    pub fn unsigned() -> Self {
        Self {
            signature: Signature::Absent,
            ..Self::of_header(json!({"alg": "none", "kid": null}))
        }
    }

    /// A token of this type, by this key.
    pub(crate) fn sign(&self, key: &Key, typ: &str, mut claims: Value) -> String {
        let mut header = json!({"typ": typ, "alg": key.algorithm(), "kid": key.kid});
        patch::apply(&mut header, &self.header);
        patch::apply(&mut claims, &self.claims);
        let signed = format!(
            "{}.{}",
            encode(header.to_string()),
            encode(claims.to_string())
        );
        let message = signed.as_bytes();
        let signature = match &self.signature {
            Signature::Right => key.sign(message),
            Signature::Broken => {
                let mut signature = key.sign(message);
                if let Some(last) = signature.last_mut() {
                    *last ^= 1;
                }
                signature
            }
            Signature::Absent => Vec::new(),
            Signature::By(other) => other.sign(message),
            Signature::Mac(bytes) => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, bytes);
                hmac::sign(&key, message).as_ref().to_vec()
            }
        };
        format!("{signed}.{}", encode(signature))
    }
}
