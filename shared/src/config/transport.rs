//! How tokens travel, and what a browser's request has to show.

use super::{Variables, domain};
use crate::{
    cross_site::{Guard, origins::AllowedOrigins},
    csrf,
    transport::{
        Mode, Transport,
        cookie::{CookieSettings, Lifetime, SameSite, scope::Scope},
    },
};

/// Headers that HTTP, `API Gateway` or our responses have for another purpose: a token in their place would break it,
/// or be lost on the way (developer guide, "Important notes for REST APIs", and "Transforming API requests", on
/// reserved headers).
pub(super) const TAKEN: [&str; 33] = [
    "age",
    "allow",
    "cache-control",
    "connection",
    "cookie",
    "date",
    "etag",
    "expect",
    "forwarded",
    "from",
    "host",
    "keep-alive",
    "last-modified",
    "location",
    "max-forwards",
    "origin",
    "pragma",
    "range",
    "referer",
    "referrer-policy",
    "retry-after",
    "server",
    "set-cookie",
    "strict-transport-security",
    "te",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "vary",
    "via",
    "warning",
    "www-authenticate",
    csrf::HEADER,
];

/// The same by their beginnings: content, conditions, CORS, what only browsers or proxies set, what `API Gateway` and Lambda set.
pub(super) const TAKEN_PREFIXES: [&str; 14] = [
    "accept",
    "access-control-",
    "apigw-",
    "content-",
    "if-",
    "lambda-",
    "proxy-",
    "sec-",
    "trailer",
    "x-amz",
    "x-apigateway-",
    "x-content-",
    "x-forwarded-",
    "x-http-method",
];

/// The most bytes of the headers that remove the cookie from its other scopes: `API Gateway` passes on 10,240 of all headers.
const MOST_CLEARING_BYTES: usize = 8192;

impl Transport {
    /// Reads the group.
    pub fn from_variables(variables: &mut Variables<'_>) -> Self {
        let default = Self::default();
        Self {
            mode: variables.choice(
                "SESSION_TRANSPORT",
                &[
                    ("cookie", Mode::Cookie),
                    ("header", Mode::Header),
                    ("both", Mode::Both),
                ],
                default.mode,
            ),
            cookie: CookieSettings::from_variables(variables),
            header: header(variables, "SESSION_HEADER", default.header),
        }
    }
}

impl Guard {
    /// Reads the group.
    pub fn from_variables(variables: &mut Variables<'_>) -> Self {
        Self {
            allowed: origins(variables, "SESSION_ALLOWED_ORIGINS"),
            csrf_token: variables.choice(
                "SESSION_CSRF_TOKEN",
                &[("off", false), ("required", true)],
                false,
            ),
            plain_http: false,
        }
    }
}

fn header(variables: &mut Variables<'_>, name: &str, default: String) -> String {
    let header = variables.text(name).unwrap_or(default);
    let lower = header.to_ascii_lowercase();
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let taken = TAKEN.contains(&lower.as_str())
        || TAKEN_PREFIXES
            .iter()
            .any(|prefix| lower.starts_with(prefix));
    if taken {
        variables.problem(format!(
                "{name} is {header:?}, which HTTP, API Gateway or Lambda has another use for: give a name of its own, such as x-id, \
                 or authorization"
            ));
    } else if !(1..=64).contains(&lower.len()) || !lower.bytes().all(legal) {
        variables.problem(format!(
            "{name} is {header:?}, not the name of a header (1 to 64 letters, digits or -)"
        ));
    }
    lower
}

fn former_scopes(variables: &mut Variables<'_>, name: &str) -> Vec<Scope> {
    let Some(text) = variables.text(name) else {
        return Vec::new();
    };
    Scope::list(&text).unwrap_or_else(|problem| {
        variables.problem(format!("{name}: {problem}"));
        Vec::new()
    })
}

fn origins(variables: &mut Variables<'_>, name: &str) -> AllowedOrigins {
    let Some(text) = variables.text(name) else {
        return AllowedOrigins::default();
    };
    AllowedOrigins::parse(&text).unwrap_or_else(|problem| {
        variables.problem(format!("{name}: {problem}"));
        AllowedOrigins::default()
    })
}

impl CookieSettings {
    /// Reads the group.
    fn from_variables(variables: &mut Variables<'_>) -> Self {
        let default = Self::default();
        let cookie = Self {
            name: variables
                .text("SESSION_COOKIE_NAME")
                .unwrap_or(default.name),
            domain: variables.text("SESSION_COOKIE_DOMAIN"),
            path: variables
                .text("SESSION_COOKIE_PATH")
                .unwrap_or(default.path),
            secure: variables.switch("SESSION_COOKIE_SECURE", true),
            same_site: variables.choice(
                "SESSION_COOKIE_SAMESITE",
                &[
                    ("Strict", SameSite::Strict),
                    ("Lax", SameSite::Lax),
                    ("None", SameSite::None),
                ],
                SameSite::Strict,
            ),
            partitioned: variables.switch("SESSION_COOKIE_PARTITIONED", false),
            lifetime: variables.choice(
                "SESSION_COOKIE_LIFETIME",
                &[
                    ("absolute", Lifetime::Absolute),
                    ("idle", Lifetime::Idle),
                    ("browser", Lifetime::Browser),
                ],
                Lifetime::Absolute,
            ),
            former: former_scopes(variables, "SESSION_COOKIE_FORMER_SCOPES"),
        };
        if let Some(domain) = &cookie.domain
            && let Some(problem) = domain::problem(domain)
        {
            variables.problem(format!("SESSION_COOKIE_DOMAIN: {domain:?} {problem}"));
        }
        let mut problems = cookie.problems();
        let bytes: usize = cookie.clear_others().iter().map(String::len).sum();
        if bytes > MOST_CLEARING_BYTES {
            problems.push(format!(
                "removing the cookie from all its scopes takes {bytes} bytes of headers, and may take {MOST_CLEARING_BYTES}: \
                 list fewer scopes, or shorter paths"
            ));
        }
        for problem in problems {
            variables.problem(format!("SESSION_COOKIE_*: {problem}"));
        }
        cookie
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::tests::parse;

    #[test]
    fn an_address_a_single_label_and_a_shared_domain_are_told() {
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
        for taken in TAKEN {
            assert!(parse(&[("SESSION_HEADER", taken)]).is_err(), "{taken}");
            let upper = taken.to_ascii_uppercase();
            assert!(parse(&[("SESSION_HEADER", &upper)]).is_err(), "{upper}");
        }
        for taken in TAKEN_PREFIXES {
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

    /// If a browser or `API Gateway` drops the removal of a cookie, the user is kept out for good.
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
        // Four paths of so many bytes in all.
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
}
