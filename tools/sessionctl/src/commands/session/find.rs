//! The sessions that a selection means.

use dynamodb_session::{
    fault::StoreError,
    session::Live,
    store::{self, SessionStore, dynamodb::scan::What},
    survey::{Dangling, Pairs, Roll, Selection},
    time::UnixSeconds,
    user::{TypedName, UserName},
};

use super::Table;
use crate::{
    arguments::{Reading, Which},
    failure::{Failure, explain_scan},
    scan::Scan,
};

/// What a selection means.
#[derive(Clone, Debug)]
pub(crate) enum Found {
    /// A living session.
    Session(Live),
    /// Half of a pair.
    Dangling(Dangling),
}

/// What `which` says, but for the user.
pub(crate) fn selection(which: &Which) -> Selection {
    Selection {
        session: which.session.clone(),
        age: which.age,
        idle: which.idle,
        ip: which.ip,
        created_before: which.created_before,
        remembered: which.remembered,
        anonymous: which.anonymous,
    }
}

impl Table {
    /// All that `which` means: of one user by the user's item, else by a scan.
    pub(crate) async fn find_sessions(
        &self,
        which: &Which,
        reading: &Reading,
    ) -> Result<Vec<Found>, Failure> {
        let now = UnixSeconds::from_system_clock();
        if which.dangling {
            return self.dangling(reading, now).await;
        }
        let selection = selection(which);
        let mut roll = Roll::new(&selection, now);
        if let Some(user) = &which.user {
            for live in self.of_user(user).await? {
                roll.add(live);
            }
        } else {
            let scan = self.scan(reading);
            scan.each(|seen| {
                if let What::Session(live) = seen.what {
                    roll.add(live);
                }
            })
            .await?;
        }
        let found = roll
            .finish(&self.store, UnixSeconds::from_system_clock())
            .await;
        let found = found.map_err(|error| self.unread(&error))?;
        Ok(found.into_iter().map(Found::Session).collect())
    }

    pub(crate) fn scan(&self, reading: &Reading) -> Scan<'_> {
        Scan {
            store: &self.store,
            place: &self.place,
            most: reading.max_read_units,
        }
    }

    /// The sessions that the items of the user list whom `typed` may mean.
    pub(crate) async fn of_user(&self, typed: &TypedName) -> Result<Vec<Live>, Failure> {
        let mut found = Vec::new();
        for user in typed.stored() {
            let live = self
                .listed(user)
                .await
                .map_err(|error| self.unread(&error))?;
            found.extend(live);
        }
        Ok(found)
    }

    async fn listed(&self, user: &UserName) -> Result<Vec<Live>, StoreError> {
        let entries = self.store.user(user).await?;
        let entries = entries.into_iter().flat_map(|item| item.sessions);
        let keys: Vec<_> = entries.map(|(_, entry)| entry.key).collect();
        let sessions = self.store.sessions(&keys).await?;
        let pairs = keys.into_iter().zip(sessions);
        Ok(pairs
            .filter_map(|(key, found)| match found {
                store::Found::Session(session) => Some(Live { key, session }),
                store::Found::Nothing | store::Found::Damaged => None,
            })
            .collect())
    }

    async fn dangling(&self, reading: &Reading, now: UnixSeconds) -> Result<Vec<Found>, Failure> {
        let mut pairs = Pairs::default();
        self.scan(reading)
            .each(|seen| pairs.add(&seen.what, now))
            .await?;
        let mut found = Vec::new();
        for suspect in pairs.suspects() {
            let dangling = suspect.look(&self.store, now).await;
            found.extend(
                dangling
                    .map_err(|error| self.unread(&error))?
                    .map(Found::Dangling),
            );
        }
        Ok(found)
    }

    pub(crate) fn unread(&self, error: &StoreError) -> Failure {
        Failure::Fault(format!(
            "can't read {}: {}",
            self.place,
            explain_scan(error)
        ))
    }
}
