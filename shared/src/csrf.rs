//! The session's CSRF token: what a page of the site itself can show, and a page of another site can't read.
//!
//! ```text
//! csrf_token = base64url(HMAC-SHA256(id, "csrf"))
//! ```
//!
//! So it is bound to one id, without a store: that of another session, or of this one before its id was changed, is
//! another one (OWASP, "Cross-Site Request Forgery Prevention", on tokens bound to the session).

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::{
    id::SessionId,
    token::{self, Invalid, TokenFormat},
};

/// The header that carries it, in lower case.
pub const HEADER: &str = "x-csrf-token";

/// What the tag is of. No other tag has an id for its key.
const MESSAGE: &[u8] = b"csrf";

/// The characters of a token: those of 32 bytes.
const LENGTH: usize = 43;

/// A CSRF token on its way to a page of the site. It opens no session, but belongs into no log: no `Clone`, no
/// `Display`.
pub struct CsrfToken(String);

impl CsrfToken {
    /// The text to send in a body, and nowhere else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for CsrfToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CsrfToken(..)")
    }
}

/// The CSRF token of the session that `token` opens.
pub fn issue(token: &str, format: &TokenFormat) -> Result<CsrfToken, Invalid> {
    let tag = mac(&token::verify(token, format)?).finalize().into_bytes();
    Ok(CsrfToken(URL_SAFE_NO_PAD.encode(tag)))
}

/// Whether `shown` is the CSRF token of the session that `token` opens, compared in constant time.
pub fn verify(shown: &str, token: &str, format: &TokenFormat) -> Result<bool, Invalid> {
    let id = token::verify(token, format)?;
    if shown.len() != LENGTH {
        return Ok(false);
    }
    let tag = URL_SAFE_NO_PAD.decode(shown);
    Ok(tag.is_ok_and(|tag| mac(&id).verify_slice(&tag).is_ok()))
}

fn mac(id: &SessionId) -> Hmac<Sha256> {
    #[expect(
        clippy::expect_used,
        reason = "HMAC takes a key of any length (RFC 2104 section 2)"
    )]
    let mac = Hmac::<Sha256>::new_from_slice(id.bytes()).expect("a key of any length");
    mac.chain_update(MESSAGE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signing_keys::SigningKeys;

    const KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

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
        token::issue(&id, &format(keys).keys).expose().to_owned()
    }

    #[test]
    fn formula_is_the_documented_one() {
        // python3: base64.urlsafe_b64encode(hmac.digest(b"Z" * 32, b"csrf", "sha256"))
        let issued = issue(&token(b'Z', ""), &format("")).unwrap();
        assert_eq!(
            issued.expose(),
            "fh8Oijwu_xFTl4s6vkUkeqe31_AoLq_22ijlwyduTRM"
        );
        assert_eq!(issued.expose().len(), LENGTH);
    }

    #[test]
    fn debug_shows_no_character_of_it() {
        let issued = issue(&token(7, ""), &format("")).unwrap();
        assert_eq!(format!("{issued:?}"), "CsrfToken(..)");
    }

    /// L20, T33.
    #[test]
    fn nothing_but_the_sessions_own_is_taken() {
        for keys in ["", KEY] {
            let format = format(keys);
            let (own, other) = (token(7, keys), token(8, keys));
            let good = issue(&own, &format).unwrap().expose().to_owned();
            let others = issue(&other, &format).unwrap().expose().to_owned();
            let key = SessionId::from_bytes(vec![7; 32]).key();
            assert_eq!(verify(&good, &own, &format), Ok(true));
            #[rustfmt::skip]
            let bad = [
                ("empty",                      String::new()),
                ("another session's",          others),
                ("a character less",           good[..42].to_owned()),
                ("a character more",           format!("{good}A")),
                ("padded",                     format!("{good}=")),
                ("with trailing bits",         trailing_bits(&good)),
                ("in quotes",                  format!("\"{good}\"")),
                ("twice",                      format!("{good},{good}")),
                ("10 KB",                      "A".repeat(10_240)),
                ("zeros",                      "A".repeat(43)),
                ("the session's token",        own.clone()),
                ("its id",                     own[..43].to_owned()),
                ("the table's key",            key.as_str()[2..].to_owned()),
            ];
            for (name, shown) in bad {
                assert_eq!(verify(&shown, &own, &format), Ok(false), "{name}");
            }
        }
    }

    #[test]
    fn any_other_character_anywhere_is_refused() {
        let (own, format) = (token(7, ""), format(""));
        let good = issue(&own, &format).unwrap().expose().to_owned();
        for index in 0..good.len() {
            for other in ["A", "b", "3", "-", "_", "+", "=", " "] {
                let mut changed = good.clone();
                changed.replace_range(index..=index, other);
                let taken = verify(&changed, &own, &format).unwrap();
                assert_eq!(taken, changed == good, "{index} {other}");
            }
        }
    }

    #[test]
    fn it_opens_no_session() {
        let own = token(7, "");
        let shown = issue(&own, &format("")).unwrap().expose().to_owned();
        let opened = token::verify(&shown, &format("")).unwrap();
        assert_ne!(opened.key(), SessionId::from_bytes(vec![7; 32]).key());
        // With keys it is refused by its form alone.
        let signed = issue(&token(7, KEY), &format(KEY)).unwrap();
        assert_eq!(
            token::verify(signed.expose(), &format(KEY)).unwrap_err(),
            Invalid::Malformed
        );
    }

    #[test]
    fn what_is_no_token_has_none() {
        let format = format(KEY);
        for (text, expected) in [
            ("x".to_owned(), Invalid::Malformed),
            (
                format!("{}.{}", "A".repeat(43), "A".repeat(43)),
                Invalid::Forged,
            ),
        ] {
            assert_eq!(issue(&text, &format).unwrap_err(), expected);
            assert_eq!(verify("", &text, &format), Err(expected));
        }
    }

    /// The same bytes, spelled otherwise: the last character carries two bits of none.
    fn trailing_bits(text: &str) -> String {
        let last = text.bytes().last().unwrap();
        format!("{}{}", &text[..42], char::from(last + 1))
    }
}
