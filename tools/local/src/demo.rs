//! The demo user, so that there is someone to log in as.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use dynamodb_session::{
    cause,
    entropy::Entropy,
    password::{Password, dynamodb::DynamoUserStore, hash::PasswordHash, store::UserStore},
    time::UnixSeconds,
    user::UserName,
};

use crate::start_error::StartError;

/// The demo user's name.
pub const USER: &str = "demo";

/// Adds the demo user with a random password and returns it; `None` if there is one already, whose password was shown
/// only when it was made.
pub async fn add(
    users: &DynamoUserStore,
    entropy: &impl Entropy,
    now: UnixSeconds,
) -> Result<Option<String>, StartError> {
    let failed = |error: &(dyn std::error::Error + 'static)| {
        StartError(format!(
            "the demo user can't be added: {}",
            cause::chain(error)
        ))
    };
    let user = UserName::parse(USER).map_err(|error| failed(&error))?;
    if users
        .find(&user)
        .await
        .map_err(|error| failed(&error))?
        .is_some()
    {
        return Ok(None);
    }
    let mut random = [0; 15];
    entropy.fill(&mut random).map_err(|error| failed(&error))?;
    let text = URL_SAFE_NO_PAD.encode(random);
    let added = put(users, &user, &text, entropy, now).await?;
    Ok(added.then_some(text))
}

/// Adds a user with that password; `false`: there is one of that name already.
pub(crate) async fn put(
    users: &DynamoUserStore,
    user: &UserName,
    password: &str,
    entropy: &impl Entropy,
    now: UnixSeconds,
) -> Result<bool, StartError> {
    let failed = |error: &(dyn std::error::Error + 'static)| {
        let cause = cause::chain(error);
        StartError(format!("the user {user} can't be added: {cause}"))
    };
    let password = Password::chosen(password.to_owned()).map_err(|error| failed(&error))?;
    let hash = PasswordHash::new(&password, entropy).map_err(|error| failed(&error))?;
    let added = users.add(user, &hash, now).await;
    added.map_err(|error| failed(&error))
}
