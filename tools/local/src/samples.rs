//! What the sample events of `events/` present: a session, and the user with the password.
//!
//! Their secrets are in a public repository: in a table that outlives the process they would be a back door. So
//! [`crate::stack::Kept`] has them in memory alone.

use dynamodb_session::{
    authorize::Policy,
    cause,
    config::Config,
    create::{Credential, Login, create},
    entropy::{Entropy, EntropyError, SystemEntropy},
    fault::StoreError,
    password::dynamodb::DynamoUserStore,
    store::dynamodb::DynamoStore,
    time::UnixSeconds,
    user::UserName,
};

use crate::{demo, start_error::StartError};

/// The session's id, its public name in bytes, and its user with the password.
const ID: &[u8; 32] = b"events-test-session-not-a-secret";
const REFERENCE: &[u8; 16] = b"sample reference";
const USER: &str = "ada";
const PASSWORD: &str = "correct horse battery staple";

/// Adds both. The session is what a login would have made of it; no key has signed its token.
pub async fn add(
    sessions: &DynamoStore,
    users: &DynamoUserStore,
    config: &Config,
    now: UnixSeconds,
) -> Result<(), StartError> {
    let failed = |error: &(dyn std::error::Error + 'static)| {
        let cause = cause::chain(error);
        StartError(format!("the samples can't be added: {cause}"))
    };
    let user = UserName::parse(USER).map_err(|error| failed(&error))?;
    demo::put(users, &user, PASSWORD, &SystemEntropy, now).await?;
    let policy = Policy::default();
    let login = Login {
        timeouts: config.lifetimes.timeouts,
        cap: config.logins.max_per_user,
        ..Login::new(user, Granted)
    };
    let created = create(sessions, &Known, &policy, &login, now).await;
    created.map_err(|error| failed(&error))?;
    Ok(())
}

/// Draws the known bytes.
struct Known;

impl Entropy for Known {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        let known: &[u8] = match bytes.len() {
            length if length == ID.len() => ID,
            length if length == REFERENCE.len() => REFERENCE,
            _ => return Err(EntropyError),
        };
        bytes.copy_from_slice(known);
        Ok(())
    }
}

/// The samples' user, who proves nothing.
struct Granted;

impl Credential for Granted {
    type Proof = ();

    async fn verify(&self, _: &UserName) -> Result<Option<()>, StoreError> {
        Ok(Some(()))
    }

    async fn still_holds(&self, _: &UserName, (): &()) -> Result<bool, StoreError> {
        Ok(true)
    }
}
