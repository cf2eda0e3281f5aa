//! What logins at a provider need of the table besides sessions.

use std::future::Future;

use crate::{
    fault::StoreError,
    flow::{Flow, FlowKey},
    identity::ProviderKey,
    time::UnixSeconds,
    user::UserName,
};

/// Keeps flows, which users a provider's session has brought, and who is barred. Answers are strongly consistent; errors say nothing
/// about what is there.
pub trait ProviderStore: Send + Sync {
    /// Puts a flow, if nothing lies under its key; `false`: something does. After an error it may appear later: whoever tries again
    /// draws another state.
    fn put_flow(
        &self,
        key: &FlowKey,
        flow: &Flow,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// The flow under `key`; `None`: there is none, or it is over at `now`.
    fn flow(
        &self,
        key: &FlowKey,
        now: UnixSeconds,
    ) -> impl Future<Output = Result<Option<Flow>, StoreError>> + Send;

    /// Deletes a flow. Of all that take the same one, at most one is told `true` and goes on with it; nobody may be, if an
    /// answer was lost.
    fn take_flow(&self, key: &FlowKey) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// The users who have logged in with this session of a provider ([`ProviderKey::of_sid`]). Their sessions may have ended.
    fn users_of(
        &self,
        sid: &ProviderKey,
    ) -> impl Future<Output = Result<Vec<UserName>, StoreError>> + Send;

    /// Bars `user` from logging in, from `since` on until [`ProviderStore::unbar`]. Who is barred already stays so, since then.
    fn bar(
        &self,
        user: &UserName,
        since: UnixSeconds,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Lets `user` log in again; `false`: nobody had barred them.
    fn unbar(&self, user: &UserName) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Since when `user` is barred; `None`: they are not.
    fn barred(
        &self,
        user: &UserName,
    ) -> impl Future<Output = Result<Option<UnixSeconds>, StoreError>> + Send;
}
