//! What a client carries: the session's id, spelled in one way only, and signed where keys are configured.
//!
//! ```text
//! token = base64url(id)                                                                  no keys
//!       | base64url(id) "." base64url(HMAC-SHA256(key, "session-token" || 0x00 || id))   with keys
//! ```
//!
//! Base64 is RFC 4648 section 5, unpadded and canonical: non-zero trailing bits are refused.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use crate::{id::SessionId, signing_keys::SigningKeys};

/// Keeps a tag made for another purpose, or for another kind of token, from ever passing for this one.
const PURPOSE: &[u8] = b"session-token\0";

/// The shape of the tokens of one deployment.
#[derive(Debug)]
pub struct TokenFormat {
    /// Bytes of an id, 16 to 128.
    pub id_bytes: usize,
    /// The keys that sign; none: tokens are unsigned.
    pub keys: SigningKeys,
}

impl Default for TokenFormat {
    /// Ids of 32 bytes, unsigned.
    fn default() -> Self {
        Self {
            id_bytes: 32,
            keys: SigningKeys::default(),
        }
    }
}

/// A token on its way to a client. Like the id in it, it is a credential: no `Clone`, no `Display`.
pub struct Token(String);

impl Token {
    /// The text to send in a cookie or a header, and nowhere else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

/// Why a text is not a valid token. A client is told neither the reason, nor that there are several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Invalid {
    /// Not the shape of a token of this deployment.
    Malformed,
    /// The right shape, and a tag that no configured key makes.
    Forged,
}

/// Spells `id` as a token, signed with the newest key if there is one.
#[must_use]
pub fn issue(id: &SessionId, keys: &SigningKeys) -> Token {
    let mut text = URL_SAFE_NO_PAD.encode(id.bytes());
    if let Some(tag) = keys.sign(&[PURPOSE, id.bytes()]) {
        text.push('.');
        URL_SAFE_NO_PAD.encode_string(tag, &mut text);
    }
    Token(text)
}

/// Reads the id from a token, without asking any store.
///
/// With keys configured an unsigned token is refused, so that dropping a signature forges nothing.
pub(crate) fn verify(text: &str, format: &TokenFormat) -> Result<SessionId, Invalid> {
    let (id, tag) = match (format.keys.is_empty(), text.split_once('.')) {
        (true, _) => (text, None),
        (false, Some((id, tag))) => (id, Some(tag)),
        (false, None) => return Err(Invalid::Malformed),
    };
    let id = decode(id, format.id_bytes)?;
    if let Some(tag) = tag {
        let tag = decode(tag, 32)?;
        if !format.keys.verify(&[PURPOSE, &id], &tag) {
            return Err(Invalid::Forged);
        }
    }
    Ok(SessionId::from_bytes(id))
}

/// Reads the id that a text names, signed or not: enough to end a session, and for nothing else.
///
/// Whoever holds an id may end its session, so neither a signature nor keys nor the deployment's length of ids are
/// asked for: the id is what stands before the first dot, 16 to 128 bytes. To let a request in or to show anything
/// takes a [`Claim`](crate::claim::Claim).
#[must_use]
pub fn id_to_end(text: &str) -> Option<SessionId> {
    let id = text.split_once('.').map_or(text, |(id, _)| id);
    // The length first, as in `decode`.
    let bytes = id.len() * 3 / 4;
    if !SessionId::BYTES.contains(&bytes) {
        return None;
    }
    decode(id, bytes).ok().map(SessionId::from_bytes)
}

/// A name for log lines about a text that matches no session: 16 characters of a one-way hash.
#[must_use]
pub fn loggable(text: &str) -> String {
    let digest = Sha256::new()
        .chain_update(b"session-log\0")
        .chain_update(text)
        .finalize();
    let mut name = URL_SAFE_NO_PAD.encode(digest);
    name.truncate(16);
    name
}

fn decode(text: &str, bytes: usize) -> Result<Vec<u8>, Invalid> {
    // The length first: a megabyte of input is not decoded to be thrown away.
    if Some(text.len()) != base64::encoded_len(bytes, false) {
        return Err(Invalid::Malformed);
    }
    URL_SAFE_NO_PAD.decode(text).map_err(|_| Invalid::Malformed)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    const OTHER: &str = "_____________________________________________w";
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ ";

    fn format(keys: &str) -> TokenFormat {
        TokenFormat {
            id_bytes: 32,
            keys: if keys.is_empty() {
                SigningKeys::default()
            } else {
                SigningKeys::parse(keys).unwrap()
            },
        }
    }

    fn token(byte: u8, keys: &str) -> String {
        let id = SessionId::from_bytes(vec![byte; 32]);
        issue(&id, &format(keys).keys).expose().to_owned()
    }

    #[test]
    fn lengths_are_those_of_the_formula() {
        assert_eq!(token(7, "").len(), 43);
        assert_eq!(token(7, KEY).len(), 87);
    }

    #[test]
    fn debug_shows_no_character_of_the_token() {
        let id = SessionId::from_bytes(vec![7; 32]);
        assert_eq!(format!("{:?}", issue(&id, &format("").keys)), "Token(..)");
    }

    #[test]
    fn unsigned_format_refuses_every_other_spelling() {
        let good = token(0x5a, "");
        assert!(verify(&good, &format("")).is_ok());
        let hex: String = "5a".repeat(32);
        let key = SessionId::from_bytes(vec![0x5a; 32]).key();
        #[rustfmt::skip]
        let bad = [
            ("empty", String::new()),
            ("one character", "A".into()),
            ("a character less", good[..42].into()),
            ("a character more", format!("{good}A")),
            ("64 characters", "A".repeat(64)),
            ("10,000 characters", "A".repeat(10_000)),
            ("padded", format!("{good}=")),
            ("percent-padded", format!("{good}%3D")),
            ("trailing bits", format!("{}p", &good[..42])),
            ("standard alphabet", format!("+/{}", &good[2..])),
            ("hexadecimal", hex.clone()),
            ("upper-case hexadecimal", hex.to_uppercase()),
            ("UUID", "5a5a5a5a-5a5a-5a5a-5a5a-5a5a5a5a5a5a".into()),
            ("the table's key", key.as_str().into()),
            ("another system's private id", format!("2::{}", "5a".repeat(32))),
            ("leading space", format!(" {good}")),
            ("quoted", format!("\"{good}\"")),
            ("NUL inside", format!("{}\0", &good[..42])),
            ("not UTF-8, as JSON carries it", "\u{fffd}".repeat(43)),
            ("path", "../../x".into()),
            ("SQL", "' OR 1=1--".into()),
            ("signed", token(0x5a, KEY)),
        ];
        for (name, text) in bad {
            assert_eq!(
                verify(&text, &format("")).unwrap_err(),
                Invalid::Malformed,
                "{name}"
            );
        }
    }

    #[test]
    fn the_hash_in_the_table_names_another_session() {
        let id = SessionId::from_bytes(vec![0x5a; 32]);
        let hash = id.key().as_str()[2..].to_owned();
        let stolen = verify(&hash, &format("")).unwrap();
        assert_ne!(stolen.key(), id.key());
    }

    #[test]
    fn signed_format_refuses_what_it_did_not_sign() {
        let good = token(0x5a, KEY);
        assert!(verify(&good, &format(KEY)).is_ok());
        let (id, tag) = good.split_once('.').unwrap();
        let swapped = token(0x5b, KEY);
        let other_tag = swapped.split_once('.').unwrap().1;
        let unlabelled = {
            let keys = SigningKeys::parse(KEY).unwrap();
            URL_SAFE_NO_PAD.encode(keys.sign(&[&[0x5a; 32]]).unwrap())
        };
        #[rustfmt::skip]
        let bad = [
            ("unsigned", id.to_owned(), Invalid::Malformed),
            ("empty tag", format!("{id}."), Invalid::Malformed),
            ("31 bytes of tag", format!("{id}.{}", URL_SAFE_NO_PAD.encode([0; 31])), Invalid::Malformed),
            ("33 bytes of tag", format!("{id}.{}", URL_SAFE_NO_PAD.encode([0; 33])), Invalid::Malformed),
            ("16 bytes of tag", format!("{id}.{}", &tag[..22]), Invalid::Malformed),
            ("padded tag", format!("{good}="), Invalid::Malformed),
            ("three parts", format!("{good}.{tag}"), Invalid::Malformed),
            ("leading dot", format!(".{good}"), Invalid::Malformed),
            ("trailing dot", format!("{good}."), Invalid::Malformed),
            ("dots alone", "..".into(), Invalid::Malformed),
            ("percent-encoded dot", good.replace('.', "%2E"), Invalid::Malformed),
            ("a JSON Web Token", "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.".into(), Invalid::Malformed),
            ("express", format!("s:{good}"), Invalid::Malformed),
            ("another id's tag", format!("{id}.{other_tag}"), Invalid::Forged),
            ("no purpose in the tag", format!("{id}.{unlabelled}"), Invalid::Forged),
            ("another key", token(0x5a, OTHER), Invalid::Forged),
            ("zeros", format!("{id}.{}", "A".repeat(43)), Invalid::Forged),
        ];
        for (name, text, expected) in bad {
            assert_eq!(verify(&text, &format(KEY)).unwrap_err(), expected, "{name}");
        }
    }

    #[test]
    fn keys_rotate_without_ending_a_session() {
        let old = token(0x5a, KEY);
        let accepting = format(&format!("{OTHER},{KEY}"));
        assert!(verify(&old, &accepting).is_ok(), "accept new, sign old");
        let signing = format(&format!("{KEY},{OTHER}"));
        assert!(verify(&old, &signing).is_ok(), "sign new, accept old");
        let dropped = format(OTHER);
        assert_eq!(verify(&old, &dropped).unwrap_err(), Invalid::Forged);
        assert!(verify(&token(0x5a, OTHER), &dropped).is_ok());
    }

    #[test]
    fn any_other_character_anywhere_is_refused() {
        let good = token(0x5a, KEY);
        for index in 0..good.len() {
            for other in ALPHABET.chars().filter(|c| !good[index..].starts_with(*c)) {
                let mut changed = good.clone();
                changed.replace_range(index..=index, other.encode_utf8(&mut [0; 4]));
                assert!(verify(&changed, &format(KEY)).is_err(), "{index} {other}");
            }
        }
    }

    /// Whatever a process finds wrong with a token, its id can still be read.
    #[test]
    fn the_id_to_end_is_what_stands_before_the_first_dot() {
        let (id, signed) = (token(0x5a, ""), token(0x5a, KEY));
        let (_, tag) = signed.split_once('.').unwrap();
        let long = "A".repeat(171);
        #[rustfmt::skip]
        let named = [
            ("unsigned",           id.clone()),
            ("signed",             signed.clone()),
            ("by another key",     token(0x5a, OTHER)),
            ("another id's tag",   format!("{id}.{}", "A".repeat(43))),
            ("empty tag",          format!("{id}.")),
            ("no tag of any kind", format!("{id}. \0\u{fffd}")),
            ("three parts",        format!("{signed}.{tag}")),
            ("a megabyte of tag",  format!("{id}.{}", "A".repeat(1_000_000))),
        ];
        for (name, text) in named {
            let found = id_to_end(&text).expect(name);
            assert_eq!(found.bytes(), [0x5a; 32], "{name}");
        }
        #[rustfmt::skip]
        let unnamed = [
            ("empty",              String::new()),
            ("a dot",              ".".into()),
            ("leading dot",        format!(".{signed}")),
            ("15 bytes",           "A".repeat(20)),
            ("129 bytes",          "A".repeat(172)),
            ("a megabyte",         "A".repeat(1_000_000)),
            ("no length of bytes", format!("{id}AA")),
            ("trailing bits",      format!("{}p", &id[..42])),
            ("padded",             format!("{id}=")),
            ("standard alphabet",  format!("+/{}", &id[2..])),
            ("leading space",      format!(" {id}")),
            ("quoted",             format!("\"{signed}\"")),
            ("two, joined",        format!("{id},{id}")),
            ("the table's key",    SessionId::from_bytes(vec![0x5a; 32]).key().as_str().into()),
            ("percent-encoded dot", signed.replace('.', "%2E")),
        ];
        for (name, text) in unnamed {
            assert!(id_to_end(&text).is_none(), "{name}");
        }
        assert_eq!(id_to_end(&"A".repeat(22)).unwrap().bytes(), [0; 16]);
        assert_eq!(id_to_end(&long).unwrap().bytes(), [0; 128]);
    }

    #[test]
    fn a_loggable_name_tells_texts_apart_and_shows_none() {
        let (one, other) = (token(0x5a, ""), token(0x5b, ""));
        let name = loggable(&one);
        assert_eq!((name.len(), &name), (16, &loggable(&one)));
        assert_ne!(name, loggable(&other));
        assert!(!one.contains(&name[..4]), "{name}");
        let key = SessionId::from_bytes(vec![0x5a; 32]).key();
        assert!(!key.as_str().contains(&name[..4]), "{name}");
    }

    proptest! {
        #[test]
        fn round_trip(bytes in proptest::collection::vec(any::<u8>(), 16..=128)) {
            for keys in ["", KEY] {
                let format = TokenFormat { id_bytes: bytes.len(), ..format(keys) };
                let id = SessionId::from_bytes(bytes.clone());
                let back = verify(issue(&id, &format.keys).expose(), &format).unwrap();
                prop_assert_eq!(back.bytes(), id.bytes());
                let end = id_to_end(issue(&id, &format.keys).expose()).unwrap();
                prop_assert_eq!(end.bytes(), id.bytes());
            }
        }

        #[test]
        fn never_panics(text in ".{0,200}") {
            let _ = verify(&text, &format(KEY));
            let _ = verify(&text, &format(""));
            let _ = id_to_end(&text);
        }
    }
}
