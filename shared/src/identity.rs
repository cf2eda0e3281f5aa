//! Who somebody is at an OpenID provider, and the name under which their sessions are listed.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use crate::user::UserName;

/// A user's identifier at a provider, unique there and never given to anybody else: 1 to 255 ASCII characters, case-sensitive
/// (OpenID Connect Core 1.0, section 2, `sub`), and no NUL.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject(String);

impl Subject {
    /// The most characters of a subject.
    pub const MOST_CHARACTERS: usize = 255;

    /// Takes a subject, byte for byte.
    pub fn parse(text: &str) -> Result<Self, InvalidSubject> {
        let fits = (1..=Self::MOST_CHARACTERS).contains(&text.len());
        if fits && text.is_ascii() && !text.contains('\0') {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidSubject)
        }
    }

    /// The subject as the provider spells it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The text is not a subject; see [`Subject`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidSubject;

impl fmt::Display for InvalidSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "a subject has 1 to {} ASCII characters without NUL",
            Subject::MOST_CHARACTERS
        )
    }
}

impl std::error::Error for InvalidSubject {}

/// Who the user of a session is at their provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The provider, byte for byte as its tokens name it (`iss`).
    pub issuer: String,
    /// The user there (`sub`).
    pub subject: Subject,
    /// The provider's session, if it names one (`sid`; OpenID Connect Back-Channel Logout 1.0, section 2.1).
    pub sid: Option<String>,
    /// The chosen claims of the user, as the text of a JSON object.
    pub claims: Option<String>,
}

impl Identity {
    /// The name of the user here.
    #[must_use]
    pub fn user(&self) -> UserName {
        user_of(&self.issuer, &self.subject)
    }
}

/// The name here of the user that `issuer` calls `subject`: `oidc-` and the base32 (RFC 4648, section 6) of SHA-256(`oidc-user`
/// 0x00 issuer 0x00 subject), in lower case and without padding, 57 characters in all.
///
/// Names fold case and subjects don't, and one subject of two issuers is two people: so the name is a hash.
#[must_use]
pub fn user_of(issuer: &str, subject: &Subject) -> UserName {
    let hash = digest("oidc-user", issuer, subject.as_str());
    UserName::from_stored(format!("{}{}", UserName::PROVIDED, base32(&hash)))
}

/// The hash under which the table keeps what is about a session, a user or a token of a provider: 43 characters of base64url.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProviderKey(String);

impl ProviderKey {
    /// The key of the issuer's session of this name.
    #[must_use]
    pub fn of_sid(issuer: &str, sid: &str) -> Self {
        Self::of("oidc-sid", issuer, sid)
    }

    /// The key of the issuer's user.
    #[must_use]
    pub fn of_subject(issuer: &str, subject: &Subject) -> Self {
        Self::of("oidc-sub", issuer, subject.as_str())
    }

    /// The key of the issuer's token of this identifier (`jti`).
    #[must_use]
    pub fn of_token(issuer: &str, jti: &str) -> Self {
        Self::of("oidc-jti", issuer, jti)
    }

    fn of(label: &str, issuer: &str, name: &str) -> Self {
        Self(URL_SAFE_NO_PAD.encode(digest(label, issuer, name)))
    }

    /// The hash.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// SHA-256(label 0x00 issuer 0x00 name). An issuer is a URL, without NUL.
fn digest(label: &str, issuer: &str, name: &str) -> [u8; 32] {
    let parts = [label, issuer, name].join("\0");
    Sha256::digest(parts).into()
}

/// RFC 4648, section 6, in lower case and without padding.
fn base32(bytes: &[u8]) -> String {
    let (mut text, mut bits, mut count) = (String::new(), 0_u16, 0);
    for byte in bytes {
        bits = (bits << 8) | u16::from(*byte);
        count += 8;
        while count >= 5 {
            count -= 5;
            text.push(letter(bits >> count));
            bits &= (1 << count) - 1;
        }
    }
    if count > 0 {
        text.push(letter(bits << (5 - count)));
    }
    text
}

/// The letter of the lower five bits.
fn letter(bits: u16) -> char {
    let five = bits.to_le_bytes()[0] & 31;
    char::from(if five < 26 {
        b'a' + five
    } else {
        b'2' + (five - 26)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::user::UnfitUserName;

    fn subject(text: &str) -> Subject {
        Subject::parse(text).unwrap()
    }

    #[test]
    fn a_subject_is_1_to_255_ascii_characters_without_nul() {
        #[rustfmt::skip]
        let cases = [
            ("one character",   "a".to_owned(),        true),
            ("all of ASCII",    "\u{1}|~ A/=".into(),  true),
            ("the longest",     "a".repeat(255),       true),
            ("empty",           String::new(),         false),
            ("too long",        "a".repeat(256),       false),
            ("NUL",             "a\0b".into(),         false),
            ("beyond ASCII",    "é".into(),            false),
        ];
        for (name, text, fits) in cases {
            assert_eq!(Subject::parse(&text).is_ok(), fits, "{name}");
        }
    }

    #[test]
    fn each_issuer_and_subject_is_a_user_of_its_own() {
        let users = [
            ("https://a.example", "Ab"),
            ("https://a.example", "ab"),
            ("https://b.example", "ab"),
            ("https://a.example/", "ab"),
        ]
        .map(|(issuer, sub)| user_of(issuer, &subject(sub)));
        for (index, user) in users.iter().enumerate() {
            assert!(user.is_provided() && user.as_str().len() == 57, "{user}");
            assert!(!users[..index].contains(user), "{user}");
            // It is in the one form of names, so whoever types it finds the user.
            assert_eq!(UserName::parse(user.as_str()).as_ref(), Ok(user));
            // Nobody gets a password under it.
            assert_eq!(
                UserName::chosen(user.as_str()),
                Err(UnfitUserName::Provided)
            );
        }
    }

    /// Computed by Python: `base64.b32encode(sha256(b"oidc-user\0https://a.example\0ab").digest())`.
    #[test]
    fn the_name_of_a_user_stays() {
        let user = user_of("https://a.example", &subject("ab"));
        assert_eq!(
            user.as_str(),
            "oidc-nzpfxi7f36bpzwicb2rp7pty3zlerfuhrj7cevceh5kpjbx7qlha"
        );
    }

    #[test]
    fn keys_of_one_name_are_apart() {
        let issuer = "https://a.example";
        let keys = [
            ProviderKey::of_sid(issuer, "x"),
            ProviderKey::of_subject(issuer, &subject("x")),
            ProviderKey::of_token(issuer, "x"),
            ProviderKey::of_sid("https://b.example", "x"),
        ];
        for (index, key) in keys.iter().enumerate() {
            assert!(
                key.as_str().len() == 43 && !keys[..index].contains(key),
                "{key:?}"
            );
        }
    }

    /// RFC 4648, section 10.
    #[test]
    fn base32_is_that_of_its_rfc() {
        for (bytes, text) in [
            ("", ""),
            ("f", "my"),
            ("fo", "mzxq"),
            ("foo", "mzxw6"),
            ("foob", "mzxw6yq"),
            ("fooba", "mzxw6ytb"),
            ("foobar", "mzxw6ytboi"),
        ] {
            assert_eq!(base32(bytes.as_bytes()), text);
        }
    }
}
