//! What a backend behind the authorizer receives for a session, in each format.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use dynamodb_session::{data, session::Session, store::SessionStore, throttle::Throttle};
use serde_json::{Map, Value, json};

use super::{Seeded, Sessions};
use crate::context::{Context, ContextError};

/// The most bytes of data that the authorizer tells; of more it tells the size alone.
const MOST_DATA_BYTES: usize = 4 * 1024;

/// How the authorizer tells the data (`SESSION_CONTEXT_DATA`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Telling {
    Json,
    Base64url,
    Size,
}

impl Telling {
    /// What the variable says.
    pub(super) fn parse(text: Option<&str>) -> Option<Self> {
        match text {
            None | Some("json") => Some(Self::Json),
            Some("base64url") => Some(Self::Base64url),
            Some("none") => Some(Self::Size),
            Some(_) => None,
        }
    }
}

/// How a context reaches a backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// An HTTP API, payload 2.0.
    Http2,
    /// An HTTP API, payload 1.0.
    Http1,
    /// A REST API: every value is text.
    Rest,
    /// A WebSocket API: every value is text.
    WebSocket,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Http2, Self::Http1, Self::Rest, Self::WebSocket];
}

impl<S: SessionStore + Throttle + 'static> Sessions<S> {
    /// The event of a call of `method` and `path` in this session, as it stands, with its cookie. Its context tells the data as
    /// `SESSION_CONTEXT_DATA` says, and of more than 4 KiB the size alone.
    ///
    /// # Panics
    ///
    /// If the session has ended: the authorizer would not let such a call through.
    #[expect(clippy::expect_used, reason = "a test that is set up wrongly fails")]
    #[expect(clippy::indexing_slicing, reason = "what is indexed are objects")]
    pub async fn event(&self, seeded: &Seeded, format: Format, method: &str, path: &str) -> Value {
        let session = self.find(seeded).await.expect("a session that lives");
        let fields = fields(&session, self.telling);
        let headers = json!({"host": "api.example.com", "cookie": seeded.cookie()});
        let identity = json!({"sourceIp": "192.0.2.1", "userAgent": "test"});
        let common = json!({"accountId": "1", "apiId": "a", "requestId": "r", "stage": "prod", "domainName": "api.example.com"});
        let (mut event, mut context) = match format {
            Format::Http2 => (
                json!({
                    "version": "2.0", "routeKey": format!("{method} {path}"), "rawPath": path, "rawQueryString": "",
                    "headers": {"host": "api.example.com"}, "cookies": [seeded.cookie()],
                }),
                json!({
                    "authorizer": {"lambda": fields}, "timeEpoch": 0, "routeKey": format!("{method} {path}"),
                    "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "test"},
                }),
            ),
            Format::Http1 | Format::Rest => {
                let authorizer = if format == Format::Rest {
                    Value::from(texts(&fields))
                } else {
                    json!({"lambda": fields})
                };
                (
                    json!({
                        "version": "1.0", "resource": path, "path": path, "httpMethod": method, "headers": headers,
                        "multiValueHeaders": {"host": ["api.example.com"], "cookie": [seeded.cookie()]},
                        "queryStringParameters": null, "multiValueQueryStringParameters": null, "pathParameters": null,
                        "stageVariables": null,
                    }),
                    json!({
                        "authorizer": authorizer, "identity": identity, "httpMethod": method, "path": path,
                        "resourcePath": path, "requestTimeEpoch": 0,
                    }),
                )
            }
            Format::WebSocket => (
                json!({}),
                json!({
                    "authorizer": texts(&fields), "identity": identity, "eventType": "MESSAGE", "routeKey": "$default",
                    "connectionId": "c", "requestTimeEpoch": 0,
                }),
            ),
        };
        for (name, value) in common.as_object().into_iter().flatten() {
            context[name] = value.clone();
        }
        event["requestContext"] = context;
        event["body"] = Value::Null;
        event["isBase64Encoded"] = false.into();
        event
    }

    /// The context of a call in this session, as it stands.
    pub async fn context(&self, seeded: &Seeded) -> Result<Context, ContextError> {
        Context::from_event(&self.event(seeded, Format::Http2, "GET", "/").await)
    }
}

/// The fields that the authorizer tells of a session.
fn fields(session: &Session, telling: Telling) -> Map<String, Value> {
    let mut fields = Map::new();
    let user = session.user.as_ref();
    let authenticated = session.authenticated;
    let data = data(session, telling);
    let size = data::size(&session.data);
    let untold = data.is_none() && !session.data.is_empty();
    let told = [
        ("user", user.map(|user| Value::from(user.as_str()))),
        ("session", Some(session.reference.as_str().into())),
        ("authenticated_at", authenticated.map(|at| at.0.into())),
        ("expires_at", Some(session.expires().0.into())),
        ("data", data.map(Value::from)),
        ("data_bytes", untold.then(|| size.into())),
    ];
    for (name, value) in told {
        fields.extend(value.map(|value| (name.to_owned(), value)));
    }
    fields
}

fn data(session: &Session, telling: Telling) -> Option<String> {
    if session.data.is_empty() {
        return None;
    }
    let json = data::to_json(&session.data).ok()?;
    let json = Some(json.get()).filter(|json| json.len() <= MOST_DATA_BYTES)?;
    match telling {
        Telling::Json => Some(json.to_owned()),
        Telling::Base64url => Some(URL_SAFE_NO_PAD.encode(json)),
        Telling::Size => None,
    }
}

/// The values of a REST API's context: all of them text.
fn texts(fields: &Map<String, Value>) -> Map<String, Value> {
    let texts = fields.iter().map(|(name, value)| {
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        (name.clone(), text.into())
    });
    texts.collect()
}
