//! The decision about one call: the hot path.

use crate::{
    abandon::{abandon, alarm},
    audit::{Event, TokenName},
    claim::Claim,
    fault::{FaultKind, StoreError},
    id::{SessionKey, SessionRef},
    session::{Live, Session, Status},
    store::{Found, SessionStore, Touch},
    time::UnixSeconds,
    token::{Invalid, TokenFormat},
    transport::Presented,
};

pub use crate::denial::Denial;

/// How often a session is looked at again, if others used it while it was to be marked as ended.
const TRIES: usize = 10;

/// Whether a call goes ahead.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "a box would cost every call an allocation, and saves the few copies of a denial"
)]
pub enum Decision {
    /// It goes ahead, in this session.
    Allow(Live),
    /// It is refused.
    Deny {
        /// Why.
        denial: Denial,
        /// The session it is about, if there is one.
        session: Option<SessionRef>,
    },
}

impl Denial {
    /// Logs it, with the session's public name, or else with what tells the presented token from others.
    pub fn log(self, session: Option<&SessionRef>, presented: Presented<'_>) {
        let token = match presented {
            Presented::Token(text) if session.is_none() => Some(TokenName::of(text)),
            _ => None,
        };
        let reason = self;
        if self == Self::Damaged {
            Event::Damaged {
                reason,
                session,
                token,
            }
            .log();
        } else {
            Event::Denied {
                reason,
                session,
                token,
            }
            .log();
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
    /// Whether there are anonymous sessions (`SESSION_ANONYMOUS`).
    pub anonymous: bool,
    /// Whether a call takes a session with a user even so (`SESSION_REQUIRE_USER`).
    pub require_user: bool,
    /// For how many seconds after a marked use further uses go unmarked (`SESSION_TOUCH_INTERVAL_SECONDS`); 0: every
    /// use is marked.
    pub touch_interval: u64,
}

impl Default for Policy {
    /// The policy of a deployment that sets nothing.
    fn default() -> Self {
        Self {
            format: TokenFormat::default(),
            not_before: None,
            anonymous: false,
            require_user: true,
            touch_interval: 0,
        }
    }
}

impl Policy {
    /// The seconds until sessions may be created: a session created earlier would be one of those that `not_before`
    /// ends. `None`: they may be created now.
    #[must_use]
    pub fn closed_for(&self, now: UnixSeconds) -> Option<u64> {
        let limit = self.not_before.filter(|limit| now < *limit)?;
        Some(now.until(limit).as_secs())
    }
}

/// Decides about a call that makes `claim` at `now`, and touches the session if it is alive.
///
/// An allowed call is one store request, and so is a denied one; a text without the shape of our tokens costs none. More are:
///
/// - with a touch interval: a call is a read, and once an interval the touch besides;
/// - an id that was rotated away: in its grace the same again for its successor; after it, what ends the session;
/// - a session that has been idle for too long: it is marked as ended before it is refused, once, so that a refusal that was
///   given stays.
///
/// An error is a fault of the store: the caller neither allows nor denies.
pub async fn authorize(
    store: &impl SessionStore,
    policy: &Policy,
    claim: &Claim<'_>,
    now: UnixSeconds,
) -> Result<Decision, StoreError> {
    let decision = identify(store, policy, claim, now).await?;
    Ok(match decision {
        Decision::Allow(live) if policy.require_user && live.session.user.is_none() => {
            Decision::Deny {
                denial: Denial::Anonymous,
                session: Some(live.session.reference),
            }
        }
        decision => decision,
    })
}

/// Like [`authorize`], but admits anonymous sessions where [`Policy::anonymous`] is on.
pub async fn identify(
    store: &impl SessionStore,
    policy: &Policy,
    claim: &Claim<'_>,
    now: UnixSeconds,
) -> Result<Decision, StoreError> {
    decide_about(store, policy, claim, Use::Counts, now).await
}

/// Like [`identify`], but does not count as a use: one strongly consistent read, and the idle deadline stays where it is.
/// Idleness and the late return of a rotated id are noticed all the same.
pub async fn look(
    store: &impl SessionStore,
    policy: &Policy,
    claim: &Claim<'_>,
    now: UnixSeconds,
) -> Result<Decision, StoreError> {
    decide_about(store, policy, claim, Use::Looks, now).await
}

/// Whether a request is a use of its session, which extends the idle deadline.
#[derive(Clone, Copy)]
enum Use {
    Counts,
    Looks,
}

async fn decide_about(
    store: &impl SessionStore,
    policy: &Policy,
    claim: &Claim<'_>,
    usage: Use,
    now: UnixSeconds,
) -> Result<Decision, StoreError> {
    let key = match key(claim) {
        Ok(key) => key,
        Err(denial) => {
            return Ok(Decision::Deny {
                denial,
                session: None,
            });
        }
    };
    match touch_or_end(store, policy, &key, usage, now).await? {
        Touch::Refused(Found::Session(old)) if old.status(now, None) == Status::Rotated => {
            // Rare and large: boxed, so that it takes no room in every call.
            Box::pin(rotated(store, policy, &key, old, usage, now)).await
        }
        touch => Ok(decide(key, touch, policy, now)),
    }
}

/// Decides about a call whose id was rotated away. In its grace the id still serves the session. After that it is taken
/// for stolen and ends the session, because nobody can tell which copy is the thief's (RFC 9700 section 4.14.2 says the
/// same of refresh tokens).
async fn rotated(
    store: &impl SessionStore,
    policy: &Policy,
    key: &SessionKey,
    old: Session,
    usage: Use,
    now: UnixSeconds,
) -> Result<Decision, StoreError> {
    if old.in_grace(now)
        && let Some(successor) = old.successor()
    {
        let touch = touch_or_end(store, policy, successor, usage, now).await?;
        return Ok(decide(successor.clone(), touch, policy, now));
    }
    let denial = if abandon(store, key).await?.is_some() {
        alarm(&old.reference);
        Denial::Reused
    } else {
        Denial::Replaced
    };
    Ok(Decision::Deny {
        denial,
        session: Some(old.reference),
    })
}

/// Marks the session as used, or as ended if it has been idle for too long.
async fn touch_or_end(
    store: &impl SessionStore,
    policy: &Policy,
    key: &SessionKey,
    usage: Use,
    now: UnixSeconds,
) -> Result<Touch, StoreError> {
    let touched = touch(store, policy, key, usage, now).await?;
    if has_just_lapsed(&touched, now) {
        // Rare: boxed, so that it takes no room in every call.
        Box::pin(end_idle(store, policy, key, usage, now)).await
    } else {
        Ok(touched)
    }
}

/// Whether a touch was refused because of idleness alone, and the session is not yet marked as ended.
fn has_just_lapsed(touch: &Touch, now: UnixSeconds) -> bool {
    match touch {
        Touch::Refused(Found::Session(old)) => {
            old.ended.is_none() && old.status(now, None) == Status::Idle
        }
        Touch::Refused(_) | Touch::Touched(_) => false,
    }
}

/// Marks a session that has been idle for too long as ended. If it was used meanwhile, touches it again.
async fn end_idle(
    store: &impl SessionStore,
    policy: &Policy,
    key: &SessionKey,
    usage: Use,
    now: UnixSeconds,
) -> Result<Touch, StoreError> {
    for _ in 0..TRIES {
        let found = store.end_idle(key, now).await?;
        let used =
            matches!(&found, Found::Session(session) if session.status(now, None) == Status::Alive);
        if !used {
            return Ok(Touch::Refused(found));
        }
        let touched = touch(store, policy, key, usage, now).await?;
        if !has_just_lapsed(&touched, now) {
            return Ok(touched);
        }
    }
    Err(StoreError::overtaken("uses of the same session"))
}

/// Marks the session as used, if the request counts as a use.
async fn touch(
    store: &impl SessionStore,
    policy: &Policy,
    key: &SessionKey,
    usage: Use,
    now: UnixSeconds,
) -> Result<Touch, StoreError> {
    match usage {
        Use::Counts if policy.touch_interval == 0 => store.touch(key, now, policy.not_before).await,
        Use::Counts => Box::pin(touch_at_intervals(store, policy, key, now)).await,
        Use::Looks => Box::pin(read(store, policy, key, now)).await,
    }
}

/// Reads the session, as a touch that marks nothing.
async fn read(
    store: &impl SessionStore,
    policy: &Policy,
    key: &SessionKey,
    now: UnixSeconds,
) -> Result<Touch, StoreError> {
    let found = store.session(key).await?;
    Ok(match &found {
        Found::Session(session) if session.status(now, policy.not_before) == Status::Alive => {
            Touch::Touched(found)
        }
        _ => Touch::Refused(found),
    })
}

/// Reads the session, and marks it as used only if the last mark is older than the interval. If the session may be
/// used, the call is not refused because marking it is throttled.
async fn touch_at_intervals(
    store: &impl SessionStore,
    policy: &Policy,
    key: &SessionKey,
    now: UnixSeconds,
) -> Result<Touch, StoreError> {
    let found = match read(store, policy, key, now).await? {
        Touch::Touched(found) => found,
        refused @ Touch::Refused(_) => return Ok(refused),
    };
    let Found::Session(session) = &found else {
        return Ok(Touch::Refused(found));
    };
    // Half the idle timeout at most: otherwise a session in constant use would end.
    let interval = policy.touch_interval.min(session.timeouts.idle / 2);
    if now < session.accessed.plus(interval) {
        return Ok(Touch::Touched(found));
    }
    match store.touch(key, now, policy.not_before).await {
        Err(error) if error.kind == FaultKind::Unavailable => {
            Event::TouchFailed {
                session: &session.reference,
            }
            .log();
            Ok(Touch::Touched(found))
        }
        touched => touched,
    }
}

/// The key of the session that a request claims, if it presents a token of ours. It asks no store.
pub fn key(claim: &Claim<'_>) -> Result<SessionKey, Denial> {
    match (claim.presented(), claim.id()) {
        (Presented::Nothing, _) => Err(Denial::Absent),
        (Presented::Ambiguous, _) => Err(Denial::Ambiguous),
        (Presented::Oversized, _) => Err(Denial::Oversized),
        (Presented::Token(_), Ok(id)) => Ok(id.key()),
        (Presented::Token(_), Err(Invalid::Malformed)) => Err(Denial::Malformed),
        (Presented::Token(_), Err(Invalid::Forged)) => Err(Denial::Forged),
    }
}

/// Whether the session under `key` is alive, under this id or the one that took its place. This marks no use.
pub async fn lives(
    store: &impl SessionStore,
    policy: &Policy,
    key: &SessionKey,
    now: UnixSeconds,
) -> Result<bool, StoreError> {
    Ok(match store.session(key).await? {
        Found::Session(session) => matches!(
            session.status(now, policy.not_before),
            Status::Alive | Status::Rotated
        ),
        Found::Nothing | Found::Damaged => false,
    })
}

fn decide(key: SessionKey, touch: Touch, policy: &Policy, now: UnixSeconds) -> Decision {
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
        // A touch never moves a deadline back: if it is refused because of a later use, the call is allowed all the
        // same.
        Status::Alive if !touched && session.accessed <= now => Denial::Damaged,
        Status::Alive if session.user.is_none() && !policy.anonymous => Denial::Anonymous,
        Status::Alive => return Decision::Allow(Live { key, session }),
        Status::Idle => Denial::Idle,
        Status::Expired => Denial::Expired,
        Status::Superseded => Denial::Superseded,
        // The successor of a rotated id was rotated itself: two clocks disagree about the grace.
        Status::Rotated => Denial::Replaced,
        Status::Implausible => Denial::Damaged,
    };
    denied(denial, Some(session.reference))
}
