//! Users: their names, and the item that lists each one's sessions.

mod name;

use std::collections::BTreeMap;

pub use self::name::{InvalidUserName, TypedName, UnfitUserName, UserName};
use crate::{
    id::{SessionKey, SessionRef},
    time::UnixSeconds,
};

/// The user item: which sessions a user has, and when they last ended all at once.
///
/// It is written in the transaction of every login, logout and revocation, so that a user's sessions are counted,
/// capped and ended exactly, with strong consistency and no index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserSessions {
    /// The sessions that were entered and have neither ended nor been evicted; some may have expired.
    pub sessions: BTreeMap<SessionRef, Entry>,
    /// Moves when all sessions end at once, so that a login that overlaps this verifies again.
    pub epoch: u64,
    /// When all sessions last ended at once, if that was within [`ENDED_SECONDS`]: a proof of identity that is not later is not
    /// believed any more.
    pub ended: Option<UnixSeconds>,
    /// When the item may be swept: not before the last of its sessions has expired.
    pub expires: UnixSeconds,
}

/// How long the end of all of a user's sessions is remembered, in seconds: 30 days, longer than a provider keeps its own session
/// without asking the user again.
pub const ENDED_SECONDS: u64 = 30 * 86_400;

/// One session in the user item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key of the session's own item.
    pub key: SessionKey,
    /// When the session was created.
    pub created: UnixSeconds,
    /// The session's absolute deadline.
    pub expires: UnixSeconds,
}
