//! The decision about one call: the hot path.

use crate::{
    id::{SessionKey, SessionRef},
    session::{Session, Status},
    store::{Found, SessionStore, StoreError, Touch},
    time::UnixSeconds,
    token::{self, Invalid, TokenFormat},
    transport::Presented,
};

/// Whether a call goes ahead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It does, in this session.
    Allow(Session),
    /// It does not.
    Deny {
        /// Why.
        denial: Denial,
        /// The session it is about, if there is one.
        session: Option<SessionRef>,
    },
}

/// Why not: for logs and metrics. A client is told none of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denial {
    /// It carries no token.
    Absent,
    /// It carries several, or two that differ.
    Ambiguous,
    /// Not the shape of a token.
    Malformed,
    /// Signed by no configured key.
    Forged,
    /// No such session.
    Unknown,
    /// The idle deadline has passed.
    Idle,
    /// The absolute deadline has passed.
    Expired,
    /// Created before the moment that ended all older sessions.
    Superseded,
    /// The item is damaged or implausible: worth an alarm.
    Damaged,
    /// Nobody has proved who they are.
    Anonymous,
}

impl Denial {
    /// The reason in one word, for logs and metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Ambiguous => "ambiguous",
            Self::Malformed => "malformed",
            Self::Forged => "forged",
            Self::Unknown => "unknown",
            Self::Idle => "idle",
            Self::Expired => "expired",
            Self::Superseded => "superseded",
            Self::Damaged => "damaged",
            Self::Anonymous => "anonymous",
        }
    }
}

/// What a deployment demands of a session.
#[derive(Debug)]
pub struct Policy {
    /// The shape of tokens.
    pub format: TokenFormat,
    /// Sessions created before this moment are ended (`SESSION_NOT_BEFORE`).
    pub not_before: Option<UnixSeconds>,
}

/// Decides about a call that presents `presented` at `now`, and touches the session if it is alive.
///
/// One store request; none for what is no token of ours. An error is a fault of the store: the caller neither allows
/// nor denies.
pub async fn authorize(
    store: &impl SessionStore,
    policy: &Policy,
    presented: &Presented<'_>,
    now: UnixSeconds,
) -> Result<Decision, StoreError> {
    let key = match key(policy, presented) {
        Ok(key) => key,
        Err(denial) => {
            return Ok(Decision::Deny {
                denial,
                session: None,
            });
        }
    };
    let touch = store.touch(&key, now, policy.not_before).await?;
    Ok(decide(touch, policy, now))
}

/// The key of the session that a request presents, if it presents a token of ours. It asks no store.
pub fn key(policy: &Policy, presented: &Presented<'_>) -> Result<SessionKey, Denial> {
    match presented {
        Presented::Nothing => Err(Denial::Absent),
        Presented::Ambiguous => Err(Denial::Ambiguous),
        Presented::Token(text) => match token::verify(text, &policy.format) {
            Ok(id) => Ok(id.key()),
            Err(Invalid::Malformed) => Err(Denial::Malformed),
            Err(Invalid::Forged) => Err(Denial::Forged),
        },
    }
}

fn decide(touch: Touch, policy: &Policy, now: UnixSeconds) -> Decision {
    let (touched, found) = match touch {
        Touch::Touched(found) => (true, found),
        Touch::Refused(found) => (false, found),
    };
    let denied = |denial, session| Decision::Deny { denial, session };
    let session = match found {
        Found::Nothing => return denied(Denial::Unknown, None),
        Found::Damaged => return denied(Denial::Damaged, None),
        Found::Session(session) => session,
    };
    let denial = match session.status(now, policy.not_before) {
        Status::Alive if !touched => Denial::Damaged,
        Status::Alive if session.user.is_none() => Denial::Anonymous,
        Status::Alive => return Decision::Allow(session),
        Status::Idle => Denial::Idle,
        Status::Expired => Denial::Expired,
        Status::Superseded => Denial::Superseded,
        Status::Implausible => Denial::Damaged,
    };
    denied(denial, Some(session.reference))
}
