//! What a page of another site may have sent is refused before the handler, as the functions refuse it.

use std::sync::Arc;

use dynamodb_session_backend::{
    dynamodb_session::{create::Vouched, user::UserName},
    error::Error,
    layer::SessionLayer,
    store::AnyStore,
    testing::{Clock, Sessions},
};
use http::{Request, StatusCode};
use serde_json::json;
use support::{TOKEN, store::Counting};
use tests::{
    engine,
    secrets_manager::{Answer, SecretsManager},
    stopped::Stopped,
};

use super::serve::{cookies, counted, post, request, serve};

async fn status(layer: &SessionLayer, request: Request<String>) -> u16 {
    let reply = serve(layer, request, |_| async { Ok(()) });
    reply.await.status().as_u16()
}

fn with(mut request: Request<String>, headers: &[(&'static str, &str)]) -> Request<String> {
    for (name, value) in headers {
        request.headers_mut().append(*name, value.parse().unwrap());
    }
    request
}

/// Names and values.
type Headers = &'static [(&'static str, &'static str)];

const OWN: &str = "https://shop.example.com";

#[tokio::test]
async fn a_page_of_another_site_changes_nothing_and_the_table_is_not_asked() {
    let sessions = counted(&[("SESSION_ALLOWED_ORIGINS", "https://app.example.com")]);
    let ada = sessions.seed("ada", &json!({})).await;
    let layer = sessions.by_itself().host("shop.example.com");
    #[rustfmt::skip]
    let cases: [(&str, Headers, u16); 9] = [
        ("POST", &[],                                                          200),
        ("POST", &[("sec-fetch-site", "same-origin")],                         200),
        ("POST", &[("sec-fetch-site", "cross-site")],                          403),
        ("POST", &[("sec-fetch-site", "cross-site"), ("origin", "https://app.example.com")], 200),
        ("POST", &[("origin", OWN)],                                           200),
        ("POST", &[("origin", "https://evil.example")],                        403),
        ("GET",  &[("sec-fetch-site", "cross-site")],                          200),
        // A handshake is a GET whose answers any page reads.
        ("GET",  &[("sec-fetch-site", "cross-site"), ("upgrade", "WebSocket")], 403),
        ("GET",  &[("origin", OWN), ("upgrade", "websocket")],                 200),
    ];
    for (method, headers, expected) in cases {
        sessions.store.calls();
        let asked = with(request(method, Some(&ada)), headers);
        assert_eq!(
            status(&layer, asked).await,
            expected,
            "{method} {headers:?}"
        );
        let asked = usize::from(expected == 200);
        assert_eq!(sessions.store.calls().len(), asked, "{headers:?}");
    }
}

/// Whoever writes a request's headers does not say which host was called, unless the server answers for any.
#[tokio::test]
async fn the_host_is_what_the_settings_say() {
    let sessions = Sessions::new(&[]);
    let ada = sessions.seed("ada", &json!({})).await;
    let asked = || with(post(&ada), &[("origin", OWN), ("host", "shop.example.com")]);
    assert_eq!(status(&sessions.by_itself(), asked()).await, 403);
    let other = sessions.by_itself().host("api.example.com");
    assert_eq!(status(&other, asked()).await, 403);
    let of_request = sessions.by_itself().host_of_request();
    assert_eq!(status(&of_request, asked()).await, 200);
}

#[tokio::test]
async fn a_csrf_token_is_asked_for_where_there_is_a_session_to_protect() {
    let sessions = Sessions::new(&[("SESSION_CSRF_TOKEN", "required")]);
    let ada = sessions.seed("ada", &json!({})).await;
    let other = sessions.seed("bob", &json!({})).await.csrf_token();
    let layer = sessions.by_itself();
    assert_eq!(status(&layer, post(&ada)).await, 403);
    assert_eq!(
        status(&layer, with(post(&ada), &[("x-csrf-token", &other)])).await,
        403
    );
    let own = ada.csrf_token();
    let shown = serve(
        &layer,
        with(post(&ada), &[("x-csrf-token", &own)]),
        move |it| {
            let own = own.clone();
            async move {
                assert_eq!(it.csrf_token().unwrap().expose(), own);
                it.log_out().await
            }
        },
    );
    assert_eq!(shown.await.status(), StatusCode::OK);
    // The session is over: nothing is left to protect, and a login form has to get through.
    assert_eq!(status(&layer, post(&ada)).await, 200);
    assert_eq!(status(&layer, request("POST", None)).await, 200);
}

#[tokio::test]
async fn a_required_session_is_a_401_without_one_or_without_its_user() {
    let sessions = Sessions::new(&[("SESSION_ANONYMOUS", "on")]);
    let ada = sessions.seed("ada", &json!({})).await;
    let anonymous = sessions.seed_anonymous(&json!({"n": 1})).await;
    let layer = sessions.by_itself().required();
    assert_eq!(status(&layer, request("GET", None)).await, 401);
    assert_eq!(status(&layer, request("GET", Some(&anonymous))).await, 401);
    assert_eq!(status(&layer, request("GET", Some(&ada))).await, 200);
    sessions.clock.pass(7200);
    assert_eq!(status(&layer, request("GET", Some(&ada))).await, 401);
}

/// A cookie header beside which a client has bytes of another encoding is searched all the same.
#[tokio::test]
async fn a_cookie_is_found_among_bytes_that_are_no_text() {
    let sessions = Sessions::new(&[]);
    let ada = sessions.seed("ada", &json!({})).await;
    let mut asked = request("GET", None);
    let bytes = [b"name=Zo\xeb; ", ada.cookie().as_bytes()].concat();
    let value = http::HeaderValue::from_bytes(&bytes).unwrap();
    asked.headers_mut().insert("cookie", value);
    let reply = serve(&sessions.by_itself(), asked, |it| async move {
        it.require_user().map(drop)
    });
    assert_eq!(reply.await.status(), StatusCode::OK);
}

/// The address is the connection's, and no header's.
#[tokio::test]
async fn the_address_of_a_session_is_the_peer_and_no_header() {
    use dynamodb_session_backend::{
        address::peer,
        dynamodb_session::{create::Vouched, store::SessionStore, user::UserName},
    };
    let sessions = Sessions::new(&[]);
    let peers: std::net::SocketAddr = "192.0.2.7:4000".parse().unwrap();
    for (layer, expected) in [
        (sessions.by_itself().address(peer), Some("192.0.2.7")),
        (sessions.by_itself(), None),
    ] {
        let mut asked = with(request("POST", None), &[("x-forwarded-for", "6.6.6.6")]);
        asked
            .extensions_mut()
            .insert(axum::extract::ConnectInfo(peers));
        let ada = UserName::parse("ada").unwrap();
        let reply = serve(&layer, asked, |it| async move {
            it.log_in(UserName::parse("ada").unwrap(), Vouched::just_now())
                .await
        });
        assert_eq!(reply.await.status(), StatusCode::OK);
        let item = sessions.store.user(&ada).await.unwrap().unwrap();
        let mut found = Vec::new();
        for entry in item.sessions.values() {
            let session = sessions.store.session(&entry.key).await.unwrap();
            let dynamodb_session_backend::dynamodb_session::store::Found::Session(session) =
                session
            else {
                panic!("{session:?}");
            };
            found.push(session.origin.ip);
        }
        assert!(found.contains(&expected.map(str::to_owned)), "{found:?}");
        assert!(!found.contains(&Some("6.6.6.6".to_owned())));
    }
}

#[tokio::test]
async fn each_error_is_its_own_answer() {
    use dynamodb_session_backend::dynamodb_session::{
        data::InvalidEdit,
        entropy::EntropyError,
        fault::{FaultKind, StoreError},
        recent::LogInAgain,
    };
    let fault = StoreError {
        kind: FaultKind::Unavailable,
        source: "no answer".into(),
    };
    #[rustfmt::skip]
    let cases = [
        (Error::NotLoggedIn,                             401),
        (Error::Ended,                                   401),
        (Error::Closed,                                  500),
        (Error::Changed,                                 409),
        (Error::TooLarge { bytes: 2, limit: 1 },         413),
        (Error::Unfit(InvalidEdit::Key),                 400),
        (Error::LogInAgain(LogInAgain { seconds: 60 }),  403),
        (Error::Wait(7),                                 429),
        (Error::NotYet(7),                               503),
        (Error::Unclear,                                 400),
        (Error::Entropy(EntropyError),                   503),
        (Error::Store(fault),                            503),
    ];
    for (error, expected) in cases {
        assert!(!error.to_string().is_empty());
        assert_eq!(error.into_reply().status().as_u16(), expected);
    }
}

/// Keys that a secret holds are fetched before a token is looked at; without any nothing is decided, and nobody is logged out.
#[tokio::test]
async fn without_signing_keys_nothing_is_decided() {
    const KEY: &str = "c2Vzc2lvbi1zaWduaW5nLWtleS1vZi0zMi1ieXRlcyE";
    let _limits = Stopped::now();
    let manager = SecretsManager::start(KEY).await;
    manager.answer(Answer::Error(400, "ResourceNotFoundException"));
    let (config, keyring) = manager.keyring(&engine::config(&[]));
    let (store, clock) = (Arc::new(Counting::default()), Clock::default());
    let time = clock.clone();
    let layer = SessionLayer::by_itself(AnyStore::of(Arc::clone(&store)), config)
        .keyring(Arc::new(keyring))
        .clock(move || time.now());
    let mut asked = request("GET", None);
    let cookie = format!("__Host-id={TOKEN}");
    asked
        .headers_mut()
        .insert("cookie", cookie.parse().unwrap());
    assert_eq!(status(&layer, asked).await, 503);
    assert_eq!(store.calls(), [""; 0]);
    manager.answer(Answer::Versions);
    clock.pass(10);
    let reply = serve(&layer, request("POST", None), |it| async move {
        it.log_in(UserName::parse("ada").unwrap(), Vouched::just_now())
            .await
    });
    // A token that is signed has two parts.
    assert!(
        cookies(&reply.await)[0]
            .split(';')
            .next()
            .unwrap()
            .contains('.')
    );
}
