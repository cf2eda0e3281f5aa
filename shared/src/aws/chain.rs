//! Settings from where every AWS tool looks for them: the environment, profiles, roles, metadata services. For people's tools:
//! functions have [`super::environment`], and link none of this.

use std::{env, path::PathBuf};

use aws_config::{
    Region, SdkConfig,
    imds::region::ImdsRegionProvider,
    meta::region::RegionProviderChain,
    profile::{self, ProfileFileCredentialsProvider, ProfileFileRegionProvider},
    provider_config::ProviderConfig,
    stalled_stream_protection::StalledStreamProtectionConfig,
};
use aws_sdk_dynamodb::config::SharedCredentialsProvider;
use aws_types::{
    os_shim_internal::{Env, Fs},
    service_config::{LoadServiceConfig, ServiceConfigKey},
};

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
    /// AWS region. Unset: `AWS_REGION`, then `AWS_DEFAULT_REGION`, then that of the AWS profile.
    pub region: Option<String>,
    /// AWS profile, whose credentials count whatever the environment holds, and whose region unless the environment tells one. Unset:
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
    if let Some(name) = &connection.profile {
        known(name).await?;
    }
    let http = client::http_client(roots);
    let provider = ProviderConfig::default().with_http_client(http.clone());
    let profile = connection.profile.clone().or_else(|| set("AWS_PROFILE"));
    let profile = profile.unwrap_or_else(|| "default".to_owned());
    let region = connection
        .region
        .or_else(|| set("AWS_REGION"))
        .or_else(|| set("AWS_DEFAULT_REGION"));
    let of_profile = ProfileFileRegionProvider::builder().configure(&provider);
    let regions = RegionProviderChain::first_try(region.map(Region::new))
        .or_else(of_profile.profile_name(&profile).build())
        .or_else(ImdsRegionProvider::builder().configure(&provider).build());
    let mut loader = aws_config::defaults(client::behavior())
        .http_client(http)
        .retry_config(client::retries())
        .timeout_config(client::timeouts())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .profile_name(&profile)
        .region(regions);
    if let Some(endpoint) = connection.endpoint {
        loader = loader.endpoint_url(endpoint);
    }
    let config = loader.load().await;
    let region = config.region().filter(|region| !region.as_ref().is_empty());
    let region = region.ok_or(ConnectError::NoRegion)?.clone();
    let mut builder = config.to_builder();
    if connection.profile.is_some() {
        // Beside keys in the environment, the chain would not look at the profile.
        let credentials = ProfileFileCredentialsProvider::builder()
            .configure(&provider.with_region(Some(region)))
            .profile_name(profile)
            .build();
        builder.set_credentials_provider(Some(SharedCredentialsProvider::new(credentials)));
    }
    Ok(builder.service_config(WithoutEmpty(config)).build())
}

/// Whether there is a profile of this name. The SDK would tell when it looks for credentials, and of a region's not.
async fn known(name: &str) -> Result<(), ConnectError> {
    #[expect(
        clippy::default_trait_access,
        reason = "the type is of a crate that only the SDK names"
    )]
    let profiles = profile::load(&Fs::real(), &Env::real(), &Default::default(), None).await;
    // A file that can't be read is the SDK's to tell.
    match profiles {
        Ok(profiles) if profiles.get_profile(name).is_none() => {
            Err(ConnectError::NoProfile(name.to_owned()))
        }
        _ => Ok(()),
    }
}

/// A variable that the SDK would read itself, and take for a name even if it is empty.
fn set(name: &str) -> Option<String> {
    #[expect(
        clippy::disallowed_methods,
        reason = "it stands for the SDK, which reads the environment of people's tools"
    )]
    env::var(name).ok().filter(|value| !value.is_empty())
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
    use std::{fs, process::Command};

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

    /// The same of what names a region or a profile.
    #[tokio::test]
    async fn an_empty_region_or_profile_counts_as_unset() {
        const CHILD: &str = "SAY_REGION_OF_PROFILE";
        const REGION: &str = "AWS_REGION";
        const DEFAULT: &str = "AWS_DEFAULT_REGION";
        const PROFILE: &str = "AWS_PROFILE";
        if let Some(profile) = env::var_os(CHILD) {
            let profile = profile.into_string().unwrap();
            let connection = Connection {
                profile: Some(profile).filter(|name| !name.is_empty()),
                ..Connection::default()
            };
            match settings(connection).await {
                Ok(aws) => eprintln!("{}", stopped::of_tables(&aws).await),
                Err(error) => eprintln!("stopped before {error}"),
            }
            return;
        }
        let name = format!("dynamodb-session-regions-{}", std::process::id());
        let config = env::temp_dir().join(name);
        let keys = "aws_access_key_id = local\naws_secret_access_key = local\n";
        let profiles = format!(
            "[default]\nregion = eu-west-2\n{keys}[profile ours]\nregion = eu-west-1\n{keys}[profile bare]\nregion =\n{keys}"
        );
        fs::write(&config, profiles).unwrap();
        #[rustfmt::skip]
        let cases = [
            ("ours", &[][..],                                      "https://dynamodb.eu-west-1."),
            ("ours", &[(REGION, "eu-west-3")],                     "https://dynamodb.eu-west-3."),
            ("ours", &[(REGION, "")],                              "https://dynamodb.eu-west-1."),
            ("ours", &[(REGION, ""), (DEFAULT, "")],               "https://dynamodb.eu-west-1."),
            ("ours", &[(REGION, ""), (DEFAULT, "eu-west-3")],      "https://dynamodb.eu-west-3."),
            ("ours", &[(PROFILE, "default")],                      "https://dynamodb.eu-west-1."),
            ("bare", &[(REGION, "")],                              "no AWS region"),
            ("",     &[(REGION, "")],                              "https://dynamodb.eu-west-2."),
            ("",     &[(PROFILE, "")],                             "https://dynamodb.eu-west-2."),
            ("",     &[(PROFILE, "ours"), (REGION, "")],           "https://dynamodb.eu-west-1."),
            ("none", &[],                                          "there is no AWS profile none: "),
            ("none", &[(REGION, "eu-west-3")],                     "there is no AWS profile none: "),
        ];
        for (profile, variables, expected) in cases {
            let mut child = Command::new(env::current_exe().unwrap());
            child
                .args([
                    "chain::tests::an_empty_region_or_profile_counts_as_unset",
                    "--nocapture",
                ])
                .env_clear()
                .env(CHILD, profile)
                .env("AWS_CONFIG_FILE", &config)
                .env("AWS_EC2_METADATA_DISABLED", "true")
                .envs(variables.iter().copied());
            let output = child.output().unwrap();
            let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
            let expected = format!("stopped before {expected}");
            assert!(said.contains(&expected), "{profile} {variables:?}: {said}");
        }
        fs::remove_file(&config).unwrap();
    }
}
