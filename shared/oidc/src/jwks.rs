//! A provider's keys: a JWK Set (RFC 7517).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;
use serde_json::Value;

use crate::{MOST_BYTES, algorithm::Algorithm};

/// The bits of the smallest RSA modulus that is taken (RFC 7518 section 3.3).
const LEAST_RSA_BITS: usize = 2048;

/// The keys with which a provider signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jwks(Vec<Key>);

/// A public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    /// Its name.
    pub(crate) kid: Option<String>,
    /// The one algorithm that it is for, if it is bound to one.
    algorithm: Option<Algorithm>,
    /// The key itself.
    pub(crate) material: Material,
}

/// What a key is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Material {
    /// Modulus and exponent, big-endian, without leading zeros.
    Rsa { n: Vec<u8>, e: Vec<u8> },
    /// A point, uncompressed: 65 bytes.
    P256(Vec<u8>),
    /// A point: 32 bytes.
    Ed25519(Vec<u8>),
}

/// The text is not a set that holds at least one key that is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoKeys;

#[derive(Deserialize)]
struct Set {
    keys: Vec<Value>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    r#use: Option<String>,
    key_ops: Option<Vec<String>>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl Jwks {
    /// Reads a set of at most 64 KiB, whole or not at all. Keys of other kinds, for other uses or of less than 2048 bits
    /// are left out (RFC 7517 section 5).
    pub fn parse(bytes: &[u8]) -> Result<Self, NoKeys> {
        if bytes.len() > MOST_BYTES {
            return Err(NoKeys);
        }
        let set: Set = serde_json::from_slice(bytes).map_err(|_| NoKeys)?;
        let keys: Vec<_> = set.keys.into_iter().filter_map(key).collect();
        if keys.is_empty() {
            return Err(NoKeys);
        }
        Ok(Self(keys))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Key> {
        self.0.iter()
    }
}

impl Key {
    /// Whether a token of this algorithm may be verified with it.
    pub(crate) fn fits(&self, algorithm: Algorithm) -> bool {
        let kind = match self.material {
            Material::Rsa { .. } => [Algorithm::Rs256, Algorithm::Ps256].contains(&algorithm),
            Material::P256(_) => algorithm == Algorithm::Es256,
            Material::Ed25519(_) => algorithm == Algorithm::EdDsa,
        };
        kind && self.algorithm.is_none_or(|own| own == algorithm)
    }
}

fn key(value: Value) -> Option<Key> {
    let jwk: Jwk = serde_json::from_value(value).ok()?;
    let signs = jwk.r#use.is_none_or(|it| it == "sig");
    let verifies = jwk
        .key_ops
        .is_none_or(|ops| ops.iter().any(|op| op == "verify"));
    if !signs || !verifies {
        return None;
    }
    let bytes = |text: Option<&String>| URL_SAFE_NO_PAD.decode(text?).ok();
    let material = match (jwk.kty.as_str(), jwk.crv.as_deref()) {
        ("RSA", _) => {
            let n = without_zeros(&bytes(jwk.n.as_ref())?);
            let e = without_zeros(&bytes(jwk.e.as_ref())?);
            (bits(&n) >= LEAST_RSA_BITS).then_some(Material::Rsa { n, e })?
        }
        ("EC", Some("P-256")) => {
            let (x, y) = (bytes(jwk.x.as_ref())?, bytes(jwk.y.as_ref())?);
            let point = [&[4], &*x, &*y].concat();
            (x.len() == 32 && y.len() == 32).then_some(Material::P256(point))?
        }
        ("OKP", Some("Ed25519")) => {
            let x = bytes(jwk.x.as_ref())?;
            (x.len() == 32).then_some(Material::Ed25519(x))?
        }
        _ => return None,
    };
    let key = |algorithm| Key {
        kid: jwk.kid,
        algorithm,
        material,
    };
    match jwk.alg {
        None => Some(key(None)),
        // A key for an algorithm that is not taken verifies nothing.
        Some(name) => Some(key(Some(Algorithm::parse(&name)?))),
    }
}

/// The bits of a number without leading zeros.
fn bits(number: &[u8]) -> usize {
    let first = number
        .first()
        .map_or(0, |byte| byte.leading_zeros() as usize);
    (number.len() * 8).saturating_sub(first)
}

fn without_zeros(number: &[u8]) -> Vec<u8> {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.iter().skip(zeros).copied().collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing;

    #[test]
    fn keys_that_are_not_taken_are_left_out() {
        let jwk = testing::rsa().jwk("a");
        let with = |name: &str, value: Value| {
            let mut jwk = jwk.clone();
            jwk[name] = value;
            jwk
        };
        let short = testing::encode(&[&[0x7f][..], &[0xff; 255]].concat());
        let padded = testing::encode(&[&[0, 0, 0x7f][..], &[0xff; 255]].concat());
        #[rustfmt::skip]
        let cases = [
            ("as it is",              jwk.clone(),                            true),
            ("ES256",                 testing::p256().jwk("a"),               true),
            ("Ed25519",               testing::ed25519().jwk("a"),            true),
            ("for signatures",        with("use", json!("sig")),              true),
            ("for encryption",        with("use", json!("enc")),              false),
            ("to verify",             with("key_ops", json!(["verify"])),     true),
            ("to encrypt",            with("key_ops", json!(["encrypt"])),    false),
            ("for RS256",             with("alg", json!("RS256")),            true),
            ("for RS512",             with("alg", json!("RS512")),            false),
            ("for HS256",             with("alg", json!("HS256")),            false),
            ("of another kind",       with("kty", json!("oct")),              false),
            ("of 2047 bits",          with("n", json!(short)),                false),
            ("of 2047 bits, padded",  with("n", json!(padded)),               false),
            ("without its exponent",  with("e", Value::Null),                 false),
            ("of another curve",      json!({"kty": "EC", "crv": "P-384", "x": "AA", "y": "AA"}), false),
            ("of half a point",       json!({"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}), false),
            ("no object",             json!(1),                               false),
        ];
        for (name, jwk, taken) in cases {
            let other = testing::p256().jwk("b");
            let alone = json!({"keys": [jwk]}).to_string();
            let beside = json!({"keys": [jwk, other]}).to_string();
            assert_eq!(Jwks::parse(alone.as_bytes()).is_ok(), taken, "{name}");
            let beside = Jwks::parse(beside.as_bytes()).unwrap();
            assert_eq!(beside.iter().count(), 1 + usize::from(taken), "{name}");
        }
    }

    #[test]
    fn a_set_is_read_whole_or_not_at_all() {
        let set = json!({"keys": [testing::rsa().jwk("a")]}).to_string();
        for cut in [0, 1, set.len() / 2, set.len() - 1] {
            assert_eq!(Jwks::parse(&set.as_bytes()[..cut]), Err(NoKeys), "{cut}");
        }
        let padded = |size: usize| format!("{set}{}", " ".repeat(size - set.len()));
        assert!(Jwks::parse(padded(MOST_BYTES).as_bytes()).is_ok());
        assert_eq!(Jwks::parse(padded(MOST_BYTES + 1).as_bytes()), Err(NoKeys));
        assert_eq!(Jwks::parse(br#"{"keys": []}"#), Err(NoKeys));
    }
}
