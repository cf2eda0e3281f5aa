//! Addresses that stand for AWS's own.

use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};
use http::Uri;

use crate::variables::Variables;

/// The addresses that the environment names.
#[derive(Debug, Default)]
pub(super) struct Endpoints {
    /// Where each service is that has no address of its own.
    pub(super) all: Option<String>,
    dynamodb: Option<String>,
    secrets_manager: Option<String>,
}

impl Endpoints {
    /// Reads the variables. Each that is set is a URL, also where all are ignored.
    pub(super) fn from_variables(variables: &mut Variables<'_>) -> Self {
        let found = Self {
            all: url(variables, "AWS_ENDPOINT_URL"),
            dynamodb: url(variables, "AWS_ENDPOINT_URL_DYNAMODB"),
            secrets_manager: url(variables, "AWS_ENDPOINT_URL_SECRETS_MANAGER"),
        };
        match variables.truth("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") {
            Some(true) => Self::default(),
            _ => found,
        }
    }
}

impl LoadServiceConfig for Endpoints {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        match (key.env(), key.service_id()) {
            ("AWS_ENDPOINT_URL", "DynamoDB") => self.dynamodb.clone(),
            ("AWS_ENDPOINT_URL", "Secrets Manager") => self.secrets_manager.clone(),
            _ => None,
        }
    }
}

/// The URL that the variable holds, if it is set. Where it is none, what may be a password in it is not told.
pub(super) fn url(variables: &mut Variables<'_>, name: &str) -> Option<String> {
    let text = variables.text(name)?;
    if is_url(&text) {
        return Some(text);
    }
    let told = text.rsplit('@').next().unwrap_or_default();
    variables.problem(format!(
        "{name} is {told:?}, not a URL such as http://127.0.0.1:8000"
    ));
    None
}

/// Whether it is one that an HTTP client can call.
fn is_url(text: &str) -> bool {
    let Ok(url) = text.parse::<Uri>() else {
        return false;
    };
    let has_host = url.host().is_some_and(|host| !host.is_empty());
    has_host && matches!(url.scheme_str(), Some("http" | "https"))
}
