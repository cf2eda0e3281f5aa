//! What is known of a request's session, and what the request still owes.

use std::{
    fmt,
    sync::{Arc, MutexGuard, PoisonError},
};

use dynamodb_session::{
    authorize::Denial,
    data::{Data, DataError, Tag},
    id::SessionRef,
    session::Live,
    time::UnixSeconds,
    token::Token,
    user::UserName,
};

use super::{Session, change::Changes};
use crate::{context::Context, error::Error};

/// What is known of the session.
#[derive(Debug)]
pub(super) enum Standing {
    /// There is no session, and why.
    Nobody(Denial),
    /// The authorizer told of one, which was not read.
    Told(Context),
    /// It was read, or began here.
    Read(Live),
    /// The request has logged out.
    Ended,
}

/// What goes out with the answer, whatever it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owed {
    /// The new token.
    HandOut,
    /// The removal of the cookie.
    TakeBack,
}

pub(super) struct State {
    pub(super) standing: Standing,
    /// The token that the request got: it claims the session by that from now on.
    pub(super) token: Option<Arc<Token>>,
    /// The data with the changes made, as far as it is known.
    pub(super) view: Data,
    pub(super) changes: Changes,
    /// The data has to be that of one of these tags.
    pub(super) tags: Option<Vec<Tag>>,
    pub(super) rotates: bool,
    pub(super) owed: Option<Owed>,
    pub(super) closed: bool,
}

/// It holds the session's data.
impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("State(..)")
    }
}

impl State {
    pub(super) fn new(standing: Standing) -> Self {
        let view = match &standing {
            Standing::Read(live) => live.session.data.clone(),
            _ => Data::new(),
        };
        Self {
            standing,
            token: None,
            view,
            changes: Changes::default(),
            tags: None,
            rotates: false,
            owed: None,
            closed: false,
        }
    }

    /// Takes the session as it stands now. Changes that are not saved stay.
    pub(super) fn stand(&mut self, live: Live) -> Result<(), DataError> {
        self.view.clone_from(&live.session.data);
        self.standing = Standing::Read(live);
        self.changes.apply(&mut self.view)
    }

    /// Takes over a session that began, or has a new id.
    pub(super) fn hold(&mut self, token: Token, live: Live) -> Result<(), DataError> {
        self.token = Some(Arc::new(token));
        self.owed = Some(Owed::HandOut);
        self.stand(live)
    }

    pub(super) fn end(&mut self) {
        self.standing = Standing::Ended;
        self.token = None;
        self.view.clear();
        self.changes = Changes::default();
        self.rotates = false;
        self.owed = Some(Owed::TakeBack);
    }

    pub(super) fn user(&self) -> Option<UserName> {
        match &self.standing {
            Standing::Told(context) => context.user.clone(),
            Standing::Read(live) => live.session.user.clone(),
            Standing::Nobody(_) | Standing::Ended => None,
        }
    }

    pub(super) fn reference(&self) -> Option<SessionRef> {
        match &self.standing {
            Standing::Told(context) => Some(context.session.clone()),
            Standing::Read(live) => Some(live.session.reference.clone()),
            Standing::Nobody(_) | Standing::Ended => None,
        }
    }

    pub(super) fn authenticated(&self) -> Option<UnixSeconds> {
        match &self.standing {
            Standing::Told(context) => context.authenticated_at,
            Standing::Read(live) => live.session.authenticated,
            Standing::Nobody(_) | Standing::Ended => None,
        }
    }
}

impl Session {
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        // No call panics while it holds the lock; an update of the caller's that does has changed nothing yet.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The state, if the answer is not under way yet.
    pub(super) fn open(&self) -> Result<MutexGuard<'_, State>, Error> {
        let state = self.state();
        if state.closed {
            return Err(Error::Closed);
        }
        Ok(state)
    }

    /// The state, if the session can be changed: where there are anonymous sessions, one may begin with this.
    pub(super) fn writable(&self) -> Result<MutexGuard<'_, State>, Error> {
        let state = self.open()?;
        match state.standing {
            Standing::Ended => Err(Error::Ended),
            Standing::Nobody(_) if !self.0.settings.config.policy.anonymous => {
                Err(Error::NotLoggedIn)
            }
            _ => Ok(state),
        }
    }
}
