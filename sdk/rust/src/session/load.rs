//! A request's session is found: at once by the layer itself, or when it is first used behind the authorizer.

use std::sync::Arc;

use dynamodb_session::{
    audit::{Cause, Event},
    authorize::{Decision, Denial, authorize, identify, look},
    claim::Claim,
    id::SessionRef,
    reply::{self, Response},
    session::Live,
    transport::Presented,
};
use http::StatusCode;

use super::{Session, state::Standing};
use crate::{
    asked::Asked,
    context::{Context, ContextError},
    error::Error,
    settings::{Settings, Way},
};

impl Session {
    /// The session of a request that goes ahead, or the answer to one that does not.
    pub(crate) async fn find(
        settings: Arc<Settings>,
        asked: Asked,
        told: Option<Result<Context, ContextError>>,
    ) -> Result<Self, Response> {
        let now = settings.now();
        if let Some(refresh) = &settings.refresh
            && !refresh(now).await
        {
            return Err(reply::unavailable());
        }
        let standing = {
            let config = &settings.config;
            let claim = Claim::verify(asked.carried(config).presented(), &config.policy.format);
            match (settings.way, told) {
                (Way::ByItself { required }, _) => {
                    if asked.merged {
                        Event::HeadersMerged {}.log();
                        return Err(reply::problem(StatusCode::INTERNAL_SERVER_ERROR, MERGED));
                    }
                    let refused = |denial| reply::refused(denial, None);
                    asked.check(config, None).map_err(refused)?;
                    let decision = if required {
                        authorize(&settings.store, &config.policy, &claim, now).await
                    } else {
                        identify(&settings.store, &config.policy, &claim, now).await
                    };
                    match decision.map_err(|error| reply::store_fault(&error))? {
                        Decision::Allow(live) => {
                            // A client whose session is over has no CSRF token any more, and nothing to protect.
                            let id = claim.id().ok();
                            let name = &live.session.reference;
                            let refused = |denial| reply::refused(denial, Some(name));
                            asked.check(config, id).map_err(refused)?;
                            Standing::Read(live)
                        }
                        Decision::Deny { denial, session } => {
                            log(denial, session.as_ref(), claim.presented());
                            if required {
                                return Err(reply::unauthorized());
                            }
                            Standing::Nobody(denial)
                        }
                    }
                }
                (Way::Behind(_), told) => {
                    let context = told.unwrap_or(Err(ContextError::NotGuarded));
                    let context = context.map_err(|error| not_guarded(&error))?;
                    let id = claim.id().ok();
                    let name = &context.session;
                    let refused = |denial| reply::refused(denial, Some(name));
                    asked.check(config, id).map_err(refused)?;
                    Standing::Told(context)
                }
            }
        };
        Ok(Self::new(settings, asked, standing))
    }

    /// Reads the session, if it was only told of so far.
    pub(super) async fn load(&self) -> Result<(), Error> {
        let _turn = self.0.turn.lock().await;
        self.load_in_turn().await
    }

    pub(super) async fn load_in_turn(&self) -> Result<(), Error> {
        let told = match &self.state().standing {
            Standing::Told(context) => context.session.clone(),
            Standing::Nobody(_) | Standing::Read(_) | Standing::Ended => return Ok(()),
        };
        let live = self.look(&told).await?;
        self.state().stand(live)?;
        Ok(())
    }

    /// One strongly consistent read, which is not a use: the authorizer's touch was one. The session is the one that it told of,
    /// or there is none.
    pub(super) async fn look(&self, told: &SessionRef) -> Result<Live, Error> {
        let settings = &self.0.settings;
        let (token, now) = (self.token(), settings.now());
        let claim = self.claim(token.as_deref());
        let policy = &settings.config.policy;
        match look(&settings.store, policy, &claim, now).await? {
            Decision::Allow(live) if live.session.reference == *told => Ok(live),
            Decision::Allow(live) => {
                let session = &live.session.reference;
                Event::OtherSession { session, told }.log();
                Err(Error::NotLoggedIn)
            }
            Decision::Deny { denial, session } => {
                log(denial, session.as_ref(), claim.presented());
                Err(Error::NotLoggedIn)
            }
        }
    }
}

/// Of two headers of an event one was shown: nobody can tell whether a second token was there.
const MERGED: &str = "The function hides headers that are there twice: serve its events with event::service, as docs/backends.md shows.";

/// The 500 for a route that the authorizer does not guard. It is logged.
pub(crate) fn not_guarded(error: &ContextError) -> Response {
    Event::NotGuarded {
        error: Cause::alone(error),
    }
    .log();
    let detail = match error {
        ContextError::NotGuarded => {
            "The route to this backend has no session authorizer: attach it, as docs/attach.md shows."
        }
        ContextError::Bad(_) => "The context of this call is not the session authorizer's.",
    };
    reply::problem(StatusCode::INTERNAL_SERVER_ERROR, detail)
}

/// Logs a denial of what a request presents: a request that presents nothing is no matter for a log.
pub(super) fn log(denial: Denial, session: Option<&SessionRef>, presented: Presented<'_>) {
    if !matches!(presented, Presented::Nothing) {
        denial.log(session, presented);
    }
}
