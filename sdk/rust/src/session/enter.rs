//! A session begins with a login, or ends with a logout: durably, when the call returns.

use std::future::ready;

use dynamodb_session::{
    abandon::{self, MOST_PRESENTED},
    admission::{Admission, Try, admit},
    claim::Claim,
    config::Config,
    create::{Credential, Former, Login, Vouched, create},
    entropy::SystemEntropy,
    fault,
    id::SessionKey,
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
        let named = ready(Ok(user));
        let user = match admit(store, policy, logins.limits, &guess, named, now).await? {
            Admission::Granted(user) => user,
            Admission::Wait { seconds, by } => {
                let by = by.as_str();
                tracing::info!(event = "login_throttled", by, seconds, "too many logins");
                return Err(Error::Wait(seconds));
            }
        };
        let entered = self.enter(user.clone(), credential, remember).await?;
        // The session is there, whether or not the guesses are forgotten.
        if entered && let Err(error) = throttle::forget(store, logins.limits, &user, now).await {
            fault::log(error.kind.as_str(), &error, "earlier guesses still count");
        }
        Ok(entered)
    }

    async fn enter<C: Credential>(
        &self,
        user: UserName,
        credential: C,
        remember: bool,
    ) -> Result<bool, Error> {
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
            tracing::info!(event = "login_refused", user = %login.user, "a wrong credential");
            return Ok(false);
        };
        let session = created.session.reference.as_str();
        tracing::info!(event = "login", user = %login.user, session, "logged in");
        let (key, session) = (created.id.key(), created.session);
        self.state().hold(created.token, Live { key, session })?;
        Ok(true)
    }

    /// Ends the session, and each one that the request presents. It has ended when this returns, and the cookie is removed by the
    /// answer, whatever that is. Unsaved changes go with it; a later [`Session::set`] is [`Error::Ended`].
    pub async fn log_out(&self) -> Result<(), Error> {
        let _turn = self.0.turn.lock().await;
        drop(self.open()?);
        for key in self.presented()? {
            if let Some(session) = abandon::abandon(&self.0.settings.store, &key).await? {
                tracing::info!(event = "logout", session = %session.reference, "logged out");
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
        let ended = abandon::everywhere(&self.0.settings.store, &live).await?;
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
