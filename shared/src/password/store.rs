//! The contract of a store of password users.

use std::future::Future;

use super::hash::PasswordHash;
use crate::{fault::StoreError, time::UnixSeconds, user::UserName};

/// Keeps users and the hashes of their passwords.
///
/// Absence is an answer, not an error. Only `add` makes a record: the other writes change an existing one, so a user
/// who was removed meanwhile does not come back. An attempt at a write that arrives after an answer, after another
/// write or after a removal changes nothing. All answers are strongly consistent.
pub trait UserStore: Send + Sync {
    /// The user's record, if there is one. A record that can't be read is a fault of the kind `Damaged`.
    fn find(
        &self,
        user: &UserName,
    ) -> impl Future<Output = Result<Option<UserRecord>, StoreError>> + Send;

    /// Makes the record of an enabled user. `false`: there is one already, which stays as it is.
    fn add(
        &self,
        user: &UserName,
        hash: &PasswordHash,
        now: UnixSeconds,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Replaces the hash. `false`: there is no such user.
    fn set_password(
        &self,
        user: &UserName,
        hash: &PasswordHash,
        now: UnixSeconds,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Disables or enables the user. `false`: there is no such user.
    fn set_disabled(
        &self,
        user: &UserName,
        disabled: bool,
        now: UnixSeconds,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Removes the record. `false`: there was none.
    fn remove(&self, user: &UserName) -> impl Future<Output = Result<bool, StoreError>> + Send;
}

/// What the table holds about one user, except the name.
///
/// No two states of a user are equal: every write moves `version`, and the hash tells one record of a name from
/// another that was added after the first was removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserRecord {
    /// The hash of the password.
    pub hash: PasswordHash,
    /// Whether the user is barred from logging in.
    pub disabled: bool,
    /// Counts the writes.
    pub version: u64,
    /// When the record was made.
    pub created: UnixSeconds,
    /// When it was last written.
    pub changed: UnixSeconds,
}
