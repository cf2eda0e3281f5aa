//! Two requests at once, each in a known order, in memory and on the embedded engine.

use std::sync::{Arc, Mutex};

use dynamodb_session_backend::{
    dynamodb_session::{store::SessionStore, throttle::Throttle},
    error::Error,
    session::Session,
};
use http::StatusCode;
use serde_json::json;
use support::gate::{Point, Verb};
use tests::on_every_store;

use super::serve::{cookie_of, cookies, post, request, serve, stepped};

on_every_store! {
    two_handlers_on_different_keys_lose_nothing
    of_two_sets_of_one_key_the_later_save_stays
    two_updates_of_one_key_both_count
    of_two_saves_for_one_tag_one_is_made
    a_logout_during_a_handler_refuses_its_save
    a_rotation_during_a_handler_keeps_its_save
    a_login_during_a_handler_keeps_its_cookie
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
    use dynamodb_session_backend::dynamodb_session::{create::Vouched, user::UserName};
    let (sessions, gate) = stepped(store, &[]);
    let (ada, layer) = (sessions.seed("ada", &json!({})).await, sessions.by_itself());
    let mut first = gate.hold(serve(
        &layer,
        post(&ada),
        |it| async move { it.set("n", &1) },
    ));
    first.reach(WRITE).await;
    let log_in = |it: Session| async move {
        let ada = UserName::parse("ada").unwrap();
        it.log_in(ada, Vouched::just_now()).await
    };
    let new = serve(&layer, post(&ada), log_in).await;
    assert_eq!(new.status(), StatusCode::OK);
    let refused = first.finish().await;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    assert!(cookies(&refused).is_empty());
}

/// The session of a request, for what runs on beside its handler.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Option<Session>>>);

impl Kept {
    fn keep(&self, session: Session) {
        *self.0.lock().unwrap() = Some(session);
    }

    /// Sets a key, too late.
    fn is_closed(&self) -> bool {
        let session = self.0.lock().unwrap().clone().unwrap();
        matches!(session.set("late", &1), Err(Error::Closed))
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
