//! What a provider tells of itself (`OpenID` Connect Discovery 1.0, section 3).

use std::{error::Error, fmt};

use dynamodb_session::config::is_provider_url;
use serde::Deserialize;

use crate::MOST_BYTES;

/// Where a provider's endpoints are, and what it can.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// The very issuer that was expected.
    pub issuer: String,
    /// Where browsers go to log in.
    pub authorization_endpoint: String,
    /// Where codes are exchanged.
    pub token_endpoint: String,
    /// Where the keys are.
    pub jwks_uri: String,
    /// Where more is told about a user.
    pub userinfo_endpoint: Option<String>,
    /// Whether its answers name it (RFC 9207 section 3).
    pub names_issuer: bool,
    /// How clients may prove who they are at the token endpoint.
    pub token_methods: Vec<String>,
}

/// Why metadata can't be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unusable {
    /// They are larger than 64 KiB, or not JSON of the form that the specification has.
    Form,
    /// They are those of another issuer.
    Issuer,
    /// An endpoint's address is neither of HTTPS nor of this machine.
    Address,
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Form => "the provider's metadata are not of the form of OpenID Connect Discovery 1.0, section 3",
            Self::Issuer => "the provider's metadata name another issuer than SESSION_OIDC_ISSUER, which has to be the same byte for byte",
            Self::Address => "the provider's metadata name an endpoint that is not https://",
        })
    }
}

impl Error for Unusable {}

#[derive(Deserialize)]
struct Document {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    userinfo_endpoint: Option<String>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
}

impl Metadata {
    /// Reads a provider's metadata. Their issuer is the expected one, byte for byte (section 4.3).
    pub fn parse(bytes: &[u8], issuer: &str) -> Result<Self, Unusable> {
        if bytes.len() > MOST_BYTES {
            return Err(Unusable::Form);
        }
        let document: Document = serde_json::from_slice(bytes).map_err(|_| Unusable::Form)?;
        if document.issuer != issuer {
            return Err(Unusable::Issuer);
        }
        let addresses = [
            Some(&document.authorization_endpoint),
            Some(&document.token_endpoint),
            Some(&document.jwks_uri),
            document.userinfo_endpoint.as_ref(),
        ];
        if !addresses
            .into_iter()
            .flatten()
            .all(|url| is_provider_url(url))
        {
            return Err(Unusable::Address);
        }
        Ok(Self {
            issuer: document.issuer,
            authorization_endpoint: document.authorization_endpoint,
            token_endpoint: document.token_endpoint,
            jwks_uri: document.jwks_uri,
            userinfo_endpoint: document.userinfo_endpoint,
            names_issuer: document.authorization_response_iss_parameter_supported,
            token_methods: document
                .token_endpoint_auth_methods_supported
                .unwrap_or_else(|| vec!["client_secret_basic".to_owned()]),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::document;

    fn parse(document: &Value) -> Result<Metadata, Unusable> {
        Metadata::parse(document.to_string().as_bytes(), "https://a.example")
    }

    #[test]
    fn what_is_optional_has_the_specification_s_default() {
        let mut document = document();
        let members = document.as_object_mut().unwrap();
        for name in [
            "userinfo_endpoint",
            "authorization_response_iss_parameter_supported",
            "token_endpoint_auth_methods_supported",
        ] {
            members.remove(name);
        }
        let metadata = parse(&document).unwrap();
        assert_eq!(metadata.userinfo_endpoint, None);
        assert!(!metadata.names_issuer);
        assert_eq!(metadata.token_methods, ["client_secret_basic"]);
    }

    #[test]
    fn metadata_are_of_the_very_issuer_and_of_safe_addresses() {
        let with = |name: &str, value: Value| {
            let mut document = document();
            document[name] = value;
            parse(&document).err()
        };
        #[rustfmt::skip]
        let cases = [
            ("issuer",                 json!("https://a.example"),        None),
            ("issuer",                 json!("https://a.example/"),       Some(Unusable::Issuer)),
            ("issuer",                 json!("https://A.example"),        Some(Unusable::Issuer)),
            ("issuer",                 Value::Null,                       Some(Unusable::Form)),
            ("authorization_endpoint", json!("http://a.example/x"),       Some(Unusable::Address)),
            ("authorization_endpoint", json!("javascript:alert(1)"),      Some(Unusable::Address)),
            ("token_endpoint",         json!("http://a.example/x"),       Some(Unusable::Address)),
            ("token_endpoint",         json!("http://127.0.0.1:1/x"),     None),
            ("token_endpoint",         Value::Null,                       Some(Unusable::Form)),
            ("jwks_uri",               json!("ftp://a.example/x"),        Some(Unusable::Address)),
            ("userinfo_endpoint",      json!("http://a.example/x"),       Some(Unusable::Address)),
            ("userinfo_endpoint",      Value::Null,                       None),
        ];
        for (name, value, expected) in cases {
            let shown = format!("{name} {value}");
            assert_eq!(with(name, value), expected, "{shown}");
        }
        assert_eq!(
            Metadata::parse(b"<html>", "https://a.example"),
            Err(Unusable::Form)
        );
        let large = format!("{}{}", document(), " ".repeat(MOST_BYTES));
        assert_eq!(
            Metadata::parse(large.as_bytes(), "https://a.example"),
            Err(Unusable::Form)
        );
    }
}
