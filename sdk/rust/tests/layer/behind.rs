//! Behind the authorizer: its word is taken for whose call it is, and the table is asked when the session is used.

use dynamodb_session_backend::{
    context::Context,
    dynamodb_session::{store::SessionStore, throttle::Throttle},
    error::Error,
    session::Session,
    testing::{Seeded, Sessions},
};
use http::{Request, StatusCode};
use serde_json::json;

use super::serve::{cookies, counted, request, serve};

/// A request that the authorizer let through: in the session of `told`, with the token of `sent`.
pub(crate) async fn guarded<S: SessionStore + Throttle + 'static>(
    sessions: &Sessions<S>,
    told: &Seeded,
    sent: &Seeded,
) -> Request<String> {
    let mut asked = request("POST", Some(sent));
    let context = sessions.context(told).await.unwrap();
    asked.extensions_mut().insert(context);
    asked
}

#[tokio::test]
async fn nothing_is_asked_until_the_session_is_used_and_then_read_once() {
    let sessions = counted(&[]);
    let ada = sessions.seed("ada", &json!({"n": 7})).await;
    let layer = sessions.behind_authorizer();
    let asked = guarded(&sessions, &ada, &ada).await;
    sessions.store.calls();
    let unused = serve(&layer, asked, |it| async move {
        assert_eq!(it.require_user()?.as_str(), "ada");
        it.require_recent(60)
    });
    assert_eq!(unused.await.status(), StatusCode::OK);
    assert_eq!(sessions.store.calls(), [""; 0]);
    let asked = guarded(&sessions, &ada, &ada).await;
    sessions.store.calls();
    let read = serve(&layer, asked, |it| async move {
        assert_eq!(it.get::<u64>("n").await?, Some(7));
        assert_eq!(it.get::<u64>("m").await?, None);
        it.set("n", &7)
    });
    assert_eq!(read.await.status(), StatusCode::OK);
    // What is set to the value that it has is no change.
    assert_eq!(sessions.store.calls(), ["session"]);
    let asked = guarded(&sessions, &ada, &ada).await;
    sessions.store.calls();
    let changed = serve(&layer, asked, |it| async move { it.set("n", &8) });
    assert_eq!(changed.await.status(), StatusCode::OK);
    assert_eq!(sessions.store.calls(), ["session", "write"]);
}

#[tokio::test]
async fn a_token_of_another_session_than_the_one_that_was_told_is_a_401() {
    let sessions = Sessions::new(&[]);
    let (ada, bob) = (
        sessions.seed("ada", &json!({"n": 1})).await,
        sessions.seed("bob", &json!({"n": 2})).await,
    );
    let layer = sessions.behind_authorizer();
    let asked = guarded(&sessions, &ada, &bob).await;
    let read = serve(&layer, asked, |it| async move {
        it.get::<u64>("n").await.map(drop)
    });
    assert_eq!(read.await.status(), StatusCode::UNAUTHORIZED);
    // A handler that sets, and reads nothing.
    let asked = guarded(&sessions, &ada, &bob).await;
    let reply = serve(&layer, asked, |it| async move { it.set("n", &3) }).await;
    assert_eq!(reply.status(), StatusCode::UNAUTHORIZED);
    assert!(cookies(&reply).is_empty());
    // Nor does the other session get a new id.
    let asked = guarded(&sessions, &ada, &bob).await;
    let reply = serve(&layer, asked, |it| async move { it.rotate() }).await;
    assert_eq!(reply.status(), StatusCode::UNAUTHORIZED);
    for seeded in [&ada, &bob] {
        assert_eq!(sessions.find(seeded).await.unwrap().version, 1);
    }
}

#[tokio::test]
async fn a_session_that_ended_since_is_a_401_when_it_is_used() {
    let sessions = Sessions::new(&[]);
    let ada = sessions.seed("ada", &json!({})).await;
    let behind = sessions.behind_authorizer();
    let (first, later) = (
        guarded(&sessions, &ada, &ada).await,
        guarded(&sessions, &ada, &ada).await,
    );
    let out = serve(&behind, first, |it| async move { it.log_out().await }).await;
    assert!(cookies(&out).last().unwrap().contains("Max-Age=0"));
    let used = serve(&behind, later, |it: Session| async move {
        let error = it.get::<u64>("n").await.unwrap_err();
        assert!(matches!(error, Error::NotLoggedIn));
        Err(error)
    });
    assert_eq!(used.await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_route_that_nobody_guards_is_a_500_and_no_anonymous_call() {
    let sessions = counted(&[("SESSION_ANONYMOUS", "on"), ("SESSION_REQUIRE_USER", "off")]);
    let ada = sessions.seed("ada", &json!({})).await;
    sessions.store.calls();
    for layer in [
        sessions.behind_authorizer(),
        sessions.behind_authorizer().adapter(),
        sessions.behind_authorizer().integration(),
    ] {
        let asked = request("GET", Some(&ada));
        let reply = serve(&layer, asked, |_| async { panic!("it is not asked") }).await;
        assert_eq!(reply.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert!(
            reply.body().contains("no session authorizer"),
            "{}",
            reply.body()
        );
    }
    assert_eq!(sessions.store.calls(), [""; 0]);
}

/// The header of Lambda Web Adapter is anyone's to write, unless the adapter stands before the server.
#[tokio::test]
async fn the_adapters_header_is_believed_where_that_is_switched_on() {
    let sessions = Sessions::new(&[]);
    let ada = sessions.seed("ada", &json!({"n": 7})).await;
    let event = sessions
        .event(
            &ada,
            dynamodb_session_backend::testing::Format::Http2,
            "GET",
            "/",
        )
        .await;
    let context = event["requestContext"].to_string();
    let asked = || {
        let mut asked = request("GET", Some(&ada));
        let value = context.parse().unwrap();
        asked.headers_mut().insert("x-amzn-request-context", value);
        asked
    };
    let handler = |it: Session| async move {
        assert_eq!(it.get::<u64>("n").await?, Some(7));
        it.require_user().map(drop)
    };
    let believed = serve(&sessions.behind_authorizer().adapter(), asked(), handler);
    assert_eq!(believed.await.status(), StatusCode::OK);
    let doubted = serve(&sessions.behind_authorizer(), asked(), handler);
    assert_eq!(doubted.await.status(), StatusCode::INTERNAL_SERVER_ERROR);
}

/// A login behind the authorizer, such as a second factor: from then on the new session is the request's.
#[tokio::test]
async fn a_login_takes_the_place_of_the_session_that_was_told() {
    use dynamodb_session_backend::dynamodb_session::{create::Vouched, user::UserName};
    let sessions = Sessions::new(&[]);
    let ada = sessions.seed("ada", &json!({"n": 7})).await;
    let asked = guarded(&sessions, &ada, &ada).await;
    let reply = serve(&sessions.behind_authorizer(), asked, |it| async move {
        let before = it.reference();
        it.log_in(UserName::parse("ada").unwrap(), Vouched::just_now())
            .await?;
        assert_ne!(it.reference(), before);
        assert_eq!(it.get::<u64>("n").await?, Some(7));
        it.set("n", &8)
    })
    .await;
    assert_eq!(reply.status(), StatusCode::OK);
    assert!(!cookies(&reply).is_empty());
}

#[tokio::test]
async fn the_context_is_there_without_the_session() {
    let sessions = Sessions::new(&[]);
    let ada = sessions.seed("ada", &json!({"n": 7})).await;
    let context: Context = sessions.context(&ada).await.unwrap();
    assert_eq!(context.user.unwrap().as_str(), "ada");
    assert_eq!(context.session, ada.reference);
    assert_eq!(context.data.read().unwrap(), Some(json!({"n": 7})));
}
