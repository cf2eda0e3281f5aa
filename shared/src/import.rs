//! Moving in: living sessions of a predecessor's table are taken over under the ids that their clients have.
//!
//! The predecessors are dynamodb-session-web 0.2 and dynamodb-session-flask 1.1, whose table has each id in the clear as its
//! key. Where ids are unsigned and have 32 bytes, an old id is a token here, and the session's key is the hash of it. So
//! clients go on with what they have.

mod old_table;
mod row;

use std::fmt;

use crate::{
    create::CreateError,
    entropy::Entropy,
    id::SessionRef,
    store::{Change, Commit, SessionStore},
    time::UnixSeconds,
};

pub use self::{
    old_table::{OldTable, Page, Place},
    row::Row,
};

/// What is taken over, and whether anything is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Terms<'a> {
    /// The key of the data under which the predecessor's application keeps who has logged in: a session with it is left.
    pub user_key: Option<&'a str>,
    /// Sessions created before this moment have ended: see [`crate::authorize::Policy`].
    pub not_before: Option<UnixSeconds>,
    /// Nothing is changed: it is only told what would become of the row, as far as it was read.
    pub dry_run: bool,
}

/// Takes over the session of `row`, and tells why if it is left.
///
/// The row is marked in the old table before its session is put, and a row that is marked is never taken again: a session
/// that was logged out here since is not revived, whoever imports again. If this ends in between, its client logs in once
/// more. After an error it is not known whether the session is there.
pub async fn take(
    old: &OldTable,
    store: &impl SessionStore,
    entropy: &impl Entropy,
    terms: Terms<'_>,
    row: &Row,
    now: UnixSeconds,
) -> Result<Option<Left>, CreateError> {
    let reference = SessionRef::generate(entropy)?;
    if let Err(left) = row.session(&reference, terms, now) {
        return Ok(Some(left));
    }
    if terms.dry_run {
        return Ok(None);
    }
    // The row may have changed since it was read: what counts is how it stands as it is marked.
    let marked = old.mark(row, &reference).await?;
    let put = match marked.and_then(|row| row.session(&reference, terms, now)) {
        Ok(put) => put,
        Err(left) => return Ok(Some(left)),
    };
    let change = Change {
        put: Some(put),
        ..Change::default()
    };
    Ok(match store.commit(&change).await? {
        Commit::Done => None,
        Commit::TooLarge => Some(Left::TooLarge),
        Commit::Collision | Commit::Stale | Commit::Refused(_) => Some(Left::Present),
    })
}

/// Why a row's session is left where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Left {
    /// It is marked: an import took it.
    Before,
    /// It has expired.
    Expired,
    /// It was created before the moment that ended all older sessions.
    Superseded,
    /// Its id is signed: what a client has is a token only with the key, in another form.
    Signed,
    /// Its id is of another length than 32 bytes.
    Length,
    /// Its data names a user.
    User,
    /// Its data is not a JSON object of keys that data may have here.
    Data,
    /// It is larger than an item may be, there with its mark or here.
    TooLarge,
    /// It is not a session: a field is missing or wrong.
    Damaged,
    /// It was deleted meanwhile.
    Gone,
    /// Something lies under its key here.
    Present,
}

impl Left {
    /// Every reason.
    pub const ALL: [Self; 11] = [
        Self::Before,
        Self::Expired,
        Self::Superseded,
        Self::Signed,
        Self::Length,
        Self::User,
        Self::Data,
        Self::TooLarge,
        Self::Damaged,
        Self::Gone,
        Self::Present,
    ];

    /// Its name for programs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Before => "imported_before",
            Self::Expired => "expired",
            Self::Superseded => "superseded",
            Self::Signed => "signed",
            Self::Length => "id_length",
            Self::User => "user",
            Self::Data => "data",
            Self::TooLarge => "too_large",
            Self::Damaged => "damaged",
            Self::Gone => "gone",
            Self::Present => "present",
        }
    }
}

impl fmt::Display for Left {
    /// What is told after the number of the rows.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Before => "marked as imported before",
            Self::Expired => "expired",
            Self::Superseded => "created before SESSION_NOT_BEFORE",
            Self::Signed => "with a signed id",
            Self::Length => "with an id that is not of 32 bytes",
            Self::User => "with a user in the data",
            Self::Data => "with data that can't be kept here",
            Self::TooLarge => "too large",
            Self::Damaged => "not readable as a session",
            Self::Gone => "deleted meanwhile",
            Self::Present => "under an id that is taken here",
        })
    }
}
