//! A store that leaves out one of the conditions of a change: a search that finds nothing wrong with it finds nothing.

use dynamodb_session::store::{Change, Delete, Expected, UserEdit, memory::MemoryStore};
use support::hooked::{Hook, Hooked};

/// What is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lapse {
    /// A session is deleted under its old key, though it was rotated away meanwhile.
    DeletesAnything,
    /// A rotation leaves the old id alive.
    RetiresNothing,
    /// A rotation leaves the user's item as it is.
    MovesNothing,
}

/// The store in memory, empty, with a lapse.
#[must_use]
pub fn careless(lapse: Lapse) -> Hooked<MemoryStore, Lapse> {
    Hooked {
        inner: MemoryStore::default(),
        hook: lapse,
    }
}

impl Hook for Lapse {
    fn instead(&self, change: &Change) -> Option<Change> {
        let kept = |lapse| *self != lapse;
        let is_move = |edit: &UserEdit| matches!(edit, UserEdit::Move { .. });
        Some(Change {
            put: change.put.clone(),
            retire: change.retire.clone().filter(|_| kept(Self::RetiresNothing)),
            delete: change
                .delete
                .iter()
                .map(|delete| match self {
                    Self::DeletesAnything => Delete {
                        key: delete.key.clone(),
                        expected: Expected::Anything,
                    },
                    _ => delete.clone(),
                })
                .collect(),
            users: change
                .users
                .iter()
                .filter(|(_, edit)| kept(Self::MovesNothing) || !is_move(edit))
                .cloned()
                .collect(),
            spent: change.spent.clone(),
            notes: change.notes.clone(),
        })
    }
}
