//! The configuration, in groups: each reads its variables and checks them, and everything that is wrong is told at once.

mod anonymous;
mod domain;
mod front;
mod lifetimes;
mod logins;
mod policy;
mod provider;
mod tables;
mod tokens;
mod transport;
mod unknown;

pub use anonymous::Anonymous;
pub use lifetimes::Lifetimes;
pub use logins::Logins;
pub use provider::{ClientSecret, EndSession, LogoutForm, Provider, is_provider_url};
pub use tables::Tables;
pub use tokens::Tokens;
pub use unknown::unknown;

pub use crate::variables::{ConfigError, Unknown, Variables, read};
use crate::{
    authorize::Policy,
    cross_site::Guard,
    front::Front,
    secret::SecretArn,
    session::Session,
    time::UnixSeconds,
    transport::{
        Transport,
        cookie::{CookieSettings, Lifetime},
    },
};

/// What one deployment of the functions is told. docs/configuration.md has the tables of the variables.
#[derive(Debug)]
pub struct Config {
    /// Which tables there are.
    pub tables: Tables,
    /// What a session has to be like. Its token format is that of [`Tokens`].
    pub policy: Policy,
    /// The secret that holds the keys, from [`Tokens`].
    pub signing_keys_secret: Option<SecretArn>,
    /// How long sessions live.
    pub lifetimes: Lifetimes,
    /// The most bytes of a session's data (`SESSION_DATA_MAX_BYTES`).
    pub data_limit: usize,
    /// Anonymous sessions.
    pub anonymous: Anonymous,
    /// `SESSION_TRANSPORT`, `SESSION_HEADER`, `SESSION_COOKIE_*`.
    pub transport: Transport,
    /// `SESSION_ALLOWED_ORIGINS`, `SESSION_CSRF_TOKEN`.
    pub guard: Guard,
    /// `SESSION_FRONT_HEADER`, `SESSION_FRONT_HOP`, `SESSION_FRONT_SECRETS`.
    pub front: Option<Front>,
    /// How users log in.
    pub logins: Logins,
    /// The provider at which users log in, `SESSION_OIDC_*`.
    pub provider: Option<Provider>,
    /// Whether the API serves the page for people (`SESSION_PAGE`).
    pub page: bool,
}

/// The most bytes of data that leave room for the rest of an item of `DynamoDB`, which takes 400 KB in all.
const MOST_DATA_BYTES: usize = 390_000;

impl Config {
    /// Reads all groups through `lookup`. An empty value counts as unset. `now` is when the configuration begins to hold.
    pub fn parse(
        lookup: impl Fn(&str) -> Option<String>,
        now: UnixSeconds,
    ) -> Result<Self, ConfigError> {
        read(&lookup, |variables| Self::from_variables(variables, now))
    }

    /// Like [`Config::parse`], together with other groups.
    pub fn from_variables(variables: &mut Variables<'_>, now: UnixSeconds) -> Self {
        let tables = Tables::from_variables(variables);
        let lifetimes = Lifetimes::from_variables(variables);
        let Tokens { format, secret } = Tokens::from_variables(variables);
        let transport = Transport::from_variables(variables);
        Self {
            tables,
            policy: Policy::from_variables(variables, format, lifetimes.timeouts.idle, now),
            signing_keys_secret: secret,
            lifetimes,
            data_limit: variables.number("SESSION_DATA_MAX_BYTES", 0..=MOST_DATA_BYTES, 65_536),
            anonymous: Anonymous::from_variables(variables),
            provider: Provider::from_variables(variables, transport.mode),
            transport,
            guard: Guard::from_variables(variables),
            front: Front::from_variables(variables),
            logins: Logins::from_variables(variables),
            page: variables.switch("SESSION_PAGE", false),
        }
    }

    /// The cookie of `session`. The cookie of a remembered session outlives the browser, whatever other cookies do. If
    /// the session does not say whether it is remembered, its timeouts tell.
    #[must_use]
    pub fn cookie_of(&self, session: &Session) -> CookieSettings {
        let cookie = self.transport.cookie.clone();
        let inferred = || self.lifetimes.remember == Some(session.timeouts);
        if session.remembered.unwrap_or_else(inferred) {
            let lifetime = Lifetime::Absolute;
            return CookieSettings { lifetime, ..cookie };
        }
        cookie
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{session::Timeouts, throttle::Limits};

    pub(super) fn parse(variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let lookup = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        Config::parse(lookup, UnixSeconds(1_000))
    }

    #[test]
    fn nothing_set_gives_the_documented_defaults() {
        let config = parse(&[("SESSION_SIGNING_KEYS", "")]).unwrap();
        assert_eq!(config.tables.sessions, "app_session");
        assert_eq!(
            config.lifetimes.timeouts,
            Timeouts {
                idle: 7200,
                absolute: 43200
            }
        );
        assert_eq!(config.policy.format.id_bytes, 32);
        assert!(config.policy.format.keys.is_empty());
        assert_eq!(config.signing_keys_secret, None);
        assert_eq!(config.transport.cookie, CookieSettings::default());
        assert_eq!(config.transport.header, "x-id");
        assert_eq!(config.logins.max_per_user, 10);
        assert_eq!(
            (config.lifetimes.remember, config.lifetimes.rotate_grace),
            (None, 30)
        );
        assert!(config.policy.require_user && !config.policy.anonymous);
        assert_eq!(config.policy.touch_interval, 0);
        assert_eq!(
            config.logins.limits,
            Limits {
                free_failures: 5,
                address_per_minute: 20
            }
        );
        assert!(config.guard.allowed.is_empty() && !config.guard.csrf_token);
    }

    #[test]
    fn one_message_tells_everything_that_is_wrong_and_no_secret() {
        let error = parse(&[
            ("SESSION_TABLE", "no/table"),
            ("SESSION_ID_BYTES", "15"),
            ("SESSION_SIGNING_KEYS", "aHVudGVyMg=="),
            ("SESSION_IDLE_TIMEOUT_SECONDS", "50000"),
            ("SESSION_MAX_PER_USER", "0"),
            ("SESSION_TRANSPORT", "Cookie"),
            ("SESSION_COOKIE_DOMAIN", "example.com"),
            ("SESSION_COOKIE_SECURE", "yes"),
            ("SESSION_COOKIE_SAMESITE", "none"),
            ("SESSION_COOKIE_PARTITIONED", "yes"),
            (
                "SESSION_COOKIE_FORMER_SCOPES",
                "example.com,https://example.com",
            ),
            ("SESSION_HEADER", "Cookie"),
            ("SESSION_NOT_BEFORE", "yesterday"),
            ("SESSION_LOGIN_FREE_FAILURES", "101"),
            ("SESSION_LOGIN_ADDRESS_PER_MINUTE", "many"),
            ("SESSION_ANONYMOUS_ADDRESS_PER_MINUTE", "10001"),
            ("SESSION_ANONYMOUS_DATA_MAX_BYTES", "4 KB"),
            ("SESSION_ALLOWED_ORIGINS", "https://a.example,*"),
            ("SESSION_CSRF_TOKEN", "on"),
        ])
        .unwrap_err()
        .to_string();
        #[rustfmt::skip]
        let parts = [
            "invalid configuration: ",
            "SESSION_TABLE is \"no/table\", not a table's name (3 to 255 letters, digits, _ . or -)",
            "SESSION_ID_BYTES is \"15\", not a whole number from 16 to 128",
            "SESSION_SIGNING_KEYS: key 1 has 7 bytes, it needs at least 32",
            "SESSION_IDLE_TIMEOUT_SECONDS (50000) is more than SESSION_ABSOLUTE_TIMEOUT_SECONDS (43200)",
            "SESSION_MAX_PER_USER is \"0\", not a whole number from 1 to 50",
            "SESSION_TRANSPORT is \"Cookie\", not cookie or header or both: did you mean cookie?",
            "SESSION_COOKIE_*: a browser drops the cookie __Host-id: __Host- demands Secure, Path=/ and no Domain",
            "SESSION_COOKIE_SECURE is \"yes\", not on or off: did you mean on?",
            "SESSION_COOKIE_SAMESITE is \"none\", not Strict or Lax or None: did you mean None?",
            "SESSION_COOKIE_PARTITIONED is \"yes\", not on or off",
            "SESSION_COOKIE_FORMER_SCOPES: \"https://example.com\" is no scope: give a domain and a path, such as example.com/app,",
            "SESSION_HEADER is \"Cookie\", which HTTP, API Gateway or Lambda has another use for",
            "SESSION_NOT_BEFORE is \"yesterday\", not a whole number from 0 to",
            "SESSION_LOGIN_FREE_FAILURES is \"101\", not a whole number from 0 to 100",
            "SESSION_LOGIN_ADDRESS_PER_MINUTE is \"many\", not a whole number from 0 to 10000",
            "SESSION_ANONYMOUS_ADDRESS_PER_MINUTE is \"10001\", not a whole number from 0 to 10000",
            "SESSION_ANONYMOUS_DATA_MAX_BYTES is \"4 KB\", not a whole number from 0 to 390000",
            "SESSION_ALLOWED_ORIGINS: \"*\" is no origin as browsers send it: https://host or https://host:port, in lower case,",
            "SESSION_CSRF_TOKEN is \"on\", not off or required",
        ];
        for part in parts {
            assert!(error.contains(part), "{part}\n{error}");
        }
        assert!(!error.contains("hunter2") && !error.contains("aHVudGVyMg"));
    }

    #[test]
    fn a_value_that_is_close_to_one_is_told_with_it() {
        #[rustfmt::skip]
        let cases = [
            ("SESSION_ANONYMOUS",       "false",    Some("off")),
            ("SESSION_ANONYMOUS",       "True",     Some("on")),
            ("SESSION_LOGIN_FORM",      "0",        Some("off")),
            ("SESSION_LOGIN_FORM",      "ON",       Some("on")),
            ("SESSION_COOKIE_SAMESITE", "NONE",     Some("None")),
            ("SESSION_COOKIE_SAMESITE", "strict",   Some("Strict")),
            ("SESSION_COOKIE_LIFETIME", "absolut",  Some("absolute")),
            ("SESSION_CSRF_TOKEN",      "false",    Some("off")),
            ("SESSION_CSRF_TOKEN",      "true",     None),
            ("SESSION_ANONYMOUS",       "maybe",    None),
            ("SESSION_TRANSPORT",       "500",      None),
        ];
        for (name, value, meant) in cases {
            let error = parse(&[(name, value)]).unwrap_err().to_string();
            let told = error.split("did you mean ").nth(1);
            let meant = meant.map(|meant| format!("{meant}?"));
            assert_eq!(told, meant.as_deref(), "{error}");
        }
    }
}
