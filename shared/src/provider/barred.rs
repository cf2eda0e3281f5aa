//! A user whom an operator keeps out.

use crate::{
    abandon,
    fault::StoreError,
    store::{ProviderStore, SessionStore},
    time::UnixSeconds,
    user::UserName,
};

/// Bars `user` from logging in by a provider, then ends all their sessions, and returns how many there were. A login that
/// overlaps this is refused, or its session ends. Doing it again changes nothing; after an error do it again.
pub async fn bar(
    store: &(impl SessionStore + ProviderStore),
    user: &UserName,
    now: UnixSeconds,
) -> Result<usize, StoreError> {
    store.bar(user, now).await?;
    abandon::end_all(store, user, now).await
}

/// Lets `user` log in again; `false`: nobody had barred them.
pub async fn unbar(store: &impl ProviderStore, user: &UserName) -> Result<bool, StoreError> {
    store.unbar(user).await
}
