//! Which user a typed name means.

use futures_util::future::join_all;

use super::store::UserStore;
use crate::{
    fault::{FaultKind, StoreError},
    user::{TypedName, UserName},
};

/// Finds the user whom `typed` means: the name under which that user is stored, or the canonical form of the typed name
/// if there is no such user.
///
/// Where the user may be stored under several names, each is looked up, at the same time and whatever is found: neither
/// the time nor the number of requests tells who is there. A damaged record is a user's. Where there is one name, nothing
/// is looked up.
pub async fn find(users: &impl UserStore, typed: &TypedName) -> Result<UserName, StoreError> {
    let names = typed.stored();
    let mut user = None;
    if names.len() > 1 {
        let looks = names.iter().map(|name| is_there(users, name));
        for (name, is_there) in names.iter().zip(join_all(looks).await) {
            if is_there? {
                user.get_or_insert(*name);
            }
        }
    }
    Ok(user.unwrap_or(typed.name()).clone())
}

/// Whether there is a record of `user`, damaged or not.
pub async fn is_there(users: &impl UserStore, user: &UserName) -> Result<bool, StoreError> {
    match users.find(user).await {
        Ok(record) => Ok(record.is_some()),
        Err(error) if error.kind == FaultKind::Damaged => Ok(true),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

    use tokio::task::yield_now;

    use super::{
        super::{
            hash::PasswordHash,
            store::{UserRecord, UserStore},
        },
        *,
    };
    use crate::time::UnixSeconds;

    /// A store that knows how many look-ups were under way at once.
    #[derive(Default)]
    struct Watched {
        open: AtomicUsize,
        most: AtomicUsize,
    }

    impl UserStore for Watched {
        async fn find(&self, _: &UserName) -> Result<Option<UserRecord>, StoreError> {
            let open = self.open.fetch_add(1, Relaxed) + 1;
            self.most.fetch_max(open, Relaxed);
            yield_now().await;
            self.open.fetch_sub(1, Relaxed);
            Ok(None)
        }

        async fn add(
            &self,
            _: &UserName,
            _: &PasswordHash,
            _: UnixSeconds,
        ) -> Result<bool, StoreError> {
            Ok(false)
        }

        async fn set_password(
            &self,
            _: &UserName,
            _: &PasswordHash,
            _: UnixSeconds,
        ) -> Result<bool, StoreError> {
            Ok(false)
        }

        async fn set_disabled(
            &self,
            _: &UserName,
            _: bool,
            _: UnixSeconds,
        ) -> Result<bool, StoreError> {
            Ok(false)
        }

        async fn remove(&self, _: &UserName) -> Result<bool, StoreError> {
            Ok(false)
        }
    }

    #[tokio::test]
    async fn all_names_are_looked_up_at_once() {
        for (text, looks) in [("ada", 0), ("ΓΙΏΡΓΟΣ", 2), ("Γιώργος ΠΑΠΆΣ", 3)] {
            let users = Watched::default();
            let typed = TypedName::parse(text).unwrap();
            let account = find(&users, &typed).await.unwrap();
            assert_eq!(&account, typed.name(), "nobody: {text}");
            assert_eq!(users.most.load(Relaxed), looks, "{text}");
        }
    }
}
