//! The provider at which users log in (OpenID Connect Core 1.0).

mod address;
mod end_session;

use std::fmt;

pub use address::is_url as is_provider_url;
pub use end_session::{EndSession, LogoutForm};

use super::Variables;
use crate::{secret::SecretArn, transport::Mode};

/// Where a provider tells its metadata, below its issuer (OpenID Connect Discovery 1.0, section 4).
const WELL_KNOWN: &str = "/.well-known/openid-configuration";

/// The most entries of a list, and the most bytes of one.
const MOST_ENTRIES: usize = 16;
const MOST_ENTRY_BYTES: usize = 255;

/// What is registered at the provider, and what its answers have to be like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    /// The issuer, as its id tokens name it byte for byte (`SESSION_OIDC_ISSUER`).
    pub issuer: String,
    /// The address of its metadata, the issuer's own unless it is set (`SESSION_OIDC_DISCOVERY_URL`).
    pub discovery: String,
    /// `SESSION_OIDC_CLIENT_ID`.
    pub client_id: String,
    /// `SESSION_OIDC_CLIENT_SECRET_ARN` or `SESSION_OIDC_CLIENT_SECRET`; `None`: a public client, with PKCE alone.
    pub secret: Option<ClientSecret>,
    /// What people call the provider, the issuer's host unless it is set (`SESSION_OIDC_NAME`).
    pub name: String,
    /// What is asked for, `openid` among it (`SESSION_OIDC_SCOPES`).
    pub scopes: Vec<String>,
    /// The domains that an e-mail address has to be of, in lower case; empty: any user of the provider may log in
    /// (`SESSION_OIDC_EMAIL_DOMAINS`).
    pub email_domains: Vec<String>,
    /// The claims that a session keeps (`SESSION_OIDC_CLAIMS`).
    pub claims: Vec<String>,
    /// Where the provider sends the browser after a login; `None`: the address at which the API is called
    /// (`SESSION_OIDC_REDIRECT_URI`).
    pub redirect_uri: Option<String>,
    /// How a logout goes on at the provider; `None`: it does not.
    pub end_session: Option<EndSession>,
    /// Whether a login that was asked for with `prompt=login` counts as one even if the provider does not tell when the
    /// user authenticated (`SESSION_OIDC_TRUST_PROMPT`).
    pub trust_prompt: bool,
}

/// Where the client's secret is.
#[derive(Clone, PartialEq, Eq)]
pub enum ClientSecret {
    /// In AWS Secrets Manager.
    Kept(SecretArn),
    /// Here. It has no `Display`, and its `Debug` shows nothing.
    Text(String),
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kept(arn) => f.debug_tuple("Kept").field(arn).finish(),
            Self::Text(_) => f.write_str("Text(..)"),
        }
    }
}

impl Provider {
    /// Reads the group. `None`: there is no provider. A login at one needs cookies, so `mode` can't be the header alone.
    pub fn from_variables(variables: &mut Variables<'_>, mode: Mode) -> Option<Self> {
        let name = "SESSION_OIDC_ISSUER";
        let issuer = issuer(variables, name);
        let client_id = client_id(variables);
        let settings = Self {
            issuer: String::new(),
            discovery: url(variables, "SESSION_OIDC_DISCOVERY_URL").unwrap_or_default(),
            client_id: client_id.clone().unwrap_or_default(),
            secret: secret(variables),
            name: shown_name(variables).unwrap_or_default(),
            scopes: list(variables, "SESSION_OIDC_SCOPES", "a scope", is_scope),
            email_domains: list(
                variables,
                "SESSION_OIDC_EMAIL_DOMAINS",
                "a domain",
                is_domain,
            ),
            claims: list(variables, "SESSION_OIDC_CLAIMS", "a claim", is_claim),
            redirect_uri: url(variables, "SESSION_OIDC_REDIRECT_URI"),
            end_session: EndSession::from_variables(variables),
            trust_prompt: variables.switch("SESSION_OIDC_TRUST_PROMPT", false),
        };
        let Some(issuer) = issuer else {
            let set = NEEDS_ISSUER
                .into_iter()
                .filter(|name| variables.text(name).is_some());
            let set: Vec<_> = set.collect();
            if !set.is_empty() && variables.text(name).is_none() {
                variables.problem(format!(
                    "{name} is not set, and {} has no meaning without it",
                    set.join(", ")
                ));
            }
            return None;
        };
        if client_id.is_none() && variables.text("SESSION_OIDC_CLIENT_ID").is_none() {
            variables.problem(format!(
                "{name} takes SESSION_OIDC_CLIENT_ID, which the provider gives out"
            ));
        }
        if mode == Mode::Header {
            variables.problem(format!(
                "{name} takes SESSION_TRANSPORT to be cookie or both: a browser that comes from the provider keeps cookies alone"
            ));
        }
        let mut scopes = settings.scopes;
        if scopes.is_empty() {
            scopes.push("openid".to_owned());
        } else if !scopes.iter().any(|scope| scope == "openid") {
            variables.problem(
                "SESSION_OIDC_SCOPES lacks openid, without which there is no id token".to_owned(),
            );
        }
        let or = |set: String, default: String| if set.is_empty() { default } else { set };
        Some(Self {
            discovery: or(
                settings.discovery,
                format!("{}{WELL_KNOWN}", issuer.trim_end_matches('/')),
            ),
            name: or(
                settings.name,
                address::host(&issuer).unwrap_or_default().to_owned(),
            ),
            issuer,
            scopes,
            ..settings
        })
    }
}

/// The variables that have no meaning without an issuer. The two that are choices have defaults, and may stand alone.
const NEEDS_ISSUER: [&str; 11] = [
    "SESSION_OIDC_DISCOVERY_URL",
    "SESSION_OIDC_CLIENT_ID",
    "SESSION_OIDC_CLIENT_SECRET_ARN",
    "SESSION_OIDC_CLIENT_SECRET",
    "SESSION_OIDC_NAME",
    "SESSION_OIDC_SCOPES",
    "SESSION_OIDC_EMAIL_DOMAINS",
    "SESSION_OIDC_CLAIMS",
    "SESSION_OIDC_REDIRECT_URI",
    "SESSION_OIDC_LOGOUT_URL",
    "SESSION_OIDC_POST_LOGOUT_URI",
];

/// An issuer has neither query nor fragment (OpenID Connect Core, section 2, `iss`), and it is one tenant's.
fn issuer(variables: &mut Variables<'_>, name: &str) -> Option<String> {
    let issuer = variables.text(name)?;
    if issuer.contains("{tenantid}") || issuer.contains("{tenant}") {
        variables.problem(format!(
            "{name} is {issuer:?}, which stands for any tenant: give the issuer of one"
        ));
        return None;
    }
    variables.parsed(
        name,
        "an issuer: https://host/path without query or fragment, http:// with a loopback address alone",
        |text| (address::is_url(text) && !text.contains('?')).then(|| text.to_owned()),
    )
}

fn client_id(variables: &mut Variables<'_>) -> Option<String> {
    variables.parsed(
        "SESSION_OIDC_CLIENT_ID",
        "1 to 255 visible ASCII characters",
        |text| {
            (text.len() <= MOST_ENTRY_BYTES && text.bytes().all(|byte| byte.is_ascii_graphic()))
                .then(|| text.to_owned())
        },
    )
}

/// The secret's place, or the secret itself.
fn secret(variables: &mut Variables<'_>) -> Option<ClientSecret> {
    let (name, arn_name) = (
        "SESSION_OIDC_CLIENT_SECRET",
        "SESSION_OIDC_CLIENT_SECRET_ARN",
    );
    match (variables.text(name), variables.text(arn_name)) {
        (None, None) => None,
        (Some(text), None) => Some(ClientSecret::Text(text)),
        (None, Some(text)) => match SecretArn::parse(&text) {
            Ok(arn) => Some(ClientSecret::Kept(arn)),
            Err(problem) => {
                variables.problem(format!("{arn_name} is {problem}"));
                None
            }
        },
        (Some(_), Some(_)) => {
            variables.problem(format!(
                "{name} and {arn_name} are both set: keep the secret in one place and unset the other"
            ));
            None
        }
    }
}

fn shown_name(variables: &mut Variables<'_>) -> Option<String> {
    variables.parsed(
        "SESSION_OIDC_NAME",
        "1 to 64 characters without control characters",
        |text| {
            (text.chars().count() <= 64 && !text.chars().any(char::is_control))
                .then(|| text.to_owned())
        },
    )
}

fn url(variables: &mut Variables<'_>, name: &str) -> Option<String> {
    variables.parsed(name, address::EXPECTED, |text| {
        address::is_url(text).then(|| text.to_owned())
    })
}

/// Entries separated by commas, each once.
fn list(
    variables: &mut Variables<'_>,
    name: &str,
    what: &str,
    legal: impl Fn(&str) -> bool,
) -> Vec<String> {
    let Some(text) = variables.text(name) else {
        return Vec::new();
    };
    let mut entries: Vec<String> = Vec::new();
    for entry in text.split(',').map(str::trim) {
        if entry.len() > MOST_ENTRY_BYTES || !legal(entry) {
            variables.problem(format!("{name}: {entry:?} is not {what}"));
        } else if !entries.iter().any(|known| known == entry) {
            entries.push(entry.to_owned());
        }
    }
    if entries.len() > MOST_ENTRIES {
        variables.problem(format!("{name} has more than {MOST_ENTRIES} entries"));
    }
    entries
}

/// RFC 6749, section 3.3, without the comma that separates them here.
fn is_scope(text: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_graphic() && !b"\"\\,".contains(&byte);
    !text.is_empty() && text.bytes().all(legal)
}

/// The name of a claim, which may be a URL, such as `cognito:groups` or `https://shop.example/roles`.
fn is_claim(text: &str) -> bool {
    is_scope(text)
}

/// A name in lower case with a dot in it.
fn is_domain(text: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let label = |label: &str| !label.is_empty() && label.bytes().all(letter);
    text.contains('.') && text.split('.').all(label)
}

#[cfg(test)]
mod tests;
