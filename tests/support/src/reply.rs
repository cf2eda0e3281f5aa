//! A response as a client sees it, out of either format of `API Gateway`.

use serde_json::Value;

/// One response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The status code.
    pub status: u64,
    /// Names and values as they came, but for `Set-Cookie`.
    pub headers: Vec<(String, String)>,
    /// The values of `Set-Cookie`.
    pub cookies: Vec<String>,
    /// The body as it came.
    pub body: String,
}

impl Reply {
    /// Reads a response of payload format 1.0 or 2.0.
    #[must_use]
    pub fn of(response: &Value) -> Self {
        let mut reply = Self {
            status: response["statusCode"].as_u64().unwrap(),
            headers: Vec::new(),
            cookies: texts(&response["cookies"]),
            body: response["body"].as_str().unwrap_or_default().to_owned(),
        };
        for field in ["headers", "multiValueHeaders"] {
            for (name, value) in response[field].as_object().into_iter().flatten() {
                for value in texts(value) {
                    if name == "set-cookie" {
                        reply.cookies.push(value);
                    } else {
                        reply.headers.push((name.clone(), value));
                    }
                }
            }
        }
        reply.headers.sort();
        assert_eq!(response["isBase64Encoded"], false);
        reply
    }

    /// The one value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(known, _)| known == name);
        let value = values.next().map(|(_, value)| value.as_str());
        assert_eq!(values.next(), None, "{name} is there twice");
        value
    }

    /// The body as JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// Fails unless the response has what every answer of the API has, and, if it is an error, the form of one.
    pub fn assert_is_proper(&self, name: &str) {
        self.assert_is_kept_private(name);
        let media_type = match self.status {
            200 => Some("application/json"),
            204 | 303 => None,
            _ => Some("application/problem+json"),
        };
        assert_eq!(self.header("content-type"), media_type, "{name}");
        if self.status >= 400 {
            assert_eq!(self.json()["status"], self.status, "{name}");
            assert_eq!(
                self.cookies,
                Vec::<String>::new(),
                "{name}: an error sets no cookie"
            );
        }
    }

    /// Fails unless the response has the headers of every response, pages included.
    pub fn assert_is_kept_private(&self, name: &str) {
        assert_eq!(self.header("cache-control"), Some("no-store"), "{name}");
        assert_eq!(
            self.header("x-content-type-options"),
            Some("nosniff"),
            "{name}"
        );
        assert_eq!(
            self.header("referrer-policy"),
            Some("no-referrer"),
            "{name}"
        );
        assert_eq!(
            self.header("strict-transport-security"),
            Some("max-age=31536000; includeSubDomains"),
            "{name}"
        );
    }
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(values) => values.iter().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}
