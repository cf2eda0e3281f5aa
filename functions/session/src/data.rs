//! PATCH /session and DELETE /session/data: the session's data.

use dynamodb_session::{
    abandon,
    authorize::{Denial, lives},
    claim::Claim,
    create::{self, Visit, anonymous},
    data::{ChangeError, Changed, Edit, Write, change, size},
    entropy::Entropy,
    fault::StoreError,
    session::Live,
    store::SessionStore,
    throttle::{self, Throttle, Turn},
    time::UnixSeconds,
};
use lambda::{incoming::Incoming, reply};
use lambda_http::{
    Body, Response,
    http::{StatusCode, header::IF_MATCH},
};

use crate::{SessionRoute, patch, renew, show::show};

impl<S: SessionStore + Throttle, E: Entropy> SessionRoute<S, E> {
    /// Changes data, and makes an anonymous session for the first of it where there are such.
    pub(crate) async fn patch(
        &self,
        incoming: &Incoming<'_>,
        now: UnixSeconds,
    ) -> Result<Response<Body>, StoreError> {
        let Some(renew) = renew::asked(incoming.request) else {
            return Ok(renew::unclear());
        };
        let edit = match patch::edit(incoming.request) {
            Ok(edit) => edit,
            Err(refusal) => return Ok(refusal.into_response()),
        };
        match self.change(incoming, &edit, now).await? {
            Answer::Done(live) => {
                let mut response = show(&live.session, None)?;
                if renew {
                    self.renew(&mut response, incoming, &live, now);
                }
                Ok(response)
            }
            Answer::Refused(refusal) => Ok(refusal),
            Answer::Nobody => self.begin(incoming, &edit, now).await,
        }
    }

    /// Removes all data.
    pub(crate) async fn clear(
        &self,
        incoming: &Incoming<'_>,
        now: UnixSeconds,
    ) -> Result<Response<Body>, StoreError> {
        match self.change(incoming, &Edit::Clear, now).await? {
            Answer::Done(_) => Ok(reply::no_content()),
            Answer::Refused(refusal) => Ok(refusal),
            Answer::Nobody => Ok(reply::unauthorized()),
        }
    }

    async fn change(
        &self,
        incoming: &Incoming<'_>,
        edit: &Edit,
        now: UnixSeconds,
    ) -> Result<Answer, StoreError> {
        let named = match patch::named(incoming.request) {
            Ok(named) => named,
            Err(refusal) => return Ok(Answer::Refused(refusal.into_response())),
        };
        let write = Write {
            edit,
            tags: named.tags.as_deref(),
            limit: self.config.data_limit,
            anonymous_limit: self.config.anonymous.data_limit,
        };
        let changed = change(
            &self.sessions,
            &self.entropy,
            &self.config.policy,
            &incoming.claim,
            &write,
            now,
        );
        Ok(match changed.await {
            // What means data that it has seen is no client's first request.
            Ok(Changed::Denied { denial, .. })
                if may_begin(denial)
                    && self.config.policy.anonymous
                    && !incoming.request.headers().contains_key(IF_MATCH)
                    && !self.names_living(denial, &incoming.claim, now).await? =>
            {
                Answer::Nobody
            }
            Ok(Changed::Done(live)) => Answer::Done(live),
            Ok(Changed::Denied { .. }) => Answer::Refused(reply::unauthorized()),
            Ok(Changed::TooLarge { bytes, limit }) => Answer::Refused(too_large(bytes, limit)),
            Ok(Changed::Mismatch(_)) => Answer::Refused(named.mismatch()),
            Err(ChangeError::Store(error)) => return Err(error),
            Err(error) => Answer::Refused(reply::fault(&error, "Entropy")),
        })
    }

    /// Whether what is denied for its form or its signature names a living session all the same: this process has other
    /// keys than the one that issued the token, or another length of ids. A new session would take the user's cookie away.
    async fn names_living(
        &self,
        denial: Denial,
        claim: &Claim<'_>,
        now: UnixSeconds,
    ) -> Result<bool, StoreError> {
        match (denial, abandon::key(claim)) {
            (Denial::Malformed | Denial::Forged, Some(key)) => {
                lives(&self.sessions, &self.config.policy, &key, now).await
            }
            _ => Ok(false),
        }
    }

    /// Makes an anonymous session that begins with `edit`; an empty one is not stored.
    async fn begin(
        &self,
        incoming: &Incoming<'_>,
        edit: &Edit,
        now: UnixSeconds,
    ) -> Result<Response<Body>, StoreError> {
        let mut data = dynamodb_session::data::Data::new();
        edit.apply(&mut data);
        if data.is_empty() {
            return Ok(reply::unauthorized());
        }
        let config = &self.config;
        let limit = config.data_limit.min(config.anonymous.data_limit);
        if size(&data) > limit {
            return Ok(too_large(size(&data), limit));
        }
        if let Some(seconds) = config.policy.closed_for(now) {
            return Ok(reply::closed(seconds));
        }
        let ip = incoming.address.as_deref();
        let turn =
            throttle::anonymous(&self.sessions, config.anonymous.per_minute, ip, now).await?;
        if let Turn::Wait(seconds) = turn {
            tracing::info!(
                event = "visit_throttled",
                ip,
                seconds,
                "too many anonymous sessions"
            );
            return Ok(reply::too_many_requests(seconds));
        }
        let visit = Visit {
            timeouts: self.config.lifetimes.timeouts,
            origin: incoming.origin(),
            data,
        };
        let policy = &self.config.policy;
        match anonymous(&self.sessions, &self.entropy, policy, &visit, now).await {
            Ok(created) => {
                tracing::info!(event = "visit", session = %created.session.reference, "an anonymous session began");
                let csrf_token = self.config.guard.csrf_token(&created.id);
                let mut response = show(&created.session, csrf_token.as_ref())?;
                reply::hand_out(
                    &mut response,
                    incoming,
                    &self.config,
                    &created.token,
                    &created.session,
                    now,
                );
                Ok(response)
            }
            Err(create::CreateError::Closed(seconds)) => Ok(reply::closed(seconds)),
            Err(create::CreateError::Store(error)) => Err(error),
            Err(error) => Ok(reply::fault(&error, "Entropy")),
        }
    }
}

/// Whether an anonymous session may begin for who is denied for this. A session that is not there any more may have ended
/// this very moment, by a login or a logout of the same browser: a new one would take the cookie's place, and a user's
/// words to whoever comes next.
fn may_begin(denial: Denial) -> bool {
    matches!(
        denial,
        Denial::Absent
            | Denial::Malformed
            | Denial::Forged
            | Denial::Idle
            | Denial::Expired
            | Denial::Superseded
    )
}

/// What came of an attempt to change data.
enum Answer {
    Done(Live),
    Refused(Response<Body>),
    /// There is no session, and an anonymous one may begin.
    Nobody,
}

fn too_large(bytes: usize, limit: usize) -> Response<Body> {
    let detail = format!(
        "The session's data would have {bytes} bytes, as DynamoDB counts them; it may have {limit}. Nothing was changed."
    );
    reply::problem(StatusCode::PAYLOAD_TOO_LARGE, &detail)
}
