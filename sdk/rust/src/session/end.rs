//! The end of a request: its handler has answered, and no header has left yet.

use dynamodb_session::{
    audit::{Cause, Event, Kind},
    id::SessionRef,
    reply,
    time::UnixSeconds,
    token,
    transport::cookie::Lifetime,
};
use http::{HeaderValue, Response, StatusCode, header::CACHE_CONTROL};

use super::{
    Session,
    state::{Owed, Standing},
};
use crate::error::Error;

impl Session {
    /// From now on nothing changes any more.
    pub(crate) fn close(&self) {
        self.state().closed = true;
    }

    /// Saves what the handler changed, unless its answer is a 5xx; a save that is refused, or fails, takes its answer's place.
    /// A refusal removes no cookie: it may be that of a newer login. Then the answer gets what the request owes.
    pub(crate) async fn end<R: From<String>>(&self, response: Response<R>) -> Response<R> {
        self.close();
        // A login that a spawned task began before this hands its cookie out with this answer.
        let _turn = self.0.turn.lock().await;
        let mut response = response;
        let mut renews = false;
        if !response.status().is_server_error() {
            match self.finish_in_turn().await {
                Ok(()) => renews = true,
                Err(error) => response = error.into_reply().map(R::from),
            }
        }
        let mut headers = self.owed();
        if renews {
            self.renew(&mut headers).await;
        }
        if !headers.headers().is_empty() {
            // No cache between may keep a token.
            let no_store = HeaderValue::from_static("no-store");
            response.headers_mut().insert(CACHE_CONTROL, no_store);
        }
        for (name, value) in headers.headers() {
            response.headers_mut().append(name.clone(), value.clone());
        }
        response
    }

    /// The answer in the place of one that the handler did not give, if the request owes any: its cookie has to go out.
    pub(crate) async fn failed<R: From<String>>(&self) -> Option<Response<R>> {
        self.close();
        let _turn = self.0.turn.lock().await;
        let state = self.state();
        state.owed?;
        let session = match &state.standing {
            Standing::Read(live) => Some(&live.session.reference),
            _ => None,
        };
        Event::HandlerFailed { session }.log();
        let answer = reply::problem(StatusCode::INTERNAL_SERVER_ERROR, "The request failed.");
        Some(answer.map(R::from))
    }

    async fn finish_in_turn(&self) -> Result<(), Error> {
        self.save_in_turn().await?;
        if self.state().rotates {
            self.rotate_in_turn().await?;
        }
        Ok(())
    }

    /// The token that the request got, or the removal of its cookie.
    fn owed(&self) -> reply::Response {
        let mut headers = reply::Response::default();
        let settings = &self.0.settings;
        let config = &settings.config;
        let carried = self.0.asked.carried(config);
        let state = self.state();
        match (state.owed, &state.standing, &state.token) {
            (Some(Owed::HandOut), Standing::Read(live), Some(token)) => {
                let now = settings.now();
                reply::hand_out(&mut headers, &carried, config, token, &live.session, now);
            }
            (Some(Owed::TakeBack), ..) => reply::take_back(&mut headers, &carried, config),
            _ => {}
        }
        headers
    }

    /// Writes the cookie again where it ends with the idle time and is due. Others may have been quicker since the session was read, so
    /// it is read again: an id in its grace is not current, and a late answer restores no old token.
    async fn renew(&self, headers: &mut reply::Response) {
        let settings = &self.0.settings;
        let (config, now) = (&settings.config, settings.now());
        let carried = self.0.asked.carried(config);
        let Some(due) = self.due(now) else { return };
        let claim = self.claim(None);
        match self.look(&due).await {
            Ok(live) => {
                if let Some(id) = claim.current_id(&live) {
                    let token = token::issue(id, &config.policy.format.keys);
                    reply::renew(headers, &carried, config, &token, &live.session, now);
                }
            }
            Err(error) => {
                settings.renewals.forget(&due);
                if let Error::Store(error) = error {
                    let (kind, error) = (Kind::Store(error.kind), Cause::chain(&error));
                    let session = &due;
                    Event::CookieKept {
                        session,
                        kind,
                        error,
                    }
                    .log();
                }
            }
        }
    }

    /// The session whose cookie is due to be written again, which counts as written then.
    fn due(&self, now: UnixSeconds) -> Option<SessionRef> {
        let settings = &self.0.settings;
        let config = &settings.config;
        let state = self.state();
        let (None, Standing::Read(live), None) = (state.owed, &state.standing, &state.token) else {
            return None;
        };
        let session = &live.session;
        let is_due = self.0.asked.carried(config).has_cookie()
            && config.cookie_of(session).lifetime == Lifetime::Idle
            && self.claim(None).current_id(live).is_some()
            && settings
                .renewals
                .is_due(&session.reference, session.timeouts.idle, now);
        is_due.then(|| session.reference.clone())
    }
}
