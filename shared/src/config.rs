//! The configuration: every variable is read and checked before anything starts.

use std::fmt;

use crate::{
    authorize::Policy,
    secret::SecretArn,
    session::Timeouts,
    signing_keys::SigningKeys,
    time::UnixSeconds,
    token::TokenFormat,
    transport::{
        Mode, Transport,
        cookie::{CookieSettings, SameSite},
    },
};

/// What one deployment of the functions is told. README.md has the table of the variables.
#[derive(Debug)]
pub struct Config {
    /// `SESSION_TABLE`.
    pub table: String,
    /// `SESSION_USER_TABLE`.
    pub user_table: String,
    /// `SESSION_ID_BYTES`, `SESSION_SIGNING_KEYS`, `SESSION_NOT_BEFORE`. Keys of a secret are awaited.
    pub policy: Policy,
    /// `SESSION_SIGNING_KEYS_SECRET_ARN`.
    pub signing_keys_secret: Option<SecretArn>,
    /// `SESSION_IDLE_TIMEOUT_SECONDS`, `SESSION_ABSOLUTE_TIMEOUT_SECONDS`.
    pub timeouts: Timeouts,
    /// `SESSION_MAX_PER_USER`.
    pub max_per_user: usize,
    /// `SESSION_TRANSPORT`, `SESSION_HEADER`, `SESSION_COOKIE_*`.
    pub transport: Transport,
    /// `SESSION_DENY_STATUS`.
    pub deny_status: Option<DenyStatus>,
    /// `SESSION_HTTP_API_RESPONSE`.
    pub http_api_response: HttpApiResponse,
    /// `SESSION_LOGIN_FORM`.
    pub login_form: bool,
}

/// How the authorizer has a call refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DenyStatus {
    /// 401.
    Unauthorized,
    /// 403.
    Forbidden,
}

/// What an HTTP API's authorizer with payload format 2.0 answers: it must be what `EnableSimpleResponses` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HttpApiResponse {
    /// `isAuthorized`.
    Simple,
    /// An IAM policy.
    Policy,
}

/// All that is wrong with a configuration, one sentence each. It names variables and never shows a secret.
#[derive(Debug, PartialEq, Eq)]
pub struct ConfigError(pub Vec<String>);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invalid configuration: {}", self.0.join("; "))
    }
}

impl std::error::Error for ConfigError {}

/// A year: the longest timeout.
const YEAR: u64 = 365 * 24 * 3600;

impl Config {
    /// Reads the variables through `lookup` and reports everything that is wrong at once. An empty value counts as
    /// unset.
    pub fn parse(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut reader = Reader {
            lookup,
            problems: Vec::new(),
        };
        let (keys, signing_keys_secret) = reader.signing_keys();
        let config = Self {
            table: reader.table("SESSION_TABLE", "app_session"),
            user_table: reader.table("SESSION_USER_TABLE", "app_user"),
            policy: Policy {
                format: TokenFormat {
                    id_bytes: reader.number("SESSION_ID_BYTES", 16..=128, 32_usize),
                    keys,
                },
                not_before: reader
                    .optional_number("SESSION_NOT_BEFORE", 0..=u64::MAX)
                    .map(UnixSeconds),
            },
            signing_keys_secret,
            timeouts: Timeouts {
                idle: reader.number("SESSION_IDLE_TIMEOUT_SECONDS", 1..=YEAR, 7200),
                absolute: reader.number("SESSION_ABSOLUTE_TIMEOUT_SECONDS", 1..=YEAR, 43200),
            },
            max_per_user: reader.number("SESSION_MAX_PER_USER", 1..=50, 10_usize),
            transport: Transport {
                mode: reader.choice(
                    "SESSION_TRANSPORT",
                    &[
                        ("cookie", Mode::Cookie),
                        ("header", Mode::Header),
                        ("both", Mode::Both),
                    ],
                    Mode::Cookie,
                ),
                cookie: reader.cookie(),
                header: reader.header("SESSION_HEADER", "x-id"),
            },
            deny_status: reader.choice(
                "SESSION_DENY_STATUS",
                &[
                    ("401", Some(DenyStatus::Unauthorized)),
                    ("403", Some(DenyStatus::Forbidden)),
                ],
                None,
            ),
            http_api_response: reader.choice(
                "SESSION_HTTP_API_RESPONSE",
                &[
                    ("simple", HttpApiResponse::Simple),
                    ("policy", HttpApiResponse::Policy),
                ],
                HttpApiResponse::Simple,
            ),
            login_form: reader.switch("SESSION_LOGIN_FORM", false),
        };
        if config.timeouts.idle > config.timeouts.absolute {
            reader.problems.push(format!(
                "SESSION_IDLE_TIMEOUT_SECONDS ({}) is more than SESSION_ABSOLUTE_TIMEOUT_SECONDS ({})",
                config.timeouts.idle, config.timeouts.absolute
            ));
        }
        if reader.problems.is_empty() {
            Ok(config)
        } else {
            Err(ConfigError(reader.problems))
        }
    }
}

/// Reads one variable after the other and collects what is wrong.
struct Reader<L> {
    lookup: L,
    problems: Vec<String>,
}

impl<L: Fn(&str) -> Option<String>> Reader<L> {
    fn text(&self, name: &str) -> Option<String> {
        (self.lookup)(name).filter(|text| !text.is_empty())
    }

    fn optional_number<N: std::str::FromStr + PartialOrd + fmt::Display>(
        &mut self,
        name: &str,
        range: std::ops::RangeInclusive<N>,
    ) -> Option<N> {
        let text = self.text(name)?;
        let number = text.parse().ok().filter(|number| range.contains(number));
        if number.is_none() {
            self.problems.push(format!(
                "{name} is {text:?}, not a whole number from {} to {}",
                range.start(),
                range.end()
            ));
        }
        number
    }

    fn number<N: std::str::FromStr + PartialOrd + fmt::Display>(
        &mut self,
        name: &str,
        range: std::ops::RangeInclusive<N>,
        default: N,
    ) -> N {
        self.optional_number(name, range).unwrap_or(default)
    }

    fn choice<T: Copy>(&mut self, name: &str, choices: &[(&str, T)], default: T) -> T {
        let Some(text) = self.text(name) else {
            return default;
        };
        let found = choices.iter().find(|(choice, _)| *choice == text);
        found.map_or_else(
            || {
                let names: Vec<_> = choices.iter().map(|(choice, _)| *choice).collect();
                self.problems
                    .push(format!("{name} is {text:?}, not {}", names.join(" or ")));
                default
            },
            |(_, value)| *value,
        )
    }

    fn switch(&mut self, name: &str, default: bool) -> bool {
        self.choice(name, &[("on", true), ("off", false)], default)
    }

    fn table(&mut self, name: &str, default: &str) -> String {
        let table = self.text(name).unwrap_or_else(|| default.to_owned());
        let fits = (3..=255).contains(&table.len());
        if !fits
            || !table
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
        {
            self.problems.push(format!(
                "{name} is {table:?}, not a table's name (3 to 255 letters, digits, _ . or -)"
            ));
        }
        table
    }

    fn header(&mut self, name: &str, default: &str) -> String {
        let header = self.text(name).unwrap_or_else(|| default.to_owned());
        let fits = (1..=64).contains(&header.len()) && !header.eq_ignore_ascii_case("cookie");
        if !fits
            || !header
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        {
            self.problems.push(format!(
                "{name} is {header:?}, not the name of a header of its own (1 to 64 letters, digits or -)"
            ));
        }
        header.to_ascii_lowercase()
    }

    fn cookie(&mut self) -> CookieSettings {
        let default = CookieSettings::default();
        let cookie = CookieSettings {
            name: self.text("SESSION_COOKIE_NAME").unwrap_or(default.name),
            domain: self.text("SESSION_COOKIE_DOMAIN"),
            path: self.text("SESSION_COOKIE_PATH").unwrap_or(default.path),
            secure: self.switch("SESSION_COOKIE_SECURE", true),
            same_site: self.choice(
                "SESSION_COOKIE_SAMESITE",
                &[
                    ("Strict", SameSite::Strict),
                    ("Lax", SameSite::Lax),
                    ("None", SameSite::None),
                ],
                SameSite::Strict,
            ),
        };
        let problems = cookie.problems();
        self.problems.extend(
            problems
                .into_iter()
                .map(|problem| format!("SESSION_COOKIE_*: {problem}")),
        );
        cookie
    }

    /// The keys themselves, or the secret that holds them.
    fn signing_keys(&mut self) -> (SigningKeys, Option<SecretArn>) {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
        Config::parse(|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn nothing_set_gives_the_documented_defaults() {
        let config = parse(&[("SESSION_SIGNING_KEYS", "")]).unwrap();
        assert_eq!(config.table, "app_session");
        assert_eq!(
            config.timeouts,
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
        assert_eq!(config.max_per_user, 10);
    }

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
            ("SESSION_HEADER", "Cookie"),
            ("SESSION_DENY_STATUS", "500"),
            ("SESSION_NOT_BEFORE", "yesterday"),
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
            "SESSION_TRANSPORT is \"Cookie\", not cookie or header or both",
            "SESSION_COOKIE_*: a browser drops the cookie __Host-id: __Host- demands Secure, Path=/ and no Domain",
            "SESSION_COOKIE_SECURE is \"yes\", not on or off",
            "SESSION_HEADER is \"Cookie\", not the name of a header of its own",
            "SESSION_DENY_STATUS is \"500\", not 401 or 403",
            "SESSION_NOT_BEFORE is \"yesterday\", not a whole number from 0 to",
        ];
        for part in parts {
            assert!(error.contains(part), "{part}\n{error}");
        }
        assert!(!error.contains("hunter2") && !error.contains("aHVudGVyMg"));
    }
}
