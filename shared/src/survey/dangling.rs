//! Sessions that their user's item does not list, and entries of it that have no session.

use std::collections::HashMap;

use crate::{
    abandon,
    fault::StoreError,
    id::{SessionKey, SessionRef},
    session::{Live, Status},
    store::{Found, SessionStore, dynamodb::scan::What},
    time::UnixSeconds,
    user::UserName,
};

/// One half of a pair that does not lie there whole.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "there are few of them, and each is looked at by itself"
)]
pub enum Dangling {
    /// A living session of a user without its entry: logging out everywhere misses it.
    Session(Live),
    /// An entry without its session: it counts for the cap of the user's sessions until it expires.
    Entry {
        /// Whose it is.
        user: UserName,
        /// The public name of the session that it is of.
        session: SessionRef,
    },
}

/// Sessions and entries, each kept until its other half is seen.
#[derive(Debug, Default)]
pub struct Pairs(HashMap<SessionKey, Half>);

#[derive(Debug)]
struct Half {
    user: UserName,
    session: SessionRef,
    is_entry: bool,
}

impl Pairs {
    /// Takes note of an item. A session without a user has no other half, nor has what was rotated away or has expired.
    pub fn add(&mut self, what: &What, now: UnixSeconds) {
        match what {
            What::Session(Live { key, session }) => {
                let status = session.status(now, None);
                let is_over = matches!(status, Status::Rotated | Status::Expired);
                if let Some(user) = session.user.as_ref().filter(|_| !is_over) {
                    self.half(key, user, &session.reference, false);
                }
            }
            What::User(user, sessions) => {
                let entries = sessions.sessions.iter();
                for (session, entry) in entries.filter(|(_, entry)| now < entry.expires) {
                    self.half(&entry.key, user, session, true);
                }
            }
            _ => {}
        }
    }

    fn half(&mut self, key: &SessionKey, user: &UserName, session: &SessionRef, is_entry: bool) {
        if self
            .0
            .get(key)
            .is_some_and(|half| half.is_entry != is_entry)
        {
            self.0.remove(key);
            return;
        }
        let half = Half {
            user: user.clone(),
            session: session.clone(),
            is_entry,
        };
        self.0.insert(key.clone(), half);
    }

    /// How many suspects there are, once all items were seen: to be looked at one by one.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no suspect.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The suspects, each to be given to [`Suspect::look`].
    pub fn suspects(self) -> impl Iterator<Item = Suspect> {
        self.0.into_iter().map(|(key, half)| Suspect { key, half })
    }
}

/// A half whose other half the scan did not meet: a login or a logout may have been under way.
#[derive(Debug)]
pub struct Suspect {
    key: SessionKey,
    half: Half,
}

impl Suspect {
    /// What it is, by strongly consistent reads; `None`: it is whole, or gone.
    ///
    /// A login writes both halves in one transaction and a logout removes both in one. So a session that is there before and
    /// after its entry was missing has none, and an entry that is there after its session was missing has none. An entry of a session
    /// that is over, but not removed yet, is whole. A damaged item lists nothing.
    pub async fn look(
        self,
        store: &impl SessionStore,
        now: UnixSeconds,
    ) -> Result<Option<Dangling>, StoreError> {
        let Self { key, half } = self;
        let before = store.session(&key).await?;
        let item = abandon::list(store, &half.user).await?;
        let entry = item.and_then(|mut item| item.sessions.remove(&half.session));
        let is_listed = entry.is_some_and(|entry| entry.key == key && now < entry.expires);
        Ok(match before {
            Found::Session(_) if !is_listed => match store.session(&key).await? {
                Found::Session(session) if session.status(now, None) == Status::Alive => {
                    Some(Dangling::Session(Live { key, session }))
                }
                _ => None,
            },
            Found::Nothing if is_listed => Some(Dangling::Entry {
                user: half.user,
                session: half.session,
            }),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::{
        entropy::SystemEntropy,
        id::SessionId,
        session::{Rotation, Session, tests::session},
        user::{Entry, UserSessions},
    };

    fn key() -> SessionKey {
        SessionId::generate(32, &SystemEntropy).unwrap().key()
    }

    fn ada() -> UserName {
        UserName::from_stored("ada".to_owned())
    }

    fn of_ada(session: Session) -> Live {
        let user = Some(ada());
        Live {
            key: key(),
            session: Session { user, ..session },
        }
    }

    fn entries<'a>(listed: impl IntoIterator<Item = (&'a Live, u64)>) -> What {
        let listed = listed.into_iter().map(|(live, expires)| {
            let entry = Entry {
                key: live.key.clone(),
                created: live.session.created,
                expires: UnixSeconds(expires),
            };
            (live.session.reference.clone(), entry)
        });
        What::User(
            ada(),
            UserSessions {
                sessions: listed.collect::<BTreeMap<_, _>>(),
                epoch: 0,
                ended: None,
                expires: UnixSeconds(100),
            },
        )
    }

    /// How many are suspected, whichever half is met first.
    fn suspects(items: &[What]) -> usize {
        let counts = [false, true].map(|backwards| {
            let mut pairs = Pairs::default();
            let order: Vec<_> = if backwards {
                items.iter().rev().collect()
            } else {
                items.iter().collect()
            };
            for item in order {
                pairs.add(item, UnixSeconds(5));
            }
            pairs.len()
        });
        assert_eq!(counts[0], counts[1]);
        counts[0]
    }

    #[test]
    fn what_lies_there_whole_is_not_suspected() {
        let (one, two) = (of_ada(session(0, 1)), of_ada(session(0, 1)));
        let idle = of_ada(session(0, 0));
        let rotated = Live {
            session: Session {
                rotation: Some(Box::new(Rotation {
                    successor: Some(key()),
                    grace_expires: UnixSeconds(9),
                })),
                ..one.session.clone()
            },
            key: key(),
        };
        let anonymous = Live {
            key: key(),
            session: session(0, 1),
        };
        let item = || entries([(&one, 100), (&two, 100), (&idle, 100)]);
        let whole = [
            What::Session(one.clone()),
            What::Session(two.clone()),
            What::Session(idle.clone()),
            item(),
            What::Session(rotated),
            What::Session(anonymous),
        ];
        assert_eq!(suspects(&whole), 0);
        assert_eq!(suspects(&whole[1..]), 1, "an entry without its session");
        assert_eq!(suspects(&whole[..3]), 3, "sessions without their entries");
        let elsewhere = Live {
            key: key(),
            ..one.clone()
        };
        let moved = [What::Session(one.clone()), entries([(&elsewhere, 100)])];
        assert_eq!(suspects(&moved), 2, "an entry of its name with another key");
        let expired = entries([(&one, 5)]);
        assert_eq!(suspects(&[expired]), 0, "an entry that has expired");
    }
}
