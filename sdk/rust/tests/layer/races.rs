//! Two requests at once, each in a known order, in memory and on the embedded engine.

use std::{
    convert::Infallible,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::{Pin, pin},
    sync::{Arc, Mutex},
    task::Poll,
};

use axum::body::Body;
use dynamodb_session_backend::{
    dynamodb_session::{create::Vouched, store::SessionStore, throttle::Throttle, user::UserName},
    error::Error,
    session::Session,
    testing::{Seeded, Sessions},
};
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use lambda_http::service_fn;
use serde_json::json;
use support::gate::{Held, Point, Verb};
use tests::on_every_store;
use tokio::sync::Notify;
use tower_layer::Layer;
use tower_service::Service;

use super::{
    behind::guarded,
    serve::{Reply, answer, cookie_of, cookies, post, request, serve, stepped},
};

on_every_store! {
    two_handlers_on_different_keys_lose_nothing
    of_two_sets_of_one_key_the_later_save_stays
    two_updates_of_one_key_both_count
    of_two_saves_for_one_tag_one_is_made
    a_logout_during_a_handler_refuses_its_save
    a_rotation_during_a_handler_keeps_its_save
    a_login_during_a_handler_keeps_its_cookie
    a_late_answer_restores_no_old_token
    a_logout_between_the_context_and_the_first_use_is_a_401
    a_rotation_between_the_context_and_the_first_use_keeps_the_session
    a_handler_that_panics_beside_another_saves_nothing
    a_body_that_streams_beside_another_request_is_told
    a_login_under_way_at_the_end_hands_its_cookie_out
    a_request_that_is_dropped_saves_nothing
    what_changes_during_the_last_save_is_told
    an_update_that_no_longer_fits_is_a_conflict
    a_set_takes_the_place_of_an_update
}

const WRITE: Point = Point::Before(Verb::Write);

async fn two_handlers_on_different_keys_lose_nothing(
    store: impl SessionStore + Throttle + 'static,
) {
    let (sessions, gate) = stepped(store, &[]);
    let (ada, layer) = (sessions.seed("ada", &json!({})).await, sessions.by_itself());
    let mut first = gate.hold(serve(
        &layer,
        post(&ada),
        |it| async move { it.set("a", &1) },
    ));
    first.reach(WRITE).await;
    let second = serve(&layer, post(&ada), |it| async move { it.set("b", &2) });
    assert_eq!(second.await.status(), StatusCode::OK);
    assert_eq!(first.finish().await.status(), StatusCode::OK);
    let data = sessions.find(&ada).await.unwrap().data;
    assert_eq!(data, data_of(&[("a", "1"), ("b", "2")]));
}

async fn of_two_sets_of_one_key_the_later_save_stays(
    store: impl SessionStore + Throttle + 'static,
) {
    let (sessions, gate) = stepped(store, &[]);
    let ada = sessions.seed("ada", &json!({"n": 0})).await;
    let layer = sessions.by_itself();
    let mut first = gate.hold(serve(&layer, post(&ada), |it| async move {
        assert_eq!(it.get::<u64>("n").await?, Some(0));
        it.set("n", &1)
    }));
    first.reach(WRITE).await;
    serve(&layer, post(&ada), |it| async move { it.set("n", &2) }).await;
    assert_eq!(first.finish().await.status(), StatusCode::OK);
    let data = sessions.find(&ada).await.unwrap().data;
    assert_eq!(data, data_of(&[("n", "1")]));
}

async fn one_more(session: Session) -> Result<(), Error> {
    let now = session.update("n", |old: Option<u64>| old.unwrap_or_default() + 1);
    assert!(now.await? > 0);
    Ok(())
}

async fn two_updates_of_one_key_both_count(store: impl SessionStore + Throttle + 'static) {
    let (sessions, gate) = stepped(store, &[]);
    let (ada, layer) = (sessions.seed("ada", &json!({})).await, sessions.by_itself());
    let mut first = gate.hold(serve(&layer, post(&ada), one_more));
    first.reach(WRITE).await;
    assert_eq!(
        serve(&layer, post(&ada), one_more).await.status(),
        StatusCode::OK
    );
    assert_eq!(first.finish().await.status(), StatusCode::OK);
    let data = sessions.find(&ada).await.unwrap().data;
    assert_eq!(data, data_of(&[("n", "2")]));
}

async fn of_two_saves_for_one_tag_one_is_made(store: impl SessionStore + Throttle + 'static) {
    let (sessions, gate) = stepped(store, &[]);
    let (ada, layer) = (sessions.seed("ada", &json!({})).await, sessions.by_itself());
    let if_unchanged = |it: Session| async move {
        it.if_match(vec![it.tag().await?])?;
        it.set("n", &1)
    };
    let mut first = gate.hold(serve(&layer, post(&ada), if_unchanged));
    first.reach(WRITE).await;
    assert_eq!(
        serve(&layer, post(&ada), if_unchanged).await.status(),
        StatusCode::OK
    );
    let refused = first.finish().await;
    assert_eq!(refused.status(), StatusCode::CONFLICT);
    assert!(cookies(&refused).is_empty());
    assert_eq!(sessions.find(&ada).await.unwrap().version, 1);
}

async fn a_logout_during_a_handler_refuses_its_save(store: impl SessionStore + Throttle + 'static) {
    let (sessions, gate) = stepped(store, &[]);
    let (ada, layer) = (sessions.seed("ada", &json!({})).await, sessions.by_itself());
    let mut first = gate.hold(serve(
        &layer,
        post(&ada),
        |it| async move { it.set("n", &1) },
    ));
    first.reach(WRITE).await;
    let out = serve(&layer, post(&ada), |it| async move { it.log_out().await }).await;
    assert!(cookies(&out)[0].contains("Max-Age=0"));
    let refused = first.finish().await;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    // The cookie may be that of a newer login by now.
    assert!(cookies(&refused).is_empty());
    assert_eq!(sessions.find(&ada).await, None);
}

async fn a_rotation_during_a_handler_keeps_its_save(store: impl SessionStore + Throttle + 'static) {
    let (sessions, gate) = stepped(store, &[("SESSION_COOKIE_LIFETIME", "idle")]);
    let (ada, layer) = (sessions.seed("ada", &json!({})).await, sessions.by_itself());
    let mut first = gate.hold(serve(
        &layer,
        post(&ada),
        |it| async move { it.set("n", &1) },
    ));
    first.reach(WRITE).await;
    let rotated = serve(&layer, post(&ada), |it| async move { it.rotate() }).await;
    let late = first.finish().await;
    assert_eq!(late.status(), StatusCode::OK);
    // Its id is in its grace: a late answer restores no old token.
    assert!(cookies(&late).is_empty());
    let mut request = request("GET", None);
    request
        .headers_mut()
        .insert("cookie", cookie_of(&rotated).parse().unwrap());
    let now = serve(&layer, request, |it| async move {
        assert_eq!(it.get::<u64>("n").await?, Some(1));
        Ok(())
    });
    assert_eq!(now.await.status(), StatusCode::OK);
}

async fn a_login_during_a_handler_keeps_its_cookie(store: impl SessionStore + Throttle + 'static) {
    let (sessions, gate) = stepped(store, &[]);
    let (ada, layer) = (sessions.seed("ada", &json!({})).await, sessions.by_itself());
    let mut first = gate.hold(serve(
        &layer,
        post(&ada),
        |it| async move { it.set("n", &1) },
    ));
    first.reach(WRITE).await;
    let new = serve(&layer, post(&ada), log_in).await;
    assert_eq!(new.status(), StatusCode::OK);
    let refused = first.finish().await;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    assert!(cookies(&refused).is_empty());
}

pub(crate) async fn log_in(session: Session) -> Result<(), Error> {
    let ada = UserName::parse("ada").unwrap();
    session.log_in(ada, Vouched::just_now()).await
}

pub(crate) async fn rotate(session: Session) -> Result<(), Error> {
    session.rotate()
}

pub(crate) async fn log_out(session: Session) -> Result<(), Error> {
    session.log_out().await
}

/// A handler that only reads, by itself and behind the authorizer, is done after another request of the browser got a new token.
async fn a_late_answer_restores_no_old_token(store: impl SessionStore + Throttle + 'static) {
    let (sessions, gate) = stepped(store, &[("SESSION_COOKIE_LIFETIME", "idle")]);
    let read = |it: Session| async move { it.get::<u64>("n").await.map(drop) };
    let alone = sessions.by_itself();
    for (rotates, behind) in [(true, false), (true, true), (false, false), (false, true)] {
        let ada = sessions.seed("ada", &json!({})).await;
        let first = if behind {
            let asked = guarded(&sessions, &ada, &ada).await;
            let mut held = gate.hold(serve(&sessions.behind_authorizer(), asked, read));
            held.reach(Point::After(Verb::Session)).await;
            held
        } else {
            let mut held = gate.hold(serve(&alone, post(&ada), read));
            held.reach(Point::After(Verb::Touch)).await;
            held
        };
        let new = if rotates {
            serve(&alone, post(&ada), rotate).await
        } else {
            serve(&alone, post(&ada), log_in).await
        };
        assert!(!cookies(&new).is_empty());
        let late = first.finish().await;
        assert_eq!(late.status(), StatusCode::OK);
        assert!(cookies(&late).is_empty(), "{rotates} {behind}");
    }
}

/// A request that the authorizer let through, held before it first reads the session.
async fn before_its_first_use<S: SessionStore + Throttle + 'static>(
    sessions: &Sessions<S>,
    gate: &support::gate::Gate,
    ada: &Seeded,
) -> Held<'static, Reply> {
    let asked = guarded(sessions, ada, ada).await;
    let layer = sessions.behind_authorizer();
    let mut held = gate.hold(serve(&layer, asked, one_more));
    held.reach(Point::Before(Verb::Session)).await;
    held
}

async fn a_logout_between_the_context_and_the_first_use_is_a_401(
    store: impl SessionStore + Throttle + 'static,
) {
    let (sessions, gate) = stepped(store, &[("SESSION_COOKIE_LIFETIME", "idle")]);
    for before in [Point::Before(Verb::Session), WRITE] {
        let ada = sessions.seed("ada", &json!({})).await;
        let mut first = before_its_first_use(&sessions, &gate, &ada).await;
        if before == WRITE {
            first.reach(WRITE).await;
        }
        serve(&sessions.by_itself(), post(&ada), log_out).await;
        let refused = first.finish().await;
        assert_eq!(refused.status(), StatusCode::UNAUTHORIZED, "{before:?}");
        assert!(cookies(&refused).is_empty());
        assert_eq!(sessions.find(&ada).await, None);
    }
}

async fn a_rotation_between_the_context_and_the_first_use_keeps_the_session(
    store: impl SessionStore + Throttle + 'static,
) {
    let (sessions, gate) = stepped(store, &[("SESSION_COOKIE_LIFETIME", "idle")]);
    for before in [Point::Before(Verb::Session), WRITE] {
        let ada = sessions.seed("ada", &json!({"n": 7})).await;
        let mut first = before_its_first_use(&sessions, &gate, &ada).await;
        if before == WRITE {
            first.reach(WRITE).await;
        }
        let rotated = serve(&sessions.by_itself(), post(&ada), rotate).await;
        let late = first.finish().await;
        assert_eq!(late.status(), StatusCode::OK, "{before:?}");
        assert!(cookies(&late).is_empty(), "{before:?}");
        let mut asked = request("GET", None);
        let cookie = cookie_of(&rotated).parse().unwrap();
        asked.headers_mut().insert("cookie", cookie);
        let now = serve(&sessions.by_itself(), asked, |it| async move {
            assert_eq!(it.get::<u64>("n").await?, Some(8));
            Ok(())
        });
        assert_eq!(now.await.status(), StatusCode::OK);
    }
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

async fn an_update_that_no_longer_fits_is_a_conflict(
    store: impl SessionStore + Throttle + 'static,
) {
    let (sessions, gate) = stepped(store, &[]);
    let (ada, layer) = (sessions.seed("ada", &json!({})).await, sessions.by_itself());
    let mut first = gate.hold(serve(&layer, post(&ada), one_more));
    first.reach(WRITE).await;
    serve(&layer, post(&ada), |it| async move { it.set("n", "many") }).await;
    assert_eq!(first.finish().await.status(), StatusCode::CONFLICT);
    let data = sessions.find(&ada).await.unwrap().data;
    assert_eq!(data, data_of(&[("n", "\"many\"")]));
}

async fn a_set_takes_the_place_of_an_update(store: impl SessionStore + Throttle + 'static) {
    let (sessions, gate) = stepped(store, &[]);
    let (ada, layer) = (sessions.seed("ada", &json!({})).await, sessions.by_itself());
    let mut first = gate.hold(serve(&layer, post(&ada), |it| async move {
        one_more(it.clone()).await?;
        it.set("n", &5)
    }));
    first.reach(WRITE).await;
    serve(&layer, post(&ada), |it| async move { it.set("n", "many") }).await;
    assert_eq!(first.finish().await.status(), StatusCode::OK);
    let data = sessions.find(&ada).await.unwrap().data;
    assert_eq!(data, data_of(&[("n", "5")]));
}

fn data_of(pairs: &[(&str, &str)]) -> std::collections::BTreeMap<String, String> {
    let owned = |(key, json): &(&str, &str)| ((*key).to_owned(), (*json).to_owned());
    pairs.iter().map(owned).collect()
}
