//! A request to the function, as an HTTP API and as a REST API send it.

use serde_json::{Value, json};
use support::{TOKEN, event};

/// One request in both formats: the samples of `events/`, changed.
#[derive(Clone, Debug)]
pub(crate) struct Ask([Value; 2]);

impl Ask {
    /// A request that presents the session of the samples.
    pub(crate) fn new(method: &str, path: &str) -> Self {
        let [mut http, mut rest] = ["session-ok", "session-rest"].map(event);
        http["requestContext"]["http"]["method"] = json!(method);
        rest["httpMethod"] = json!(method);
        http["rawPath"] = json!(path);
        rest["path"] = json!(path);
        let mut matched = path;
        if let Some(name) = path.strip_prefix("/sessions/") {
            matched = "/sessions/{ref}";
            for event in [&mut http, &mut rest] {
                event["pathParameters"] = json!({"ref": name});
            }
        }
        http["routeKey"] = json!(format!("{method} {matched}"));
        rest["resource"] = json!(matched);
        Self([http, rest])
    }

    /// PATCH /session with a JSON merge patch.
    pub(crate) fn patch(body: &str) -> Self {
        Self::new("PATCH", "/session").body("application/merge-patch+json", body)
    }

    /// Another cookie header; an empty text leaves the header out.
    pub(crate) fn cookie(mut self, cookie: &str) -> Self {
        let [http, rest] = &mut self.0;
        http["cookies"] = json!([cookie]);
        rest["headers"]["Cookie"] = json!(cookie);
        rest["multiValueHeaders"]["Cookie"] = json!([cookie]);
        if cookie.is_empty() {
            http.as_object_mut().unwrap().remove("cookies");
            for field in ["headers", "multiValueHeaders"] {
                rest[field].as_object_mut().unwrap().remove("Cookie");
            }
        }
        self
    }

    /// Another token in the cookie.
    pub(crate) fn token(self, token: &str) -> Self {
        self.cookie(&format!("__Host-id={token}"))
    }

    /// No token at all.
    pub(crate) fn stranger(self) -> Self {
        self.cookie("")
    }

    /// The token in the header, and no cookie.
    pub(crate) fn in_header(self) -> Self {
        self.stranger().header("x-id", TOKEN)
    }

    /// One more header, in the letter case of each format.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        let [http, rest] = &mut self.0;
        http["headers"][name] = json!(value);
        let upper = name.to_ascii_uppercase();
        rest["headers"][&upper] = json!(value);
        rest["multiValueHeaders"][&upper] = json!([value]);
        self
    }

    /// A body and its media type.
    pub(crate) fn body(self, media_type: &str, body: &str) -> Self {
        let mut ask = self.header("content-type", media_type);
        for event in &mut ask.0 {
            event["body"] = json!(body);
        }
        ask
    }

    /// Says that the body is base64, which is how API Gateway sends what it takes for no text.
    pub(crate) fn encoded(mut self) -> Self {
        for event in &mut self.0 {
            event["isBase64Encoded"] = json!(true);
        }
        self
    }

    /// The events.
    pub(crate) fn events(self) -> [Value; 2] {
        self.0
    }
}
