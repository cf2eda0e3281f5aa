//! The keys that sign tokens: a short list, so that a key can be replaced without ending a session.

pub mod list;
pub mod step;

use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use base64::{
    Engine,
    alphabet::{STANDARD, URL_SAFE},
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Keys for HMAC-SHA256 (RFC 2104); the default: tokens are unsigned.
///
/// They can be replaced, while they are in use, by keys that were fetched. Clones share the keys, so they have the new
/// ones too. There is no `Display`, and `Debug` tells only how many there are.
#[derive(Clone, Default)]
pub struct SigningKeys(Arc<RwLock<Keys>>);

#[derive(Clone, Default)]
enum Keys {
    /// Tokens are unsigned.
    #[default]
    Unsigned,
    /// The keys are still to be fetched.
    Awaited,
    /// Oldest first: the last one signs, any one verifies.
    Known(Arc<[Key]>),
}

type Key = Hmac<Sha256>;

/// The tag of tokens that are issued while the keys are awaited: no key makes this tag, so nobody accepts such a token.
const NOBODYS_TAG: [u8; 32] = [0; 32];

impl SigningKeys {
    /// The most keys that are accepted at once.
    pub const MOST: usize = 4;
    /// The least bytes of a key: the output of the hash (RFC 2104 section 3).
    pub const LEAST_BYTES: usize = 32;

    /// Keys that are still to be fetched: until [`SigningKeys::replace`] no token verifies, signed or not.
    #[must_use]
    pub fn awaited() -> Self {
        Self::new(Keys::Awaited)
    }

    /// Reads keys separated by commas, each in base64 (RFC 4648 section 4 or 5, padded or not).
    ///
    /// The error tells what to mend and never shows a key.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut keys: Vec<Vec<u8>> = Vec::new();
        for (index, part) in text.split(',').map(str::trim).enumerate() {
            let nth = index + 1;
            let key = decode(part).ok_or_else(|| format!("key {nth} is not base64"))?;
            if key.len() < Self::LEAST_BYTES {
                return Err(format!(
                    "key {nth} has {} bytes, it needs at least {}",
                    key.len(),
                    Self::LEAST_BYTES
                ));
            }
            if keys.contains(&key) {
                return Err(format!("key {nth} is there twice"));
            }
            keys.push(key);
        }
        if keys.len() > Self::MOST {
            return Err(format!(
                "there are {} keys, at most {} are accepted",
                keys.len(),
                Self::MOST
            ));
        }
        let macs = keys
            .iter()
            .map(|key| Hmac::new_from_slice(key))
            .collect::<Result<Arc<[Key]>, _>>();
        macs.map(|macs| Self::new(Keys::Known(macs)))
            .map_err(|_| "a key has a length that HMAC does not take".to_owned())
    }

    /// Whether tokens are unsigned.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        matches!(self.current(), Keys::Unsigned)
    }

    /// Whether the keys are still to be fetched: nothing can be decided about any token.
    #[must_use]
    pub fn are_awaited(&self) -> bool {
        matches!(self.current(), Keys::Awaited)
    }

    /// Replaces these keys by those of `with`, at once and in every clone.
    pub fn replace(&self, with: &Self) {
        let with = with.current();
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = with;
    }

    /// The tag of `message` under the newest key; `None` if there is no key.
    pub(crate) fn sign(&self, message: &[&[u8]]) -> Option<[u8; 32]> {
        match self.current() {
            Keys::Unsigned => None,
            Keys::Awaited => Some(NOBODYS_TAG),
            Keys::Known(keys) => Some(keys.last().map_or(NOBODYS_TAG, |key| {
                mac(key, message).finalize().into_bytes().into()
            })),
        }
    }

    /// Whether `tag` is the tag of `message` under any of the keys, compared in constant time.
    pub(crate) fn verify(&self, message: &[&[u8]], tag: &[u8]) -> bool {
        let Keys::Known(keys) = self.current() else {
            return false;
        };
        keys.iter()
            .rev()
            .any(|key| mac(key, message).verify_slice(tag).is_ok())
    }

    fn new(keys: Keys) -> Self {
        Self(Arc::new(RwLock::new(keys)))
    }

    fn current(&self) -> Keys {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = match self.current() {
            Keys::Known(keys) => keys.len(),
            Keys::Unsigned | Keys::Awaited => 0,
        };
        write!(f, "SigningKeys({count})")
    }
}

fn mac(key: &Key, message: &[&[u8]]) -> Key {
    let mut mac = key.clone();
    for part in message {
        mac.update(part);
    }
    mac
}

fn decode(text: &str) -> Option<Vec<u8>> {
    let config =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    [&STANDARD, &URL_SAFE]
        .into_iter()
        .find_map(|alphabet| GeneralPurpose::new(alphabet, config).decode(text).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    const B: &str = "_____________________________________________w==";

    #[test]
    fn a_bad_list_is_refused_without_showing_it() {
        let five = ["A", "B", "C", "D", "E"].map(|c| c.repeat(43).replace('B', "Q"));
        let short = "c2hvcnQ";
        #[rustfmt::skip]
        let cases = [
            ("empty key",   format!("{A},,{B}"),      "key 2 has 0 bytes, it needs at least 32"),
            ("not base64",  format!("{A},secret!"),   "key 2 is not base64"),
            ("too short",   short.to_owned(),         "key 1 has 5 bytes, it needs at least 32"),
            ("twice",       format!("{A},{A}"),       "key 2 is there twice"),
        ];
        for (name, text, expected) in cases {
            assert_eq!(SigningKeys::parse(&text).unwrap_err(), expected, "{name}");
        }
        let many = five.map(|key| key[..42].to_owned() + "A").join(",");
        assert_eq!(
            SigningKeys::parse(&many).unwrap_err(),
            "there are 5 keys, at most 4 are accepted"
        );
    }

    #[test]
    fn debug_tells_only_the_count() {
        let keys = SigningKeys::parse(&format!("{A}, {B}")).unwrap();
        assert_eq!(format!("{keys:?}"), "SigningKeys(2)");
    }

    #[test]
    fn hmac_matches_rfc_4231() {
        // Test case 1: 20 bytes of 0x0b, "Hi There". Shorter than a configured key may be, so built by hand.
        let key = Hmac::new_from_slice(&[0x0b; 20]).unwrap();
        let keys = SigningKeys::new(Keys::Known(Arc::new([key])));
        let tag = keys.sign(&[b"Hi ", b"There"]).unwrap();
        assert_eq!(tag[..4], [0xb0, 0x34, 0x4c, 0x61]);
        assert_eq!(tag[28..], [0x2e, 0x32, 0xcf, 0xf7]);
        assert!(keys.verify(&[b"Hi There"], &tag));
        assert!(!keys.verify(&[b"Hi There"], &tag[..31]));
        assert!(!keys.verify(&[b"Hi there"], &tag));
    }

    #[test]
    fn the_newest_signs_and_any_verifies() {
        let old = SigningKeys::parse(A).unwrap();
        let both = SigningKeys::parse(&format!("{A},{B}")).unwrap();
        let new = SigningKeys::parse(B).unwrap();
        let message: &[&[u8]] = &[b"m"];
        assert_eq!(both.sign(message), new.sign(message));
        assert!(both.verify(message, &old.sign(message).unwrap()));
        assert!(!new.verify(message, &old.sign(message).unwrap()));
        assert!(!SigningKeys::default().verify(message, &old.sign(message).unwrap()));
    }

    #[test]
    fn awaited_keys_accept_nothing_and_sign_nothing_that_is_accepted() {
        let (awaited, known) = (SigningKeys::awaited(), SigningKeys::parse(A).unwrap());
        let message: &[&[u8]] = &[b"m"];
        let tag = awaited.sign(message).expect("a signed format");
        assert!(awaited.are_awaited() && !awaited.is_empty());
        assert!(!awaited.verify(message, &tag) && !known.verify(message, &tag));
        assert!(!awaited.verify(message, &known.sign(message).unwrap()));

        awaited.replace(&known);
        assert!(!awaited.are_awaited());
        assert!(awaited.verify(message, &known.sign(message).unwrap()));
        awaited.replace(&SigningKeys::awaited());
        assert!(!awaited.verify(message, &known.sign(message).unwrap()));
        assert!(!SigningKeys::default().are_awaited() && !known.are_awaited());
    }
}
