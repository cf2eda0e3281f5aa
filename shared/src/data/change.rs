//! A request that changes its session's data.

use super::{Edit, size};
use crate::{
    authorize::{Decision, Denial, Live, Policy, find},
    id::SessionRef,
    store::{self, Found, SessionStore, StoreError},
    time::UnixSeconds,
    transport::Presented,
};

/// How often a write that a rotation overtook is tried again.
const TRIES: usize = 10;

/// A change that a request asks for.
#[derive(Debug)]
pub struct Write<'a> {
    /// What to change.
    pub edit: &'a Edit,
    /// The versions that the data may be of (`If-Match`, RFC 9110 section 13.1.1); `None`: any.
    pub versions: Option<&'a [u64]>,
    /// The most bytes of data.
    pub limit: usize,
    /// The most of an anonymous session's data, if that is less.
    pub anonymous_limit: usize,
}

/// What came of a change.
#[derive(Debug)]
pub enum Changed {
    /// It is made, durably; or it was none, and nothing was written.
    Done(Live),
    /// The data is of another version; the session is as it stands.
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

/// Changes the data of the session that a request presents: a touch, and one conditional write of the keys that differ.
///
/// A rotation meanwhile is followed: the change is made under the new id.
pub async fn change(
    store: &impl SessionStore,
    policy: &Policy,
    presented: &Presented<'_>,
    write: &Write<'_>,
    now: UnixSeconds,
) -> Result<Changed, StoreError> {
    for _ in 0..TRIES {
        let live = match find(store, policy, presented, now).await? {
            Decision::Allow(live) => live,
            Decision::Deny { denial, session } => return Ok(Changed::Denied { denial, session }),
        };
        let Live { key, session } = live;
        let version = session.version;
        if write
            .versions
            .is_some_and(|versions| !versions.contains(&version))
        {
            return Ok(Changed::Mismatch(Live { key, session }));
        }
        let limit = match session.user {
            Some(_) => write.limit,
            None => write.limit.min(write.anonymous_limit),
        };
        let Some(edit) = write.edit.on(&session.data) else {
            return Ok(Changed::Done(Live { key, session }));
        };
        let mut data = session.data;
        let before = size(&data);
        edit.apply(&mut data);
        let bytes = size(&data);
        // What makes it smaller is never too large.
        if bytes > limit.max(before) {
            return Ok(Changed::TooLarge { bytes, limit });
        }
        let expected = write.versions.map(|_| version);
        match store.write(&key, now, &edit, expected).await? {
            store::Write::Written(Found::Session(session)) => {
                return Ok(Changed::Done(Live { key, session }));
            }
            store::Write::TooLarge => return Ok(Changed::TooLarge { bytes, limit }),
            // The write was made, and its answer was lost on the way: it was tried again, and met itself.
            store::Write::Refused(Found::Session(session))
                if expected.is_some()
                    && session.version == version + 1
                    && session.successor().is_none()
                    && edit.on(&session.data).is_none() =>
            {
                return Ok(Changed::Done(Live { key, session }));
            }
            // Rotated, ended or overtaken meanwhile: what there is now says which.
            store::Write::Written(_) | store::Write::Refused(_) => {}
        }
    }
    Err(StoreError::overtaken("changes of the same session"))
}
