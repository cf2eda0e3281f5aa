//! `sdk/contexts.json`: what a backend receives behind the authorizer, in each format, with the value that its helper
//! reads from it. The inputs are the authorizer's own answers, passed on as API Gateway passes them on.

use std::{fs, path::Path};

use authorizer::Authorizer;
use dynamodb_session::{
    config,
    provider::{Identity, Subject},
    session::{Origin, Session},
    user::UserName,
};
use lambda::api::Api;
use lambda_http::request::{RequestContext, from_str};
use local::front::backend::{HEADERS, identity};
use serde_json::{Map, Value, json};
use support::{NOW, REFERENCE, TOKEN, session, store::Counting};

const FILE: &str = "sdk/contexts.json";

#[tokio::test]
async fn the_file_holds_what_backends_really_receive() {
    let held = fs::read_to_string(root().join(FILE)).unwrap_or_default();
    let expected = text(&fixtures().await);
    let differing = held.lines().zip(expected.lines()).find(|(a, b)| a != b);
    assert!(
        held == expected,
        "{differing:#?}\nIf that is meant: cargo test -p tests contexts::write_the_file -- --ignored"
    );
}

/// What the local front overwrites is what the page has API Gateway overwrite.
#[test]
fn the_page_maps_the_headers_that_the_local_front_overwrites() {
    let page = fs::read_to_string(root().join("docs/backends.md")).unwrap();
    let mapped: Vec<_> = page
        .lines()
        .filter_map(|line| line.trim().strip_prefix("overwrite:header."))
        .collect();
    let overwritten =
        HEADERS.map(|(value, header)| format!("{header}: $context.authorizer.{value}"));
    assert_eq!(mapped, overwritten);
}

#[tokio::test]
#[ignore = "writes sdk/contexts.json anew"]
async fn write_the_file() {
    fs::write(root().join(FILE), text(&fixtures().await)).unwrap();
}

/// How a context reaches a backend.
#[derive(Clone, Copy, Debug)]
enum Way {
    Http2,
    /// An HTTP API whose integration has payload format 1.0: nested, as others report it.
    Http1,
    /// The same as AWS's older pages have it.
    Http1Flat,
    Rest,
    WebSocket,
    /// Lambda Web Adapter's header.
    AdapterHttp,
    AdapterRest,
    /// An HTTP integration's headers.
    Headers,
}

impl Way {
    const ALL: [Self; 8] = [
        Self::Http2,
        Self::Http1,
        Self::Http1Flat,
        Self::Rest,
        Self::WebSocket,
        Self::AdapterHttp,
        Self::AdapterRest,
        Self::Headers,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Http2 => "HTTP API, payload 2.0",
            Self::Http1 => "HTTP API, payload 1.0",
            Self::Http1Flat => "HTTP API, payload 1.0, flat",
            Self::Rest => "REST API",
            Self::WebSocket => "WebSocket API",
            Self::AdapterHttp => "Lambda Web Adapter, HTTP API",
            Self::AdapterRest => "Lambda Web Adapter, REST API",
            Self::Headers => "HTTP integration",
        }
    }

    /// The authorizer's sample event.
    fn sample(self) -> &'static str {
        match self {
            Self::Http2 | Self::AdapterHttp | Self::Headers => "authorizer-http-api",
            Self::Http1 | Self::Http1Flat => "authorizer-http-api-1.0",
            Self::Rest | Self::AdapterRest => "authorizer-rest-request",
            Self::WebSocket => "authorizer-websocket",
        }
    }

    /// The function of a helper that reads it.
    fn read_by(self) -> &'static str {
        match self {
            Self::AdapterHttp | Self::AdapterRest => "adapter",
            Self::Headers => "headers",
            _ => "event",
        }
    }

    /// The backend's input; `answer` is the authorizer's, `None` where it is not asked.
    fn input(self, answer: Option<&Value>) -> Value {
        let mut event = support::event(self.sample());
        let fields = event.as_object_mut().unwrap();
        // What an authorizer's event has besides.
        for field in [
            "type",
            "routeArn",
            "methodArn",
            "identitySource",
            "authorizationToken",
        ] {
            fields.remove(field);
        }
        fields.insert("isBase64Encoded".to_owned(), false.into());
        let context = answer.map_or(Value::Null, |answer| answer["context"].clone());
        if let Some(answer) = answer {
            event["requestContext"]["authorizer"] = match self {
                Self::Http2 | Self::Http1 | Self::AdapterHttp | Self::Headers => {
                    json!({"lambda": context})
                }
                Self::Http1Flat => texts(&context).into(),
                Self::Rest | Self::WebSocket | Self::AdapterRest => {
                    let mut flat = texts(&context);
                    flat.insert("principalId".to_owned(), answer["principalId"].clone());
                    flat.insert("integrationLatency".to_owned(), 7.into());
                    flat.into()
                }
            };
        }
        match self {
            Self::AdapterHttp | Self::AdapterRest => {
                let request = from_str(&event.to_string()).unwrap();
                let context = request.extensions().get::<RequestContext>().unwrap();
                // Sorted, as a map of the adapter's is not.
                let context = serde_json::to_value(context).unwrap();
                json!({"accept": "*/*", "x-amzn-request-context": context.to_string()})
            }
            Self::Headers => {
                let mut headers = Map::new();
                headers.insert("accept".to_owned(), "*/*".into());
                for (name, value) in identity(&context).unwrap() {
                    let value = String::from_utf8(value.as_bytes().to_vec()).unwrap();
                    headers.insert(name.to_string(), value.into());
                }
                headers.into()
            }
            _ => event,
        }
    }
}

/// The values of a REST API's context: all of them text.
fn texts(context: &Value) -> Map<String, Value> {
    let texts = context.as_object().unwrap().iter().map(|(name, value)| {
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        (name.clone(), text.into())
    });
    texts.collect()
}

/// Sessions, how the authorizer tells their data, and what is to be read of them.
fn sessions() -> [(&'static str, Session, &'static str, Value); 9] {
    let with = |texts: &[(&str, &str)]| Session {
        data: texts
            .iter()
            .map(|(key, text)| ((*key).to_owned(), (*text).to_owned()))
            .collect(),
        ..session()
    };
    let small = || with(&[("cart", "[{\"id\": 7}]"), ("name", "\"Zoë \u{1f600}\"")]);
    let told = |user: Option<&str>, data: Value, bytes: Value| {
        json!({
            "user": user,
            "session": REFERENCE,
            "authenticated_at": user.map(|_| NOW.0 - 60),
            "expires_at": NOW.0 - 60 + 43200,
            "data": data,
            "data_bytes": bytes,
            "issuer": null,
            "subject": null,
            "claims": null,
        })
    };
    let groups = || json!({"groups": ["a", "b"], "name": "Zoë \u{1f600}"});
    let vouched = |claims: Option<Value>| {
        let identity = Identity {
            issuer: "https://idp.example/a".to_owned(),
            subject: Subject::parse("a|1 \"2\"").unwrap(),
            sid: Some("not told".to_owned()),
            claims: claims.as_ref().map(Value::to_string),
        };
        let user = identity.user();
        let mut expected = told(Some(user.as_str()), json!({}), Value::Null);
        expected["issuer"] = identity.issuer.as_str().into();
        expected["subject"] = identity.subject.as_str().into();
        expected["claims"] = claims.into();
        let session = Session {
            user: Some(user),
            origin: Origin {
                identity: Some(Box::new(identity)),
                ..Origin::default()
            },
            ..session()
        };
        (session, expected)
    };
    let (plain, of_plain) = vouched(None);
    let (claimed, of_claimed) = vouched(Some(groups()));
    let cart = || json!({"cart": [{"id": 7}], "name": "Zoë \u{1f600}"});
    let anonymous = Session {
        user: None,
        authenticated: None,
        ..with(&[("theme", "\"dark\"")])
    };
    let named = Session {
        user: Some(UserName::parse("zoë.müller").unwrap()),
        ..session()
    };
    let large = with(&[("k", &format!("\"{}\"", "x".repeat(4993)))]);
    let (none, ada) = (Value::Null, Some("ada"));
    [
        (
            "no data",
            session(),
            "json",
            told(ada, json!({}), none.clone()),
        ),
        ("data", small(), "json", told(ada, cart(), none.clone())),
        (
            "data in base64url",
            small(),
            "base64url",
            told(ada, cart(), none.clone()),
        ),
        (
            "data too large",
            large,
            "base64url",
            told(ada, none.clone(), 5000.into()),
        ),
        (
            "anonymous",
            anonymous,
            "base64url",
            told(None, json!({"theme": "dark"}), none.clone()),
        ),
        (
            "letters beyond ASCII",
            named,
            "none",
            told(Some("zoë.müller"), json!({}), none),
        ),
        ("a provider's user", plain, "json", of_plain),
        ("claims", claimed.clone(), "none", of_claimed.clone()),
        ("claims in base64url", claimed, "base64url", of_claimed),
    ]
}

async fn fixtures() -> Vec<Value> {
    let mut fixtures = Vec::new();
    for way in Way::ALL {
        let fixture = |name: &str, input: Value, (kind, expected): (&str, Value)| json!({"name": format!("{}: {name}", way.name()), "read_by": way.read_by(), "input": input, kind: expected});
        for (name, session, form, expected) in sessions() {
            let expected = match (way, name) {
                (Way::Headers, "data in base64url" | "data too large" | "claims in base64url") => {
                    continue;
                }
                (Way::Headers, _) => untold(expected),
                _ => expected,
            };
            let answer = answer(way, session, form).await;
            let input = way.input(Some(&answer));
            fixtures.push(fixture(name, input, ("expected", expected)));
        }
        let unguarded = ("error", json!("not_guarded"));
        fixtures.push(fixture("no authorizer", way.input(None), unguarded));
    }
    // What no integration overwrites is a client's to send.
    let headers = json!({"x-session": REFERENCE, "x-expires-at": "2", "x-data": "e30", "x-data-bytes": "7", "x-issuer": "a", "x-subject": "b"});
    let expected = json!({"user": null, "session": REFERENCE, "authenticated_at": null, "expires_at": 2, "data": null, "data_bytes": null, "issuer": null, "subject": null, "claims": null});
    fixtures.push(json!({"name": "data of a client's own making", "read_by": "headers", "input": headers, "expected": expected}));
    fixtures.extend(others());
    fixtures
}

/// The same without what no header carries.
fn untold(mut expected: Value) -> Value {
    for name in ["data", "data_bytes", "issuer", "subject", "claims"] {
        expected[name] = Value::Null;
    }
    expected
}

/// What the authorizer lets through.
async fn answer(way: Way, session: Session, form: &str) -> Value {
    let variables = [
        ("SESSION_ANONYMOUS", "on"),
        ("SESSION_REQUIRE_USER", "off"),
        ("SESSION_CONTEXT_DATA", form),
        ("SESSION_CONTEXT_IDENTITY", "on"),
    ];
    let store = Counting::default();
    store.put(TOKEN, session).await;
    let lookup = |name: &str| {
        let found = variables.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    };
    let authorizer = Authorizer {
        store,
        config: support::config(&variables),
        api: config::read(&lookup, Api::from_variables).unwrap(),
    };
    let event = support::event(way.sample());
    authorizer.answer(&event, NOW).await.unwrap()
}

/// Inputs of another making: other authorizers, other events, and contexts that are not ours.
fn others() -> Vec<Value> {
    let event =
        |authorizer: Value| json!({"version": "2.0", "requestContext": {"authorizer": authorizer}});
    let ours = |name: &str, value: Value| {
        let mut context =
            json!({"session": REFERENCE, "user": "ada", "authenticated_at": 1, "expires_at": 2});
        context[name] = value;
        event(json!({"lambda": context}))
    };
    let vouched = |issuer: Value, subject: Value, claims: Value| {
        event(
            json!({"lambda": {"session": REFERENCE, "user": "ada", "expires_at": 2,
            "issuer": issuer, "subject": subject, "claims": claims}}),
        )
    };
    let adapter = |header: &str| json!({"x-amzn-request-context": header});
    let headers =
        |expires: &str| json!({"x-session": REFERENCE, "x-user": "ada", "x-expires-at": expires});
    #[rustfmt::skip]
    let others = [
        ("an empty event",                       "event",   json!({}),                                              "not_guarded"),
        ("a load balancer's event",              "event",   json!({"requestContext": {"elb": {}}, "headers": {}}),  "not_guarded"),
        ("an authorizer of null",                "event",   event(Value::Null),                                     "not_guarded"),
        ("an empty authorizer",                  "event",   event(json!({})),                                       "not_guarded"),
        ("a JWT authorizer",                     "event",   event(json!({"jwt": {"claims": {"sub": "ada"}, "scopes": null}})), "not_guarded"),
        ("an IAM authorizer",                    "event",   event(json!({"iam": {"userId": "ada"}})),               "not_guarded"),
        ("another Lambda authorizer",            "event",   event(json!({"lambda": {"user": "ada"}})),              "not_guarded"),
        ("another Lambda authorizer, flat",      "event",   event(json!({"principalId": "ada", "user": "ada"})),    "not_guarded"),
        ("headers of a client's own making",     "event",   json!({"headers": {"x-session": REFERENCE, "x-user": "ada", "x-expires-at": "2"}}), "not_guarded"),
        ("a name beside a Lambda authorizer's",  "event",   event(json!({"lambda": {}, "session": REFERENCE, "expires_at": 2})), "not_guarded"),
        ("an adapter's header without JSON",     "adapter", adapter("{"),                                           "bad_context"),
        ("an adapter's header of another kind",  "adapter", adapter("[]"),                                          "bad_context"),
        ("another header alone",                 "adapter", json!({"x-session": REFERENCE, "x-expires-at": "2"}),   "not_guarded"),
        ("an adapter's header alone",            "headers", adapter("{\"authorizer\":{\"lambda\":{\"session\":\"c2FtcGxlIHJlZmVyZW5jZQ\",\"expires_at\":2}}}"), "not_guarded"),
        ("a header without a session",           "headers", json!({"x-user": "ada", "x-expires-at": "2"}),          "not_guarded"),
        ("an empty header",                      "headers", json!({"x-session": "", "x-user": "ada"}),              "not_guarded"),
        ("a header that is no time",             "headers", headers("soon"),                                        "bad_context"),
        ("no expiry",                            "event",   ours("expires_at", Value::Null),                        "bad_context"),
        ("an expiry in words",                   "event",   ours("expires_at", json!("tomorrow")),                  "bad_context"),
        ("an expiry with a fraction",            "event",   ours("expires_at", json!(1.5)),                         "bad_context"),
        ("an expiry before 1970",                "event",   ours("expires_at", json!("-1")),                        "bad_context"),
        ("an expiry that is true",               "event",   ours("expires_at", json!(true)),                        "bad_context"),
        ("digits of another script",             "event",   ours("expires_at", json!("\u{661}")),                   "bad_context"),
        ("a session that is a number",           "event",   ours("session", json!(7)),                              "bad_context"),
        ("a user that is a number",              "event",   ours("user", json!(7)),                                 "bad_context"),
        ("a user without a name",                "event",   ours("user", json!("")),                                "bad_context"),
        ("data that is no JSON",                 "event",   ours("data", json!("{\"a\":")),                         "bad_context"),
        ("data that is a list",                  "event",   ours("data", json!("[]")),                              "bad_context"),
        ("data that is base64url of a list",     "event",   ours("data", json!("WzFd")),                             "bad_context"),
        ("data in base64 of no UTF-8",           "event",   ours("data", json!("_w")),                              "bad_context"),
        ("data in neither form",                 "event",   ours("data", json!("e30=")),                            "bad_context"),
        ("an issuer without a subject",          "event",   vouched(json!("a"), Value::Null, Value::Null),          "bad_context"),
        ("a subject without an issuer",          "event",   vouched(Value::Null, json!("b"), Value::Null),          "bad_context"),
        ("claims of nobody",                     "event",   vouched(Value::Null, Value::Null, json!("{}")),         "bad_context"),
        ("an empty issuer",                      "event",   vouched(json!(""), json!("b"), Value::Null),            "bad_context"),
        ("an empty subject",                     "event",   vouched(json!("a"), json!(""), Value::Null),            "bad_context"),
        ("a subject that is a number",           "event",   vouched(json!("a"), json!(7), Value::Null),             "bad_context"),
        ("claims that are a list",               "event",   vouched(json!("a"), json!("b"), json!("[]")),           "bad_context"),
        ("claims that are empty text",           "event",   vouched(json!("a"), json!("b"), json!("")),             "bad_context"),
        ("claims that are no JSON",              "event",   vouched(json!("a"), json!("b"), json!("{")),            "bad_context"),
        ("a size in words",                      "event",   ours("data_bytes", json!("many")),                      "bad_context"),
    ];
    others
        .into_iter()
        .map(|(name, by, input, error)| json!({"name": name, "read_by": by, "input": input, "error": error}))
        .collect()
}

/// One fixture a line.
fn text(fixtures: &[Value]) -> String {
    let lines: Vec<_> = fixtures.iter().map(Value::to_string).collect();
    format!("[\n{}\n]\n", lines.join(",\n"))
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}
