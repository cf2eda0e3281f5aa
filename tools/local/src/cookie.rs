//! The cookie of a stack that is reached over plain HTTP.
//!
//! Chromium, Firefox and curl send a `Secure` cookie to `http://localhost`; Safari and most libraries do not, and a
//! login there is followed by a 401 without an explanation. So this program's cookie is not `Secure` unless the
//! environment says otherwise. It has a name of its own, because cookies ignore ports: a cookie called `id` would be
//! sent to whatever else is developed on this machine.

use dynamodb_session::transport::cookie::CookieSettings;

/// Its name.
pub const NAME: &str = "dynamodb-session-local";

/// The setting that gives the cookie as it is deployed.
pub const AS_DEPLOYED: &str = "SESSION_COOKIE_SECURE=on";

/// The value of a variable that is not `set`: of `SESSION_COOKIE_SECURE` and `SESSION_COOKIE_NAME`, unless another
/// setting takes a `Secure` cookie.
pub fn variable(name: &str, set: impl Fn(&str) -> Option<String>) -> Option<String> {
    let is = |name: &str, value: &str| set(name).is_some_and(|set| set == value);
    let prefixed = set("SESSION_COOKIE_NAME").is_some_and(|name| name.starts_with("__"));
    let takes_secure = prefixed
        || is("SESSION_COOKIE_SECURE", "on")
        || is("SESSION_COOKIE_SAMESITE", "None")
        || is("SESSION_COOKIE_PARTITIONED", "on");
    match name {
        "SESSION_COOKIE_SECURE" if !takes_secure => Some("off".to_owned()),
        "SESSION_COOKIE_NAME" if !takes_secure => Some(NAME.to_owned()),
        _ => None,
    }
}

/// A sentence about the cookie, for whoever starts the program.
#[must_use]
pub fn sentence(cookie: &CookieSettings) -> String {
    let name = &cookie.name;
    if cookie.secure {
        format!(
            "Cookie {name}, Secure: over plain HTTP many clients do not send it back (Safari, and most libraries)."
        )
    } else {
        format!(
            "Cookie {name}, not Secure, for plain HTTP. With {AS_DEPLOYED} in the environment it is __Host-id, as deployed."
        )
    }
}

#[cfg(test)]
mod tests {
    use dynamodb_session::{config::Config, time::UnixSeconds};

    use super::*;

    /// Both ways out of the default, and each setting that a cookie without `Secure` contradicts.
    #[test]
    fn the_cookie_is_plain_unless_the_environment_says_otherwise() {
        let deployed = ("__Host-id", true);
        #[rustfmt::skip]
        let cases: [(&[(&str, &str)], _); 9] = [
            (&[],                                                                   (NAME, false)),
            (&[("SESSION_COOKIE_SECURE", "on")],                                    deployed),
            (&[("SESSION_COOKIE_NAME", "__Host-id")],                               deployed),
            (&[("SESSION_COOKIE_SAMESITE", "None")],                                deployed),
            (&[("SESSION_COOKIE_SAMESITE", "None"), ("SESSION_COOKIE_PARTITIONED", "on")], deployed),
            (&[("SESSION_COOKIE_SECURE", "off")],                                   (NAME, false)),
            (&[("SESSION_COOKIE_NAME", "sid")],                                     ("sid", false)),
            (&[("SESSION_COOKIE_NAME", "sid"), ("SESSION_COOKIE_SECURE", "on")],    ("sid", true)),
            (&[("SESSION_COOKIE_DOMAIN", "example.com"), ("SESSION_COOKIE_PATH", "/app")], (NAME, false)),
        ];
        for (variables, (name, secure)) in cases {
            let set = |name: &str| {
                let found = variables.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| (*value).to_owned())
            };
            let lookup = |name: &str| set(name).or_else(|| variable(name, set));
            let cookie = Config::parse(lookup, UnixSeconds(0))
                .unwrap()
                .transport
                .cookie;
            assert_eq!(
                (cookie.name.as_str(), cookie.secure),
                (name, secure),
                "{variables:?}"
            );
            assert!(sentence(&cookie).contains(name), "{variables:?}");
        }
    }
}
