//! POST /login: a user name and a password in, a new session out.
//!
//! Whatever session the request presents ends, and nothing of its id is taken over (OWASP, "Session Fixation").

mod form;
mod page;

use std::sync::Arc;

use dynamodb_session::{
    cause,
    config::Config,
    create::{self, CreateError, Created, Former, create},
    csrf::CsrfToken,
    entropy::Entropy,
    id::SessionRef,
    password::{PasswordCredential, account, hash::Verifier, store::UserStore},
    session::{Origin, Status},
    store::{Found, SessionStore, StoreError},
    throttle::{self, Throttle, Turn},
    time::UnixSeconds,
    user::{TypedName, UserName},
};
use lambda::{
    cross_site, event, reply,
    routes::{self, Function},
};
use lambda_http::{Body, Request, Response, http::header::USER_AGENT};
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

/// The body of a 200. The token is not in it: it travels in the cookie or the header alone.
#[derive(Serialize)]
struct LoggedIn<'a> {
    user: &'a str,
    session: &'a str,
    expires_at: u64,
    idle_expires_at: u64,
    /// Who asks to be remembered where nobody is learns it here.
    remembered: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    csrf_token: Option<&'a str>,
}

impl<S: SessionStore + Throttle, U: UserStore, E: Entropy> Login<S, U, E> {
    /// Answers one request.
    pub async fn handle(&self, request: Request, now: UnixSeconds) -> Response<Body> {
        if let Some(refusal) = cross_site::check_page(&request, &self.config) {
            return refusal;
        }
        if let Some(refusal) = routes::check_method(&request, Function::Login) {
            return refusal;
        }
        // Before a try is counted: nobody waits longer for having tried meanwhile.
        if let Some(seconds) = self.config.policy.closed_for(now) {
            return reply::closed(seconds);
        }
        let form = match Form::read(&request, self.config.login_form) {
            Ok(form) => form,
            Err(refused) => return refused.into_response(),
        };
        let presented = event::presented(&request, &self.config.transport);
        let agent = request.headers().get(USER_AGENT);
        let ip = event::client_ip(&request, &self.config);
        let (timeouts, remembered) = self.config.timeouts_of_login(form.remember);
        let account = match account::find(&self.users, &form.user).await {
            Ok(account) => account,
            Err(error) => return reply::store_fault(&error),
        };
        let login = create::Login {
            user: account.user,
            presented: Former::of(&self.config.policy, &presented),
            timeouts,
            remembered,
            origin: Origin::new(ip.as_deref(), agent.and_then(|agent| agent.to_str().ok())),
            cap: self.config.max_per_user,
        };
        // Before the password is looked at: what waits costs no hash.
        match self.turn(ip.as_deref(), &form.user, &login, now).await {
            Ok(Turn::Granted) => {}
            Ok(Turn::Wait(seconds)) => {
                let answer = reply::too_many_requests(seconds);
                return form.pages.failed(answer, Failure::Wait);
            }
            Err(error) => return reply::store_fault(&error),
        }
        let credential = PasswordCredential {
            users: &self.users,
            user: &login.user,
            password: &form.password,
            verifier: &self.verifier,
        };
        match create(
            &self.sessions,
            &self.entropy,
            &self.config.policy,
            &login,
            &credential,
            now,
        )
        .await
        {
            Ok(Some(created)) => {
                let session = created.session.reference.as_str();
                tracing::info!(event = "login", user = %login.user, session, "logged in");
                for user in &account.forgets {
                    self.forget(user, now).await;
                }
                self.logged_in(&request, &form.pages, &login, &created, now)
            }
            Ok(None) => {
                tracing::info!(event = "login_refused", user = %login.user, "wrong user name or password");
                form.pages
                    .failed(reply::login_failed(), Failure::Credentials)
            }
            Err(CreateError::Closed(seconds)) => reply::closed(seconds),
            Err(CreateError::Store(error)) => reply::store_fault(&error),
            Err(error) => reply::fault(&error, "Entropy"),
        }
    }

    /// Counts the login: first at its address, so that who is stopped there can't make the user wait; and where the
    /// user has to wait because of others, at the browser.
    async fn turn(
        &self,
        ip: Option<&str>,
        typed: &TypedName,
        login: &create::Login,
        now: UnixSeconds,
    ) -> Result<Turn, StoreError> {
        let (store, limits, user) = (&self.sessions, self.config.login_limits, &login.user);
        let mut by = "address";
        let mut turn = throttle::from_address(store, limits, ip, now).await?;
        if turn == Turn::Granted {
            by = "account";
            turn = throttle::at_typed(store, limits, typed, now).await?;
            if turn != Turn::Granted
                && let Some(session) = self.own_session(login, now).await?
            {
                by = "device";
                turn = throttle::from_device(store, limits, &session, now).await?;
            }
        }
        if let Turn::Wait(seconds) = turn {
            tracing::info!(event = "login_throttled", by, %user, ip, seconds, "too many logins");
        }
        Ok(turn)
    }

    /// The user's session that the request proves to hold, though it may have been idle for too long.
    async fn own_session(
        &self,
        login: &create::Login,
        now: UnixSeconds,
    ) -> Result<Option<SessionRef>, StoreError> {
        let Some(former) = login.presented.as_ref().filter(|former| former.verified) else {
            return Ok(None);
        };
        let Found::Session(session) = self.sessions.session(&former.key).await? else {
            return Ok(None);
        };
        let status = session.status(now, self.config.policy.not_before);
        let lasts = matches!(status, Status::Alive | Status::Idle);
        let own = lasts && session.user.as_ref() == Some(&login.user);
        Ok(own.then_some(session.reference))
    }

    /// Forgets the guesses at the account. If that fails, the session is there all the same.
    async fn forget(&self, user: &UserName, now: UnixSeconds) {
        if self.config.login_limits.free_failures == 0 {
            return;
        }
        if let Err(error) = throttle::forget(&self.sessions, user, now).await {
            let (kind, error) = (format!("{:?}", error.kind), cause::chain(&error));
            tracing::error!(
                event = "store_fault",
                kind,
                error,
                "earlier guesses still count"
            );
        }
    }

    fn logged_in(
        &self,
        request: &Request,
        pages: &Pages,
        login: &create::Login,
        created: &Created,
        now: UnixSeconds,
    ) -> Response<Body> {
        let session = &created.session;
        let Config { guard, policy, .. } = &*self.config;
        let csrf_token = guard.csrf_token(created.token.expose(), &policy.format);
        let answer = reply::json(&LoggedIn {
            user: login.user.as_str(),
            session: session.reference.as_str(),
            expires_at: session.expires().0,
            idle_expires_at: session.idle_expires().0,
            remembered: login.remembered,
            csrf_token: csrf_token.as_ref().map(CsrfToken::expose),
        });
        let (config, mut response) = (&self.config, pages.logged_in(answer));
        reply::hand_out(&mut response, request, config, &created.token, session, now);
        response
    }
}

// Its tests call it as its `main` does, from outside.
#[cfg(test)]
extern crate self as login;
#[cfg(test)]
#[path = "../tests/login/main.rs"]
mod tests;
