//! A request that changes its session's data.

use std::{error::Error, fmt};

use crate::{
    authorize::{Decision, Denial, Policy, identify},
    claim::Claim,
    data::{Edit, Mark, Tag, size},
    entropy::{Entropy, EntropyError},
    fault::StoreError,
    id::SessionRef,
    session::{Live, Status},
    store::{self, Found, SessionStore},
    time::UnixSeconds,
};

/// How often a write that others overtook is tried again. Each lost try is a write that somebody else made, so this is the
/// number of writes to one session at the same moment that are sure to get through.
const TRIES: u32 = 100;

/// A change that a request asks for.
#[derive(Debug)]
pub struct Patch<'a> {
    /// What to change.
    pub edit: &'a Edit,
    /// The tags that the data may have (`If-Match`, RFC 9110 section 13.1.1); `None`: any.
    pub tags: Option<&'a [Tag]>,
    /// The most bytes of data, as [`size`] counts them.
    pub limit: usize,
    /// The most of an anonymous session's data, if that is less.
    pub anonymous_limit: usize,
}

/// The outcome of a change.
#[derive(Debug)]
pub enum Patched {
    /// The change is made, durably; or the edit changed nothing, and nothing was written.
    Done(Live),
    /// The data has another tag. This is the session as it stands.
    Mismatch(Live),
    /// The data would be too large.
    TooLarge {
        /// The bytes that it would have.
        bytes: usize,
        /// The most that it may have.
        limit: usize,
    },
    /// There is no such session.
    Denied {
        /// Why.
        denial: Denial,
        /// The session it is about, if there is one.
        session: Option<SessionRef>,
    },
}

/// Why it is not known whether the change is made.
#[derive(Debug)]
#[non_exhaustive]
pub enum PatchError {
    /// No random bytes: the change is not made.
    Entropy(EntropyError),
    /// The store failed: the change may be made.
    Store(StoreError),
}

impl fmt::Display for PatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the session's data was not changed")
    }
}

impl Error for PatchError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(match self {
            Self::Entropy(error) => error,
            Self::Store(error) => error,
        })
    }
}

impl From<EntropyError> for PatchError {
    fn from(error: EntropyError) -> Self {
        Self::Entropy(error)
    }
}

impl From<StoreError> for PatchError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Changes the data of the session that a request claims: a touch, and a write of the keys that differ, which demands
/// the version that was read.
///
/// So an attempt that arrives late, after others have written, changes nothing. A write that others overtook starts
/// again from what they left, and a write that a rotation overtook is made under the new id.
pub async fn patch(
    store: &impl SessionStore,
    entropy: &impl Entropy,
    policy: &Policy,
    claim: &Claim<'_>,
    patch: &Patch<'_>,
    now: UnixSeconds,
) -> Result<Patched, PatchError> {
    let mark = Mark::draw(entropy)?;
    let mut overtaken: Option<Live> = None;
    for tries in 0..TRIES {
        let live = match overtaken.take() {
            Some(live) => {
                store.pause(tries).await;
                live
            }
            None => match identify(store, policy, claim, now).await? {
                Decision::Allow(live) => live,
                Decision::Deny { denial, session } => {
                    return Ok(Patched::Denied { denial, session });
                }
            },
        };
        // The write was made, its answer was lost on the way, and it was sent again.
        if live.session.marks.contains(mark) {
            return Ok(Patched::Done(live));
        }
        let session = &live.session;
        if patch
            .tags
            .is_some_and(|tags| !tags.contains(&session.tag()))
        {
            return Ok(Patched::Mismatch(live));
        }
        let limit = match session.user {
            Some(_) => patch.limit,
            None => patch.limit.min(patch.anonymous_limit),
        };
        let Some(edit) = patch.edit.on(&session.data) else {
            return Ok(Patched::Done(live));
        };
        let mut data = session.data.clone();
        edit.apply(&mut data);
        let bytes = size(&data);
        // A change that makes the data smaller is never too large.
        if bytes > limit.max(size(&session.data)) {
            return Ok(Patched::TooLarge { bytes, limit });
        }
        let marks = session.marks.with(mark);
        let written = store.write(&live.key, now, &edit, session.version, &marks);
        match written.await? {
            store::Write::Written(Found::Session(session)) => {
                return Ok(Patched::Done(Live { session, ..live }));
            }
            store::Write::TooLarge => return Ok(Patched::TooLarge { bytes, limit }),
            store::Write::Refused(Found::Session(session))
                if session.status(now, policy.not_before) == Status::Alive =>
            {
                overtaken = Some(Live { session, ..live });
            }
            // Rotated or ended meanwhile: another look says which.
            store::Write::Written(_) | store::Write::Refused(_) => {}
        }
    }
    Err(StoreError::overtaken("changes of the same session").into())
}
