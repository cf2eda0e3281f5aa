//! The cookie that ties a login to the browser that began it. A browser has one, for all its tabs.

use dynamodb_session::{
    provider::FLOW_SECONDS,
    time::UnixSeconds,
    transport::cookie::{CookieSettings, Lifetime, SameSite},
};

/// The cookie's settings: `Lax`, because the browser comes back from the provider's site, and of this host alone wherever
/// the session's cookie is `Secure`.
pub(crate) fn settings(session: &CookieSettings) -> CookieSettings {
    let name = if session.secure {
        "__Host-oidc"
    } else {
        "oidc"
    };
    CookieSettings {
        name: name.to_owned(),
        domain: None,
        path: "/".to_owned(),
        secure: session.secure,
        same_site: SameSite::Lax,
        partitioned: false,
        lifetime: Lifetime::Absolute,
        former: Vec::new(),
    }
}

/// The `Set-Cookie` value with this secret, kept as long as a flow that begins `now`.
pub(crate) fn set(settings: &CookieSettings, secret: &str, now: UnixSeconds) -> String {
    settings.write(secret, Some((FLOW_SECONDS, now.plus(FLOW_SECONDS))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_of_one_host_wherever_it_is_secure() {
        let mut session = CookieSettings {
            domain: Some("example.com".to_owned()),
            path: "/app".to_owned(),
            ..CookieSettings::default()
        };
        let expected = "__Host-oidc=abc; Path=/; Max-Age=600; Expires=Thu, 01 Jan 1970 00:10:00 GMT; Secure; HttpOnly; SameSite=Lax";
        assert_eq!(set(&settings(&session), "abc", UnixSeconds(0)), expected);
        assert_eq!(settings(&session).problems(), [] as [String; 0]);
        session.secure = false;
        let expected = "oidc=abc; Path=/; Max-Age=600; Expires=Thu, 01 Jan 1970 00:10:00 GMT; HttpOnly; SameSite=Lax";
        assert_eq!(set(&settings(&session), "abc", UnixSeconds(0)), expected);
    }
}
