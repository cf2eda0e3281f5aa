//! The end of a request: its handler has answered, and no header has left yet.

use dynamodb_session::{audit::Event, reply, token, transport::cookie::Lifetime};
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
        let mut response = response;
        let mut renews = false;
        if !response.status().is_server_error() {
            match self.finish().await {
                Ok(()) => renews = true,
                Err(error) => response = error.into_reply().map(R::from),
            }
        }
        let headers = self.owed(renews);
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
    pub(crate) fn failed<R: From<String>>(&self) -> Option<Response<R>> {
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

    async fn finish(&self) -> Result<(), Error> {
        let _turn = self.0.turn.lock().await;
        self.save_in_turn().await?;
        if self.state().rotates {
            self.rotate_in_turn().await?;
        }
        Ok(())
    }

    /// The headers that go out with the answer.
    fn owed(&self, renews: bool) -> reply::Response {
        let mut headers = reply::Response::default();
        let settings = &self.0.settings;
        let (config, now) = (&settings.config, settings.now());
        let carried = self.0.asked.carried(config);
        let state = self.state();
        match (state.owed, &state.standing, &state.token) {
            (Some(Owed::HandOut), Standing::Read(live), Some(token)) => {
                reply::hand_out(&mut headers, &carried, config, token, &live.session, now);
            }
            (Some(Owed::TakeBack), ..) => reply::take_back(&mut headers, &carried, config),
            (None, Standing::Read(live), None) if renews && carried.has_cookie() => {
                let idle = config.cookie_of(&live.session).lifetime == Lifetime::Idle;
                // An id in its grace is not current: a late answer restores no old token.
                let claim = self.claim(None);
                if let Some(id) = claim.current_id(live).filter(|_| idle)
                    && settings.renewals.is_due(&live.session, now)
                {
                    let token = token::issue(id, &config.policy.format.keys);
                    reply::renew(&mut headers, &carried, config, &token, &live.session, now);
                }
            }
            _ => {}
        }
        headers
    }
}
