//! The session of one request, for its handler: read when it is used, and saved when the handler is done.

mod change;
mod end;
mod enter;
mod load;
mod save;
mod state;

use std::{
    fmt,
    sync::{Arc, Mutex},
};

use dynamodb_session::{
    claim::Claim,
    csrf::CsrfToken,
    data::{self, DataError, Tag, edit_between},
    id::SessionRef,
    recent,
    time::UnixSeconds,
    token::Token,
    transport::Presented,
    user::UserName,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::value::{RawValue, to_raw_value};

#[cfg(feature = "axum")]
pub(crate) use self::load::not_guarded;
use self::state::{Standing, State};
use crate::{asked::Asked, error::Error, settings::Settings};

/// The session of a request. Clones are the same session.
///
/// What a handler changes is saved when its future resolves, in one request to the table, and not at all if nothing changed,
/// or if the answer is a 5xx. From then on a change is [`Error::Closed`]: a streaming body or a spawned task loses nothing
/// silently.
#[derive(Clone)]
pub struct Session(Arc<Inner>);

struct Inner {
    settings: Arc<Settings>,
    asked: Asked,
    /// Who asks the store, one after the other.
    turn: tokio::sync::Mutex<()>,
    state: Mutex<State>,
}

impl Session {
    fn new(settings: Arc<Settings>, asked: Asked, standing: Standing) -> Self {
        Self(Arc::new(Inner {
            settings,
            asked,
            turn: tokio::sync::Mutex::default(),
            state: Mutex::new(State::new(standing)),
        }))
    }

    /// Whose session it is; `None`: it is anonymous, or there is no session. No store is asked.
    #[must_use]
    pub fn user(&self) -> Option<UserName> {
        self.state().user()
    }

    /// Whose session it is; without a user it is [`Error::NotLoggedIn`]. No store is asked.
    pub fn require_user(&self) -> Result<UserName, Error> {
        self.user().ok_or(Error::NotLoggedIn)
    }

    /// The session's public name, for logs and lists; `None`: there is no session. No store is asked.
    #[must_use]
    pub fn reference(&self) -> Option<SessionRef> {
        self.state().reference()
    }

    /// When the user last proved who they are. No store is asked.
    #[must_use]
    pub fn authenticated_at(&self) -> Option<UnixSeconds> {
        self.state().authenticated()
    }

    /// Demands that the user proved who they are within the last `seconds`. No store is asked.
    pub fn require_recent(&self, seconds: u64) -> Result<(), Error> {
        let now = self.0.settings.now();
        Ok(recent::require_recent(
            self.authenticated_at(),
            seconds,
            now,
        )?)
    }

    /// The CSRF token that a page has to show with its next changes, where tokens are required (`SESSION_CSRF_TOKEN`).
    #[must_use]
    pub fn csrf_token(&self) -> Option<CsrfToken> {
        let token = self.token();
        let claim = self.claim(token.as_deref());
        self.reference()?;
        self.0.settings.config.guard.csrf_token(claim.id().ok()?)
    }

    /// The value of a key, with what was changed in this request; `None`: there is none. The first use reads the session.
    pub async fn get<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, Error> {
        self.load().await?;
        let state = self.state();
        let text = state.view.get(key);
        Ok(text
            .map(|text| serde_json::from_str(text))
            .transpose()
            .map_err(DataError::from)?)
    }

    /// Sets a key at the end, whatever others have set it to meanwhile. Null removes it. The session is not read for this.
    pub fn set<T: Serialize + ?Sized>(&self, key: &str, value: &T) -> Result<(), Error> {
        let json = to_raw_value(value).map_err(DataError::from)?;
        self.put(key, &json)
    }

    /// Removes a key at the end.
    pub fn remove(&self, key: &str) -> Result<(), Error> {
        self.put(key, RawValue::NULL)
    }

    fn put(&self, key: &str, json: &RawValue) -> Result<(), Error> {
        let mut state = self.writable()?;
        state.changes.put(key, json.to_owned())?;
        if json.get() == "null" {
            state.view.remove(key);
        } else {
            state.view.insert(key.to_owned(), json.get().to_owned());
        }
        Ok(())
    }

    /// Changes a key by what it holds, and returns what it is then. If others have changed it by the end, `f` runs again, on what
    /// they left: it has no effects but its value.
    pub async fn update<T, F>(&self, key: &str, f: F) -> Result<T, Error>
    where
        T: Serialize + DeserializeOwned,
        F: Fn(Option<T>) -> T + Send + Sync + 'static,
    {
        drop(self.writable()?);
        self.load().await?;
        let update = Arc::new(move |text: Option<&str>| {
            let old = text.map(serde_json::from_str).transpose()?;
            Ok::<_, DataError>(to_raw_value(&f(old))?)
        });
        let mut state = self.writable()?;
        let json = update(state.view.get(key).map(String::as_str))?;
        let value = serde_json::from_str(json.get()).map_err(DataError::from)?;
        state.changes.update(key, json.clone(), update)?;
        state.view.insert(key.to_owned(), json.get().to_owned());
        Ok(value)
    }

    /// All of the data as the caller's own type, a struct or map with string keys. Keys that it does not know are passed over.
    pub async fn read<T: DeserializeOwned>(&self) -> Result<T, Error> {
        self.load().await?;
        Ok(data::read(&self.state().view)?)
    }

    /// Sets the keys in which `new` differs from `old`, which [`Session::read`] gave: all others stay as they are.
    pub fn write<T: Serialize>(&self, old: &T, new: &T) -> Result<(), Error> {
        let data::Edit::Merge { set, remove } = edit_between(old, new)? else {
            return Ok(());
        };
        for (key, json) in set {
            let json = RawValue::from_string(json).map_err(DataError::from)?;
            self.put(&key, &json)?;
        }
        remove.iter().try_for_each(|key| self.remove(key))
    }

    /// The tag of the data as it was read, for an `ETag`. The first use reads the session.
    pub async fn tag(&self) -> Result<Tag, Error> {
        self.load().await?;
        match &self.state().standing {
            Standing::Read(live) => Ok(live.session.tag()),
            _ => Err(Error::NotLoggedIn),
        }
    }

    /// Has the save demand that the data is that of one of these tags: otherwise it is [`Error::Changed`], a 409.
    pub fn if_match(&self, tags: Vec<Tag>) -> Result<(), Error> {
        self.open()?.tags = Some(tags);
        Ok(())
    }

    /// Gives the session a new id at the end, after the save, so that a handler that fails changes no id.
    ///
    /// It is a transaction of its own. If it fails, its error is the answer, no new token goes out, and what was saved stays: the old
    /// token serves on, or, if the store's answer was lost, for the grace.
    pub fn rotate(&self) -> Result<(), Error> {
        let mut state = self.open()?;
        match state.standing {
            Standing::Ended => return Err(Error::Ended),
            Standing::Nobody(_) => return Err(Error::NotLoggedIn),
            Standing::Told(_) | Standing::Read(_) => state.rotates = true,
        }
        Ok(())
    }

    fn token(&self) -> Option<Arc<Token>> {
        self.state().token.clone()
    }

    /// What the request claims: the session that it came with, or the one that it got.
    fn claim<'a>(&'a self, token: Option<&'a Token>) -> Claim<'a> {
        let config = &self.0.settings.config;
        let presented = match token {
            Some(token) => Presented::Token(token.expose()),
            None => self.0.asked.carried(config).presented(),
        };
        Claim::verify(presented, &config.policy.format)
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reference = self.reference();
        f.debug_tuple("Session").field(&reference).finish()
    }
}
