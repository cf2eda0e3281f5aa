//! A session begins with a login, or ends with a logout: durably, when the call returns.

use std::future::ready;

use dynamodb_session::{
    abandon::{self, MOST_PRESENTED},
    admission::{Admission, Try, admit},
    audit::{Cause, Event, Kind},
    claim::Claim,
    config::Config,
    create::{Credential, Former, Login, Vouched, create},
    entropy::SystemEntropy,
    id::{SessionKey, SessionRef},
    session::Live,
    throttle,
    transport::Presented,
    user::UserName,
};

use super::{Session, state::Standing};
use crate::error::Error;

impl Session {
    /// Logs `user` in, whose identity was proved elsewhere: a new session, under an id that no client chose. The one that the
    /// request presents ends; its data is carried over if it was anonymous or the user's own.
    ///
    /// The session is durable when this returns, and its cookie goes out with the answer, whatever that is. What the handler
    /// changed before and has not saved goes into the new session.
    pub async fn log_in(&self, user: UserName, proof: Vouched) -> Result<(), Error> {
        let _turn = self.0.turn.lock().await;
        drop(self.open()?);
        self.enter(user, proof, false).await.map(drop)
    }

    /// Like [`Session::log_in`], with a credential that is verified here; `false`: it is wrong, and nothing has changed. The
    /// session is remembered if `remember` is set and the deployment remembers any (`SESSION_REMEMBER_SECONDS`).
    ///
    /// Whoever guesses waits, by address and by account, as at the login function: [`Error::Wait`], and nothing was verified.
    pub async fn log_in_with<C: Credential>(
        &self,
        user: UserName,
        credential: C,
        remember: bool,
    ) -> Result<bool, Error> {
        let _turn = self.0.turn.lock().await;
        drop(self.open()?);
        let settings = &self.0.settings;
        let Config { policy, logins, .. } = &*settings.config;
        let (token, now) = (self.token(), settings.now());
        let claim = &self.claim(token.as_deref());
        let ip = self.0.asked.origin.ip.as_deref();
        let (store, guess) = (&settings.store, Try { ip, claim });
        let named = ready(Ok(user.clone()));
        let user = match admit(store, policy, logins.limits, &guess, named, now).await? {
            Admission::Granted(user) => user,
            Admission::Wait { seconds, by } => {
                Event::LoginThrottled {
                    by,
                    user: &user,
                    ip: ip.and_then(|ip| ip.parse().ok()),
                    seconds,
                }
                .log();
                return Err(Error::Wait(seconds));
            }
        };
        let entered = self.enter(user.clone(), credential, remember).await?;
        // The session is there, whether or not the guesses are forgotten.
        if let Some(session) = &entered
            && let Err(error) = throttle::forget(store, logins.limits, &user, now).await
        {
            let (kind, error) = (Kind::Store(error.kind), Cause::chain(&error));
            Event::GuessesKept {
                session,
                kind,
                error,
            }
            .log();
        }
        Ok(entered.is_some())
    }

    /// The new session's public name; `None`: the credential is wrong.
    async fn enter<C: Credential>(
        &self,
        user: UserName,
        credential: C,
        remember: bool,
    ) -> Result<Option<SessionRef>, Error> {
        self.shown()?;
        let settings = &self.0.settings;
        let config = &settings.config;
        let token = self.token();
        let (timeouts, remembered) = config.lifetimes.of_login(remember);
        let login = Login {
            user,
            credential,
            presented: Former::of(&self.claim(token.as_deref())),
            timeouts,
            remembered,
            origin: self.0.asked.origin.clone(),
            cap: config.logins.max_per_user,
        };
        let (store, policy, now) = (&settings.store, &config.policy, settings.now());
        let created = create(store, &SystemEntropy, policy, &login, now).await?;
        let Some(created) = created else {
            Event::LoginRefused { user: &login.user }.log();
            return Ok(None);
        };
        let (user, name) = (&login.user, created.session.reference.clone());
        Event::Login {
            user,
            session: &name,
        }
        .log();
        let (key, session) = (created.id.key(), created.session);
        self.state().hold(created.token, Live { key, session })?;
        Ok(Some(name))
    }

    /// Ends the session, and each one that the request presents. It has ended when this returns, and the cookie is removed by the
    /// answer, whatever that is. Unsaved changes go with it; a later [`Session::set`] is [`Error::Ended`].
    pub async fn log_out(&self) -> Result<(), Error> {
        let _turn = self.0.turn.lock().await;
        drop(self.open()?);
        for key in self.presented()? {
            if let Some(session) = abandon::abandon(&self.0.settings.store, &key).await? {
                Event::Logout {
                    session: &session.reference,
                }
                .log();
            }
        }
        self.state().end();
        Ok(())
    }

    /// Ends all sessions of the user, this one last; an anonymous session has no user, which is [`Error::NotLoggedIn`].
    pub async fn log_out_everywhere(&self) -> Result<(), Error> {
        let _turn = self.0.turn.lock().await;
        drop(self.open()?);
        self.load_in_turn().await?;
        let live = match &self.state().standing {
            Standing::Read(live) => live.clone(),
            _ => return Err(Error::NotLoggedIn),
        };
        let settings = &self.0.settings;
        let ended = abandon::everywhere(&settings.store, &live, settings.now()).await?;
        ended.ok_or(Error::NotLoggedIn)?;
        self.state().end();
        Ok(())
    }

    /// Refuses to begin or end a session where the authorizer told of one whose token the request does not show, because its event
    /// merged headers: it would live on.
    fn shown(&self) -> Result<(), Error> {
        let asked = &self.0.asked;
        let presented = asked.carried(&self.0.settings.config).presented();
        let told = matches!(self.state().standing, Standing::Told(_));
        if told && asked.merged && presented == Presented::Nothing {
            return Err(Error::NotLoggedIn);
        }
        Ok(())
    }

    /// The keys of all sessions that the request has: whoever holds an id may end its session.
    fn presented(&self) -> Result<Vec<SessionKey>, Error> {
        let config = &self.0.settings.config;
        if let Some(token) = self.token() {
            return Ok(abandon::key(&self.claim(Some(&token)))
                .into_iter()
                .collect());
        }
        self.shown()?;
        let asked = &self.0.asked;
        let texts = config.transport.all(&asked.sources());
        let searched = asked.carried(config).presented() != Presented::Oversized;
        if !searched || texts.len() > MOST_PRESENTED {
            return Err(Error::Unclear);
        }
        let claims = texts
            .into_iter()
            .map(|text| Claim::verify(Presented::Token(text), &config.policy.format));
        Ok(claims.filter_map(|claim| abandon::key(&claim)).collect())
    }
}
