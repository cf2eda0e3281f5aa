//! Settings from where every AWS tool looks for them: the environment, profiles, roles, metadata services. For people's tools:
//! functions have [`super::environment`], and link none of this.

use std::path::PathBuf;

use aws_config::{
    Region, SdkConfig, profile::ProfileFileCredentialsProvider, provider_config::ProviderConfig,
    stalled_stream_protection::StalledStreamProtectionConfig,
};
use aws_sdk_dynamodb::config::SharedCredentialsProvider;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

use super::{
    client::{self, Client, ConnectError},
    trust,
};

/// What differs between places to connect from; everything unset means AWS as the environment describes it.
#[derive(Debug, Default)]
pub struct Connection {
    /// URL of the engine, or of another service, `http://` or `https://`. Unset: `AWS_ENDPOINT_URL_DYNAMODB`, then
    /// `AWS_ENDPOINT_URL`, then the region's own.
    pub endpoint: Option<String>,
    /// AWS region. Unset: `AWS_REGION`, then that of the AWS profile.
    pub region: Option<String>,
    /// AWS profile, whose credentials count whatever the environment holds, and whose region unless `AWS_REGION` is set. Unset:
    /// credentials of the environment, then those of the profile `AWS_PROFILE` or `default`.
    pub profile: Option<String>,
    /// File of PEM certificates to trust instead of Amazon's roots: the value of `AWS_CA_BUNDLE`.
    pub ca_bundle: Option<PathBuf>,
}

/// A client whose region, credentials and endpoint come from where every AWS SDK looks for them.
pub async fn connect(connection: Connection) -> Result<Client, ConnectError> {
    Ok(client::with_settings(&settings(connection).await?))
}

/// The settings of the client that [`connect`] makes: for clients of other services, which then share connections and credentials.
pub async fn settings(connection: Connection) -> Result<SdkConfig, ConnectError> {
    let roots = trust::roots(connection.ca_bundle)?;
    let http = client::http_client(roots);
    let mut loader = aws_config::defaults(client::behavior())
        .http_client(http.clone())
        .retry_config(client::retries())
        .timeout_config(client::timeouts())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
    if let Some(profile) = &connection.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(region) = connection.region {
        loader = loader.region(Region::new(region));
    }
    if let Some(endpoint) = connection.endpoint {
        loader = loader.endpoint_url(endpoint);
    }
    let config = loader.load().await;
    let region = config.region().ok_or(ConnectError::NoRegion)?;
    let mut builder = config.to_builder();
    if let Some(profile) = connection.profile {
        // Beside keys in the environment, the chain would not look at the profile.
        let provider = ProviderConfig::default()
            .with_http_client(http)
            .with_region(Some(region.clone()));
        let credentials = ProfileFileCredentialsProvider::builder()
            .configure(&provider)
            .profile_name(profile)
            .build();
        builder.set_credentials_provider(Some(SharedCredentialsProvider::new(credentials)));
    }
    Ok(builder.service_config(WithoutEmpty(config)).build())
}

/// What the environment says of a service, where an empty value counts as unset: the SDK would panic at an empty URL.
#[derive(Debug)]
struct WithoutEmpty(SdkConfig);

impl LoadServiceConfig for WithoutEmpty {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let value = self.0.service_config()?.load_config(key);
        value.filter(|value| !value.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use std::{env, process::Command};

    use super::*;
    use crate::aws::stopped;

    /// A person's environment may hold empty variables, too. Each environment needs a process of its own.
    #[tokio::test]
    async fn an_empty_endpoint_counts_as_unset() {
        const ALL: &str = "AWS_ENDPOINT_URL";
        const TABLES: &str = "AWS_ENDPOINT_URL_DYNAMODB";
        const SECRETS: &str = "AWS_ENDPOINT_URL_SECRETS_MANAGER";
        const OURS: [&str; 2] = ["http://tables.test/", "http://secrets.test/"];
        const ANY: [&str; 2] = ["http://any.test/", "http://any.test/"];
        const AWS: [&str; 2] = [
            "https://dynamodb.eu-west-1.amazonaws.com/",
            "https://secretsmanager.eu-west-1.amazonaws.com/",
        ];
        const CHILD: &str = "SAY_ENDPOINTS";
        if env::var_os(CHILD).is_some() {
            let aws = settings(Connection::default()).await.unwrap();
            eprintln!("{}", stopped::of_tables(&aws).await);
            #[cfg(feature = "secrets-manager")]
            eprintln!("{}", stopped::of_secrets(&aws).await);
            return;
        }
        #[rustfmt::skip]
        let cases = [
            (&[][..],                                                    AWS),
            (&[(TABLES, "")],                                             AWS),
            (&[(SECRETS, "")],                                            AWS),
            (&[(ALL, "")],                                                AWS),
            (&[(TABLES, ""), (SECRETS, ""), (ALL, ANY[0])],               ANY),
            (&[(TABLES, OURS[0]), (SECRETS, OURS[1]), (ALL, "")],         OURS),
        ];
        for (variables, [tables, secrets]) in cases {
            let mut child = Command::new(env::current_exe().unwrap());
            child
                .args([
                    "chain::tests::an_empty_endpoint_counts_as_unset",
                    "--nocapture",
                ])
                .env_clear()
                .env(CHILD, "yes")
                .env("AWS_REGION", "eu-west-1")
                .env("AWS_ACCESS_KEY_ID", "local")
                .env("AWS_SECRET_ACCESS_KEY", "local")
                .envs(variables.iter().copied());
            let output = child.output().unwrap();
            let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
            let stopped = |url: &str| said.contains(&format!("stopped before {url}"));
            assert!(stopped(tables), "{variables:?}: {said}");
            let has_secrets = cfg!(feature = "secrets-manager");
            assert_eq!(stopped(secrets), has_secrets, "{variables:?}: {said}");
        }
    }
}
