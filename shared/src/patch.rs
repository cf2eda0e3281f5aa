//! A request that changes its session's data.

use std::{error::Error, fmt};

use crate::{
    authorize::{Decision, Denial, Policy, identify, look},
    claim::Claim,
    data::{Data, DataError, Edit, Mark, Tag, size},
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

/// A change for a session that its caller has read already.
pub struct Save<'a> {
    /// The session as it was read.
    pub live: Live,
    /// What to change, given the data as it stands. A save that others overtook asks again.
    pub edit: MakeEdit<'a>,
    /// As in [`Patch`].
    pub tags: Option<&'a [Tag]>,
    /// As in [`Patch`].
    pub limit: usize,
    /// As in [`Patch`].
    pub anonymous_limit: usize,
}

/// Makes an edit from the data as it stands, or tells that this does not fit.
pub type MakeEdit<'a> = &'a (dyn Fn(&Data) -> Result<Edit, DataError> + Send + Sync);

impl fmt::Debug for Save<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut save = f.debug_struct("Save");
        save.field("live", &self.live).finish_non_exhaustive()
    }
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
    /// The data as it stands is not what a [`Save`] takes: the change is not made.
    Data(DataError),
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
            Self::Data(error) => error,
            Self::Store(error) => error,
        })
    }
}

impl From<EntropyError> for PatchError {
    fn from(error: EntropyError) -> Self {
        Self::Entropy(error)
    }
}

impl From<DataError> for PatchError {
    fn from(error: DataError) -> Self {
        Self::Data(error)
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
    let change = Change {
        read: None,
        edit: &|data| Ok(patch.edit.on(data)),
        tags: patch.tags,
        limit: patch.limit,
        anonymous_limit: patch.anonymous_limit,
    };
    make(store, entropy, policy, claim, change, now).await
}

/// Like [`patch`], for a session that was read in the same request: one write, and none if nothing changes. Only a save that
/// others overtook reads again, which is not a use.
pub async fn save(
    store: &impl SessionStore,
    entropy: &impl Entropy,
    policy: &Policy,
    claim: &Claim<'_>,
    save: Save<'_>,
    now: UnixSeconds,
) -> Result<Patched, PatchError> {
    let change = Change {
        read: Some(save.live),
        edit: &|data| Ok((save.edit)(data)?.on(data)),
        tags: save.tags,
        limit: save.limit,
        anonymous_limit: save.anonymous_limit,
    };
    make(store, entropy, policy, claim, change, now).await
}

/// A change to make.
struct Change<'a> {
    /// The session, if it was read already: then looking at it again is not a use.
    read: Option<Live>,
    /// The part of the edit that changes the data as it stands.
    edit: &'a (dyn Fn(&Data) -> Result<Option<Edit>, DataError> + Send + Sync),
    tags: Option<&'a [Tag]>,
    limit: usize,
    anonymous_limit: usize,
}

async fn make(
    store: &impl SessionStore,
    entropy: &impl Entropy,
    policy: &Policy,
    claim: &Claim<'_>,
    change: Change<'_>,
    now: UnixSeconds,
) -> Result<Patched, PatchError> {
    let mark = Mark::draw(entropy)?;
    let counted = change.read.is_some();
    let mut read = change.read;
    for tries in 0..TRIES {
        let live = if let Some(live) = read.take() {
            if tries > 0 {
                store.pause(tries).await;
            }
            live
        } else {
            let decision = if counted {
                look(store, policy, claim, now).await?
            } else {
                identify(store, policy, claim, now).await?
            };
            match decision {
                Decision::Allow(live) => live,
                Decision::Deny { denial, session } => {
                    return Ok(Patched::Denied { denial, session });
                }
            }
        };
        // The write was made, its answer was lost on the way, and it was sent again.
        if live.session.marks.contains(mark) {
            return Ok(Patched::Done(live));
        }
        let session = &live.session;
        if change
            .tags
            .is_some_and(|tags| !tags.contains(&session.tag()))
        {
            return Ok(Patched::Mismatch(live));
        }
        let limit = match session.user {
            Some(_) => change.limit,
            None => change.limit.min(change.anonymous_limit),
        };
        let Some(edit) = (change.edit)(&session.data)? else {
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
                read = Some(Live { session, ..live });
            }
            // Rotated or ended meanwhile: another look says which.
            store::Write::Written(_) | store::Write::Refused(_) => {}
        }
    }
    Err(StoreError::overtaken("changes of the same session").into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        entropy::SystemEntropy,
        id::SessionId,
        rotate::{Rotated, rotate},
        session::{Session, tests::session},
        signing_keys::SigningKeys,
        store::memory::{MemoryStore, tests::holding},
        token::{self, Token},
        transport::Presented,
    };

    /// The token of a session in a store, whose idle deadline is 10.
    async fn stored() -> (MemoryStore, Token, Live) {
        let id = SessionId::from_bytes(vec![7; 32]);
        let session = session(0, 0);
        let store = holding(&id.key(), session.clone()).await;
        let key = id.key();
        (
            store,
            token::issue(&id, &SigningKeys::default()),
            Live { key, session },
        )
    }

    /// Saves one more `x` in the text of `key`, however long it is by then.
    async fn saved(
        store: &MemoryStore,
        token: &Token,
        live: &Live,
        tags: Option<&[Tag]>,
    ) -> Result<Patched, PatchError> {
        let policy = Policy {
            anonymous: true,
            ..Policy::default()
        };
        let longer = |data: &Data| {
            let text = data.get("n").map_or("", |text| text.trim_matches('"'));
            Ok(Edit::parse(format!("{{\"n\":\"{text}x\"}}").as_bytes()).unwrap())
        };
        let asked = Save {
            live: live.clone(),
            edit: &longer,
            tags,
            limit: 10,
            anonymous_limit: 10,
        };
        let claim = Claim::verify(Presented::Token(token.expose()), &policy.format);
        let now = UnixSeconds(5);
        save(store, &SystemEntropy, &policy, &claim, asked, now).await
    }

    fn text(patched: Result<Patched, PatchError>) -> (Option<String>, UnixSeconds) {
        let Ok(Patched::Done(Live { session, .. })) = patched else {
            panic!("{patched:?}");
        };
        let Session { data, accessed, .. } = session;
        (data.get("n").cloned(), accessed)
    }

    #[tokio::test]
    async fn a_save_that_others_overtook_asks_again_what_to_change_and_counts_as_no_use() {
        let (store, token, live) = stored().await;
        let first = text(saved(&store, &token, &live, None).await);
        assert_eq!(first, (Some("\"x\"".to_owned()), UnixSeconds(0)));
        // It was read before the first one.
        let second = text(saved(&store, &token, &live, None).await);
        assert_eq!(second, (Some("\"xx\"".to_owned()), UnixSeconds(0)));
        let tags = [live.session.tag()];
        let third = saved(&store, &token, &live, Some(&tags)).await;
        let Ok(Patched::Mismatch(found)) = third else {
            panic!("{third:?}");
        };
        assert_eq!(found.session.version, 2);
    }

    /// The id was rotated away after the session was read: the save is made under the new one, and counts as no use of it.
    #[tokio::test]
    async fn a_save_that_a_rotation_overtook_is_made_and_counts_as_no_use() {
        let (store, token, live) = stored().await;
        let policy = Policy {
            anonymous: true,
            ..Policy::default()
        };
        let claim = Claim::verify(Presented::Token(token.expose()), &policy.format);
        let now = UnixSeconds(3);
        let rotated = rotate(&store, &SystemEntropy, &policy, &claim, 30, now).await;
        assert!(matches!(rotated, Ok(Rotated::Done { .. })), "{rotated:?}");
        let saved = text(saved(&store, &token, &live, None).await);
        assert_eq!(saved, (Some("\"x\"".to_owned()), now));
    }

    #[tokio::test]
    async fn a_save_after_the_end_is_denied_and_one_that_is_too_large_is_told() {
        let (store, token, live) = stored().await;
        for _ in 0..2 {
            text(saved(&store, &token, &live, None).await);
        }
        // Three for the map, one for the entry, one for its name, and five for the text.
        let large = saved(&store, &token, &live, None).await;
        text(large);
        let large = saved(&store, &token, &live, None).await;
        assert!(
            matches!(
                large,
                Ok(Patched::TooLarge {
                    bytes: 11,
                    limit: 10
                })
            ),
            "{large:?}"
        );
        crate::abandon::abandon(&store, &live.key).await.unwrap();
        let denied = saved(&store, &token, &live, None).await;
        assert!(
            matches!(
                denied,
                Ok(Patched::Denied {
                    denial: Denial::Unknown,
                    ..
                })
            ),
            "{denied:?}"
        );
    }
}
