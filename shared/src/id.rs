//! The secret that names a session, and the one-way names made from it.

use std::{fmt, ops::RangeInclusive};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use crate::entropy::{Entropy, EntropyError};

/// A random bearer secret naming one session: 16 to 128 bytes.
///
/// Deliberately neither `Clone`, `PartialEq` nor `Display`: whoever holds the bytes *is* the user, so the only
/// ways out are a token ([`crate::token::issue`]) and a one-way hash ([`SessionId::key`]).
pub struct SessionId(Box<[u8]>);

impl SessionId {
    /// How many bytes an id may have.
    pub const BYTES: RangeInclusive<usize> = 16..=128;

    /// Draws a new id of `bytes` bytes.
    pub fn generate(bytes: usize, entropy: &impl Entropy) -> Result<Self, EntropyError> {
        let mut id = vec![0; bytes].into_boxed_slice();
        entropy.fill(&mut id)?;
        Ok(Self(id))
    }

    /// Takes the bytes that a verified token carried.
    pub(crate) fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes.into_boxed_slice())
    }

    /// The secret itself, for the token's codec alone.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The table's key: `"s#" base64url(SHA-256(id))`.
    ///
    /// One way: a reader of the table learns no id. A key presented as a token is refused, because it decodes to
    /// another id or to none.
    #[must_use]
    pub fn key(&self) -> SessionKey {
        SessionKey(format!(
            "s#{}",
            URL_SAFE_NO_PAD.encode(Sha256::digest(&self.0))
        ))
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionId(..)")
    }
}

/// The partition key of a session's item. Not a credential, but of no use to anyone but the store.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SessionKey(String);

impl SessionKey {
    /// Takes a key as the user item holds it.
    #[must_use]
    pub fn from_stored(key: String) -> Self {
        Self(key)
    }

    /// The key as the table holds it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The public name of a session in logs, lists and revocations: 16 random bytes in base64url, 22 characters.
///
/// It outlives a change of the id and is never a credential.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionRef(String);

impl SessionRef {
    /// Draws a new name.
    pub fn generate(entropy: &impl Entropy) -> Result<Self, EntropyError> {
        let mut bytes = [0; 16];
        entropy.fill(&mut bytes)?;
        Ok(Self(URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// Takes a name as the table or a request holds it, if it has the shape of one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        (bytes.len() == 16).then(|| Self(text.to_owned()))
    }

    /// The name's 22 characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SessionRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::entropy::SystemEntropy;

    #[test]
    fn debug_shows_no_byte_of_the_id() {
        let id = SessionId::from_bytes(vec![0x41; 32]);
        assert_eq!(format!("{id:?}"), "SessionId(..)");
    }

    #[test]
    fn key_is_the_hash_of_the_bytes() {
        // FIPS 180-4's example: SHA-256("abc").
        let id = SessionId::from_bytes(b"abc".to_vec());
        assert_eq!(
            id.key().as_str(),
            "s#ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0"
        );
    }

    #[test]
    fn ids_are_unlike_and_their_bits_even() {
        let draws = 20_000;
        let mut ones = vec![0_u32; 256];
        let mut seen = HashSet::new();
        for _ in 0..draws {
            let id = SessionId::generate(32, &SystemEntropy).unwrap();
            for (bit, count) in ones.iter_mut().enumerate() {
                *count += u32::from(id.bytes()[bit / 8] >> (bit % 8) & 1);
            }
            assert!(seen.insert(id.bytes().to_vec()));
        }
        // Seven standard deviations of a fair coin: a false alarm once in 10^9 runs.
        let slack = 7.0 * (f64::from(draws) * 0.25).sqrt();
        for count in ones {
            assert!((f64::from(count) - f64::from(draws) / 2.0).abs() < slack);
        }
    }

    #[test]
    fn ref_takes_only_its_own_shape() {
        let reference = SessionRef::generate(&SystemEntropy).unwrap();
        assert_eq!(reference.as_str().len(), 22);
        assert_eq!(
            SessionRef::parse(reference.as_str()),
            Some(reference.clone())
        );
        for bad in ["", "*", "AAAAAAAAAAAAAAAAAAAAAB", "AAAAAAAAAAAAAAAAAAAAA"] {
            assert_eq!(SessionRef::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_failing_source_makes_no_id() {
        struct Dry;
        impl Entropy for Dry {
            fn fill(&self, _: &mut [u8]) -> Result<(), EntropyError> {
                Err(EntropyError)
            }
        }
        assert!(SessionId::generate(32, &Dry).is_err());
        assert!(SessionRef::generate(&Dry).is_err());
    }
}
