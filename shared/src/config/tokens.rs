//! The shape of tokens, and where the keys are that sign them.

use super::Variables;
use crate::{id::SessionId, secret::SecretArn, signing_keys::SigningKeys, token::TokenFormat};

/// What tokens look like.
#[derive(Debug)]
pub struct Tokens {
    /// `SESSION_ID_BYTES`, `SESSION_SIGNING_KEYS`. Keys of a secret are awaited.
    pub format: TokenFormat,
    /// The secret that holds the keys (`SESSION_SIGNING_KEYS_SECRET_ARN`).
    pub secret: Option<SecretArn>,
}

impl Tokens {
    /// Reads the group.
    pub fn from_variables(variables: &mut Variables<'_>) -> Self {
        let (keys, secret) = signing_keys(variables);
        let default = TokenFormat::default();
        let id_bytes = variables.number("SESSION_ID_BYTES", SessionId::BYTES, default.id_bytes);
        let format = TokenFormat { id_bytes, keys };
        Self { format, secret }
    }
}

/// The keys themselves, or the secret that holds them.
fn signing_keys(variables: &mut Variables<'_>) -> (SigningKeys, Option<SecretArn>) {
    let (name, secret_name) = ("SESSION_SIGNING_KEYS", "SESSION_SIGNING_KEYS_SECRET_ARN");
    match (variables.text(name), variables.text(secret_name)) {
        (None, None) => (SigningKeys::default(), None),
        (Some(text), None) => {
            let keys = SigningKeys::parse(&text).unwrap_or_else(|problem| {
                variables.problem(format!("{name}: {problem}"));
                SigningKeys::default()
            });
            (keys, None)
        }
        (None, Some(text)) => {
            let secret = SecretArn::parse(&text);
            if let Err(problem) = &secret {
                variables.problem(format!("{secret_name} is {problem}"));
            }
            (SigningKeys::awaited(), secret.ok())
        }
        (Some(_), Some(_)) => {
            variables.problem(format!(
                "{name} and {secret_name} are both set: keep the keys in one place and unset the other"
            ));
            (SigningKeys::awaited(), None)
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::config::tests::parse;

    #[test]
    fn the_keys_of_a_secret_are_awaited_and_kept_nowhere_else() {
        let arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:session/keys-AbCdEf";
        let config = parse(&[("SESSION_SIGNING_KEYS_SECRET_ARN", arn)]).unwrap();
        assert_eq!(config.signing_keys_secret.unwrap().as_str(), arn);
        assert!(config.policy.format.keys.are_awaited());

        let key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        let both = [
            ("SESSION_SIGNING_KEYS", key),
            ("SESSION_SIGNING_KEYS_SECRET_ARN", arn),
        ];
        assert_eq!(
            parse(&both).unwrap_err().to_string(),
            "invalid configuration: SESSION_SIGNING_KEYS and SESSION_SIGNING_KEYS_SECRET_ARN are both set: \
             keep the keys in one place and unset the other"
        );
        let misplaced = [("SESSION_SIGNING_KEYS_SECRET_ARN", key)];
        let error = parse(&misplaced).unwrap_err().to_string();
        assert!(error.contains("SESSION_SIGNING_KEYS_SECRET_ARN is not the ARN of a secret"));
        assert!(!error.contains(key), "{error}");
    }
}
