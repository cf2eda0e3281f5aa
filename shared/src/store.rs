//! The store contract: what the session rules need of a table.

#[cfg(feature = "dynamodb")]
pub mod dynamodb;
pub mod memory;
mod note;
mod provider;

use std::future::Future;

pub use self::{
    note::{Note, Refusal},
    provider::ProviderStore,
};

use crate::{
    data::{Edit, Marks},
    fault::StoreError,
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
    /// Marks the session as used at `now` if it is alive then (and not created before `not_before`) and was not used
    /// later, in one request, and returns it as it stands afterwards; otherwise changes nothing and returns what is
    /// there.
    fn touch(
        &self,
        key: &SessionKey,
        now: UnixSeconds,
        not_before: Option<UnixSeconds>,
    ) -> impl Future<Output = Result<Touch, StoreError>> + Send;

    /// The session's item as it stands, alive or not.
    fn session(&self, key: &SessionKey) -> impl Future<Output = Result<Found, StoreError>> + Send;

    /// The items under these keys as they stand, in the same order, without their data: it is not read, even if it is
    /// damaged, and each session comes without any.
    fn sessions(
        &self,
        keys: &[SessionKey],
    ) -> impl Future<Output = Result<Vec<Found>, StoreError>> + Send;

    /// Marks the session as ended at `now` if it has been idle for too long by then, and empties its data; returns how
    /// it stands afterwards. A session that is marked already stays as it is.
    fn end_idle(
        &self,
        key: &SessionKey,
        now: UnixSeconds,
    ) -> impl Future<Output = Result<Found, StoreError>> + Send;

    /// Makes `edit` of the data of the session under `key`, and leaves `marks`, if it is alive at `now`, was not rotated
    /// away, and its version is `version`; otherwise changes nothing. Keys that the edit does not name stay as they are.
    fn write(
        &self,
        key: &SessionKey,
        now: UnixSeconds,
        edit: &Edit,
        version: u64,
        marks: &Marks,
    ) -> impl Future<Output = Result<Write, StoreError>> + Send;

    /// Waits before another try of a write that others overtook; the argument is the number of the try. The wait is
    /// random, and longer before later tries, so that writes that met do not meet again. A store without a network
    /// needs no wait.
    fn pause(&self, _tries: u32) -> impl Future<Output = ()> + Send {
        async {}
    }

    /// The user's item as it stands.
    fn user(
        &self,
        user: &UserName,
    ) -> impl Future<Output = Result<Option<UserSessions>, StoreError>> + Send;

    /// Puts a session that no user's item lists, if nothing lies under its key; `false`: something does.
    ///
    /// The request is sent once, whatever happens on the way: after an error the session may be there, or may appear
    /// later. So a caller that tries again draws another id, and nobody ever has the token of the first.
    fn begin(
        &self,
        key: &SessionKey,
        session: &Session,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Makes all of `change`, or nothing of it because one of its conditions does not hold.
    fn commit(&self, change: &Change) -> impl Future<Output = Result<Commit, StoreError>> + Send;
}

/// What lies under a session's key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "a box would cost every call an allocation, and saves the few copies of a denial"
)]
pub enum Found {
    /// Nothing.
    Nothing,
    /// A session, alive or not.
    Session(Session),
    /// An item that can't be read as a session: a field is missing or wrong. It is never allowed and never mended.
    Damaged,
}

/// The answer to a touch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Touch {
    /// The session was alive; this is how it stands now.
    Touched(Found),
    /// The session was not alive, or was used later. Nothing was written; this is what is there.
    Refused(Found),
}

/// The answer to a write of data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Write {
    /// The edit is made; this is how the session stands now.
    Written(Found),
    /// A condition did not hold, and nothing was written; this is what is there.
    Refused(Found),
    /// The item would be larger than the store takes. Nothing was written.
    TooLarge,
}

/// The most sessions that one change may put and delete, besides the items of two users.
///
/// A transaction takes 4 MB in all (4,194,304 bytes), an item 400 KB (409,600 bytes), and a delete counts with the size
/// of its item (`DynamoDB`, developer guide, "Quotas"). So it takes nine sessions of the largest size, 3,686,400 bytes,
/// which leaves 507,904 bytes for the users' items: more than one such item can have.
pub const MOST_SESSIONS: usize = 9;

/// The most spent keys of one change: a transaction takes 100 items (`DynamoDB`, developer guide, "Quotas"), of which the
/// sessions, the items of two users and the notes need 17.
pub const MOST_SPENT: usize = 80;

/// The most notes of one change.
pub const MOST_NOTES: usize = 6;

/// Writes that happen together or not at all: of at most [`MOST_SESSIONS`] sessions, [`MOST_SPENT`] spent keys and
/// [`MOST_NOTES`] notes.
#[derive(Debug, Default)]
pub struct Change {
    /// A session to put, if nothing lies under its key.
    pub put: Option<(SessionKey, Session)>,
    /// A session whose id another takes over.
    pub retire: Option<Retire>,
    /// Sessions to delete.
    pub delete: Vec<Delete>,
    /// What happens to user items, one edit a user.
    pub users: Vec<(UserName, UserEdit)>,
    /// Keys that no session may be put under any more.
    pub spent: Vec<Spent>,
    /// What is demanded and left besides: at most [`MOST_NOTES`].
    pub notes: Vec<Note>,
}

/// Occupies `key`, if nothing lies under it, so that an attempt that comes late puts no session there.
#[derive(Clone, Debug)]
pub struct Spent {
    /// The key that an earlier try drew.
    pub key: SessionKey,
    /// From when on the key may be vacant again: no attempt is on its way that long.
    pub expires: UnixSeconds,
}

/// Marks the session under `key` as rotated away and empties its data: if it is alive at `now`, is not rotated away yet,
/// and its data is of `version`.
#[derive(Clone, Debug)]
pub struct Retire {
    /// The old id's key.
    pub key: SessionKey,
    /// The new id's key.
    pub successor: SessionKey,
    /// The end of the grace: until then the old id serves.
    pub grace_expires: UnixSeconds,
    /// The version of the data that the new id's item carries on.
    pub version: u64,
    /// The moment of the rotation.
    pub now: UnixSeconds,
}

/// Deletes what lies under `key`, if it is as expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delete {
    /// The item.
    pub key: SessionKey,
    /// The condition.
    pub expected: Expected,
}

impl Delete {
    /// Deletes a session unless it was rotated away.
    #[must_use]
    pub fn current(key: SessionKey) -> Self {
        let expected = Expected::Current;
        Self { key, expected }
    }
}

/// What the item to delete has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Anything, or nothing.
    Anything,
    /// Nothing, or an item that was not rotated away: otherwise the session would live on under its new id.
    Current,
    /// A session that was not rotated away, and whose data is of this version.
    Version(u64),
}

/// What a change does to one user item, and on what condition.
#[derive(Clone, Debug)]
pub enum UserEdit {
    /// Makes the item, with its first session, if there is no item.
    Open {
        /// The session's name.
        reference: SessionRef,
        /// The session.
        entry: Entry,
    },
    /// Enters a session, if the epoch is the one that was read, each dropped entry is still there, and there are then
    /// no more sessions than the cap.
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
    /// Makes an entry name a session's new key, if it names the old one.
    Move {
        /// The session's name.
        reference: SessionRef,
        /// The old id's key.
        from: SessionKey,
        /// The new id's key.
        to: SessionKey,
    },
    /// Takes those of the entries out that are there, if the item is there and lists sessions.
    Leave {
        /// The entries.
        drop: Vec<SessionRef>,
    },
    /// Takes entries out, if each of them is still there, and the item lists as many as were read.
    Evict {
        /// The entries to take out.
        drop: Vec<SessionRef>,
        /// How many entries were read.
        listed: usize,
    },
    /// Demands that there is no item.
    Absent,
    /// Takes all entries out but some, and moves the epoch, if epoch and entries are as they were read.
    EndAll {
        /// The epoch as it was read.
        epoch: u64,
        /// When all of the user's sessions end; `None`: only some do.
        ended: Option<AllEnded>,
        /// The entries to take out, as they were read.
        sessions: Vec<SessionRef>,
        /// The entries that stay, as they were read.
        keep: Vec<SessionRef>,
    },
}

/// The moment at which all of a user's sessions end, and how long the user's item keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AllEnded {
    /// The moment: a proof of identity that is not later creates nothing.
    pub at: UnixSeconds,
    /// When the item may be swept from then on: not before the time that was read.
    pub expires: UnixSeconds,
}

/// The answer to a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Commit {
    /// The change is made, durably.
    Done,
    /// Nothing is changed: a session lies under the key to put.
    Collision,
    /// Nothing is changed: the condition of a note does not hold.
    Refused(Refusal),
    /// Nothing is changed: another item is not as the change expects it. Read again.
    Stale,
    /// Nothing is changed: the session to put would be larger than the store takes.
    TooLarge,
}
