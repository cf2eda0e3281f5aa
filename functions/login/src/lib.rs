//! POST /login: a user name and a password in, a new session out.
//!
//! Any session that the request presents ends, and nothing of its id is taken over (OWASP, "Session Fixation").

mod form;
mod page;

use std::sync::Arc;

use dynamodb_session::{
    admission::{self, Admission, Try},
    audit::{Cause, Event, Kind},
    aws::client::Client,
    config::Config,
    create::{self, CreateError, Created, Credential, Former, create},
    csrf::CsrfToken,
    entropy::{Entropy, SystemEntropy},
    fault::StoreError,
    id::SessionRef,
    password::{
        PasswordCredential, account,
        dynamodb::DynamoUserStore,
        hash::{HashError, Verifier},
        store::UserStore,
    },
    reply::{self, Response},
    store::{SessionStore, dynamodb::DynamoStore},
    throttle::{self, Throttle},
    time::UnixSeconds,
    user::{TypedName, UserName},
};
use lambda::{
    cross_site,
    incoming::Incoming,
    routes::{self, Function},
};
use lambda_http::Request;
use serde::Serialize;

use crate::{
    form::Form,
    page::{Failure, Pages},
};

/// The function, over any stores.
#[derive(Debug)]
pub struct Login<S, U, E> {
    /// Where the sessions are, and the counters of the throttle.
    pub sessions: S,
    /// Where the users are.
    pub users: U,
    /// What ids are drawn from.
    pub entropy: E,
    /// What checks passwords.
    pub verifier: Verifier,
    /// The configuration.
    pub config: Arc<Config>,
}

impl Login<DynamoStore, DynamoUserStore, SystemEntropy> {
    /// The function over the tables that `config` names.
    pub fn new(client: &Client, config: &Arc<Config>) -> Result<Self, HashError> {
        Ok(Self {
            sessions: DynamoStore::new(client.clone(), config.tables.sessions.clone()),
            users: DynamoUserStore::new(client.clone(), config.tables.users.clone()),
            entropy: SystemEntropy,
            verifier: Verifier::new(&SystemEntropy)?,
            config: Arc::clone(config),
        })
    }
}

/// The body of a 200. The token is not in it: it travels in the cookie or the header alone.
#[derive(Serialize)]
struct LoggedIn<'a> {
    user: &'a str,
    session: &'a str,
    expires_at: u64,
    idle_expires_at: u64,
    /// Whether the session is remembered: a user who asked for it learns here if the deployment does not remember.
    remembered: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    csrf_token: Option<&'a str>,
}

impl<S: SessionStore + Throttle, U: UserStore, E: Entropy> Login<S, U, E> {
    /// Answers one request.
    pub async fn handle(&self, mut request: Request, now: UnixSeconds) -> Response {
        let incoming = Incoming::read(&mut request, &self.config);
        if let Some(refusal) = cross_site::check_page(&incoming, &self.config) {
            return refusal;
        }
        if let Some(refusal) = routes::check_method(incoming.request, Function::Login) {
            return refusal;
        }
        // Before the try is counted, so that nobody waits longer for having tried meanwhile.
        if let Some(seconds) = self.config.policy.closed_for(now) {
            return reply::closed(seconds);
        }
        let (forms, allowed) = (self.config.logins.form, &self.config.guard.allowed);
        let form = match Form::read(incoming.request, forms, allowed) {
            Ok(form) => form,
            Err(refused) => return refused.into_response(),
        };
        let (timeouts, remembered) = self.config.lifetimes.of_login(form.remember);
        // Before the password is checked: a login that has to wait costs no hash.
        let user = match self.admit(&incoming, &form.user, now).await {
            Ok(Admission::Granted(user)) => user,
            Ok(Admission::Wait { seconds, .. }) => {
                let answer = reply::too_many_requests(seconds);
                return form.pages.failed(answer, Failure::Wait);
            }
            Err(error) => return reply::store_fault(&error),
        };
        let credential = PasswordCredential {
            users: &self.users,
            password: &form.password,
            verifier: &self.verifier,
        };
        let login = create::Login {
            user,
            credential,
            presented: Former::of(&incoming.claim),
            timeouts,
            remembered,
            origin: incoming.origin(),
            cap: self.config.logins.max_per_user,
        };
        match create(
            &self.sessions,
            &self.entropy,
            &self.config.policy,
            &login,
            now,
        )
        .await
        {
            Ok(Some(created)) => {
                let (user, session) = (&login.user, &created.session.reference);
                Event::Login { user, session }.log();
                self.forget(user, session, now).await;
                self.logged_in(&incoming, &form.pages, &login, &created, now)
            }
            Ok(None) => {
                Event::LoginRefused { user: &login.user }.log();
                form.pages
                    .failed(reply::login_failed(), Failure::Credentials)
            }
            Err(CreateError::Closed(seconds)) => reply::closed(seconds),
            Err(CreateError::Store(error)) => reply::store_fault(&error),
            Err(error) => reply::fault(Kind::Entropy, &error),
        }
    }

    /// Counts the login, unless it has to wait.
    async fn admit(
        &self,
        incoming: &Incoming<'_>,
        typed: &TypedName,
        now: UnixSeconds,
    ) -> Result<Admission, StoreError> {
        let Config { policy, logins, .. } = &*self.config;
        let ip = incoming.address.as_deref();
        let claim = &incoming.claim;
        let login = Try { ip, claim };
        let user = account::find(&self.users, typed);
        let admission =
            admission::admit(&self.sessions, policy, logins.limits, &login, user, now).await?;
        if let Admission::Wait { seconds, by } = admission {
            Event::LoginThrottled {
                by,
                user: typed.name(),
                ip: incoming.ip(),
                seconds,
            }
            .log();
        }
        Ok(admission)
    }

    /// Forgets the guesses at the account. If that fails, the session is there all the same.
    async fn forget(&self, user: &UserName, session: &SessionRef, now: UnixSeconds) {
        let limits = self.config.logins.limits;
        if let Err(error) = throttle::forget(&self.sessions, limits, user, now).await {
            let (kind, error) = (Kind::Store(error.kind), Cause::chain(&error));
            Event::GuessesKept {
                session,
                kind,
                error,
            }
            .log();
        }
    }

    fn logged_in(
        &self,
        incoming: &Incoming<'_>,
        pages: &Pages,
        login: &create::Login<impl Credential>,
        created: &Created,
        now: UnixSeconds,
    ) -> Response {
        let session = &created.session;
        let csrf_token = self.config.guard.csrf_token(&created.id);
        let answer = reply::json(&LoggedIn {
            user: login.user.as_str(),
            session: session.reference.as_str(),
            expires_at: session.expires().0,
            idle_expires_at: session.idle_expires().0,
            remembered: login.remembered,
            csrf_token: csrf_token.as_ref().map(CsrfToken::expose),
        });
        let (config, mut response) = (&self.config, pages.logged_in(answer));
        reply::hand_out(
            &mut response,
            &incoming.carried,
            config,
            &created.token,
            session,
            now,
        );
        response
    }
}

// Its tests call it as its `main` does, from outside.
#[cfg(test)]
extern crate self as login;
#[cfg(test)]
#[path = "../tests/login/main.rs"]
mod tests;
