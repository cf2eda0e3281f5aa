//! AWS Secrets Manager, as far as the secrets of the functions need it.

use std::{collections::BTreeMap, error::Error, fmt};

use aws_config::{Region, SdkConfig};
use aws_sdk_secretsmanager::{
    Client, config,
    error::{ProvideErrorMetadata, SdkError},
    operation::get_secret_value::GetSecretValueOutput,
    types::Tag,
};

use super::{answer::Answered, fault};
use crate::{fault::FaultKind, secret::SecretArn, signing_keys::SigningKeys, time::UnixSeconds};

/// One secret, and a client that reaches it.
#[derive(Clone, Debug)]
pub struct Secret {
    client: Client,
    arn: SecretArn,
}

/// A version of the secret.
pub struct Version {
    /// What it holds.
    pub text: String,
    /// When it was written.
    pub created: UnixSeconds,
}

/// Which version of the secret (AWS Secrets Manager User Guide, "What's in a Secrets Manager secret?").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The version in force.
    Current,
    /// The version in force before it.
    Previous,
}

/// Why the secret can't be used. It never shows what the secret holds.
#[derive(Debug)]
pub struct SecretError {
    /// What the caller does next.
    pub kind: FaultKind,
    problem: String,
}

impl Secret {
    /// The secret in the region that its ARN names, reached with `aws`'s credentials, timeouts and trust.
    #[must_use]
    pub fn new(aws: &SdkConfig, arn: SecretArn) -> Self {
        let region = Region::new(arn.region().to_owned());
        let config = config::Builder::from(aws)
            .region(region)
            .interceptor(Answered);
        Self {
            client: Client::from_conf(config.build()),
            arn,
        }
    }

    /// The keys that it holds: the same list that `SESSION_SIGNING_KEYS` takes.
    pub async fn signing_keys(&self) -> Result<SigningKeys, SecretError> {
        let version = self.read(Stage::Current).await?;
        let version = version.ok_or_else(|| self.missing())?;
        SigningKeys::parse(&version.text).map_err(|problem| self.unfit(&problem))
    }

    /// A version, in one request; `None`: there is no such version, or no such secret.
    pub async fn read(&self, stage: Stage) -> Result<Option<Version>, SecretError> {
        let read = self.client.get_secret_value().secret_id(self.arn.as_str());
        let read = read.version_stage(match stage {
            Stage::Current => "AWSCURRENT",
            Stage::Previous => "AWSPREVIOUS",
        });
        match read.send().await {
            Ok(output) => self.version(output).map(Some),
            Err(error) if error.code() == Some("ResourceNotFoundException") => Ok(None),
            Err(error) => Err(self.failed(&error)),
        }
    }

    /// What is wrong where there is no current version.
    #[must_use]
    pub fn missing(&self) -> SecretError {
        self.unfit("there is no such secret, or nothing was stored in it")
    }

    /// Makes `text` the current version, and what was current the previous one.
    pub async fn write(&self, text: &str) -> Result<(), SecretError> {
        let write = self.client.put_secret_value().secret_id(self.arn.as_str());
        let written = write.secret_string(text).send().await;
        written.map(|_| ()).map_err(|error| self.failed(&error))
    }

    /// Its tags, which every reader of them may see.
    pub async fn tags(&self) -> Result<BTreeMap<String, String>, SecretError> {
        let read = self.client.describe_secret().secret_id(self.arn.as_str());
        let output = read.send().await.map_err(|error| self.failed(&error))?;
        let tags = output.tags.unwrap_or_default().into_iter();
        // A tag without a value has an empty value.
        let named = tags.filter_map(|tag| Some((tag.key?, tag.value.unwrap_or_default())));
        Ok(named.collect())
    }

    /// Sets a tag. The secret's text and its versions stay as they are.
    pub async fn tag(&self, name: &str, value: &str) -> Result<(), SecretError> {
        let tag = Tag::builder().key(name).value(value).build();
        let write = self.client.tag_resource().secret_id(self.arn.as_str());
        let written = write.tags(tag).send().await;
        written.map(|_| ()).map_err(|error| self.failed(&error))
    }

    fn version(&self, output: GetSecretValueOutput) -> Result<Version, SecretError> {
        let created = output.created_date.map_or(0, |date| date.secs());
        match output.secret_string {
            Some(text) if text.trim().is_empty() => Err(self.unfit("it is empty")),
            Some(text) => Ok(Version {
                text,
                created: UnixSeconds(created.try_into().unwrap_or(0)),
            }),
            None => Err(self.unfit("it holds no text: store a string")),
        }
    }

    fn failed<E, R>(&self, error: &SdkError<E, R>) -> SecretError
    where
        E: Error + ProvideErrorMetadata + 'static,
        R: fmt::Debug + 'static,
    {
        SecretError {
            kind: fault::kind(error),
            problem: self.about(&fault::describe(error)),
        }
    }

    fn unfit(&self, problem: &str) -> SecretError {
        SecretError {
            kind: FaultKind::Misconfigured,
            problem: self.about(problem),
        }
    }

    fn about(&self, problem: &str) -> String {
        format!("secret {}: {problem}", self.arn.as_str())
    }
}

impl fmt::Debug for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Version(.., {:?})", self.created)
    }
}

impl fmt::Display for SecretError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problem)
    }
}

impl Error for SecretError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing_of_what_a_version_holds() {
        let version = Version {
            text: "canary".to_owned(),
            created: UnixSeconds(7),
        };
        assert_eq!(format!("{version:?}"), "Version(.., UnixSeconds(7))");
    }
}
