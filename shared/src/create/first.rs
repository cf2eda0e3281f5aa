//! Whether an anonymous session may begin with a write that was denied for want of a session.

use crate::{
    abandon,
    authorize::{Denial, Policy, lives},
    claim::Claim,
    fault::StoreError,
    store::SessionStore,
    time::UnixSeconds,
};

/// A write that was denied, and may be the first write of its client.
#[derive(Debug)]
pub struct FirstWrite<'a> {
    /// The session that it claims.
    pub claim: &'a Claim<'a>,
    /// Why it was denied.
    pub denial: Denial,
    /// Whether the write has `If-Match`: such a write refers to data it has read, so it is not the first.
    pub conditional: bool,
}

/// Whether an anonymous session may begin with `write`. It asks the store only about a token that was not verified.
pub async fn may_begin(
    store: &impl SessionStore,
    policy: &Policy,
    write: &FirstWrite<'_>,
    now: UnixSeconds,
) -> Result<bool, StoreError> {
    let first = policy.anonymous && !write.conditional && has_no_session(write.denial);
    Ok(first && !names_living(store, policy, write, now).await?)
}

/// Whether a client that is denied for this reason certainly has no session. A session that is gone may have ended this
/// very moment, by a login or a logout of the same browser: a new session would replace the browser's cookie, and hand
/// what the user wrote to whoever comes next.
fn has_no_session(denial: Denial) -> bool {
    matches!(
        denial,
        Denial::Absent
            | Denial::Malformed
            | Denial::Forged
            | Denial::Idle
            | Denial::Expired
            | Denial::Superseded
    )
}

/// Whether a token that is denied for its form or its signature names a living session all the same: this process may
/// have other keys than the one that issued the token, or another length of ids. A new session would replace the user's
/// cookie.
async fn names_living(
    store: &impl SessionStore,
    policy: &Policy,
    write: &FirstWrite<'_>,
    now: UnixSeconds,
) -> Result<bool, StoreError> {
    match (write.denial, abandon::key(write.claim)) {
        (Denial::Malformed | Denial::Forged, Some(key)) => lives(store, policy, &key, now).await,
        _ => Ok(false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        id::SessionId,
        session::tests::session,
        signing_keys::SigningKeys,
        store::memory::{MemoryStore, tests::holding},
        token,
        transport::Presented,
    };

    fn policy(anonymous: bool) -> Policy {
        Policy {
            anonymous,
            ..Policy::default()
        }
    }

    /// A store with one session, whose idle deadline is 10, and what its token is followed by where it was signed.
    async fn with_session() -> (MemoryStore, String) {
        let id = SessionId::from_bytes(vec![7; 32]);
        let store = holding(&id.key(), session(0, 0)).await;
        let token = token::issue(&id, &SigningKeys::default());
        (store, format!("{}.signed", token.expose()))
    }

    #[test]
    fn who_may_have_had_a_session_this_very_moment_begins_no_other() {
        #[rustfmt::skip]
        let cases = [
            (Denial::Absent,     true),
            (Denial::Ambiguous,  false),
            (Denial::Oversized,  false),
            (Denial::Malformed,  true),
            (Denial::Forged,     true),
            (Denial::Unknown,    false),
            (Denial::Idle,       true),
            (Denial::Expired,    true),
            (Denial::Superseded, true),
            (Denial::Replaced,   false),
            (Denial::Reused,     false),
            (Denial::Damaged,    false),
            (Denial::Anonymous,  false),
            (Denial::CrossSite,  false),
            (Denial::CsrfToken,  false),
        ];
        for (denial, expected) in cases {
            assert_eq!(has_no_session(denial), expected, "{denial:?}");
        }
    }

    #[tokio::test]
    async fn a_first_write_begins_a_session_where_there_are_anonymous_ones() {
        let (store, _) = with_session().await;
        for (anonymous, conditional, expected) in [
            (true, false, true),
            (true, true, false),
            (false, false, false),
        ] {
            let policy = policy(anonymous);
            let write = FirstWrite {
                claim: &Claim::verify(Presented::Nothing, &policy.format),
                denial: Denial::Absent,
                conditional,
            };
            let may = may_begin(&store, &policy, &write, UnixSeconds(0)).await;
            assert_eq!(may.unwrap(), expected, "{anonymous} {conditional}");
        }
    }

    /// A token that this process can't verify may be the user's all the same.
    #[tokio::test]
    async fn a_token_that_names_a_living_session_begins_no_other() {
        let (store, token) = with_session().await;
        let policy = policy(true);
        let unknown = format!("{}.signed", "A".repeat(43));
        #[rustfmt::skip]
        let cases = [
            // name              text       denial              now  may begin
            ("alive",            &token,    Denial::Malformed,    9, false),
            ("alive, forged",    &token,    Denial::Forged,       9, false),
            ("over",             &token,    Denial::Malformed,   10, true),
            ("unknown",          &unknown,  Denial::Malformed,    9, true),
        ];
        for (name, text, denial, now, expected) in cases {
            let write = FirstWrite {
                claim: &Claim::verify(Presented::Token(text), &policy.format),
                denial,
                conditional: false,
            };
            let may = may_begin(&store, &policy, &write, UnixSeconds(now)).await;
            assert_eq!(may.unwrap(), expected, "{name}");
        }
    }
}
