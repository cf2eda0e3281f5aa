//! Password hashes: argon2id, in the PHC string format.
//!
//! ```text
//! nfc$argon2id$v=19$m=19456,t=2,p=1$base64(salt, 16 bytes)$base64(hash, 32 bytes)
//! ```
//!
//! `nfc` says that the text was prepared (`prepare.rs`); without it, the text is hashed as it was received.

use std::fmt;

use argon2::{
    ARGON2ID_IDENT, Argon2, Params, PasswordHasher, PasswordVerifier, Version,
    password_hash::{
        self,
        phc::{self, Output, ParamsString, Salt},
    },
};

use super::{Password, prepare::Rule};
use crate::entropy::{Entropy, EntropyError};

/// What a new hash costs: 19 MiB, two passes, one lane (OWASP Password Storage Cheat Sheet).
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// What stands before the PHC string where the text was prepared.
const MARK: &str = "nfc";

const SALT_BYTES: usize = 16;
const HASH_BYTES: usize = 32;

/// The most that a stored hash may ask for: who can write to the table must not decide how much memory a login takes.
const MOST_MEMORY_KIB: u32 = 256 * 1024;
const MOST_PASSES: u32 = 10;
const MOST_LANES: u32 = 4;

/// A longer text is not a hash of ours, and is not parsed.
const MOST_TEXT_BYTES: usize = 256;

/// The hash of a password, with the salt and the parameters that it was made with.
///
/// Two are equal if their salts are, so in effect if they were made by the same call of [`PasswordHash::new`].
/// It is not the password, but it helps to guess it: `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash {
    phc: phc::PasswordHash,
    rule: Rule,
}

impl PasswordHash {
    /// Hashes `password` with the current parameters and a new salt.
    pub fn new(password: &Password, entropy: &impl Entropy) -> Result<Self, HashError> {
        Self::with(&current()?, Rule::Opaque, password, entropy)
    }

    fn with(
        params: &Params,
        rule: Rule,
        password: &Password,
        entropy: &impl Entropy,
    ) -> Result<Self, HashError> {
        let mut salt = [0; SALT_BYTES];
        entropy.fill(&mut salt)?;
        let argon2 = Argon2::new(argon2::Algorithm::Argon2id, Version::V0x13, params.clone());
        let text = password.text(rule);
        let phc = argon2.hash_password_with_salt(text.as_bytes(), &salt)?;
        Ok(Self { phc, rule })
    }

    /// Takes a hash as the table holds it. `None`: it is damaged, or made by another algorithm, or more costly to check
    /// than 256 MiB, 10 passes, 4 lanes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > MOST_TEXT_BYTES {
            return None;
        }
        let (text, rule) = match text.strip_prefix(MARK) {
            Some(text) => (text, Rule::Opaque),
            None => (text, Rule::AsReceived),
        };
        let hash = phc::PasswordHash::new(text).ok()?;
        let params = Params::try_from(&hash.params).ok()?;
        // Exactly these three, once each: a missing one would have a default, and a repeated one two values.
        let (m, t, p) = (params.m_cost(), params.t_cost(), params.p_cost());
        let fits = hash.params.as_str() == format!("m={m},t={t},p={p}")
            && hash.algorithm == ARGON2ID_IDENT
            && hash.version == Some(Version::V0x13.into())
            && m <= MOST_MEMORY_KIB
            && t <= MOST_PASSES
            && p <= MOST_LANES
            && hash.salt.is_some()
            && hash
                .hash
                .as_ref()
                .is_some_and(|hash| hash.len() == HASH_BYTES);
        fits.then_some(Self { phc: hash, rule })
    }

    /// Whether it is the hash of `password`.
    fn is_of(&self, password: &Password) -> Result<bool, HashError> {
        let text = password.text(self.rule);
        match Argon2::default().verify_password(text.as_bytes(), &self.phc) {
            Ok(()) => Ok(true),
            Err(password_hash::Error::PasswordInvalid) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

/// The marked PHC string, for the table alone.
impl fmt::Display for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.rule == Rule::Opaque {
            f.write_str(MARK)?;
        }
        self.phc.fmt(f)
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(..)")
    }
}

/// Checks passwords, at the same cost whether there is something to check them against or not.
///
/// Otherwise the time of an answer would tell which users exist (OWASP ASVS 5.0, 6.3.8).
#[derive(Debug)]
pub struct Verifier {
    /// A hash that belongs to no password: random bytes, with the current parameters.
    decoy: PasswordHash,
    #[cfg(test)]
    checks: std::sync::Mutex<Vec<String>>,
}

impl Verifier {
    /// Draws the hash that passwords of unknown users are checked against. Once, at start.
    pub fn new(entropy: &impl Entropy) -> Result<Self, HashError> {
        Self::with(&current()?, entropy)
    }

    fn with(params: &Params, entropy: &impl Entropy) -> Result<Self, HashError> {
        let mut random = [0; SALT_BYTES + HASH_BYTES];
        entropy.fill(&mut random)?;
        let (salt, hash) = random.split_at(SALT_BYTES);
        Ok(Self {
            decoy: PasswordHash {
                phc: phc::PasswordHash {
                    algorithm: ARGON2ID_IDENT,
                    version: Some(Version::V0x13.into()),
                    params: ParamsString::try_from(params)?,
                    salt: Some(Salt::new(salt).map_err(password_hash::Error::from)?),
                    hash: Some(Output::new(hash).map_err(password_hash::Error::from)?),
                },
                rule: Rule::Opaque,
            },
            #[cfg(test)]
            checks: std::sync::Mutex::default(),
        })
    }

    /// Whether `hash` is that of `password`. Without a hash the same work is done, and the answer is `false`.
    ///
    /// It takes tens of milliseconds of processor time and 19 MiB, on the thread that calls it: a function on Lambda
    /// serves one request at a time, and elsewhere the number of threads bounds what a burst of logins takes.
    pub fn verify(
        &self,
        password: &Password,
        hash: Option<&PasswordHash>,
    ) -> Result<bool, HashError> {
        let checked = hash.unwrap_or(&self.decoy);
        #[cfg(test)]
        if let Ok(mut checks) = self.checks.lock() {
            checks.push(checked.phc.params.to_string());
        }
        let matches = checked.is_of(password)?;
        Ok(matches && hash.is_some())
    }
}

/// A hash could not be made or checked. It says nothing about the password.
#[derive(Debug)]
#[non_exhaustive]
pub enum HashError {
    /// No random bytes.
    Entropy(EntropyError),
    /// Argon2 failed: no memory.
    Argon2(password_hash::Error),
}

impl fmt::Display for HashError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no password could be hashed")
    }
}

impl std::error::Error for HashError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(match self {
            Self::Entropy(error) => error,
            Self::Argon2(error) => error,
        })
    }
}

impl From<EntropyError> for HashError {
    fn from(error: EntropyError) -> Self {
        Self::Entropy(error)
    }
}

impl From<password_hash::Error> for HashError {
    fn from(error: password_hash::Error) -> Self {
        Self::Argon2(error)
    }
}

fn current() -> Result<Params, HashError> {
    Params::new(MEMORY_KIB, PASSES, LANES, Some(HASH_BYTES))
        .map_err(|error| HashError::Argon2(error.into()))
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::entropy::SystemEntropy;

    /// Parameters that make a test fast, and are not the current ones.
    pub(in crate::password) fn cheap() -> Params {
        Params::new(8, 1, 1, Some(HASH_BYTES)).unwrap()
    }

    pub(in crate::password) fn cheap_hash(password: &str) -> PasswordHash {
        PasswordHash::with(&cheap(), Rule::Opaque, &received(password), &SystemEntropy).unwrap()
    }

    pub(in crate::password) fn cheap_verifier() -> Verifier {
        Verifier::with(&cheap(), &SystemEntropy).unwrap()
    }

    /// The parameters of every argon2 that `verifier` has run.
    pub(in crate::password) fn checks(verifier: &Verifier) -> Vec<String> {
        verifier.checks.lock().unwrap().clone()
    }

    fn received(text: &str) -> Password {
        Password::received(text.to_owned()).unwrap()
    }

    #[test]
    fn a_new_hash_has_the_documented_parameters_and_its_own_salt() {
        let password = received("correct horse battery");
        let [one, other] = [(); 2].map(|()| PasswordHash::new(&password, &SystemEntropy).unwrap());
        for hash in [&one, &other] {
            let text = hash.to_string();
            assert!(
                text.starts_with("nfc$argon2id$v=19$m=19456,t=2,p=1$"),
                "{text}"
            );
            assert_eq!(hash.phc.salt.as_ref().unwrap().len(), 16);
            assert_eq!(PasswordHash::parse(&text).as_ref(), Some(hash));
        }
        assert_ne!(one.phc.salt, other.phc.salt);
        assert_ne!(one, other);
        let verifier = Verifier::new(&SystemEntropy).unwrap();
        assert!(verifier.verify(&password, Some(&one)).unwrap());
    }

    #[test]
    fn the_reference_implementations_hash_is_verified() {
        // echo -n "password" | argon2 somesalt -id -t 2 -m 16 -p 4 -l 32 -e
        let hash = PasswordHash::parse(
            "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        )
        .unwrap();
        assert!(hash.is_of(&received("password")).unwrap());
        assert!(!hash.is_of(&received("differentpassword")).unwrap());
    }

    #[test]
    fn passwords_are_told_apart_to_the_last_byte() {
        let (prefix, whole) = ("a".repeat(72), "b".repeat(1023));
        #[rustfmt::skip]
        let cases = [
            ("after 72 bytes",           format!("{prefix}b"),   format!("{prefix}c")),
            ("72 bytes and one more",    prefix.clone(),         format!("{prefix}b")),
            ("after a NUL",              "pass\0one".to_owned(), "pass\0two".to_owned()),
            ("up to a NUL",              "pass".to_owned(),      "pass\0".to_owned()),
            ("the last of 1024 bytes",   format!("{whole}c"),    format!("{whole}d")),
            ("compatibility characters", "\u{fb01}t".to_owned(), "fit".to_owned()),
            ("case",                     "Pass".to_owned(),      "pass".to_owned()),
            ("a space behind",           "pass ".to_owned(),     "pass".to_owned()),
            ("a space before",           " pass".to_owned(),     "pass".to_owned()),
            ("a line break behind",      "pass\n".to_owned(),    "pass".to_owned()),
        ];
        let verifier = cheap_verifier();
        for (name, one, other) in cases {
            let hash = cheap_hash(&one);
            assert!(
                verifier.verify(&received(&one), Some(&hash)).unwrap(),
                "{name}"
            );
            assert!(
                !verifier.verify(&received(&other), Some(&hash)).unwrap(),
                "{name}"
            );
        }
    }

    /// The same letters in another form, as another keyboard sends them, are the same password. A hash without the mark was
    /// made of the text as it was received, and stays the hash of that.
    #[test]
    fn a_password_is_the_same_in_any_form_of_unicode_where_the_hash_says_so() {
        let composed = "\u{dc}bergr\u{f6}\u{df}entr\u{e4}ger Stra\u{df}e";
        let decomposed = "U\u{308}bergro\u{308}\u{df}entra\u{308}ger Stra\u{df}e";
        let spaced = "\u{dc}bergr\u{f6}\u{df}entr\u{e4}ger\u{a0}Stra\u{df}e";
        let forms = [composed, decomposed, spaced];
        let verifier = cheap_verifier();
        for set in forms {
            let marked = PasswordHash::parse(&cheap_hash(set).to_string()).unwrap();
            let as_received = Rule::AsReceived;
            let old = PasswordHash::with(&cheap(), as_received, &received(set), &SystemEntropy);
            let old = PasswordHash::parse(&old.unwrap().to_string()).unwrap();
            for typed in forms {
                let matches = |hash| verifier.verify(&received(typed), Some(hash)).unwrap();
                assert!(matches(&marked), "{set:?} {typed:?}");
                assert_eq!(matches(&old), set == typed, "{set:?} {typed:?}");
            }
            let other = verifier.verify(&received("Ubergrossentrager Strasse"), Some(&marked));
            assert!(!other.unwrap());
        }
    }

    #[test]
    fn a_damaged_or_foreign_or_costly_hash_is_refused() {
        const TAIL: &str = "c29tZXNhbHRzb21lc2FsdA$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
        let full = |head: &str| format!("{head}${TAIL}");
        let good = full("$argon2id$v=19$m=19456,t=2,p=1");
        #[rustfmt::skip]
        let cases = [
            ("empty", String::new()),
            ("bcrypt", "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW".to_owned()),
            ("scrypt", full("$scrypt$ln=16,r=8,p=1")),
            ("argon2i", full("$argon2i$v=19$m=19456,t=2,p=1")),
            ("argon2d", full("$argon2d$v=19$m=19456,t=2,p=1")),
            ("an unknown mark", format!("nfd{good}")),
            ("a mark twice", format!("nfcnfc{good}")),
            ("a mark alone", "nfc".to_owned()),
            ("an old version", full("$argon2id$v=16$m=19456,t=2,p=1")),
            ("no version", full("$argon2id$m=19456,t=2,p=1")),
            ("no parameters", full("$argon2id$v=19")),
            ("no memory", full("$argon2id$v=19$t=2,p=1")),
            ("m = 4 GiB", full("$argon2id$v=19$m=4194304,t=2,p=1")),
            ("m = 4 TiB", full("$argon2id$v=19$m=4294967295,t=2,p=1")),
            ("m just too much", full("$argon2id$v=19$m=262145,t=2,p=1")),
            ("m past 32 bits", full("$argon2id$v=19$m=4294967296,t=2,p=1")),
            ("m twice", full("$argon2id$v=19$m=8,m=4194304,t=2,p=1")),
            ("m twice, the other way", full("$argon2id$v=19$m=4194304,m=8,t=2,p=1")),
            ("m below 8 p", full("$argon2id$v=19$m=31,t=2,p=4")),
            ("m = 0", full("$argon2id$v=19$m=0,t=2,p=1")),
            ("t = 10^6", full("$argon2id$v=19$m=19456,t=1000000,p=1")),
            ("t just too much", full("$argon2id$v=19$m=19456,t=11,p=1")),
            ("t = 0", full("$argon2id$v=19$m=19456,t=0,p=1")),
            ("p just too much", full("$argon2id$v=19$m=19456,t=2,p=5")),
            ("p = 2^24", full("$argon2id$v=19$m=262144,t=2,p=16777216")),
            ("p = 0", full("$argon2id$v=19$m=19456,t=2,p=0")),
            ("another parameter", full("$argon2id$v=19$m=19456,t=2,p=1,keyid=AAAA")),
            ("an unknown parameter", full("$argon2id$v=19$m=19456,t=2,p=1,x=1")),
            ("a negative one", full("$argon2id$v=19$m=-8,t=2,p=1")),
            ("more behind", format!("{good}$")),
            ("a space before", format!(" {good}")),
            ("a line break behind", format!("{good}\n")),
            ("a megabyte", format!("{good}{}", "A".repeat(1 << 20))),
        ];
        for (name, text) in cases {
            assert_eq!(PasswordHash::parse(&text), None, "{name}");
        }
        assert!(PasswordHash::parse(&good).is_some());
        assert!(PasswordHash::parse(&full("$argon2id$v=19$m=262144,t=10,p=4")).is_some());
        for end in 0..good.len() {
            assert_eq!(PasswordHash::parse(&good[..end]), None, "cut at {end}");
        }
    }

    #[test]
    fn without_a_hash_the_work_is_that_of_a_new_one_and_the_answer_no() {
        let verifier = Verifier::new(&SystemEntropy).unwrap();
        assert!(!verifier.verify(&received("any"), None).unwrap());
        assert_eq!(checks(&verifier), ["m=19456,t=2,p=1"]);
        // The decoy is like a hash from the table: it passes the same check, and takes the same work.
        assert!(PasswordHash::parse(&verifier.decoy.to_string()).is_some());
    }

    #[test]
    fn even_the_password_of_the_decoy_is_refused() {
        let mut verifier = cheap_verifier();
        verifier.decoy = cheap_hash("decoy");
        assert!(!verifier.verify(&received("decoy"), None).unwrap());
    }

    #[test]
    fn a_failing_source_makes_no_hash() {
        struct Dry;
        impl Entropy for Dry {
            fn fill(&self, _: &mut [u8]) -> Result<(), EntropyError> {
                Err(EntropyError)
            }
        }
        assert!(PasswordHash::new(&received("any"), &Dry).is_err());
        assert!(Verifier::new(&Dry).is_err());
    }

    #[test]
    fn debug_shows_nothing_of_a_hash() {
        let hash = cheap_hash("any");
        assert_eq!(format!("{hash:?}"), "PasswordHash(..)");
        let verifier = format!("{:?}", Verifier::new(&SystemEntropy).unwrap());
        assert!(!verifier.contains("argon2id"), "{verifier}");
    }

    proptest! {
        #[test]
        fn parsing_never_panics(text in "\\PC{0,80}|[$a-z0-9=,/+.-]{0,120}|\\$argon2id\\$v=19\\$[mtp=,0-9$]{0,40}.{0,60}") {
            let _: Option<PasswordHash> = PasswordHash::parse(&text);
        }
    }
}
