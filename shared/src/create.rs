//! Login: a new session for a user who has just proved who they are.

mod anonymous;
mod carried;
mod first;
mod login;
mod notes;
mod room;

use std::{error::Error, fmt};

use carried::{is_of_another, takes_over};

use crate::{
    abandon::{self, Ending},
    audit::Event,
    authorize::Policy,
    create::room::Room,
    data::{Data, Marks},
    entropy::{Entropy, EntropyError},
    fault::StoreError,
    id::{SessionId, SessionRef},
    session::{Origin, Session, Timeouts},
    signing_keys::SigningKeys,
    store::{Change, Commit, Delete, Expected, MOST_SPENT, Refusal, SessionStore, Spent, UserEdit},
    time::UnixSeconds,
    token::{self, Token, TokenFormat},
    user::{Entry, UserName, UserSessions},
};

pub use crate::claim::Former;
pub use anonymous::{Begun, Visit, VisitLimits, begin};
pub use first::{FirstWrite, may_begin};
pub use login::{Credential, Login, Proved, Vouched};

/// How often a change that others overtook is tried again. Each lost try is a login that somebody else won, so this
/// is the number of logins of one user at the same moment that are sure to get through.
const TRIES: usize = 100;

/// A user item that may be swept within this many seconds can't vouch for what happens during a login: this is longer
/// than any Lambda runs.
const SWEPT_SOON: u64 = 900;

/// A new session, and the only copy of its token.
#[derive(Debug)]
pub struct Created {
    /// What the client carries from now on.
    pub token: Token,
    /// The id in it.
    pub id: SessionId,
    /// The session, durable and usable.
    pub session: Session,
}

/// Why no session was created, other than for a wrong credential.
#[derive(Debug)]
#[non_exhaustive]
pub enum CreateError {
    /// For so many more seconds a new session would end as it begins: see [`Policy::closed_for`].
    Closed(u64),
    /// All sessions of the user ended after they proved who they are, or in the same second, or nobody knows when they did: they have
    /// to prove it anew.
    Outlived,
    /// The provider has logged the user out since it issued the token that vouches for them.
    LoggedOut,
    /// An operator has barred the user.
    Barred,
    /// No random bytes.
    Entropy(EntropyError),
    /// The store failed. A session may have been stored, whose token nobody has.
    Store(StoreError),
}

impl fmt::Display for CreateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no session could be created")
    }
}

impl Error for CreateError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Closed(_) | Self::Outlived | Self::LoggedOut | Self::Barred => None,
            Self::Entropy(error) => Some(error),
            Self::Store(error) => Some(error),
        }
    }
}

impl From<EntropyError> for CreateError {
    fn from(error: EntropyError) -> Self {
        Self::Entropy(error)
    }
}

impl From<StoreError> for CreateError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Verifies the login's credential and creates the session. `None`: the credential is wrong, and nothing is changed.
///
/// The user item is read first, and the session entered only while its epoch is the one that was read: a login that
/// overlaps the end of all sessions or a change of password verifies again, so it can't slip through with what was
/// true before. Parallel logins verify once each.
pub async fn create<C: Credential>(
    store: &impl SessionStore,
    entropy: &impl Entropy,
    policy: &Policy,
    login: &Login<C>,
    now: UnixSeconds,
) -> Result<Option<Created>, CreateError> {
    open(policy, now)?;
    let mut verified: Option<Verified<C::Proof>> = None;
    let mut earlier = Earlier::default();
    for _ in 0..TRIES {
        let item = store.user(&login.user).await?;
        let ended = item.as_ref().and_then(|item| item.ended);
        if !login.credential.proved().is_after(ended, now) {
            let user = &login.user;
            Event::LoginOutlived { user }.log();
            return Err(CreateError::Outlived);
        }
        let epoch = item.as_ref().map_or(0, |item| item.epoch);
        let verified = match &mut verified {
            Some(earlier) if earlier.epoch == epoch => earlier,
            slot => {
                let Some(proof) = login.credential.verify(&login.user).await? else {
                    return Ok(None);
                };
                slot.insert(Verified {
                    proof,
                    epoch,
                    guarded: item
                        .as_ref()
                        .is_some_and(|item| item.expires > now.plus(SWEPT_SOON)),
                })
            }
        };
        let (new, outcome) = if let Some(made) = earlier.made(item.as_ref()) {
            (made, Commit::Done)
        } else {
            let mut new = New::draw(entropy, &policy.format, login.timeouts, &login.origin, now)?;
            let change = new.change(store, policy, login, item.as_ref(), &mut earlier, now);
            let Some(change) = change.await? else {
                continue;
            };
            let outcome = store.commit(&change).await?;
            (new, outcome)
        };
        match outcome {
            Commit::Collision => {}
            Commit::Stale => earlier.overtaken.push(new),
            Commit::Refused(refusal) => earlier.refused(refusal, &login.user)?,
            // Data keeps no user from logging in. Data from before there was a limit may be larger than what fits.
            Commit::TooLarge => {
                earlier.too_large = true;
                Event::DataLeftBehind {
                    session: &new.session.reference,
                }
                .log();
            }
            // While there was no user item, nothing recorded that the credential changed: look once more, before
            // anyone has the token.
            Commit::Done
                if !verified.guarded
                    && !login
                        .credential
                        .still_holds(&login.user, &verified.proof)
                        .await? =>
            {
                abandon::abandon(store, &new.id.key()).await?;
                return Ok(None);
            }
            Commit::Done => return Ok(Some(new.into_created(&policy.format.keys))),
        }
    }
    Err(CreateError::Store(StoreError::overtaken(
        "logins of the same user",
    )))
}

/// Whether sessions may be created at `now`.
fn open(policy: &Policy, now: UnixSeconds) -> Result<(), CreateError> {
    policy
        .closed_for(now)
        .map_or(Ok(()), |seconds| Err(CreateError::Closed(seconds)))
}

/// A credential that was verified, and what it was verified under.
struct Verified<P> {
    proof: P,
    epoch: u64,
    /// Whether the user item's epoch vouches for the time since.
    guarded: bool,
}

/// What a login learned in its earlier tries.
#[derive(Default)]
struct Earlier {
    room: Room,
    /// The data of the presented session is too large to be carried over.
    too_large: bool,
    /// The provider's session has brought one that stays longer.
    brought: bool,
    /// The sessions of the tries that others overtook. A late attempt at each may still arrive.
    overtaken: Vec<New>,
}

impl Earlier {
    /// What follows if the condition of a note does not hold.
    fn refused(&mut self, refusal: Refusal, user: &UserName) -> Result<(), CreateError> {
        match refusal {
            Refusal::Barred => {
                Event::LoginBarred { user }.log();
                Err(CreateError::Barred)
            }
            Refusal::LoggedOut => {
                Event::LoginLoggedOut { user }.log();
                Err(CreateError::LoggedOut)
            }
            Refusal::Brought => {
                self.brought = !self.brought;
                Ok(())
            }
            // No login has such a note.
            Refusal::LaterLogout | Refusal::Repeated => Ok(()),
        }
    }

    /// The session of an overtaken try that was made after all: the user's item lists it.
    fn made(&mut self, item: Option<&UserSessions>) -> Option<New> {
        let made = self.overtaken.iter().position(|new| {
            let entry = item.and_then(|item| item.sessions.get(&new.session.reference));
            entry.is_some_and(|entry| entry.key == new.id.key())
        })?;
        Some(self.overtaken.swap_remove(made))
    }

    /// The keys of the latest tries that others overtook, as many as fit beside what a login changes.
    fn spent(&self, now: UnixSeconds) -> Vec<Spent> {
        let latest = self.overtaken.iter().rev().take(MOST_SPENT);
        let spent = latest.map(|new| Spent {
            key: new.id.key(),
            expires: now.plus(SWEPT_SOON),
        });
        spent.collect()
    }
}

/// A session not yet stored.
struct New {
    id: SessionId,
    session: Session,
}

impl New {
    /// A new anonymous session.
    fn draw(
        entropy: &impl Entropy,
        format: &TokenFormat,
        timeouts: Timeouts,
        origin: &Origin,
        now: UnixSeconds,
    ) -> Result<Self, EntropyError> {
        Ok(Self {
            id: SessionId::generate(format.id_bytes, entropy)?,
            session: Session {
                reference: SessionRef::generate(entropy)?,
                user: None,
                created: now,
                accessed: now,
                authenticated: None,
                timeouts,
                origin: origin.clone(),
                data: Data::new(),
                version: 0,
                marks: Marks::default(),
                rotation: None,
                ended: None,
                remembered: Some(false),
            },
        })
    }

    /// The change that puts the session.
    fn put(&self) -> Change {
        Change {
            put: Some((self.id.key(), self.session.clone())),
            ..Change::default()
        }
    }

    /// The one transaction: put the session, enter it in the user item, end the presented and the evicted sessions.
    /// `None`: more sessions had to leave than it takes; some of them have left, so read again.
    async fn change(
        &mut self,
        store: &impl SessionStore,
        policy: &Policy,
        login: &Login<impl Credential>,
        item: Option<&UserSessions>,
        earlier: &mut Earlier,
        now: UnixSeconds,
    ) -> Result<Option<Change>, StoreError> {
        self.session.user = Some(login.user.clone());
        self.session.authenticated = login.credential.proved().moment(now);
        self.session.remembered = Some(login.remembered);
        let (mut delete, mut users, mut own) = (Vec::new(), Vec::new(), None);
        if let Some(former) = &login.presented
            && let Some(ending) = abandon::ending(store, &former.key).await?
        {
            let Ending {
                delete: mut presented,
                session,
                served,
            } = ending;
            if let Some(session) = session {
                if served.is_some_and(|end| former.presented(now) >= end) {
                    abandon::alarm(&session.reference);
                }
                let not_before = policy.not_before;
                if !earlier.too_large
                    && takes_over(former, &session, served, &login.user, not_before, now)
                {
                    // Data that is written meanwhile must not be left behind.
                    presented.expected = Expected::Version(session.version);
                    self.session.data.clone_from(&session.data);
                    self.session.version = session.version;
                }
                if !is_of_another(&session, &login.user) {
                    own = Some(session.reference);
                } else if let Some((user, edit)) = abandon::leave(&session)
                    && abandon::list(store, &user).await?.is_some()
                {
                    users.push((user, edit));
                }
            }
            delete.push(presented);
        }
        let reference = self.session.reference.clone();
        let entry = Entry {
            key: self.id.key(),
            created: self.session.created,
            expires: self.session.expires(),
        };
        let edit = match item {
            None => UserEdit::Open { reference, entry },
            Some(item) => {
                let (cap, not_before) = (login.cap, policy.not_before);
                let leaving = earlier
                    .room
                    .leaving(store, item, own.as_ref(), cap, not_before, now);
                let leaving = leaving.await;
                let Some(mut leaving) =
                    room::at_once(store, &login.user, item.sessions.len(), leaving).await?
                else {
                    return Ok(None);
                };
                if let Some((own, entry)) = own.and_then(|own| item.sessions.get_key_value(&own)) {
                    leaving.push((own.clone(), Delete::current(entry.key.clone())));
                }
                let (drop, evicted): (Vec<_>, Vec<_>) = leaving.into_iter().unzip();
                let presented = delete.first().map(|delete| delete.key.clone());
                let evicted = evicted.into_iter();
                delete.extend(evicted.filter(|delete| presented.as_ref() != Some(&delete.key)));
                UserEdit::Enter {
                    reference,
                    entry,
                    epoch: item.epoch,
                    cap: login.cap,
                    swept: item.expires,
                    drop,
                }
            }
        };
        users.push((login.user.clone(), edit));
        Ok(Some(Change {
            delete,
            users,
            spent: earlier.spent(now),
            notes: notes::of(login, self.session.expires(), earlier.brought),
            ..self.put()
        }))
    }

    fn into_created(self, keys: &SigningKeys) -> Created {
        Created {
            token: token::issue(&self.id, keys),
            id: self.id,
            session: self.session,
        }
    }
}
