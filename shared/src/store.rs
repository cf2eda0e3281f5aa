//! The store contract: what the session rules need of a table, in four verbs.

#[cfg(feature = "dynamodb")]
pub mod dynamodb;
pub mod memory;

use std::{error::Error, fmt, future::Future};

use crate::{
    id::{SessionKey, SessionRef},
    session::Session,
    time::UnixSeconds,
    user::{Entry, UserName, UserSessions},
};

/// Keeps sessions by the hash of their id, and the user items that list them.
///
/// Absence is an answer, not an error. Errors mean that the backend failed, and say nothing about whether a session
/// exists: a caller that can't ask the store neither allows nor logs anyone out. All answers are strongly consistent.
pub trait SessionStore: Send + Sync {
    /// Marks the session as used at `now` if it is alive then (and not created before `not_before`), in one request,
    /// and returns it as it stands afterwards; otherwise changes nothing and returns what is there.
    fn touch(
        &self,
        key: &SessionKey,
        now: UnixSeconds,
        not_before: Option<UnixSeconds>,
    ) -> impl Future<Output = Result<Touch, StoreError>> + Send;

    /// The session's item as it stands, alive or not.
    fn session(&self, key: &SessionKey) -> impl Future<Output = Result<Found, StoreError>> + Send;

    /// The user's item as it stands.
    fn user(
        &self,
        user: &UserName,
    ) -> impl Future<Output = Result<Option<UserSessions>, StoreError>> + Send;

    /// Makes all of `change`, or nothing of it because one of its conditions does not hold.
    fn commit(&self, change: &Change) -> impl Future<Output = Result<Commit, StoreError>> + Send;
}

/// What lies under a session's key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// Nothing.
    Nothing,
    /// A session, alive or not.
    Session(Session),
    /// An item that is no session: a field is missing or wrong. It is never allowed and never mended.
    Damaged,
}

/// The answer to a touch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Touch {
    /// The session was alive; this is how it stands now.
    Touched(Found),
    /// It was not, and nothing was written; this is what is there.
    Refused(Found),
}

/// Writes that happen together or not at all.
#[derive(Debug, Default)]
pub struct Change {
    /// A session to put, if nothing lies under its key.
    pub put: Option<(SessionKey, Session)>,
    /// Sessions to delete; those that are not there are no obstacle.
    pub delete: Vec<SessionKey>,
    /// What happens to user items, one edit a user.
    pub users: Vec<(UserName, UserEdit)>,
}

/// What a change does to one user item, and the condition it makes.
#[derive(Debug)]
pub enum UserEdit {
    /// Makes the item, with its first session: if there is none.
    Open {
        /// The session's name.
        reference: SessionRef,
        /// The session.
        entry: Entry,
    },
    /// Enters a session: if the epoch is the one that was read, each dropped entry is still there, and the sessions are
    /// then no more than the cap.
    Enter {
        /// The session's name.
        reference: SessionRef,
        /// The session.
        entry: Entry,
        /// The epoch as it was read.
        epoch: u64,
        /// The most sessions that the user may then have.
        cap: usize,
        /// When the item could be swept, as it was read.
        swept: UnixSeconds,
        /// Entries to take out.
        drop: Vec<SessionRef>,
    },
    /// Takes entries out, those that are there: if the item is there, and lists sessions.
    Leave {
        /// The entries.
        drop: Vec<SessionRef>,
    },
    /// Takes all entries out and moves the epoch: if both are as they were read.
    EndAll {
        /// The epoch as it was read.
        epoch: u64,
        /// All entries as they were read.
        sessions: Vec<SessionRef>,
    },
}

/// The answer to a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Commit {
    /// It is made, durably.
    Done,
    /// Nothing is changed: a session lies under the key to put.
    Collision,
    /// Nothing is changed: a user item is not as the change expects it. Read again.
    Stale,
}

/// The backend failed. It says nothing about whether a session exists.
#[derive(Debug)]
pub struct StoreError {
    /// What the caller does next.
    pub kind: FaultKind,
    /// What failed, in the backend's own words: for logs, never for a client.
    pub source: Box<dyn Error + Send + Sync>,
}

/// What to do about a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// Throttled, unreachable or failing: try again later.
    Unavailable,
    /// Missing table, wrong key, refused access, disabled encryption key: page someone, trying again won't help.
    Misconfigured,
    /// A user item that can't be read: page someone.
    Damaged,
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            FaultKind::Unavailable => "the session store is unavailable",
            FaultKind::Misconfigured => "the session store refuses the request",
            FaultKind::Damaged => "the session store holds a damaged item",
        })
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(self.source.as_ref())
    }
}
