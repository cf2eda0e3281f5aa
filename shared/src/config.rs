//! The configuration: every variable is read and checked before anything starts.

use std::fmt;

use crate::{
    authorize::Policy,
    cross_site::{Guard, origins::AllowedOrigins},
    csrf,
    session::{Session, Timeouts},
    signing_keys::SigningKeys,
    throttle::Limits,
    time::UnixSeconds,
    token::TokenFormat,
    transport::{
        Mode, Transport,
        cookie::{CookieSettings, Lifetime, SameSite},
    },
};

/// What one deployment of the functions is told. README.md has the table of the variables.
#[derive(Debug)]
pub struct Config {
    /// `SESSION_TABLE`.
    pub table: String,
    /// `SESSION_USER_TABLE`.
    pub user_table: String,
    /// `SESSION_ID_BYTES`, `SESSION_SIGNING_KEYS`, `SESSION_NOT_BEFORE`, `SESSION_ANONYMOUS`,
    /// `SESSION_REQUIRE_USER`, `SESSION_TOUCH_INTERVAL_SECONDS`.
    pub policy: Policy,
    /// `SESSION_IDLE_TIMEOUT_SECONDS`, `SESSION_ABSOLUTE_TIMEOUT_SECONDS`, `SESSION_TIMEOUT_PRESET`.
    pub timeouts: Timeouts,
    /// The timeouts of a session that a login asks to have remembered; `None`: it can't (`SESSION_REMEMBER_SECONDS`).
    pub remember: Option<Timeouts>,
    /// For how many seconds the old id of a rotation serves (`SESSION_ROTATE_GRACE_SECONDS`).
    pub rotate_grace: u64,
    /// How many seconds ago the user may have logged in to revoke other sessions (`SESSION_RECENT_LOGIN_SECONDS`).
    pub recent_login: u64,
    /// The most bytes of a session's data (`SESSION_DATA_MAX_BYTES`).
    pub data_limit: usize,
    /// `SESSION_MAX_PER_USER`.
    pub max_per_user: usize,
    /// `SESSION_TRANSPORT`, `SESSION_HEADER`, `SESSION_COOKIE_*`.
    pub transport: Transport,
    /// `SESSION_ALLOWED_ORIGINS`, `SESSION_CSRF_TOKEN`.
    pub guard: Guard,
    /// `SESSION_DENY_STATUS`.
    pub deny_status: Option<DenyStatus>,
    /// `SESSION_HTTP_API_RESPONSE`.
    pub http_api_response: HttpApiResponse,
    /// `SESSION_LOGIN_FORM`.
    pub login_form: bool,
    /// `SESSION_LOGIN_FREE_FAILURES`, `SESSION_LOGIN_ADDRESS_PER_MINUTE`.
    pub login_limits: Limits,
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

/// Headers that requests or our responses have for another purpose: a token in their place would break it, or be lost.
const TAKEN: [&str; 19] = [
    "allow",
    "cache-control",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "etag",
    "host",
    "if-match",
    "origin",
    "referrer-policy",
    "retry-after",
    "set-cookie",
    "strict-transport-security",
    "transfer-encoding",
    "user-agent",
    "www-authenticate",
    csrf::HEADER,
];

/// The same by their beginnings: CORS, what only browsers or proxies set, what `API Gateway` sets.
const TAKEN_PREFIXES: [&str; 6] = [
    "access-control-",
    "proxy-",
    "sec-",
    "x-amz",
    "x-content-",
    "x-forwarded-",
];

/// A year: the longest timeout.
const YEAR: u64 = 365 * 24 * 3600;

/// The most bytes of data that leave room for the rest of an item of `DynamoDB`, which takes 400 KB in all.
const MOST_DATA_BYTES: usize = 390_000;

/// Timeouts by name: idle and absolute. NIST SP 800-63B-4, sections 2.1.3, 2.2.3 and 2.3.3, and OWASP's session cheat sheet
/// ("Session Expiration").
const PRESETS: [(&str, Timeouts); 4] = [
    ("nist-aal1", timeouts(30 * 24 * 3600, 30 * 24 * 3600)),
    ("nist-aal2", timeouts(3600, 24 * 3600)),
    ("nist-aal3", timeouts(900, 12 * 3600)),
    ("owasp-high-value", timeouts(300, 8 * 3600)),
];

const fn timeouts(idle: u64, absolute: u64) -> Timeouts {
    Timeouts { idle, absolute }
}

impl Config {
    /// Reads the variables through `lookup` and reports everything that is wrong at once. An empty value counts as
    /// unset.
    pub fn parse(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut reader = Reader {
            lookup,
            problems: Vec::new(),
        };
        let preset = reader.preset("SESSION_TIMEOUT_PRESET");
        let config = Self {
            table: reader.table("SESSION_TABLE", "app_session"),
            user_table: reader.table("SESSION_USER_TABLE", "app_user"),
            policy: Policy {
                format: TokenFormat {
                    id_bytes: reader.number("SESSION_ID_BYTES", 16..=128, 32_usize),
                    keys: reader.signing_keys("SESSION_SIGNING_KEYS"),
                },
                not_before: reader
                    .optional_number("SESSION_NOT_BEFORE", 0..=u64::MAX)
                    .map(UnixSeconds),
                anonymous: reader.switch("SESSION_ANONYMOUS", false),
                require_user: reader.switch("SESSION_REQUIRE_USER", true),
                touch_interval: reader.number("SESSION_TOUCH_INTERVAL_SECONDS", 0..=YEAR, 0),
            },
            timeouts: Timeouts {
                idle: reader.number("SESSION_IDLE_TIMEOUT_SECONDS", 1..=YEAR, preset.idle),
                absolute: reader.number(
                    "SESSION_ABSOLUTE_TIMEOUT_SECONDS",
                    1..=YEAR,
                    preset.absolute,
                ),
            },
            remember: reader
                .optional_number("SESSION_REMEMBER_SECONDS", 1..=YEAR)
                .map(|seconds| Timeouts {
                    idle: seconds,
                    absolute: seconds,
                }),
            rotate_grace: reader.number("SESSION_ROTATE_GRACE_SECONDS", 0..=300, 30),
            recent_login: reader.number("SESSION_RECENT_LOGIN_SECONDS", 1..=YEAR, 900),
            data_limit: reader.number("SESSION_DATA_MAX_BYTES", 0..=MOST_DATA_BYTES, 65_536),
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
            guard: Guard {
                allowed: reader.origins("SESSION_ALLOWED_ORIGINS"),
                csrf_token: reader.choice(
                    "SESSION_CSRF_TOKEN",
                    &[("off", false), ("required", true)],
                    false,
                ),
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
            login_limits: Limits {
                free_failures: reader.number("SESSION_LOGIN_FREE_FAILURES", 0..=100, 5),
                address_per_minute: reader.number(
                    "SESSION_LOGIN_ADDRESS_PER_MINUTE",
                    0..=10_000,
                    20,
                ),
            },
        };
        if config.timeouts.idle > config.timeouts.absolute {
            reader.problems.push(format!(
                "SESSION_IDLE_TIMEOUT_SECONDS ({}) is more than SESSION_ABSOLUTE_TIMEOUT_SECONDS ({})",
                config.timeouts.idle, config.timeouts.absolute
            ));
        }
        if !config.policy.require_user && !config.policy.anonymous {
            reader.problems.push(
                "SESSION_REQUIRE_USER is off, which takes SESSION_ANONYMOUS to be on".to_owned(),
            );
        }
        if config.policy.touch_interval >= config.timeouts.idle {
            reader.problems.push(format!(
                "SESSION_TOUCH_INTERVAL_SECONDS ({}) is not less than SESSION_IDLE_TIMEOUT_SECONDS ({})",
                config.policy.touch_interval, config.timeouts.idle
            ));
        }
        if reader.problems.is_empty() {
            Ok(config)
        } else {
            Err(ConfigError(reader.problems))
        }
    }
}

impl Config {
    /// The timeouts of a new login, where one that asks is remembered if the deployment remembers any.
    #[must_use]
    pub fn timeouts_of_login(&self, remember: bool) -> Timeouts {
        let remembered = self.remember.filter(|_| remember);
        remembered.unwrap_or(self.timeouts)
    }

    /// The cookie of `session`: that of a remembered one outlives the browser, whatever the others do.
    #[must_use]
    pub fn cookie_of(&self, session: &Session) -> CookieSettings {
        let cookie = self.transport.cookie.clone();
        if self.remember == Some(session.timeouts) {
            let lifetime = Lifetime::Absolute;
            return CookieSettings { lifetime, ..cookie };
        }
        cookie
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

    fn preset(&mut self, name: &str) -> Timeouts {
        self.choice(name, &PRESETS, timeouts(7200, 43200))
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
        let lower = header.to_ascii_lowercase();
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        let taken = TAKEN.contains(&lower.as_str())
            || TAKEN_PREFIXES
                .iter()
                .any(|prefix| lower.starts_with(prefix));
        if !(1..=64).contains(&lower.len()) || !lower.bytes().all(legal) || taken {
            self.problems.push(format!(
                "{name} is {header:?}, not the name of a header of its own (1 to 64 letters, digits or -)"
            ));
        }
        lower
    }

    fn origins(&mut self, name: &str) -> AllowedOrigins {
        let Some(text) = self.text(name) else {
            return AllowedOrigins::default();
        };
        AllowedOrigins::parse(&text).unwrap_or_else(|problem| {
            self.problems.push(format!("{name}: {problem}"));
            AllowedOrigins::default()
        })
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
            lifetime: self.choice(
                "SESSION_COOKIE_LIFETIME",
                &[
                    ("absolute", Lifetime::Absolute),
                    ("idle", Lifetime::Idle),
                    ("browser", Lifetime::Browser),
                ],
                Lifetime::Absolute,
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

    fn signing_keys(&mut self, name: &str) -> SigningKeys {
        let Some(text) = self.text(name) else {
            return SigningKeys::default();
        };
        SigningKeys::parse(&text).unwrap_or_else(|problem| {
            self.problems.push(format!("{name}: {problem}"));
            SigningKeys::default()
        })
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
        assert_eq!(config.transport.cookie, CookieSettings::default());
        assert_eq!(config.transport.header, "x-id");
        assert_eq!(config.max_per_user, 10);
        assert_eq!((config.remember, config.rotate_grace), (None, 30));
        assert!(config.policy.require_user && !config.policy.anonymous);
        assert_eq!(config.policy.touch_interval, 0);
        assert_eq!(
            config.login_limits,
            Limits {
                free_failures: 5,
                address_per_minute: 20
            }
        );
        assert!(config.guard.allowed.is_empty() && !config.guard.csrf_token);
    }

    #[test]
    fn a_preset_gives_way_to_what_is_set() {
        let timeouts = |variables: &[(&str, &str)]| parse(variables).unwrap().timeouts;
        let aal2 = ("SESSION_TIMEOUT_PRESET", "nist-aal2");
        assert_eq!(timeouts(&[aal2]), super::timeouts(3600, 86_400));
        let idle = ("SESSION_IDLE_TIMEOUT_SECONDS", "600");
        assert_eq!(timeouts(&[aal2, idle]), super::timeouts(600, 86_400));
        for (name, preset) in PRESETS {
            assert_eq!(timeouts(&[("SESSION_TIMEOUT_PRESET", name)]), preset);
        }
        assert!(parse(&[("SESSION_TIMEOUT_PRESET", "AAL2")]).is_err());
    }

    #[test]
    fn a_touch_interval_is_less_than_the_idle_timeout() {
        let idle = ("SESSION_IDLE_TIMEOUT_SECONDS", "60");
        let interval = |seconds| parse(&[idle, ("SESSION_TOUCH_INTERVAL_SECONDS", seconds)]);
        assert_eq!(interval("59").unwrap().policy.touch_interval, 59);
        let error = interval("60").unwrap_err().to_string();
        assert!(
            error.contains("SESSION_TOUCH_INTERVAL_SECONDS (60) is not less than"),
            "{error}"
        );
    }

    #[test]
    fn the_token_has_a_header_of_its_own() {
        for taken in TAKEN {
            assert!(parse(&[("SESSION_HEADER", taken)]).is_err(), "{taken}");
            let upper = taken.to_ascii_uppercase();
            assert!(parse(&[("SESSION_HEADER", &upper)]).is_err(), "{upper}");
        }
        for taken in TAKEN_PREFIXES {
            let name = format!("{taken}x");
            assert!(parse(&[("SESSION_HEADER", &name)]).is_err(), "{name}");
        }
        let long = "x".repeat(65);
        for bad in ["x id", "x_id", "x:id", "\u{e9}", &long] {
            assert!(parse(&[("SESSION_HEADER", bad)]).is_err(), "{bad}");
        }
        for (good, expected) in [
            ("Authorization", "authorization"),
            ("X-Session-2", "x-session-2"),
        ] {
            let config = parse(&[("SESSION_HEADER", good)]).unwrap();
            assert_eq!(config.transport.header, expected);
        }
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
            ("SESSION_LOGIN_FREE_FAILURES", "101"),
            ("SESSION_LOGIN_ADDRESS_PER_MINUTE", "many"),
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
            "SESSION_TRANSPORT is \"Cookie\", not cookie or header or both",
            "SESSION_COOKIE_*: a browser drops the cookie __Host-id: __Host- demands Secure, Path=/ and no Domain",
            "SESSION_COOKIE_SECURE is \"yes\", not on or off",
            "SESSION_HEADER is \"Cookie\", not the name of a header of its own",
            "SESSION_DENY_STATUS is \"500\", not 401 or 403",
            "SESSION_NOT_BEFORE is \"yesterday\", not a whole number from 0 to",
            "SESSION_LOGIN_FREE_FAILURES is \"101\", not a whole number from 0 to 100",
            "SESSION_LOGIN_ADDRESS_PER_MINUTE is \"many\", not a whole number from 0 to 10000",
            "SESSION_ALLOWED_ORIGINS: \"*\" is no origin as browsers send it: https://host or https://host:port, in lower case,",
            "SESSION_CSRF_TOKEN is \"on\", not off or required",
        ];
        for part in parts {
            assert!(error.contains(part), "{part}\n{error}");
        }
        assert!(!error.contains("hunter2") && !error.contains("aHVudGVyMg"));
    }
}
