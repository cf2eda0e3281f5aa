//! What goes on beside a handler that panics, streams, fails or is given up, in memory and on the embedded engine.

use std::{
    convert::Infallible,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::{Pin, pin},
    sync::{Arc, Mutex},
    task::Poll,
};

use axum::body::Body;
use dynamodb_session_backend::{
    dynamodb_session::{store::SessionStore, throttle::Throttle},
    error::Error,
    session::Session,
};
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use lambda_http::service_fn;
use serde_json::json;
use support::gate::{Point, Verb};
use tests::on_every_store;
use tokio::sync::Notify;
use tower_layer::Layer;
use tower_service::Service;

use super::{
    races::{WRITE, data_of, log_in},
    serve::{answer, cookies, post, request, serve, stepped},
};

on_every_store! {
    a_handler_that_panics_beside_another_saves_nothing
    a_body_that_streams_beside_another_request_is_told
    a_login_under_way_at_the_end_hands_its_cookie_out
    a_request_that_is_dropped_saves_nothing
    what_changes_during_the_last_save_is_told
}

/// Whether a request panics.
async fn panics<T>(request: impl Future<Output = T>) -> bool {
    let mut request = pin!(request);
    std::future::poll_fn(|context| {
        let poll = AssertUnwindSafe(|| request.as_mut().poll(context));
        match catch_unwind(poll) {
            Ok(poll) => poll.map(|_| false),
            Err(_) => Poll::Ready(true),
        }
    })
    .await
}

async fn a_handler_that_panics_beside_another_saves_nothing(
    store: impl SessionStore + Throttle + 'static,
) {
    let (sessions, gate) = stepped(store, &[]);
    let (ada, layer) = (sessions.seed("ada", &json!({})).await, sessions.by_itself());
    let kept = Kept::default();
    let keeping = kept.clone();
    let mut first = gate.hold(panics(answer(&layer, post(&ada), move |it| {
        keeping.keep(it.clone());
        async move {
            it.set("early", &1).unwrap();
            it.save().await.unwrap();
            it.set("lost", &1).unwrap();
            panic!("a handler's mistake")
        }
    })));
    first.reach(WRITE).await;
    serve(&layer, post(&ada), |it| async move { it.set("other", &1) }).await;
    assert!(first.finish().await);
    assert!(kept.is_closed());
    let data = sessions.find(&ada).await.unwrap().data;
    assert_eq!(data, data_of(&[("early", "1"), ("other", "1")]));
}

async fn a_body_that_streams_beside_another_request_is_told(
    store: impl SessionStore + Throttle + 'static,
) {
    let (sessions, gate) = stepped(store, &[]);
    let (ada, layer) = (sessions.seed("ada", &json!({})).await, sessions.by_itself());
    let kept = Kept::default();
    let (keeping, told) = (kept.clone(), Arc::new(Mutex::new(Vec::new())));
    let telling = Arc::clone(&told);
    let mut streaming = layer.layer(service_fn(move |asked: Request<String>| {
        let session = asked.extensions().get::<Session>().unwrap().clone();
        keeping.keep(session.clone());
        let (kept, told) = (keeping.clone(), Arc::clone(&telling));
        async move {
            session.set("n", &1).unwrap();
            let body = Full::from("text").map_frame(move |frame| {
                told.lock().unwrap().push(kept.is_closed());
                frame
            });
            Ok::<_, Infallible>(Response::new(Body::new(body)))
        }
    }));
    let mut first = gate.hold(streaming.call(post(&ada)));
    first.reach(WRITE).await;
    let head = first.finish().await.unwrap();
    serve(&layer, post(&ada), |it| async move { it.set("n", &2) }).await;
    assert!(told.lock().unwrap().is_empty());
    assert_eq!(head.into_body().collect().await.unwrap().to_bytes(), "text");
    assert_eq!(*told.lock().unwrap(), [true]);
    let data = sessions.find(&ada).await.unwrap().data;
    assert_eq!(data, data_of(&[("n", "2")]));
}

/// A task that was spawned logs in while the handler fails.
async fn a_login_under_way_at_the_end_hands_its_cookie_out(
    store: impl SessionStore + Throttle + 'static,
) {
    let (sessions, gate) = stepped(store, &[]);
    let layer = sessions.by_itself();
    for panicking in [false, true] {
        let (kept, fails) = (Kept::default(), Arc::new(Notify::new()));
        let (keeping, failing) = (kept.clone(), Arc::clone(&fails));
        let mut first = pin!(answer(&layer, request("POST", None), move |it| {
            keeping.keep(it);
            let failing = Arc::clone(&failing);
            async move {
                failing.notified().await;
                assert!(!panicking, "a handler's mistake");
                let answer = Response::builder().status(500);
                answer.body(String::new()).unwrap()
            }
        }));
        assert!(is_pending(first.as_mut()).await);
        let mut login = gate.hold(log_in(kept.session()));
        login.reach(Point::Before(Verb::Commit)).await;
        fails.notify_one();
        assert!(is_pending(first.as_mut()).await, "{panicking}");
        assert!(kept.is_closed(), "{panicking}");
        login.finish().await.unwrap();
        let reply = first.await;
        assert_eq!(reply.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(cookies(&reply).len(), 1, "{panicking}");
        assert!(kept.is_closed());
    }
}

/// Asks a future once.
async fn is_pending<T>(mut future: Pin<&mut impl Future<Output = T>>) -> bool {
    std::future::poll_fn(|context| Poll::Ready(future.as_mut().poll(context).is_pending())).await
}

/// The session of a request, for what runs on beside its handler.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Option<Session>>>);

impl Kept {
    fn keep(&self, session: Session) {
        *self.0.lock().unwrap() = Some(session);
    }

    fn session(&self) -> Session {
        self.0.lock().unwrap().clone().unwrap()
    }

    /// Sets a key, too late.
    fn is_closed(&self) -> bool {
        matches!(self.session().set("late", &1), Err(Error::Closed))
    }
}

/// The handler waits for ever, or the table does, and the client or the server gives the request up.
async fn a_request_that_is_dropped_saves_nothing(store: impl SessionStore + Throttle + 'static) {
    let (sessions, gate) = stepped(store, &[]);
    let (ada, layer) = (sessions.seed("ada", &json!({})).await, sessions.by_itself());
    for (waits, point) in [(true, Point::After(Verb::Touch)), (false, WRITE)] {
        let kept = Kept::default();
        let keeping = kept.clone();
        let mut stalled = gate.hold(serve(&layer, post(&ada), move |it| {
            let done = it.set("n", &1);
            keeping.keep(it);
            async move {
                if waits {
                    std::future::pending::<()>().await;
                }
                done
            }
        }));
        stalled.reach(point).await;
        if waits {
            // Once more: the handler has begun, and waits.
            std::future::poll_fn(|context| {
                let polled = std::pin::pin!(stalled.step()).poll(context);
                assert!(polled.is_pending());
                std::task::Poll::Ready(())
            })
            .await;
        }
        drop(stalled);
        assert!(kept.is_closed(), "{waits}");
        assert_eq!(sessions.find(&ada).await.unwrap().version, 0);
    }
}

async fn what_changes_during_the_last_save_is_told(store: impl SessionStore + Throttle + 'static) {
    let (sessions, gate) = stepped(store, &[]);
    let (ada, layer) = (sessions.seed("ada", &json!({})).await, sessions.by_itself());
    let kept = Kept::default();
    let keeping = kept.clone();
    let mut first = gate.hold(serve(&layer, post(&ada), move |it| {
        let done = it.set("n", &1);
        keeping.keep(it);
        async move { done }
    }));
    first.reach(WRITE).await;
    assert!(kept.is_closed());
    assert_eq!(first.finish().await.status(), StatusCode::OK);
    let data = sessions.find(&ada).await.unwrap().data;
    assert_eq!(data, data_of(&[("n", "1")]));
}
