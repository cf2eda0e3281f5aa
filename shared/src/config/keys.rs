//! Where the signing keys are.

use super::reader::Reader;
use crate::{secret::SecretArn, signing_keys::SigningKeys};

impl<L: Fn(&str) -> Option<String>> Reader<L> {
    /// The keys themselves, or the secret that holds them.
    pub(super) fn signing_keys(&mut self) -> (SigningKeys, Option<SecretArn>) {
        let (name, secret_name) = ("SESSION_SIGNING_KEYS", "SESSION_SIGNING_KEYS_SECRET_ARN");
        match (self.text(name), self.text(secret_name)) {
            (None, None) => (SigningKeys::default(), None),
            (Some(text), None) => {
                let keys = SigningKeys::parse(&text).unwrap_or_else(|problem| {
                    self.problems.push(format!("{name}: {problem}"));
                    SigningKeys::default()
                });
                (keys, None)
            }
            (None, Some(text)) => {
                let secret = SecretArn::parse(&text);
                if let Err(problem) = &secret {
                    self.problems.push(format!("{secret_name} is {problem}"));
                }
                (SigningKeys::awaited(), secret.ok())
            }
            (Some(_), Some(_)) => {
                self.problems.push(format!(
                    "{name} and {secret_name} are both set: keep the keys in one place and unset the other"
                ));
                (SigningKeys::awaited(), None)
            }
        }
    }
}
