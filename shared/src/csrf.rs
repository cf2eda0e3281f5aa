//! The session's CSRF token: what a page of the site itself can show, and a page of another site can't read.
//!
//! ```text
//! csrf_token = base64url(HMAC-SHA256(id, "csrf"))
//! ```
//!
//! So it is bound to one id, without a store: another session has another token, and so has this session once its id
//! has changed (OWASP, "Cross-Site Request Forgery Prevention", on tokens bound to the session).

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::id::SessionId;

/// The header that carries it, in lower case.
pub const HEADER: &str = "x-csrf-token";

/// The message that is tagged. No other tag has an id for its key.
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

/// The CSRF token of the session that `id` names.
#[must_use]
pub fn issue(id: &SessionId) -> CsrfToken {
    let tag = mac(id).finalize().into_bytes();
    CsrfToken(URL_SAFE_NO_PAD.encode(tag))
}

/// Whether `shown` is the CSRF token of the session that `id` names, compared in constant time.
#[must_use]
pub fn verify(shown: &str, id: &SessionId) -> bool {
    if shown.len() != LENGTH {
        return false;
    }
    let tag = URL_SAFE_NO_PAD.decode(shown);
    tag.is_ok_and(|tag| mac(id).verify_slice(&tag).is_ok())
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
    use crate::{
        signing_keys::SigningKeys,
        token::{self, Invalid, TokenFormat},
    };

    const KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    fn id(byte: u8) -> SessionId {
        SessionId::from_bytes(vec![byte; 32])
    }

    #[test]
    fn formula_is_the_documented_one() {
        // python3: base64.urlsafe_b64encode(hmac.digest(b"Z" * 32, b"csrf", "sha256"))
        let issued = issue(&id(b'Z'));
        assert_eq!(
            issued.expose(),
            "fh8Oijwu_xFTl4s6vkUkeqe31_AoLq_22ijlwyduTRM"
        );
        assert_eq!(issued.expose().len(), LENGTH);
    }

    #[test]
    fn debug_shows_no_character_of_it() {
        assert_eq!(format!("{:?}", issue(&id(7))), "CsrfToken(..)");
    }

    /// A token of another session, or in another spelling, is refused.
    #[test]
    fn nothing_but_the_sessions_own_is_taken() {
        let own = id(7);
        let good = issue(&own).expose().to_owned();
        let others = issue(&id(8)).expose().to_owned();
        let token = token::issue(&own, &SigningKeys::parse(KEY).unwrap());
        assert!(verify(&good, &own));
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
            ("the session's token",        token.expose().to_owned()),
            ("its id",                     token.expose()[..43].to_owned()),
            ("the table's key",            own.key().as_str()[2..].to_owned()),
        ];
        for (name, shown) in bad {
            assert!(!verify(&shown, &own), "{name}");
        }
    }

    #[test]
    fn any_other_character_anywhere_is_refused() {
        let own = id(7);
        let good = issue(&own).expose().to_owned();
        for index in 0..good.len() {
            for other in ["A", "b", "3", "-", "_", "+", "=", " "] {
                let mut changed = good.clone();
                changed.replace_range(index..=index, other);
                assert_eq!(verify(&changed, &own), changed == good, "{index} {other}");
            }
        }
    }

    #[test]
    fn it_opens_no_session() {
        let format = |keys| TokenFormat { id_bytes: 32, keys };
        let shown = issue(&id(7)).expose().to_owned();
        let opened = token::verify(&shown, &format(SigningKeys::default())).unwrap();
        assert_ne!(opened.key(), id(7).key());
        // With keys it is refused by its form alone.
        let signed = format(SigningKeys::parse(KEY).unwrap());
        assert_eq!(
            token::verify(&shown, &signed).unwrap_err(),
            Invalid::Malformed
        );
    }

    /// The same bytes, spelled otherwise: the last two bits of the last character belong to no byte.
    fn trailing_bits(text: &str) -> String {
        let last = text.bytes().last().unwrap();
        format!("{}{}", &text[..42], char::from(last + 1))
    }
}
