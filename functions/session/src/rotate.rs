//! POST /session/rotate: a new id for the caller's session.

use dynamodb_session::{
    audit::{Event, Kind},
    entropy::Entropy,
    fault::StoreError,
    reply::{self, Response},
    rotate::{RotateError, Rotated, rotate},
    store::SessionStore,
    time::UnixSeconds,
};
use lambda::incoming::Incoming;
use lambda_http::http::StatusCode;

use crate::SessionApi;

impl<S: SessionStore, E: Entropy> SessionApi<S, E> {
    /// A 204 with the new token; without a token, if another request was given it a moment ago.
    pub(crate) async fn rotate(
        &self,
        incoming: &Incoming<'_>,
        now: UnixSeconds,
    ) -> Result<Response, StoreError> {
        let config = &self.config;
        let grace = config.lifetimes.rotate_grace;
        let rotated = rotate(
            &self.sessions,
            &self.entropy,
            &config.policy,
            &incoming.claim,
            grace,
            now,
        );
        match rotated.await {
            Ok(Rotated::Done { token, session }) => {
                Event::Rotate {
                    session: &session.reference,
                }
                .log();
                let mut response = reply::no_content();
                reply::hand_out(
                    &mut response,
                    &incoming.carried,
                    config,
                    &token,
                    &session,
                    now,
                );
                Ok(response)
            }
            Ok(Rotated::Recent(_)) => Ok(reply::no_content()),
            Ok(Rotated::TooLarge) => Ok(reply::problem(
                StatusCode::PAYLOAD_TOO_LARGE,
                "The session's data is too large for a new id: remove some of it first.",
            )),
            Ok(Rotated::Denied { .. }) => Ok(reply::unauthorized()),
            Err(RotateError::Store(error)) => Err(error),
            Err(error) => Ok(reply::fault(Kind::Entropy, &error)),
        }
    }
}
