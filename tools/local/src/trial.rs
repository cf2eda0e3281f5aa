//! The OpenID provider of `--oidc`: in this process, with users that have no password, and new keys at each start.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use dynamodb_session::{
    config,
    entropy::{Entropy, SystemEntropy},
    time::UnixSeconds,
};
use oidc::CALLBACK;
use provider::{Provider, Settings, client::Client, clock::Clock, user::User};

use crate::start_error::StartError;

/// The names of the variables that `--oidc` decides.
const PREFIX: &str = "SESSION_OIDC_";

const CLIENT_ID: &str = "dynamodb-session-local";

/// A provider that runs. Its `Debug` shows its issuer alone.
pub struct Trial {
    provider: Provider,
    secret: String,
}

impl Trial {
    /// Starts one on any free port of 127.0.0.1. It knows where the stack is once it is told ([`Trial::settle`]).
    pub async fn start(clock: fn() -> UnixSeconds) -> Result<Self, StartError> {
        let mut bytes = [0; 32];
        let drawn = SystemEntropy.fill(&mut bytes);
        drawn.map_err(|error| StartError(format!("no secret for --oidc: {error}")))?;
        let secret = URL_SAFE_NO_PAD.encode(bytes);
        let provider = Provider::start(Settings {
            client: client(&secret, ""),
            users: User::samples(),
            clock: Clock::Running(clock),
        });
        let provider = provider
            .await
            .map_err(|error| StartError(format!("no provider for --oidc: {error}")))?;
        Ok(Self { provider, secret })
    }

    /// Its issuer, which is the address of its own page as well.
    #[must_use]
    pub fn issuer(&self) -> &str {
        self.provider.issuer()
    }

    /// Whether it decides a variable of the functions, and the value then; all that it does not set counts as unset.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<Option<String>> {
        let value = match name.strip_prefix(PREFIX)? {
            "ISSUER" => self.issuer().to_owned(),
            "CLIENT_ID" => CLIENT_ID.to_owned(),
            "CLIENT_SECRET" => self.secret.clone(),
            "NAME" => "the trial provider".to_owned(),
            "SCOPES" => "openid,profile,email".to_owned(),
            "CLAIMS" => "name,email".to_owned(),
            "LOGOUT_URL" => format!("{}/logout", self.issuer()),
            _ => return Some(None),
        };
        Some(Some(value))
    }

    /// Tells either side where the other is: the stack listens on `port`.
    pub fn settle(&self, provider: &mut config::Provider, port: u16) {
        let client = client(&self.secret, &format!("http://localhost:{port}"));
        provider.redirect_uri = Some(client.redirect_uri.clone());
        if let Some(end) = &mut provider.end_session {
            end.return_uri.clone_from(&client.post_logout_redirect_uri);
        }
        self.provider.register(client);
    }
}

/// The client that the stack at `url` is.
fn client(secret: &str, url: &str) -> Client {
    Client {
        id: CLIENT_ID.to_owned(),
        secret: Some(secret.to_owned()),
        redirect_uri: format!("{url}{CALLBACK}"),
        post_logout_redirect_uri: Some(format!("{url}/")),
        backchannel_logout_uri: Some(format!("{url}/logout/backchannel")),
    }
}

impl fmt::Debug for Trial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Trial({})", self.issuer())
    }
}

#[cfg(test)]
mod tests {
    use dynamodb_session::config::Config;

    use super::*;

    #[tokio::test]
    async fn it_decides_all_of_its_variables_and_no_other() {
        let trial = Trial::start(|| UnixSeconds(0)).await.unwrap();
        assert_eq!(trial.variable("SESSION_TABLE"), None);
        assert_eq!(trial.variable("SESSION_OIDC_EMAIL_DOMAINS"), Some(None));
        let lookup = |name: &str| trial.variable(name).flatten();
        let config = Config::parse(lookup, UnixSeconds(0)).unwrap();
        let mut provider = config.provider.unwrap();
        assert_eq!(provider.issuer, trial.issuer());
        trial.settle(&mut provider, 3000);
        let redirect = "http://localhost:3000/login/oidc/callback";
        assert_eq!(provider.redirect_uri.as_deref(), Some(redirect));
        let end = provider.end_session.unwrap();
        assert_eq!(end.url, format!("{}/logout", trial.issuer()));
        assert_eq!(end.return_uri.as_deref(), Some("http://localhost:3000/"));
        assert!(!format!("{trial:?}").contains(&trial.secret));
    }
}
