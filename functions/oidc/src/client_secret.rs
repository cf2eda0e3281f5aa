//! The client's secret, wherever it is kept.

use std::fmt;

use dynamodb_session::{
    aws::secrets_manager::{Secret, SecretError, Stage},
    secret::KEPT_SECONDS,
    time::UnixSeconds,
};
use tokio::sync::Mutex;

/// Where the secret comes from: by default there is none, and the client is public. It is never shown.
#[derive(Default)]
pub struct ClientSecrets(Source);

#[derive(Default)]
enum Source {
    #[default]
    None,
    Text(String),
    Kept {
        secret: Secret,
        /// What it held, and when that was read.
        held: Mutex<Option<(String, UnixSeconds)>>,
    },
}

impl ClientSecrets {
    /// A secret that is at hand.
    #[must_use]
    pub fn text(text: String) -> Self {
        Self(Source::Text(text))
    }

    /// A secret of Secrets Manager, which is read when it is needed.
    #[must_use]
    pub fn kept(secret: Secret) -> Self {
        Self(Source::Kept {
            secret,
            held: Mutex::default(),
        })
    }

    /// The secret, at most five minutes old; `None`: there is none.
    pub(crate) async fn get(&self, now: UnixSeconds) -> Result<Option<String>, SecretError> {
        match &self.0 {
            Source::None => Ok(None),
            Source::Text(text) => Ok(Some(text.clone())),
            Source::Kept { secret, held } => {
                let mut held = held.lock().await;
                if let Some((text, since)) = &*held
                    && *since <= now
                    && now < since.plus(KEPT_SECONDS)
                {
                    return Ok(Some(text.clone()));
                }
                let version = secret.read(Stage::Current).await?;
                let version = version.ok_or_else(|| secret.missing())?;
                let text = version.text.trim().to_owned();
                *held = Some((text.clone(), now));
                Ok(Some(text))
            }
        }
    }

    /// Reads it again the next time: the provider refused it.
    pub(crate) async fn forget(&self) {
        if let Source::Kept { held, .. } = &self.0 {
            *held.lock().await = None;
        }
    }
}

impl fmt::Debug for ClientSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientSecrets(..)")
    }
}
