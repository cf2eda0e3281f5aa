//! The configuration: every variable is read and checked before anything starts.

mod domain;
mod front;
mod keys;
mod lifetime;
mod reader;
mod transport;
mod unknown;

pub use unknown::unknown;

use std::fmt;

use crate::{
    authorize::Policy,
    config::{lifetime::YEAR, reader::Reader},
    cross_site::Guard,
    front::Front,
    id::SessionId,
    secret::SecretArn,
    session::{Session, Timeouts},
    throttle::Limits,
    time::UnixSeconds,
    token::TokenFormat,
    transport::{
        Transport,
        cookie::{CookieSettings, Lifetime},
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
    /// `SESSION_REQUIRE_USER`, `SESSION_TOUCH_INTERVAL_SECONDS`. Keys of a secret are awaited.
    pub policy: Policy,
    /// `SESSION_SIGNING_KEYS_SECRET_ARN`.
    pub signing_keys_secret: Option<SecretArn>,
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
    /// The most bytes of an anonymous session's data, where that is less (`SESSION_ANONYMOUS_DATA_MAX_BYTES`).
    pub anonymous_data_limit: usize,
    /// The most anonymous sessions that begin at one address in a minute; 0 is no limit
    /// (`SESSION_ANONYMOUS_ADDRESS_PER_MINUTE`).
    pub anonymous_per_minute: u64,
    /// `SESSION_MAX_PER_USER`.
    pub max_per_user: usize,
    /// `SESSION_TRANSPORT`, `SESSION_HEADER`, `SESSION_COOKIE_*`.
    pub transport: Transport,
    /// `SESSION_ALLOWED_ORIGINS`, `SESSION_CSRF_TOKEN`.
    pub guard: Guard,
    /// `SESSION_FRONT_HEADER`, `SESSION_FRONT_HOP`, `SESSION_FRONT_SECRETS`.
    pub front: Option<Front>,
    /// `SESSION_DENY_STATUS`.
    pub deny_status: Option<DenyStatus>,
    /// `SESSION_HTTP_API_RESPONSE`.
    pub http_api_response: HttpApiResponse,
    /// `SESSION_CONTEXT_DATA`.
    pub context_data: ContextData,
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

/// How the authorizer tells a backend the session's data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContextData {
    /// As JSON text.
    Json,
    /// As base64url of that text, without padding.
    Base64url,
    /// By its size alone.
    None,
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

/// The most bytes of data that leave room for the rest of an item of `DynamoDB`, which takes 400 KB in all.
const MOST_DATA_BYTES: usize = 390_000;

impl Config {
    /// Reads the variables through `lookup` and reports everything that is wrong at once. An empty value counts as
    /// unset. `now` is when the configuration begins to hold.
    pub fn parse(
        lookup: impl Fn(&str) -> Option<String>,
        now: UnixSeconds,
    ) -> Result<Self, ConfigError> {
        let mut reader = Reader {
            lookup,
            problems: Vec::new(),
        };
        let timeouts = reader.timeouts();
        let (keys, signing_keys_secret) = reader.signing_keys();
        let config = Self {
            table: reader.table("SESSION_TABLE", "app_session"),
            user_table: reader.table("SESSION_USER_TABLE", "app_user"),
            policy: Policy {
                format: TokenFormat {
                    id_bytes: reader.number("SESSION_ID_BYTES", SessionId::BYTES, 32),
                    keys,
                },
                not_before: reader.not_before(now),
                anonymous: reader.switch("SESSION_ANONYMOUS", false),
                require_user: reader.switch("SESSION_REQUIRE_USER", true),
                touch_interval: reader.touch_interval(timeouts.idle),
            },
            signing_keys_secret,
            timeouts,
            remember: reader.remembered(),
            rotate_grace: reader.number("SESSION_ROTATE_GRACE_SECONDS", 0..=300, 30),
            recent_login: reader.number("SESSION_RECENT_LOGIN_SECONDS", 1..=YEAR, 900),
            data_limit: reader.number("SESSION_DATA_MAX_BYTES", 0..=MOST_DATA_BYTES, 65_536),
            anonymous_data_limit: reader.number(
                "SESSION_ANONYMOUS_DATA_MAX_BYTES",
                0..=MOST_DATA_BYTES,
                4096,
            ),
            anonymous_per_minute: reader.number(
                "SESSION_ANONYMOUS_ADDRESS_PER_MINUTE",
                0..=10_000,
                20,
            ),
            max_per_user: reader.number("SESSION_MAX_PER_USER", 1..=50, 10_usize),
            transport: reader.transport(),
            guard: reader.guard(),
            front: reader.front(),
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
            context_data: reader.choice(
                "SESSION_CONTEXT_DATA",
                &[
                    ("json", ContextData::Json),
                    ("base64url", ContextData::Base64url),
                    ("none", ContextData::None),
                ],
                ContextData::Json,
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
        if !config.policy.require_user && !config.policy.anonymous {
            reader.problems.push(
                "SESSION_REQUIRE_USER is off, which takes SESSION_ANONYMOUS to be on".to_owned(),
            );
        }
        if reader.problems.is_empty() {
            Ok(config)
        } else {
            Err(ConfigError(reader.problems))
        }
    }

    /// The timeouts of a new login, and whether it is remembered: one that asks is, if the deployment remembers any.
    #[must_use]
    pub fn timeouts_of_login(&self, remember: bool) -> (Timeouts, bool) {
        let remembered = self.remember.filter(|_| remember);
        (remembered.unwrap_or(self.timeouts), remembered.is_some())
    }

    /// The cookie of `session`: that of a remembered one outlives the browser, whatever the others do. Of a session that
    /// does not say whether it is, the timeouts tell.
    #[must_use]
    pub fn cookie_of(&self, session: &Session) -> CookieSettings {
        let cookie = self.transport.cookie.clone();
        let inferred = || self.remember == Some(session.timeouts);
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

    fn parse(variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let lookup = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        Config::parse(lookup, UnixSeconds(1_000))
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
        assert_eq!(timeouts(&[aal2]), lifetime::timeouts(3600, 86_400));
        let idle = ("SESSION_IDLE_TIMEOUT_SECONDS", "600");
        assert_eq!(timeouts(&[aal2, idle]), lifetime::timeouts(600, 86_400));
        for (name, idle, absolute) in [
            ("nist-aal1", 2_592_000, 2_592_000),
            ("nist-aal2", 3600, 86_400),
            ("nist-aal3", 900, 43_200),
            ("owasp-high-value", 300, 28_800),
        ] {
            let preset = timeouts(&[("SESSION_TIMEOUT_PRESET", name)]);
            assert_eq!(preset, lifetime::timeouts(idle, absolute), "{name}");
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
    fn a_limit_that_is_ahead_is_told() {
        let limit = |seconds| {
            let config = parse(&[("SESSION_NOT_BEFORE", seconds)]);
            config.map(|config| config.policy.not_before)
        };
        assert_eq!(limit("4600"), Ok(Some(UnixSeconds(4600))));
        assert_eq!(limit(""), Ok(None));
        for ahead in ["4601", "1800000000000"] {
            let error = limit(ahead).unwrap_err().to_string();
            let expected = format!("SESSION_NOT_BEFORE is {ahead}, more than an hour ahead");
            assert!(error.contains(&expected), "{error}");
        }
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
            ("SESSION_DENY_STATUS",     "500",      None),
        ];
        for (name, value, meant) in cases {
            let error = parse(&[(name, value)]).unwrap_err().to_string();
            let told = error.split("did you mean ").nth(1);
            let meant = meant.map(|meant| format!("{meant}?"));
            assert_eq!(told, meant.as_deref(), "{error}");
        }
    }

    #[test]
    fn a_front_has_a_header_a_secret_and_where_it_matters_a_hop() {
        const SECRET: &str = "a-secret-of-the-front-0123456789";
        let parse = |header: &str, hop: &str, secrets: &str| {
            let parsed = parse(&[
                ("SESSION_FRONT_HEADER", header),
                ("SESSION_FRONT_HOP", hop),
                ("SESSION_FRONT_SECRETS", secrets),
            ]);
            parsed.map(|config| config.front.map(|front| (front.header, front.hop)))
        };
        let front = |header: &str, hop| Ok(Some((header.to_owned(), hop)));
        assert_eq!(parse("", "", ""), Ok(None));
        let viewer = "CloudFront-Viewer-Address";
        assert_eq!(
            parse(viewer, "", SECRET),
            front("cloudfront-viewer-address", 1)
        );
        assert_eq!(
            parse("X-Forwarded-For", "2", SECRET),
            front("x-forwarded-for", 2)
        );
        #[rustfmt::skip]
        let cases = [
            (viewer,            "",   "",       "SESSION_FRONT_HEADER and SESSION_FRONT_SECRETS belong together"),
            ("",                "",   SECRET,   "SESSION_FRONT_HEADER and SESSION_FRONT_SECRETS belong together"),
            (viewer,            "",   "short",  "SESSION_FRONT_SECRETS: secret 1 is not 32 to 128 visible ASCII characters"),
            ("X-Forwarded-For", "",   SECRET,   "SESSION_FRONT_HOP is not set"),
            ("X-Forwarded-For", "0",  SECRET,   "SESSION_FRONT_HOP is \"0\", not a whole number from 1 to 10"),
            ("a b",             "",   SECRET,   "SESSION_FRONT_HEADER is \"a b\", not the name of a header"),
            ("X-Front-Secret",  "",   SECRET,   "SESSION_FRONT_HEADER is \"x-front-secret\", not the name of a header"),
        ];
        for (header, hop, secrets, expected) in cases {
            let error = parse(header, hop, secrets).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
            assert!(!error.contains(SECRET), "{error}");
        }
    }

    #[test]
    fn a_domain_that_is_no_name_of_ones_own_is_told() {
        for domain in ["127.0.0.1", "localhost", "amazonaws.com"] {
            let variables = [
                ("SESSION_COOKIE_NAME", "id"),
                ("SESSION_COOKIE_DOMAIN", domain),
            ];
            let error = parse(&variables).unwrap_err().to_string();
            let expected = format!("SESSION_COOKIE_DOMAIN: {domain:?} is ");
            assert!(error.contains(&expected), "{error}");
        }
        let own = [
            ("SESSION_COOKIE_NAME", "id"),
            ("SESSION_COOKIE_DOMAIN", "example.com"),
        ];
        assert!(parse(&own).is_ok());
    }

    #[test]
    fn the_token_has_a_header_of_its_own() {
        for taken in transport::TAKEN {
            assert!(parse(&[("SESSION_HEADER", taken)]).is_err(), "{taken}");
            let upper = taken.to_ascii_uppercase();
            assert!(parse(&[("SESSION_HEADER", &upper)]).is_err(), "{upper}");
        }
        for taken in transport::TAKEN_PREFIXES {
            let name = format!("{taken}x");
            assert!(parse(&[("SESSION_HEADER", &name)]).is_err(), "{name}");
        }
        #[rustfmt::skip]
        let reserved = [
            // What REST APIs rename or drop, what HTTP APIs reserve, what Lambda does.
            "date", "expect", "host", "max-forwards", "pragma", "server", "user-agent", "warning", "www-authenticate", "via", "te",
            "age", "trailer", "upgrade", "content-md5", "accept-encoding", "proxy-authenticate", "transfer-encoding",
            "x-amzn-remapped-authorization", "x-amz-security-token", "forwarded", "origin", "keep-alive", "content-location",
            "apigw-requestid", "x-apigateway-api-id", "x-forwarded-host", "lambda-runtime-aws-request-id",
        ];
        for name in reserved {
            let error = parse(&[("SESSION_HEADER", name)]).unwrap_err().to_string();
            assert!(error.contains("has another use for"), "{name}: {error}");
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

    /// What a browser, or `API Gateway`, would drop keeps somebody out for good.
    #[test]
    fn former_scopes_are_those_that_can_be_cleared() {
        let scopes = |name, scopes: &str| {
            parse(&[
                ("SESSION_COOKIE_NAME", name),
                ("SESSION_COOKIE_FORMER_SCOPES", scopes),
            ])
        };
        let config = scopes("id", "example.com,/app").unwrap();
        assert_eq!(config.transport.cookie.former.len(), 2);
        assert!(scopes("__Host-id", "/").is_ok());
        let many = vec![format!("/{}", "a".repeat(300)); 20];
        let many: Vec<_> = many
            .iter()
            .enumerate()
            .map(|(n, path)| format!("{path}{n}"))
            .collect();
        for (name, scope, expected) in [
            (
                "__Host-id",
                "example.com",
                "the cookie __Host-id has one scope, /",
            ),
            (
                "id",
                &many.join(","),
                "bytes of headers, and may take 8192: list fewer scopes",
            ),
        ] {
            let error = scopes(name, scope).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn former_scopes_may_take_8192_bytes_to_clear() {
        // So many bytes in four paths.
        let scopes = |bytes: usize| {
            let path = |n| format!("/{n}{}", "a".repeat((bytes + n) / 4));
            let paths: Vec<_> = (0..4).map(path).collect();
            parse(&[
                ("SESSION_COOKIE_NAME", "sid"),
                ("SESSION_COOKIE_FORMER_SCOPES", &paths.join(",")),
            ])
        };
        let taken = |bytes| {
            let values = scopes(bytes).unwrap().transport.cookie.clear_others();
            values.iter().map(String::len).sum::<usize>()
        };
        // Each path is in two values: with a partition and without.
        let most = (8192 - taken(0)) / 2;
        assert_eq!(taken(most), 8192);
        assert!(scopes(most + 1).is_err());
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
            ("SESSION_DENY_STATUS", "500"),
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
            "SESSION_DENY_STATUS is \"500\", not 401 or 403",
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
}
