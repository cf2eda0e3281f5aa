//! The end of several sessions of one user, as many at a time as one transaction takes.

use std::collections::BTreeSet;

use super::{TRIES, overtaken};
use crate::{
    audit::Event,
    fault::StoreError,
    id::SessionRef,
    identity::ProviderKey,
    store::{
        AllEnded, Change, Commit, Delete, Found, MOST_SESSIONS, Note, Refusal, SessionStore,
        UserEdit,
    },
    time::UnixSeconds,
    user::{ENDED_SECONDS, Entry, UserName, UserSessions},
};

/// Which sessions of a user end.
#[derive(Clone, Copy)]
pub(crate) enum Which<'a> {
    /// All of them, this one with the last ones.
    All {
        /// The one that ends last.
        last: Option<&'a SessionRef>,
    },
    /// All but this one.
    Others(&'a SessionRef),
    /// Those that this session of a provider has brought.
    Brought {
        /// The provider.
        issuer: &'a str,
        /// The name of its session.
        sid: &'a str,
    },
}

/// What happens to a session.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// It ends before those that end last.
    First,
    /// It ends with the last ones.
    Last,
    /// It stays.
    Kept,
}

/// The end of sessions of a user.
pub(crate) struct End<'a> {
    /// Which ones.
    pub(crate) which: Which<'a>,
    /// The moment that the user's item remembers.
    pub(crate) ended: Option<UnixSeconds>,
    /// The provider's logout that ends them.
    pub(crate) logout: Option<Logout>,
}

/// What a provider's logout leaves: it is recorded with the first sessions that end, so that from then on no login of before it
/// succeeds, and its token is used up with the last ones, so that a provider that was told of a fault can try again.
pub(crate) struct Logout {
    /// The first transaction's: the record, and what it rests on.
    pub(crate) record: Vec<Note>,
    /// The token.
    pub(crate) token: ProviderKey,
    /// When the token's item may be swept.
    pub(crate) expires: UnixSeconds,
    /// Whether nothing is left to end after this.
    pub(crate) finishes: bool,
}

impl Logout {
    /// The notes of a transaction.
    fn notes(&self, first: bool, last: bool, recorded: bool) -> Vec<Note> {
        let record = self.record.iter().filter(|_| first);
        let superseded = |note: &&Note| recorded && matches!(note, Note::LoggedOut { .. });
        let mut notes: Vec<_> = record.filter(|note| !superseded(note)).cloned().collect();
        let token = self.token.clone();
        if last && self.finishes {
            let expires = self.expires;
            notes.push(Note::Used { token, expires });
        } else if first {
            notes.push(Note::Unused(token));
        }
        notes
    }
}

impl End<'_> {
    /// Ends the sessions of `user`, none without one, and returns how many there were, or what was refused of the logout: that its token was used,
    /// or that what it rests on has changed. The first transaction moves the epoch: from then on the sessions to end are
    /// known, and every login that began before verifies again.
    pub(crate) async fn of(
        &self,
        store: &impl SessionStore,
        user: Option<&UserName>,
    ) -> Result<Result<usize, Refusal>, StoreError> {
        let mut ending: Option<BTreeSet<SessionRef>> = None;
        // A later logout is recorded already, which refuses what this one's record would.
        let mut recorded = false;
        for _ in 0..TRIES {
            let item = match user {
                Some(user) => store.user(user).await?,
                None => None,
            };
            let places = self.places(store, item.as_ref()).await?;
            let (mut leaving, staying): (Vec<_>, Vec<_>) = places.into_iter().partition(|it| {
                let known = ending.as_ref().is_none_or(|names| names.contains(&it.name));
                known && it.place != Place::Kept
            });
            leaving.sort_by_key(|it| it.place);
            let later = leaving.split_off(leaving.len().min(MOST_SESSIONS));
            let (sessions, later) = (names(&leaving), names(&later));
            let notes = self.logout.as_ref().map_or_else(Vec::new, |logout| {
                logout.notes(ending.is_none(), later.is_empty(), recorded)
            });
            let edit = match (item, &ending) {
                (None, None) if !notes.is_empty() => Some(UserEdit::Absent),
                (Some(item), None) => Some(UserEdit::EndAll {
                    epoch: item.epoch,
                    ended: self.ended.map(|at| AllEnded {
                        at: item.ended.map_or(at, |before| before.max(at)),
                        expires: item.expires.max(at.plus(ENDED_SECONDS)),
                    }),
                    sessions: sessions.clone(),
                    keep: [names(&staying), later.clone()].concat(),
                }),
                (Some(_), Some(_)) if !sessions.is_empty() => Some(UserEdit::Leave {
                    drop: sessions.clone(),
                }),
                _ => None,
            };
            if edit.is_none() && notes.is_empty() {
                // There was nothing to end, or others ended what was left.
                return Ok(Ok(ending.map_or(0, |names| names.len())));
            }
            let delete = leaving.into_iter();
            let change = Change {
                delete: delete.map(|it| Delete::current(it.entry.key)).collect(),
                users: user.cloned().zip(edit).into_iter().collect(),
                notes,
                ..Change::default()
            };
            match store.commit(&change).await? {
                Commit::Done => {
                    if let Some(user) = user.filter(|_| self.logout.is_some()) {
                        for session in &sessions {
                            Event::ProviderLogout { user, session }.log();
                        }
                    }
                    let left = later.len();
                    let all =
                        ending.get_or_insert_with(|| sessions.into_iter().chain(later).collect());
                    if left == 0 {
                        return Ok(Ok(all.len()));
                    }
                }
                Commit::Refused(Refusal::LaterLogout) => recorded = true,
                Commit::Refused(refusal) => return Ok(Err(refusal)),
                Commit::Collision | Commit::Stale | Commit::TooLarge => {}
            }
        }
        Err(overtaken())
    }

    /// What happens to each session that the user's item lists.
    async fn places(
        &self,
        store: &impl SessionStore,
        item: Option<&UserSessions>,
    ) -> Result<Vec<Listed>, StoreError> {
        let entries = item.into_iter().flat_map(|item| &item.sessions);
        let mut listed: Vec<_> = entries
            .map(|(name, entry)| Listed {
                name: name.clone(),
                entry: entry.clone(),
                place: self.place(name),
            })
            .collect();
        if let Which::Brought { issuer, sid } = self.which {
            let keys: Vec<_> = listed.iter().map(|it| it.entry.key.clone()).collect();
            for (it, found) in listed.iter_mut().zip(store.sessions(&keys).await?) {
                if is_brought(&found, issuer, sid) {
                    it.place = Place::First;
                }
            }
        }
        Ok(listed)
    }

    /// What happens to the session of this name, as far as that can be told from the name.
    fn place(&self, name: &SessionRef) -> Place {
        match self.which {
            Which::All { last } if last == Some(name) => Place::Last,
            Which::All { .. } => Place::First,
            Which::Others(keep) if keep != name => Place::First,
            Which::Others(_) | Which::Brought { .. } => Place::Kept,
        }
    }
}

/// A session that the user's item lists.
struct Listed {
    name: SessionRef,
    entry: Entry,
    place: Place,
}

fn names(listed: &[Listed]) -> Vec<SessionRef> {
    listed.iter().map(|it| it.name.clone()).collect()
}

/// Whether the provider's session has brought it, or may have: a provider may name its sessions in logout tokens alone.
fn is_brought(found: &Found, issuer: &str, sid: &str) -> bool {
    let Found::Session(session) = found else {
        return false;
    };
    let identity = session.origin.identity.as_ref();
    identity.is_some_and(|it| {
        let own = it.sid.as_deref();
        it.issuer == issuer && own.is_none_or(|own| own == sid)
    })
}
