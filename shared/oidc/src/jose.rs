//! Signed tokens: JWS in its compact form (RFC 7515).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256,
    RsaPublicKeyComponents, UnparsedPublicKey,
};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::{
    Rejected,
    algorithm::Algorithm,
    jwks::{Jwks, Key, Material},
    members::Members,
};

/// The most bytes of a token.
const MOST_BYTES: usize = 16 * 1024;

/// A token that was taken apart. Nothing of it is verified.
pub(crate) struct Unverified<'a> {
    /// How it says that it is signed.
    pub(crate) algorithm: Algorithm,
    /// The key that it names.
    kid: Option<String>,
    /// Its type.
    pub(crate) typ: Option<String>,
    /// What it says.
    pub(crate) claims: Map<String, Value>,
    signed: &'a str,
    signature: Vec<u8>,
}

impl<'a> Unverified<'a> {
    /// Takes a token apart.
    pub(crate) fn parse(token: &'a str) -> Result<Self, Rejected> {
        if token.len() > MOST_BYTES {
            return Err(Rejected::TooLarge);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(Rejected::Form)?;
        let (header, claims) = signed.split_once('.').ok_or(Rejected::Form)?;
        let Members(header) = json(header)?;
        let Members(claims) = json(claims)?;
        let signature = decode(signature)?;
        let text = |name: &str| match header.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(Rejected::Form),
        };
        let algorithm = text("alg")?.ok_or(Rejected::Algorithm)?;
        let algorithm = Algorithm::parse(&algorithm).ok_or(Rejected::Algorithm)?;
        if header.contains_key("crit") {
            return Err(Rejected::Critical);
        }
        Ok(Self {
            algorithm,
            kid: text("kid")?,
            typ: text("typ")?,
            claims,
            signed,
            signature,
        })
    }

    /// Verifies the signature by the key that the token names. Without a name there has to be one key alone that fits its
    /// algorithm.
    pub(crate) fn verify(&self, keys: &Jwks) -> Result<(), Rejected> {
        let mut fitting = keys.iter().filter(|key| key.fits(self.algorithm));
        let verified = if let Some(kid) = &self.kid {
            let mut named = fitting
                .filter(|key| key.kid.as_ref() == Some(kid))
                .peekable();
            if named.peek().is_none() {
                return Err(Rejected::UnknownKey);
            }
            named.any(|key| self.is_by(key))
        } else {
            let key = fitting.next().ok_or(Rejected::UnknownKey)?;
            if fitting.next().is_some() {
                return Err(Rejected::SeveralKeys);
            }
            // It may be by a key that has taken the place of this one.
            return if self.is_by(key) {
                Ok(())
            } else {
                Err(Rejected::UnknownKey)
            };
        };
        if verified {
            Ok(())
        } else {
            Err(Rejected::Signature)
        }
    }

    fn is_by(&self, key: &Key) -> bool {
        let (message, signature) = (self.signed.as_bytes(), &*self.signature);
        let verified =
            match (self.algorithm, &key.material) {
                (Algorithm::Rs256, Material::Rsa { n, e }) => RsaPublicKeyComponents { n, e }
                    .verify(&RSA_PKCS1_2048_8192_SHA256, message, signature),
                (Algorithm::Ps256, Material::Rsa { n, e }) => RsaPublicKeyComponents { n, e }
                    .verify(&RSA_PSS_2048_8192_SHA256, message, signature),
                (Algorithm::Es256, Material::P256(point)) => {
                    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
                        .verify(message, signature)
                }
                (Algorithm::EdDsa, Material::Ed25519(point)) => {
                    UnparsedPublicKey::new(&ED25519, point).verify(message, signature)
                }
                _ => return false,
            };
        verified.is_ok()
    }
}

/// The bytes of one part of a token: base64url in its one spelling, without padding.
fn decode(text: &str) -> Result<Vec<u8>, Rejected> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| Rejected::Form)
}

fn json<T: DeserializeOwned>(part: &str) -> Result<T, Rejected> {
    serde_json::from_slice(&decode(part)?).map_err(|_| Rejected::Form)
}

#[cfg(test)]
mod tests;
