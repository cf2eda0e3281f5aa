//! A new id for a session: a copy of the old id is soon worth nothing (OWASP, "Renew the Session ID After Any Privilege
//! Level Change").

use std::{error::Error, fmt};

use crate::{
    authorize::{Decision, Denial, Policy, identify},
    claim::Claim,
    entropy::{Entropy, EntropyError},
    fault::StoreError,
    id::{SessionId, SessionRef},
    session::{Live, Rotation, Session},
    store::{Change, Commit, Retire, SessionStore, UserEdit},
    time::UnixSeconds,
    token::{self, Token},
};

/// How often a rotation that others overtook is tried again.
const TRIES: usize = 10;

/// The outcome of a rotation.
#[derive(Debug)]
pub enum Rotated {
    /// The session has a new id.
    Done {
        /// The only copy of its token.
        token: Token,
        /// The session, durable and usable under the new id.
        session: Session,
    },
    /// The session got a new id a moment ago, whose token was given to the request that asked first. No further id is
    /// issued in the grace of the old one.
    Recent(Session),
    /// The session's data is so large that the store would not take it under a new id: it was stored before there was a
    /// limit. The session is as it was.
    TooLarge,
    /// There is no such session.
    Denied {
        /// Why.
        denial: Denial,
        /// The session it is about, if there is one.
        session: Option<SessionRef>,
    },
}

/// Why a rotation failed.
#[derive(Debug)]
#[non_exhaustive]
pub enum RotateError {
    /// No random bytes. The session is as it was.
    Entropy(EntropyError),
    /// The store failed. The session may have a new id, whose token nobody has; the old one serves for the grace.
    Store(StoreError),
}

impl fmt::Display for RotateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the session got no new id")
    }
}

impl Error for RotateError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(match self {
            Self::Entropy(error) => error,
            Self::Store(error) => error,
        })
    }
}

impl From<EntropyError> for RotateError {
    fn from(error: EntropyError) -> Self {
        Self::Entropy(error)
    }
}

impl From<StoreError> for RotateError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Gives the session that a request claims a new id. Name, data and absolute deadline stay.
///
/// For `grace` seconds the old id serves the same session, for requests that are under way; nothing extends that. Used
/// later, it ends the session ([`Denial::Reused`]). After a change of privileges pass 0: the old id dies at once.
pub async fn rotate(
    store: &impl SessionStore,
    entropy: &impl Entropy,
    policy: &Policy,
    claim: &Claim<'_>,
    grace: u64,
    now: UnixSeconds,
) -> Result<Rotated, RotateError> {
    for _ in 0..TRIES {
        let Live { key, session } = match identify(store, policy, claim, now).await? {
            Decision::Allow(live) => live,
            Decision::Deny { denial, session } => return Ok(Rotated::Denied { denial, session }),
        };
        // A rotation without a grace does not wait for the end of an earlier one's grace.
        if grace > 0 && session.in_grace(now) {
            return Ok(Rotated::Recent(session));
        }
        let id = SessionId::generate(policy.format.id_bytes, entropy)?;
        let grace_expires = now.plus(grace);
        let renewed = Session {
            accessed: now.max(session.accessed),
            rotation: Some(Box::new(Rotation {
                successor: None,
                grace_expires,
            })),
            ..session
        };
        let users = renewed.user.iter().map(|user| {
            let moved = UserEdit::Move {
                reference: renewed.reference.clone(),
                from: key.clone(),
                to: id.key(),
            };
            (user.clone(), moved)
        });
        let change = Change {
            users: users.collect(),
            put: Some((id.key(), renewed.clone())),
            retire: Some(Retire {
                key,
                successor: id.key(),
                grace_expires,
                version: renewed.version,
                now,
            }),
            ..Change::default()
        };
        match store.commit(&change).await? {
            Commit::Done => {
                return Ok(Rotated::Done {
                    token: token::issue(&id, &policy.format.keys),
                    session: renewed,
                });
            }
            Commit::TooLarge => return Ok(Rotated::TooLarge),
            Commit::Collision | Commit::Stale | Commit::Refused(_) => {}
        }
    }
    Err(RotateError::Store(StoreError::overtaken(
        "changes of the same session",
    )))
}
