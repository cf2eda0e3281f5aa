//! Headers that an event has twice: none of them hides another from the layer.

use dynamodb_session_backend::{
    dynamodb_session::{create::Vouched, store::memory::MemoryStore, user::UserName},
    error::Error,
    event,
    layer::SessionLayer,
    session::Session,
    testing::{Format, Sessions},
};
use http::{StatusCode, header::COOKIE};
use lambda_http::{Body, Context, Error as LambdaError, LambdaEvent, Service as _, service_fn};
use serde_json::{Value, json};
use support::gate::{Point, Verb};
use tower_layer::Layer;

use super::serve::stepped;

const HTTP: [Format; 3] = [Format::Http2, Format::Http1, Format::Rest];

/// The event of a POST with this header so often, as API Gateway describes it.
fn with(event: &Value, format: Format, name: &str, values: &[&str]) -> Value {
    let mut event = event.clone();
    match format {
        Format::Http2 if name == "cookie" => event["cookies"] = json!(values),
        Format::Http2 => event["headers"][name] = values.join(",").into(),
        Format::Http1 | Format::Rest | Format::WebSocket => {
            event["headers"][name] = json!(values.last());
            event["multiValueHeaders"][name] = json!(values);
        }
    }
    event
}

/// The layer around a handler that tells whose session it is, after what is done to it.
fn handler<F, T>(
    layer: &SessionLayer,
    done: F,
) -> impl lambda_http::Service<
    lambda_http::Request,
    Response = http::Response<Body>,
    Error = LambdaError,
    Future: Send,
> + Clone
+ Send
+ 'static
where
    F: Fn(Session) -> T + Clone + Send + 'static,
    T: Future<Output = Result<(), Error>> + Send + 'static,
{
    layer.layer(service_fn(move |request: lambda_http::Request| {
        let session = request.extensions().get::<Session>().unwrap().clone();
        let user = session.user();
        let user = user.map_or_else(|| "nobody".to_owned(), |user| user.as_str().to_owned());
        let done = done(session);
        async move {
            Ok::<_, LambdaError>(match done.await {
                Ok(()) => http::Response::new(Body::from(user)),
                Err(error) => error.into_reply().map(Body::from),
            })
        }
    }))
}

async fn nothing(_: Session) -> Result<(), Error> {
    Ok(())
}

async fn log_out(session: Session) -> Result<(), Error> {
    session.log_out().await
}

/// The answer to an event that is served as it came: its status and its body.
async fn answered<F, T>(layer: &SessionLayer, event: &Value, done: F) -> (u64, String)
where
    F: Fn(Session) -> T + Clone + Send + 'static,
    T: Future<Output = Result<(), Error>> + Send + 'static,
{
    let payload = serde_json::from_value(event.clone()).unwrap();
    let mut service = event::service(handler(layer, done));
    let reply = service.call(LambdaEvent::new(payload, Context::default()));
    let reply = serde_json::to_value(reply.await.unwrap()).unwrap();
    let status = reply["statusCode"].as_u64().unwrap();
    (
        status,
        reply["body"].as_str().unwrap_or_default().to_owned(),
    )
}

#[tokio::test]
async fn no_header_of_an_event_hides_another_from_the_layer_by_itself() {
    for format in HTTP {
        let sessions = Sessions::new(&[]);
        let ada = sessions.seed("ada", &json!({})).await;
        let bob = sessions.seed("bob", &json!({})).await;
        let layer = sessions.by_itself().host("api.example.com");
        let event = sessions.event(&ada, format, "POST", "/cart").await;
        #[rustfmt::skip]
        let cases: [(&str, &[&str], u64, &str); 8] = [
            ("cookie",         &[ada.cookie(), "theme=dark"],                                200, "ada"),
            ("cookie",         &["theme=dark", ada.cookie()],                                200, "ada"),
            // Of two tokens nobody can tell which is meant.
            ("cookie",         &[bob.cookie(), ada.cookie()],                                200, "nobody"),
            ("cookie",         &[ada.cookie(), bob.cookie()],                                200, "nobody"),
            ("sec-fetch-site", &["cross-site", "same-origin"],                               403, ""),
            ("sec-fetch-site", &["same-origin"],                                             200, "ada"),
            ("origin",         &["https://evil.example", "https://api.example.com"],         403, ""),
            ("origin",         &["https://api.example.com"],                                 200, "ada"),
        ];
        for (name, values, status, body) in cases {
            let event = with(&event, format, name, values);
            let answer = answered(&layer, &event, nothing).await;
            assert_eq!(answer.0, status, "{format:?} {name} {values:?}");
            assert!(
                body.is_empty() || answer.1 == body,
                "{format:?} {name} {values:?}"
            );
        }
        // A logout ends both.
        let event = with(&event, format, "cookie", &[ada.cookie(), bob.cookie()]);
        assert_eq!(answered(&layer, &event, log_out).await.0, 200);
        assert!(sessions.find(&ada).await.is_none(), "{format:?}");
        assert!(sessions.find(&bob).await.is_none(), "{format:?}");
    }
}

#[tokio::test]
async fn no_header_of_an_event_hides_another_token_or_csrf_token() {
    for format in HTTP {
        let sessions = Sessions::new(&[
            ("SESSION_TRANSPORT", "both"),
            ("SESSION_CSRF_TOKEN", "required"),
        ]);
        let ada = sessions.seed("ada", &json!({})).await;
        let bob = sessions.seed("bob", &json!({})).await;
        let layer = sessions.by_itself();
        let event = sessions.event(&ada, format, "POST", "/cart").await;
        let (own, other) = (ada.csrf_token(), bob.csrf_token());
        let shown = with(&event, format, "x-csrf-token", &[&own]);
        assert_eq!(answered(&layer, &shown, nothing).await.1, "ada");
        let twice = with(&event, format, "x-csrf-token", &[&other, &own]);
        assert_eq!(answered(&layer, &twice, nothing).await.0, 403, "{format:?}");
        let two = with(&shown, format, "x-id", &[bob.token(), ada.token()]);
        assert_eq!(
            answered(&layer, &two, nothing).await.1,
            "nobody",
            "{format:?}"
        );
    }
}

/// As `lambda_runtime::run_concurrent` serves them: what it asks of a service holds, and each event has its own session.
#[tokio::test]
async fn two_events_of_one_process_at_once_have_each_their_session() {
    fn concurrent<S>(service: S) -> S
    where
        S: lambda_http::Service<LambdaEvent<event::Event>, Response: Send, Future: Send + 'static>
            + Clone
            + Send
            + 'static,
    {
        service
    }
    for format in HTTP {
        let (sessions, gate) = stepped(MemoryStore::default(), &[]);
        let ada = sessions.seed("ada", &json!({})).await;
        let bob = sessions.seed("bob", &json!({})).await;
        let layer = sessions.by_itself();
        let mut service = concurrent(event::service(handler(&layer, |it: Session| async move {
            let user = it.require_user()?;
            it.set("mine", user.as_str())
        })));
        let mut call = |event| {
            let payload = serde_json::from_value(event).unwrap();
            service.call(LambdaEvent::new(payload, Context::default()))
        };
        let of_ada = sessions.event(&ada, format, "POST", "/cart").await;
        let of_bob = sessions.event(&bob, format, "POST", "/cart").await;
        let mut first = gate.hold(call(of_ada));
        first.reach(Point::Before(Verb::Write)).await;
        let second = call(of_bob).await.unwrap();
        let first = first.finish().await.unwrap();
        for (reply, seeded, user) in [
            (json_of(&first), &ada, "ada"),
            (json_of(&second), &bob, "bob"),
        ] {
            assert_eq!(reply["body"], user, "{format:?}");
            let data = sessions.find(seeded).await.unwrap().data;
            assert_eq!(data["mine"], format!("{user:?}"), "{format:?}");
        }
    }
}

fn json_of(reply: &impl serde::Serialize) -> Value {
    serde_json::to_value(reply).unwrap()
}

/// The event is not to be had any more, where `lambda_http` alone has served it.
#[tokio::test]
async fn an_event_whose_headers_were_merged_is_refused_by_itself() {
    for format in HTTP {
        let sessions = Sessions::new(&[]);
        let ada = sessions.seed("ada", &json!({})).await;
        let event = sessions.event(&ada, format, "POST", "/cart").await;
        let event = with(&event, format, "cookie", &[ada.cookie(), "theme=dark"]);
        let request = lambda_http::request::from_str(&event.to_string()).unwrap();
        let cookies: Vec<_> = request.headers().get_all(COOKIE).iter().collect();
        let joined = format!("{}; theme=dark", ada.cookie());
        let (expected, shown) = match format {
            Format::Http2 => (StatusCode::OK, &*joined),
            _ => (StatusCode::INTERNAL_SERVER_ERROR, "theme=dark"),
        };
        assert_eq!(cookies, [shown], "{format:?}");
        let mut service = handler(&sessions.by_itself(), nothing);
        let reply = service.call(request).await.unwrap();
        assert_eq!(reply.status(), expected, "{format:?}");
    }
}

/// Behind the authorizer, which has seen both headers, a session whose token is hidden is not used, and never said to have ended.
#[tokio::test]
async fn a_token_that_a_merged_header_hides_behind_the_authorizer_is_a_401() {
    async fn log_in(session: Session) -> Result<(), Error> {
        let ada = UserName::parse("ada").unwrap();
        session.log_in(ada, Vouched::just_now()).await
    }
    for format in [Format::Http1, Format::Rest] {
        let sessions = Sessions::new(&[]);
        let ada = sessions.seed("ada", &json!({})).await;
        let layer = sessions.behind_authorizer();
        let event = sessions.event(&ada, format, "POST", "/cart").await;
        let event = with(&event, format, "cookie", &[ada.cookie(), "theme=dark"]);
        let request = || lambda_http::request::from_str(&event.to_string()).unwrap();
        let out = handler(&layer, log_out).call(request()).await.unwrap();
        assert_eq!(out.status(), StatusCode::UNAUTHORIZED, "{format:?}");
        let entered = handler(&layer, log_in).call(request()).await.unwrap();
        assert_eq!(entered.status(), StatusCode::UNAUTHORIZED, "{format:?}");
        assert!(sessions.find(&ada).await.is_some(), "{format:?}");
        // As it came, the event shows it.
        assert_eq!(answered(&layer, &event, log_out).await.0, 200);
        assert!(sessions.find(&ada).await.is_none(), "{format:?}");
    }
}
