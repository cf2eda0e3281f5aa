//! Requests as `lambda_http` and axum hand them to the layer.

use std::sync::Arc;

use dynamodb_session_backend::{
    context::{Context, Told},
    dynamodb_session::{create::Vouched, user::UserName},
    error::Error,
    session::Session,
    testing::{Format, Seeded, Sessions},
};
use http::{Request, StatusCode, header::SET_COOKIE};
use http_body_util::BodyExt;
use lambda_http::{Body, Error as LambdaError, service_fn};
use serde_json::{Value, json};
use tests::{
    engine,
    functions::{self, Functions, http_authorizer},
};
use tower_layer::Layer;
use tower_service::Service;

/// The answer of a `lambda_http` handler to an event, behind the authorizer.
async fn answered(sessions: &Sessions, event: &Value) -> (u16, String) {
    let handler = service_fn(|request: lambda_http::Request| async move {
        let session = request.extensions().get::<Session>().unwrap().clone();
        let count = session.update("n", |n: Option<u64>| n.unwrap_or_default() + 1);
        let text = match count.await {
            Ok(count) => format!("{} {count}", session.require_user().unwrap()),
            Err(error) => return Ok(error.into_reply().map(Body::from)),
        };
        Ok::<_, LambdaError>(http::Response::new(Body::from(text)))
    });
    let request = lambda_http::request::from_str(&event.to_string()).unwrap();
    let mut service = sessions.behind_authorizer().layer(handler);
    let reply = service.call(request).await.unwrap();
    let body = String::from_utf8(reply.body().as_ref().to_vec()).unwrap();
    (reply.status().as_u16(), body)
}

#[tokio::test]
async fn lambda_http_s_requests_of_every_format_have_their_session() {
    for format in [Format::Http2, Format::Http1, Format::Rest] {
        let sessions = Sessions::new(&[]);
        let ada = sessions.seed("ada", &json!({"n": 7})).await;
        let event = sessions.event(&ada, format, "POST", "/cart").await;
        assert_eq!(
            answered(&sessions, &event).await,
            (200, "ada 8".to_owned()),
            "{format:?}"
        );
        assert_eq!(sessions.find(&ada).await.unwrap().data["n"], "8");
        // A page of this very API, by a browser that sends no Sec-Fetch-Site.
        let mut own = event.clone();
        own["headers"]["origin"] = "https://api.example.com".into();
        assert_eq!(answered(&sessions, &own).await.0, 200, "{format:?}");
        let mut other = event.clone();
        other["headers"]["origin"] = "https://evil.example".into();
        assert_eq!(answered(&sessions, &other).await.0, 403, "{format:?}");
        let mut open = event.clone();
        open["requestContext"]["authorizer"] = Value::Null;
        if format == Format::Rest || format == Format::Http1 {
            open["requestContext"]["authorizer"] = json!({});
        }
        assert_eq!(answered(&sessions, &open).await.0, 500, "{format:?}");
    }
}

/// axum on Lambda: `lambda_http` runs the router as it is.
#[tokio::test]
async fn an_axum_router_takes_lambda_http_s_requests_of_every_format() {
    use axum::{Router, routing};
    async fn count(session: Session, context: Context) -> Result<String, Error> {
        let count = session.update("n", |n: Option<u64>| n.unwrap_or_default() + 1);
        let told = context.data.read::<Value>()?;
        Ok(format!("{} {}", count.await?, told.unwrap()["n"]))
    }
    for format in [Format::Http2, Format::Http1, Format::Rest] {
        let sessions = Sessions::new(&[]);
        let ada = sessions.seed("ada", &json!({"n": 7})).await;
        let routes = Router::new().route("/cart", routing::post(count));
        let mut app = routes.layer(sessions.behind_authorizer());
        let mut event = sessions.event(&ada, format, "POST", "/cart").await;
        // A REST API's stage is a part of the path that `lambda_http` makes.
        event["requestContext"]["stage"] = "$default".into();
        let request = lambda_http::request::from_str(&event.to_string()).unwrap();
        let reply = Service::<lambda_http::Request>::call(&mut app, request).await;
        let body = reply.unwrap().into_body().collect().await.unwrap();
        assert_eq!(body.to_bytes(), "8 7", "{format:?}");
    }
}

/// A handler that fails in Lambda's own way gives no answer, and its login's cookie has to go out.
#[tokio::test]
async fn a_handler_that_fails_after_a_login_is_a_500_with_its_cookie_and_otherwise_its_error() {
    for enters in [true, false] {
        let sessions = Sessions::new(&[]);
        let handler = service_fn(move |request: lambda_http::Request| async move {
            let session = request.extensions().get::<Session>().unwrap();
            if enters {
                let ada = UserName::parse("ada").unwrap();
                session.log_in(ada, Vouched::just_now()).await.unwrap();
            }
            Err::<http::Response<Body>, _>(LambdaError::from("a handler's mistake"))
        });
        let request = lambda_http::Request::new(Body::Empty);
        let answered = sessions.by_itself().layer(handler).call(request).await;
        let status = answered.map(|reply| {
            assert!(reply.headers().contains_key(SET_COOKIE));
            reply.status().as_u16()
        });
        assert_eq!(status.ok(), enters.then_some(500));
    }
}

/// Of two cookies of one name nobody can tell which is meant.
#[tokio::test]
async fn an_event_with_two_tokens_has_no_session() {
    for format in [Format::Http2, Format::Http1, Format::Rest] {
        let sessions = Sessions::new(&[]);
        let ada = sessions.seed("ada", &json!({})).await;
        let mut event = sessions.event(&ada, format, "POST", "/cart").await;
        let other = "__Host-id=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        if format == Format::Http2 {
            event["cookies"] = json!([ada.cookie(), other]);
        } else {
            // Of two headers `lambda_http` would show one.
            let both = format!("{}; {other}", ada.cookie());
            event["headers"]["cookie"] = both.clone().into();
            event["multiValueHeaders"]["cookie"] = json!([both]);
        }
        assert_eq!(answered(&sessions, &event).await.0, 401, "{format:?}");
    }
}

#[tokio::test]
async fn contexts_of_every_format_tell_the_same() {
    let sessions = Sessions::new(&[("SESSION_ANONYMOUS", "on")]);
    let seeded = [
        sessions
            .seed("zoë.müller", &json!({"cart": [{"id": 7}]}))
            .await,
        sessions.seed("ada", &json!({})).await,
        sessions.seed_anonymous(&json!({"theme": "dark"})).await,
    ];
    for seeded in &seeded {
        let session = sessions.find(seeded).await.unwrap();
        for format in Format::ALL {
            let event = sessions.event(seeded, format, "GET", "/").await;
            let context = Context::from_event(&event).unwrap();
            assert_eq!(context.user, session.user);
            assert_eq!(context.session, session.reference);
            assert_eq!(context.authenticated_at, session.authenticated);
            assert_eq!(context.expires_at, session.expires());
            let data = Told::Whole(session.data.clone());
            assert_eq!(context.data, data, "{format:?}");
        }
    }
}

/// What the authorizer itself tells of the same sessions.
#[tokio::test]
async fn events_for_tests_tell_what_the_authorizer_tells() {
    let tables = engine::embedded().await;
    let named = [("SESSION_TABLE", &*tables.config.tables.sessions)];
    let sessions = Sessions::over(Arc::new(tables.sessions()), &named);
    sessions.clock.set(functions::NOW);
    let functions = Functions::over(&tables.endpoint, &sessions.config);
    for length in [0, 7, 4090, 4091, 5000] {
        let data = if length == 0 {
            json!({})
        } else {
            json!({"n": "x".repeat(length - 2)})
        };
        let ada = sessions.seed("ada", &data).await;
        let asked = http_authorizer(&sessions.config.transport, Some(ada.token()));
        let told = functions.authorize(&asked).await.unwrap();
        let event = sessions.event(&ada, Format::Http2, "GET", "/").await;
        let expected = &event["requestContext"]["authorizer"]["lambda"];
        assert_eq!(&told["context"], expected, "{length}");
    }
}

#[tokio::test]
async fn data_reaches_a_backend_as_it_is_told() {
    let long = json!({"text": "x".repeat(5000)});
    #[rustfmt::skip]
    let cases = [
        ("json",      json!({"n": 7}), None),
        ("base64url", json!({"n": 7}), None),
        ("none",      json!({"n": 7}), Some(6)),
        ("json",      long.clone(),    Some(5010)),
        ("base64url", long,            Some(5010)),
    ];
    for (form, data, size) in cases {
        let sessions = Sessions::new(&[("SESSION_CONTEXT_DATA", form)]);
        let ada = sessions.seed("ada", &data).await;
        let held = sessions.find(&ada).await.unwrap().data;
        let expected = size.map_or(Told::Whole(held), Told::TooLarge);
        for format in Format::ALL {
            let event = sessions.event(&ada, format, "GET", "/").await;
            let context = Context::from_event(&event).unwrap();
            assert_eq!(context.data, expected, "{form} {format:?}");
        }
    }
}

/// axum: the extractor, errors as answers, and a context of its own.
#[tokio::test]
async fn axum_s_handlers_take_the_session_and_answer_with_its_errors() {
    use axum::{Router, routing};
    async fn count(session: Session) -> Result<String, Error> {
        let count = session.update("n", |n: Option<u64>| n.unwrap_or_default() + 1);
        Ok(format!("{} {}", session.require_user()?, count.await?))
    }
    async fn whose(context: Context) -> String {
        context.session.as_str().to_owned()
    }
    let ask = |router: Router, seeded: Option<Seeded>, path: &str, told: Option<Context>| {
        let mut request = Request::builder().method("POST").uri(path);
        if let Some(seeded) = seeded {
            request = request.header("cookie", seeded.cookie());
        }
        let mut request = request.body(axum::body::Body::empty()).unwrap();
        request.extensions_mut().extend(
            told.map(|told| {
                let mut extensions = http::Extensions::new();
                extensions.insert(told);
                extensions
            })
            .unwrap_or_default(),
        );
        async move {
            let mut router = router;
            let reply = router.as_service().call(request).await.unwrap();
            let (head, body) = reply.into_parts();
            let body = body.collect().await.unwrap().to_bytes();
            (head, String::from_utf8(body.to_vec()).unwrap())
        }
    };
    let sessions = Sessions::new(&[]);
    let ada = sessions.seed("ada", &json!({})).await;
    let routes = || {
        Router::new()
            .route("/count", routing::post(count))
            .route("/whose", routing::post(whose))
    };
    let alone = routes().layer(sessions.by_itself());
    let (head, body) = ask(alone.clone(), Some(ada.clone()), "/count", None).await;
    assert_eq!((head.status, &*body), (StatusCode::OK, "ada 1"));
    assert!(!head.headers.contains_key(SET_COOKIE));
    let (head, body) = ask(alone.clone(), None, "/count", None).await;
    assert_eq!(head.status, StatusCode::UNAUTHORIZED);
    assert!(body.contains("not authenticated"), "{body}");
    // No authorizer tells about this one, nor has the other router a layer.
    assert_eq!(
        ask(alone, None, "/whose", None).await.0.status.as_u16(),
        500
    );
    assert_eq!(
        ask(routes(), None, "/count", None).await.0.status.as_u16(),
        500
    );
    let told = sessions.context(&ada).await.unwrap();
    let behind = routes().layer(sessions.behind_authorizer());
    let (head, body) = ask(behind, Some(ada.clone()), "/whose", Some(told)).await;
    assert_eq!(
        (head.status, &*body),
        (StatusCode::OK, ada.reference.as_str())
    );
}
