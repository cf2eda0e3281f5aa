//! The living sessions that a selection means, each once, whatever is rotated while the table is read.

use std::collections::BTreeMap;

use super::Selection;
use crate::{
    fault::StoreError,
    id::{SessionKey, SessionRef},
    session::Live,
    store::{Found, SessionStore},
    time::UnixSeconds,
};

/// How many rotations of one session are followed.
const ROTATIONS: usize = 100;

/// What was met so far.
#[derive(Debug)]
pub struct Roll<'a> {
    selection: &'a Selection,
    begun: UnixSeconds,
    met: BTreeMap<SessionRef, Live>,
    /// Those that were rotated since this began: they may lie in a part of the table that was read before.
    rotated: BTreeMap<SessionRef, SessionKey>,
}

impl<'a> Roll<'a> {
    /// A roll of what `selection` means, begun now.
    #[must_use]
    pub fn new(selection: &'a Selection, begun: UnixSeconds) -> Self {
        Self {
            selection,
            begun,
            met: BTreeMap::new(),
            rotated: BTreeMap::new(),
        }
    }

    /// Takes note of a session.
    pub fn add(&mut self, live: Live) {
        let name = live.session.reference.clone();
        if live.session.successor().is_some() {
            // A grace ends after its rotation.
            if live.session.in_grace(self.begun) {
                self.rotated.insert(name, live.key);
            }
        } else if self.selection.selects(&live.session, self.begun) {
            self.met.insert(name, live);
        }
    }

    /// All that are meant at `now`, by user and last use.
    pub async fn finish(
        mut self,
        store: &impl SessionStore,
        now: UnixSeconds,
    ) -> Result<Vec<Live>, StoreError> {
        for (name, key) in self.rotated {
            if !self.met.contains_key(&name)
                && let Some(live) = follow(store, key).await?
                && self.selection.selects(&live.session, now)
            {
                self.met.insert(name, live);
            }
        }
        let mut all: Vec<_> = self.met.into_values().collect();
        all.sort_by_cached_key(|live| (live.session.user.clone(), live.session.accessed));
        Ok(all)
    }
}

/// The session that was found under `key`, where it lies now, by strongly consistent reads; `None`: it is gone or damaged.
pub async fn follow(
    store: &impl SessionStore,
    mut key: SessionKey,
) -> Result<Option<Live>, StoreError> {
    for _ in 0..ROTATIONS {
        match store.session(&key).await? {
            Found::Session(session) => match session.successor() {
                Some(next) => key = next.clone(),
                None => return Ok(Some(Live { key, session })),
            },
            Found::Nothing | Found::Damaged => return Ok(None),
        }
    }
    Err(StoreError::overtaken("rotations of the same session"))
}
