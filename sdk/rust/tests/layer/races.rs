//! Two requests at once, each in a known order, in memory and on the embedded engine.

use dynamodb_session_backend::{
    dynamodb_session::{create::Vouched, store::SessionStore, throttle::Throttle, user::UserName},
    error::Error,
    session::Session,
    testing::{Seeded, Sessions},
};
use http::StatusCode;
use serde_json::json;
use support::gate::{Held, Point, Verb};
use tests::on_every_store;

use super::{
    behind::guarded,
    serve::{Reply, cookie_of, cookies, post, request, serve, stepped},
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
    an_update_that_no_longer_fits_is_a_conflict
    a_set_takes_the_place_of_an_update
}

pub(crate) const WRITE: Point = Point::Before(Verb::Write);

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

pub(crate) fn data_of(pairs: &[(&str, &str)]) -> std::collections::BTreeMap<String, String> {
    let owned = |(key, json): &(&str, &str)| ((*key).to_owned(), (*json).to_owned());
    pairs.iter().map(owned).collect()
}
