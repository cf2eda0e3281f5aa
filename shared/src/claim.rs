//! What a request claims: the session whose token it presents.

use std::fmt;

use crate::{
    id::{SessionId, SessionKey},
    session::Live,
    time::UnixSeconds,
    token::{self, Invalid, TokenFormat},
    transport::Presented,
};

/// What a request presents as its session's token, and the id in it, verified.
///
/// It is made once, where the request comes in. Later code takes the id from it and no text, so nothing verifies the
/// token again or forgets to. It holds the id, so it is never shown, like the id itself.
pub struct Claim<'a> {
    presented: Presented<'a>,
    id: Result<SessionId, Invalid>,
}

impl<'a> Claim<'a> {
    /// Verifies what a request presents, without asking any store.
    #[must_use]
    pub fn verify(presented: Presented<'a>, format: &TokenFormat) -> Self {
        let id = match presented {
            Presented::Token(text) => token::verify(text, format),
            Presented::Nothing | Presented::Ambiguous | Presented::Oversized => {
                Err(Invalid::Malformed)
            }
        };
        Self { presented, id }
    }

    /// What it presents, as it came.
    #[must_use]
    pub fn presented(&self) -> Presented<'a> {
        self.presented
    }

    /// The id in its token; [`Invalid::Malformed`] also where there is no token, or more than one.
    pub fn id(&self) -> Result<&SessionId, Invalid> {
        self.id.as_ref().map_err(|invalid| *invalid)
    }

    /// The id in its token, if it is still `live`'s: a client may be told to keep it. `None`: it was rotated away and
    /// serves in its grace alone, and the client has a newer one or is about to get it.
    #[must_use]
    pub fn current_id(&self, live: &Live) -> Option<&SessionId> {
        let id = self.id.as_ref().ok()?;
        (id.key() == live.key).then_some(id)
    }
}

impl fmt::Debug for Claim<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Claim(..)")
    }
}

/// The session that a login presents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Former {
    /// Its key, by [`crate::abandon::key`].
    pub key: SessionKey,
    /// Whether its token was verified. If not, the session ends all the same, and nothing of it is taken over.
    pub verified: bool,
    /// When it was presented; `None`: in this very request. An id that was good then may have been rotated away since.
    pub at: Option<UnixSeconds>,
}

impl Former {
    /// When it was presented.
    pub(crate) fn presented(&self, now: UnixSeconds) -> UnixSeconds {
        self.at.unwrap_or(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        abandon,
        authorize::{self, Denial},
        session::tests::session,
        signing_keys::SigningKeys,
    };

    const KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    const OTHER: &str = "_____________________________________________w";

    fn format(key: &str) -> TokenFormat {
        TokenFormat {
            id_bytes: 32,
            keys: SigningKeys::parse(key).unwrap(),
        }
    }

    fn id() -> SessionId {
        SessionId::from_bytes(vec![0x5a; 32])
    }

    /// What a client may do with a session, by what it presents: use it, and end it.
    #[test]
    fn what_is_not_verified_opens_no_session_and_ends_what_it_names() {
        use Presented::{Ambiguous, Nothing, Oversized, Token};
        let (good, forged) = [KEY, OTHER]
            .map(|key| token::issue(&id(), &format(key).keys))
            .into();
        let unsigned = token::issue(&id(), &SigningKeys::default());
        let key = id().key();
        #[rustfmt::skip]
        let cases = [
            // name        presented                   opens                      ends
            ("good",       Token(good.expose()),       Ok(&key),                  Some(&key)),
            ("forged",     Token(forged.expose()),     Err(Denial::Forged),       Some(&key)),
            ("unsigned",   Token(unsigned.expose()),   Err(Denial::Malformed),    Some(&key)),
            ("malformed",  Token("x"),                 Err(Denial::Malformed),    None),
            ("empty",      Token(""),                  Err(Denial::Malformed),    None),
            ("nothing",    Nothing,                    Err(Denial::Absent),       None),
            ("two",        Ambiguous,                  Err(Denial::Ambiguous),    None),
            ("too much",   Oversized,                  Err(Denial::Oversized),    None),
        ];
        for (name, presented, opens, ends) in cases {
            let claim = Claim::verify(presented, &format(KEY));
            assert_eq!(claim.presented(), presented, "{name}");
            assert_eq!(claim.id().is_ok(), opens.is_ok(), "{name}");
            assert_eq!(
                authorize::key(&claim).as_ref(),
                opens.as_ref().map(|key| *key),
                "{name}"
            );
            assert_eq!(abandon::key(&claim).as_ref(), ends, "{name}");
        }
    }

    #[test]
    fn an_id_is_current_where_the_session_lies_under_it() {
        let token = token::issue(&id(), &format(KEY).keys);
        let new = SessionId::from_bytes(vec![0xa5; 32]);
        #[rustfmt::skip]
        let cases = [
            // name                        presented                        lies under   current
            ("the session's own",          Presented::Token(token.expose()), id().key(), true),
            ("rotated away, in its grace", Presented::Token(token.expose()), new.key(),  false),
            ("nothing",                    Presented::Nothing,               id().key(), false),
        ];
        for (name, presented, key, current) in cases {
            let claim = Claim::verify(presented, &format(KEY));
            let live = Live {
                key,
                session: session(0, 0),
            };
            assert_eq!(claim.current_id(&live).is_some(), current, "{name}");
        }
    }

    #[test]
    fn debug_shows_nothing_of_it() {
        let token = token::issue(&id(), &format(KEY).keys);
        let claim = Claim::verify(Presented::Token(token.expose()), &format(KEY));
        assert_eq!(std::format!("{claim:?}"), "Claim(..)");
    }
}
