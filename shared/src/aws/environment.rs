//! What Lambda's environment says of AWS: where it is, and in whose name it is asked. Nothing else is looked at: no profile,
//! no role to take, no metadata service.

use std::path::{Path, PathBuf};

use aws_config::{Region, SdkConfig};
use aws_sdk_dynamodb::config::AppName;
use aws_types::endpoint_config::AccountIdEndpointMode;

use super::{
    client::{self, ConnectError},
    credentials::Source,
    endpoints::Endpoints,
    trust,
};
use crate::variables::Variables;

/// What a function is told of AWS, by the variables that docs/configuration.md lists.
#[derive(Debug)]
pub struct Environment {
    region: Option<Region>,
    credentials: Option<Source>,
    endpoints: Endpoints,
    ca_bundle: Option<PathBuf>,
    fips: Option<bool>,
    dual_stack: Option<bool>,
    account_id_mode: Option<AccountIdEndpointMode>,
    app: Option<AppName>,
    uncorrected_clock: Option<bool>,
}

impl Environment {
    /// Reads the variables; an empty one counts as unset. Settings are made of it where there was no problem.
    pub fn from_variables(variables: &mut Variables<'_>) -> Self {
        let region = variables.text("AWS_REGION");
        let region = region.or_else(|| variables.text("AWS_DEFAULT_REGION"));
        if region.is_none() {
            variables.problem("no AWS region: set AWS_REGION".to_owned());
        }
        Self {
            region: region.map(Region::new),
            credentials: Source::from_variables(variables),
            endpoints: Endpoints::from_variables(variables),
            ca_bundle: variables.text("AWS_CA_BUNDLE").map(PathBuf::from),
            fips: variables.truth("AWS_USE_FIPS_ENDPOINT"),
            dual_stack: variables.truth("AWS_USE_DUALSTACK_ENDPOINT"),
            account_id_mode: variables.parsed(
                "AWS_ACCOUNT_ID_ENDPOINT_MODE",
                "preferred or disabled or required",
                |text| text.parse().ok(),
            ),
            app: variables.parsed(
                "AWS_SDK_UA_APP_ID",
                "a name of ASCII letters, digits and !#$%&'*+-.^_`|~",
                |text| AppName::new(text.to_owned()).ok(),
            ),
            uncorrected_clock: variables.truth("AWS_DISABLE_CLOCK_SKEW_CORRECTION"),
        }
    }

    /// The file of certificates that is to be trusted (`AWS_CA_BUNDLE`).
    #[must_use]
    pub fn ca_bundle(&self) -> Option<&Path> {
        self.ca_bundle.as_deref()
    }

    /// The settings that clients of all services are made of: they share connections and credentials.
    pub fn settings(self) -> Result<SdkConfig, ConnectError> {
        let http_client = client::http_client(trust::roots(self.ca_bundle)?);
        let credentials = self.credentials.map(|source| source.provider(&http_client));
        let mut settings = client::limited(http_client).region(self.region);
        settings
            .set_credentials_provider(credentials)
            .set_endpoint_url(self.endpoints.all.clone())
            .set_use_fips(self.fips)
            .set_use_dual_stack(self.dual_stack)
            .set_account_id_endpoint_mode(self.account_id_mode)
            .set_app_name(self.app)
            .set_disable_clock_skew_correction(self.uncorrected_clock);
        Ok(settings.service_config(self.endpoints).build())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        aws::stopped,
        variables::{self, ConfigError},
    };

    const KEYS: [(&str, &str); 3] = [
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "canary"),
    ];

    /// What the variables make, over a region and keys.
    fn read(variables: &[(&str, &str)]) -> Result<Environment, ConfigError> {
        let lookup = |name: &str| {
            let mut all = variables.iter().chain(&KEYS);
            let found = all.find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        variables::read(&lookup, Environment::from_variables)
    }

    async fn request(variables: &[(&str, &str)]) -> String {
        let aws = read(variables).unwrap().settings().unwrap();
        stopped::of_tables(&aws).await
    }

    /// What is in a client's request to DynamoDB if the variables are set. Each variable is in a row with one that it comes
    /// before, and in one where it is empty.
    #[tokio::test]
    async fn each_variable_does_what_it_does_in_every_sdk() {
        const DYNAMODB: &str = "before https://dynamodb.eu-west-1.amazonaws.com/";
        const ALL: (&str, &str) = ("AWS_ENDPOINT_URL", "http://all.test");
        const TABLES: (&str, &str) = ("AWS_ENDPOINT_URL_DYNAMODB", "http://tables.test");
        const ACCOUNT: (&str, &str) = ("AWS_ACCOUNT_ID", "123456789012");
        #[rustfmt::skip]
        let cases = [
            (&[][..],                                                        DYNAMODB),
            (&[("AWS_REGION", "eu-west-2"), ("AWS_DEFAULT_REGION", "eu-west-3")], "before https://dynamodb.eu-west-2."),
            (&[("AWS_REGION", ""), ("AWS_DEFAULT_REGION", "eu-west-3")],      "before https://dynamodb.eu-west-3."),
            (&[("AWS_DEFAULT_REGION", "")],                                  DYNAMODB),
            (&[("AWS_ACCESS_KEY_ID", "AKIDOTHER")],                          "Credential=AKIDOTHER/"),
            (&[("AWS_SESSION_TOKEN", "passing")],                            "x-amz-security-token: passing"),
            (&[("AWS_ENDPOINT_URL", "")],                                    DYNAMODB),
            (&[ALL],                                                         "before http://all.test/"),
            (&[ALL, ("AWS_ENDPOINT_URL_DYNAMODB", "")],                      "before http://all.test/"),
            (&[ALL, TABLES],                                                 "before http://tables.test/"),
            (&[ALL, TABLES, ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "TRUE")], DYNAMODB),
            (&[ALL, ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "false")],       "before http://all.test/"),
            (&[ALL, ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "")],            "before http://all.test/"),
            (&[("AWS_USE_FIPS_ENDPOINT", "true")],                           "before https://dynamodb-fips.eu-west-1.amazonaws.com/"),
            (&[("AWS_USE_FIPS_ENDPOINT", "")],                               DYNAMODB),
            (&[("AWS_USE_DUALSTACK_ENDPOINT", "true")],                      "before https://dynamodb.eu-west-1.api.aws/"),
            (&[("AWS_USE_DUALSTACK_ENDPOINT", "")],                          DYNAMODB),
            (&[ACCOUNT],                                                     "before https://123456789012.ddb.eu-west-1.amazonaws.com/"),
            (&[("AWS_ACCOUNT_ID", "")],                                      DYNAMODB),
            (&[ACCOUNT, ("AWS_ACCOUNT_ID_ENDPOINT_MODE", "disabled")],       DYNAMODB),
            (&[ACCOUNT, ("AWS_ACCOUNT_ID_ENDPOINT_MODE", "")],               "before https://123456789012.ddb."),
            (&[("AWS_ACCOUNT_ID_ENDPOINT_MODE", "Required")],                "AccountIdEndpointMode is required but no AccountID was provided"),
            (&[("AWS_SDK_UA_APP_ID", "shop")],                               "app/shop"),
        ];
        for (variables, expected) in cases {
            let asked = request(variables).await;
            assert!(asked.contains(expected), "{variables:?}: {asked}");
        }
        for name in ["AWS_SESSION_TOKEN", "AWS_SDK_UA_APP_ID"] {
            let asked = request(&[(name, "")]).await;
            let unset = ["x-amz-security-token", " app/"];
            assert!(
                unset.iter().all(|it| !asked.contains(it)),
                "{name}: {asked}"
            );
        }
    }

    #[cfg(feature = "secrets-manager")]
    #[tokio::test]
    async fn secrets_manager_has_an_address_of_its_own() {
        const ALL: (&str, &str) = ("AWS_ENDPOINT_URL", "http://all.test");
        const SECRETS: &str = "AWS_ENDPOINT_URL_SECRETS_MANAGER";
        const AWS: &str = "before https://secretsmanager.eu-west-1.amazonaws.com/";
        #[rustfmt::skip]
        let cases = [
            (&[][..],                                   AWS),
            (&[(SECRETS, "")],                          AWS),
            (&[ALL, (SECRETS, "")],                     "before http://all.test/"),
            (&[ALL, (SECRETS, "http://secrets.test")],  "before http://secrets.test/"),
            (&[("AWS_ENDPOINT_URL_DYNAMODB", "http://tables.test")], AWS),
        ];
        for (variables, expected) in cases {
            let aws = read(variables).unwrap().settings().unwrap();
            let asked = stopped::of_secrets(&aws).await;
            assert!(asked.contains(expected), "{variables:?}: {asked}");
        }
    }

    #[test]
    fn a_clock_may_go_uncorrected() {
        let corrected = |value| {
            let aws = read(&[("AWS_DISABLE_CLOCK_SKEW_CORRECTION", value)]);
            let aws = aws.unwrap().settings().unwrap();
            !aws.disable_clock_skew_correction().unwrap_or_default()
        };
        assert_eq!(
            [corrected(""), corrected("false"), corrected("true")],
            [true, true, false]
        );
    }

    #[test]
    fn what_cannot_be_used_is_told_with_what_can() {
        const URL: &str = "not a URL such as http://127.0.0.1:8000";
        #[rustfmt::skip]
        let cases = [
            ("AWS_REGION",                           "",               "no AWS region: set AWS_REGION".to_owned()),
            ("AWS_USE_FIPS_ENDPOINT",                "maybe",          "AWS_USE_FIPS_ENDPOINT is \"maybe\", not true or false".to_owned()),
            ("AWS_USE_DUALSTACK_ENDPOINT",           "1",              "AWS_USE_DUALSTACK_ENDPOINT is \"1\", not true or false".to_owned()),
            ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",  "yes",            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS is \"yes\", not true or false".to_owned()),
            ("AWS_DISABLE_CLOCK_SKEW_CORRECTION",    "off",            "AWS_DISABLE_CLOCK_SKEW_CORRECTION is \"off\", not true or false".to_owned()),
            ("AWS_ACCOUNT_ID_ENDPOINT_MODE",         "always",         "AWS_ACCOUNT_ID_ENDPOINT_MODE is \"always\", not preferred or disabled or required".to_owned()),
            ("AWS_SDK_UA_APP_ID",                    "my shop",        "AWS_SDK_UA_APP_ID is \"my shop\", not a name of ASCII letters, digits and !#$%&'*+-.^_`|~".to_owned()),
            ("AWS_ENDPOINT_URL",                     "127.0.0.1:8000", format!("AWS_ENDPOINT_URL is \"127.0.0.1:8000\", {URL}")),
            ("AWS_ENDPOINT_URL_DYNAMODB",            "http://",        format!("AWS_ENDPOINT_URL_DYNAMODB is \"http://\", {URL}")),
            ("AWS_ENDPOINT_URL_DYNAMODB",            "ftp://me:canary@host", format!("AWS_ENDPOINT_URL_DYNAMODB is \"host\", {URL}")),
            ("AWS_ENDPOINT_URL_SECRETS_MANAGER",     "/tmp",           format!("AWS_ENDPOINT_URL_SECRETS_MANAGER is \"/tmp\", {URL}")),
            ("AWS_SECRET_ACCESS_KEY",                "",               "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY belong together: set both".to_owned()),
        ];
        for (name, value, expected) in cases {
            let told = read(&[(name, value)]).unwrap_err();
            assert_eq!(told.0, [expected]);
            assert!(!told.to_string().contains("canary"), "{told}");
        }
    }

    #[test]
    fn a_bad_bundle_is_told_with_its_path() {
        let settings = |path: &str| read(&[("AWS_CA_BUNDLE", path)]).unwrap().settings();
        let missing = settings("/nowhere/ca.pem").unwrap_err().to_string();
        assert!(
            missing.starts_with("AWS_CA_BUNDLE: can't read /nowhere/ca.pem"),
            "{missing}"
        );
        let not_pem = settings(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")).unwrap_err();
        assert!(
            matches!(not_pem, ConnectError::InvalidBundle(_)),
            "{not_pem}"
        );
        settings("").unwrap();
    }

    #[test]
    fn debug_shows_no_credential() {
        let environment = read(&[("AWS_SESSION_TOKEN", "canary")]).unwrap();
        assert!(!format!("{environment:?}").contains("canary"));
    }
}
