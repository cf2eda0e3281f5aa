//! Where an API was called, as the gateway tells it and no header can.

use dynamodb_session::{cross_site::origins::AllowedOrigins, return_to::ReturnTo};
use serde_json::{Map, Value};

/// The host and the path of a call (`requestContext.domainName`, and `requestContext.http.path` of payload 2.0 or
/// `requestContext.path` of 1.0 and REST).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Address {
    host: Option<String>,
    /// The path that was called, with the names of the stage and of a domain's mapping; `""` where it is not told.
    path: String,
}

impl Address {
    /// What the event tells.
    pub(crate) fn of(event: &Map<String, Value>) -> Self {
        let context = event.get("requestContext");
        let host = context.and_then(|context| context.get("domainName")?.as_str());
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || b".-".contains(&byte);
        let host = host.filter(|host| !host.is_empty() && host.bytes().all(legal));
        let path =
            context.and_then(|context| context.pointer("/http/path").or(context.get("path")));
        Self {
            host: host.map(str::to_owned),
            path: path.and_then(Value::as_str).unwrap_or_default().to_owned(),
        }
    }

    /// The path of the route `other` on the host that was called: beside `route`, which the call is of, behind the same
    /// stage, mapping or prefix. It is a path of this host, whatever was called.
    #[must_use]
    pub fn beside(&self, route: &str, other: &str) -> String {
        let before = self.path.trim_end_matches('/').strip_suffix(route);
        let path = format!("{}{other}", before.unwrap_or_default());
        // A client may call `//another.example` and what follows.
        let place = ReturnTo::parse(&path, &AllowedOrigins::default());
        place.map_or_else(|| other.to_owned(), |_| path)
    }

    /// The address of [`Address::beside`], of HTTPS; `None`: the event names no host.
    #[must_use]
    pub fn url(&self, route: &str, other: &str) -> Option<String> {
        let host = self.host.as_ref()?;
        Some(format!("https://{host}{}", self.beside(route, other)))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_address_is_of_the_gateway_s_host() {
        #[rustfmt::skip]
        let cases = [
            (json!({"domainName": "a1.execute-api.eu-west-1.amazonaws.com", "path": "/prod/x"}), Some("https://a1.execute-api.eu-west-1.amazonaws.com/prod/x/y")),
            (json!({"domainName": "api.example.com", "http": {"path": "/x"}}),                  Some("https://api.example.com/x/y")),
            (json!({"domainName": "api.example.com"}),                                          Some("https://api.example.com/x/y")),
            (json!({"domainName": "a.example/x"}),                                              None),
            (json!({"domainName": "user@a.example"}),                                           None),
            (json!({"domainName": ""}),                                                         None),
            (json!({"domainName": 7}),                                                          None),
            (json!({}),                                                                         None),
        ];
        for (context, expected) in cases {
            let event = json!({"requestContext": context, "headers": {"host": "evil.example"}});
            let address = Address::of(event.as_object().unwrap());
            assert_eq!(address.url("/x", "/x/y").as_deref(), expected, "{event}");
        }
    }

    #[test]
    fn a_route_lies_beside_the_one_that_was_called() {
        #[rustfmt::skip]
        let cases = [
            (json!("/logout"),                    "/logout/oidc"),
            (json!("/logout/"),                   "/logout/oidc"),
            (json!("/prod/logout"),               "/prod/logout/oidc"),
            (json!("/api/auth/logout"),           "/api/auth/logout/oidc"),
            (json!("/prod/sign-out"),             "/logout/oidc"),
            (json!("//evil.example/logout"),      "/logout/oidc"),
            (json!("/\\evil.example/logout"),     "/logout/oidc"),
            (json!("/%2fevil.example/logout"),    "/logout/oidc"),
            (json!("https://evil.example/logout"), "/logout/oidc"),
            (json!("/a\r\nb/logout"),             "/logout/oidc"),
            (json!(""),                           "/logout/oidc"),
            (json!(7),                            "/logout/oidc"),
        ];
        for (called, expected) in cases {
            for context in [json!({"path": called}), json!({"http": {"path": called}})] {
                let event = json!({"requestContext": context, "path": "/other/logout", "rawPath": "/other/logout"});
                let address = Address::of(event.as_object().unwrap());
                let path = address.beside("/logout", "/logout/oidc");
                assert_eq!(path, expected, "{event}");
            }
        }
        let path = Address::default().beside("/logout", "/logout/oidc");
        assert_eq!(path, "/logout/oidc", "an event without a context");
    }
}
