//! PATCH /session and DELETE /session/data: the session's data.

use dynamodb_session::{
    audit::{Event, Kind},
    create::{Begun, CreateError, FirstWrite, Visit, VisitLimits, begin, may_begin},
    data::{Data, Edit},
    entropy::Entropy,
    fault::StoreError,
    patch::{Patch, PatchError, Patched, patch},
    reply::{self, Response},
    session::Live,
    store::SessionStore,
    throttle::Throttle,
    time::UnixSeconds,
};
use lambda::incoming::Incoming;
use lambda_http::http::{StatusCode, header::IF_MATCH};

use crate::{SessionApi, patch, renew, show::show};

impl<S: SessionStore + Throttle, E: Entropy> SessionApi<S, E> {
    /// Changes data. Where anonymous sessions are on, a client's first data begins one.
    pub(crate) async fn patch(
        &self,
        incoming: &Incoming<'_>,
        now: UnixSeconds,
    ) -> Result<Response, StoreError> {
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
            Answer::First => self.begin(incoming, &edit, now).await,
        }
    }

    /// Removes all data.
    pub(crate) async fn clear(
        &self,
        incoming: &Incoming<'_>,
        now: UnixSeconds,
    ) -> Result<Response, StoreError> {
        match self.change(incoming, &Edit::Clear, now).await? {
            Answer::Done(_) => Ok(reply::no_content()),
            Answer::Refused(refusal) => Ok(refusal),
            Answer::First => Ok(reply::unauthorized()),
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
        let change = Patch {
            edit,
            tags: named.tags.as_deref(),
            limit: self.config.data_limit,
            anonymous_limit: self.config.anonymous.data_limit,
        };
        let patched = patch(
            &self.sessions,
            &self.entropy,
            &self.config.policy,
            &incoming.claim,
            &change,
            now,
        );
        Ok(match patched.await {
            Ok(Patched::Done(live)) => Answer::Done(live),
            Ok(Patched::Denied { denial, .. }) => {
                let write = FirstWrite {
                    claim: &incoming.claim,
                    denial,
                    conditional: incoming.request.headers().contains_key(IF_MATCH),
                };
                if may_begin(&self.sessions, &self.config.policy, &write, now).await? {
                    Answer::First
                } else {
                    Answer::Refused(reply::unauthorized())
                }
            }
            Ok(Patched::TooLarge { bytes, limit }) => Answer::Refused(too_large(bytes, limit)),
            Ok(Patched::Mismatch(_)) => Answer::Refused(named.mismatch()),
            Err(PatchError::Store(error)) => return Err(error),
            Err(error) => Answer::Refused(reply::fault(Kind::Entropy, &error)),
        })
    }

    /// Makes an anonymous session that begins with `edit`; an empty one is not stored.
    async fn begin(
        &self,
        incoming: &Incoming<'_>,
        edit: &Edit,
        now: UnixSeconds,
    ) -> Result<Response, StoreError> {
        let config = &self.config;
        let mut data = Data::new();
        edit.apply(&mut data);
        let visit = Visit {
            timeouts: config.lifetimes.timeouts,
            origin: incoming.origin(),
            data,
        };
        let limits = VisitLimits {
            bytes: config.data_limit,
            anonymous_bytes: config.anonymous.data_limit,
            address_per_minute: config.anonymous.per_minute,
        };
        let (store, policy) = (&self.sessions, &config.policy);
        match begin(store, &self.entropy, policy, limits, &visit, now).await {
            Ok(Begun::Session(created)) => {
                let session = &created.session.reference;
                Event::Visit { session }.log();
                let csrf_token = self.config.guard.csrf_token(&created.id);
                let mut response = show(&created.session, csrf_token.as_ref())?;
                reply::hand_out(
                    &mut response,
                    &incoming.carried,
                    &self.config,
                    &created.token,
                    &created.session,
                    now,
                );
                Ok(response)
            }
            Ok(Begun::Empty) => Ok(reply::unauthorized()),
            Ok(Begun::TooLarge { bytes, limit }) => Ok(too_large(bytes, limit)),
            Ok(Begun::Wait(seconds)) => {
                let ip = incoming.ip();
                Event::VisitThrottled { ip, seconds }.log();
                Ok(reply::too_many_requests(seconds))
            }
            Err(CreateError::Closed(seconds)) => Ok(reply::closed(seconds)),
            Err(CreateError::Store(error)) => Err(error),
            Err(error) => Ok(reply::fault(Kind::Entropy, &error)),
        }
    }
}

/// What came of an attempt to change data.
enum Answer {
    Done(Live),
    Refused(Response),
    /// There is no session, and an anonymous one may begin.
    First,
}

fn too_large(bytes: usize, limit: usize) -> Response {
    let detail = format!(
        "The session's data would have {bytes} bytes, as DynamoDB counts them; it may have {limit}. Nothing was changed."
    );
    reply::problem(StatusCode::PAYLOAD_TOO_LARGE, &detail)
}
