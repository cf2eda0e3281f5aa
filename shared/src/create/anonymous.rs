//! An anonymous session: for what an application remembers of a visitor who has not logged in.

use super::{CreateError, Created, New, open};
use crate::{
    authorize::Policy,
    data::Data,
    entropy::Entropy,
    fault::{FaultKind, StoreError},
    session::{Origin, Timeouts},
    store::SessionStore,
    time::UnixSeconds,
};

/// How often it is tried, each time under another id.
const TRIES: usize = 3;

/// An anonymous session to create.
#[derive(Debug)]
pub struct Visit {
    /// Its timeouts.
    pub timeouts: Timeouts,
    /// Where it is created.
    pub origin: Origin,
    /// What it begins with.
    pub data: Data,
}

/// Creates an anonymous session.
///
/// Each try draws a new id: one that is stored late, after its answer was given up, makes a session whose token nobody
/// has.
pub async fn anonymous(
    store: &impl SessionStore,
    entropy: &impl Entropy,
    policy: &Policy,
    visit: &Visit,
    now: UnixSeconds,
) -> Result<Created, CreateError> {
    open(policy, now)?;
    let format = &policy.format;
    let mut fault = StoreError::overtaken("sessions of the same id");
    for _ in 0..TRIES {
        let mut new = New::draw(entropy, format, visit.timeouts, &visit.origin, now)?;
        new.session.data.clone_from(&visit.data);
        match store.begin(&new.id.key(), &new.session).await {
            Ok(true) => return Ok(new.into_created(&format.keys)),
            Ok(false) => {}
            Err(error) if error.kind == FaultKind::Unavailable => fault = error,
            Err(error) => return Err(error.into()),
        }
    }
    Err(fault.into())
}
