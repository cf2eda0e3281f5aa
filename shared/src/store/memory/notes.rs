//! What logins and logouts at a provider leave in memory.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::{
    flow::{Flow, FlowKey},
    identity::ProviderKey,
    store::Note,
    time::UnixSeconds,
    user::UserName,
};

/// What is kept besides sessions and users.
#[derive(Debug, Default)]
pub(super) struct Provided {
    pub(super) flows: HashMap<FlowKey, Flow>,
    pub(super) barred: HashMap<UserName, UnixSeconds>,
    pub(super) brought: HashMap<ProviderKey, Brought>,
    logged_out: HashMap<ProviderKey, UnixSeconds>,
    used: HashSet<ProviderKey>,
}

/// What a session of a provider has brought.
#[derive(Debug)]
pub(super) struct Brought {
    pub(super) users: BTreeSet<UserName>,
    expires: UnixSeconds,
}

impl Provided {
    /// Whether the note's condition holds.
    pub(super) fn holds(&self, note: &Note) -> bool {
        match note {
            Note::NotBarred(user) => !self.barred.contains_key(user),
            Note::NotLoggedOut { of, issued } => {
                self.logged_out.get(of).is_none_or(|at| at < issued)
            }
            Note::Brought {
                sid,
                expires,
                outlived,
                ..
            } => {
                let known = self.brought.get(sid);
                known.is_some_and(|it| it.expires > *expires) == *outlived
            }
            Note::BroughtThese { sid, users } => {
                let known = self.brought.get(sid).into_iter();
                known
                    .flat_map(|it| &it.users)
                    .eq(users.iter().collect::<BTreeSet<_>>())
            }
            Note::LoggedOut { of, issued, .. } => {
                self.logged_out.get(of).is_none_or(|at| at <= issued)
            }
            Note::Unused(token) | Note::Used { token, .. } => !self.used.contains(token),
        }
    }

    /// Makes what the note writes.
    pub(super) fn apply(&mut self, note: &Note) {
        match note {
            Note::NotBarred(_)
            | Note::NotLoggedOut { .. }
            | Note::BroughtThese { .. }
            | Note::Unused(_) => {}
            Note::Brought {
                sid, user, expires, ..
            } => {
                let brought = self.brought.entry(sid.clone());
                let brought = brought.or_insert_with(|| Brought {
                    users: BTreeSet::new(),
                    expires: *expires,
                });
                brought.users.insert(user.clone());
                brought.expires = brought.expires.max(*expires);
            }
            Note::LoggedOut { of, issued, .. } => drop(self.logged_out.insert(of.clone(), *issued)),
            Note::Used { token, .. } => drop(self.used.insert(token.clone())),
        }
    }
}
