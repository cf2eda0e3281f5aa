//! What the contract of tower-sessions can't give: a test for each line of the crate's first page.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use axum::{Router, http::StatusCode, routing::get};
use dynamodb_session_tower_sessions::{DynamoStore, UnixSeconds};
use time::{Duration, OffsetDateTime};
use tower_sessions::{
    Expiry, Session, SessionManagerLayer, SessionStore,
    session::{Id, Record},
    session_store::{Error, Result},
};

use super::{
    engine::Engine,
    site::{HOUR, ask, begun, site},
};

/// A request's view of a session.
fn session(engine: &Engine, id: &str) -> Session {
    let idle = Expiry::OnInactivity(Duration::HOUR);
    Session::new(
        Some(id.parse().unwrap()),
        Arc::new(engine.store()),
        Some(idle),
    )
}

#[tokio::test]
async fn two_requests_that_change_different_keys_lose_one_change() {
    let engine = Engine::start().await;
    let id = begun(&site(engine.store(), HOUR, None)).await;
    let (one, other) = (session(&engine, &id), session(&engine, &id));
    one.insert("one", 1).await.unwrap();
    other.insert("other", 2).await.unwrap();
    one.save().await.unwrap();
    other.save().await.unwrap();
    let found = session(&engine, &id);
    assert_eq!(found.get::<u8>("other").await.unwrap(), Some(2));
    assert_eq!(found.get::<u8>("one").await.unwrap(), None);
}

#[tokio::test]
async fn a_new_id_under_way_brings_a_session_back_that_logged_out_meanwhile() {
    let engine = Engine::start().await;
    let id = begun(&site(engine.store(), HOUR, None)).await;
    let under_way = session(&engine, &id);
    under_way.insert("user", "ada").await.unwrap();
    session(&engine, &id).flush().await.unwrap();
    assert!(engine.items().await.is_empty());

    under_way.cycle_id().await.unwrap();
    under_way.save().await.unwrap();
    let back = under_way.id().unwrap().to_string();
    let user = session(&engine, &back).get::<String>("user").await;
    assert_eq!(user.unwrap().as_deref(), Some("ada"));
}

/// A store whose `create` fails.
#[derive(Clone, Debug)]
struct Failing(DynamoStore);

#[async_trait]
impl SessionStore for Failing {
    async fn create(&self, _: &mut Record) -> Result<()> {
        Err(Error::Backend("rigged".to_owned()))
    }

    async fn save(&self, record: &Record) -> Result<()> {
        self.0.save(record).await
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        self.0.load(id).await
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        self.0.delete(id).await
    }
}

#[tokio::test]
async fn a_fault_within_a_change_of_the_id_loses_the_session() {
    let engine = Engine::start().await;
    let id = begun(&site(engine.store(), HOUR, None)).await;
    let failing = site(Failing(engine.store()), HOUR, None);
    let answer = ask(&failing, "/cycle_id", Some(&id)).await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(engine.items().await.is_empty());
}

#[tokio::test]
async fn a_request_with_the_id_of_before_removes_the_cookie_of_after() {
    let engine = Engine::start().await;
    let site = site(engine.store(), HOUR, None);
    let before = begun(&site).await;
    let after = ask(&site, "/cycle_id", Some(&before)).await.cookie.unwrap();
    assert_ne!(after.value, before);
    let late = ask(&site, "/get", Some(&before)).await.cookie.unwrap();
    assert_eq!((late.value.as_str(), late.max_age()), ("", Some(0)));
}

#[tokio::test]
async fn a_session_that_is_only_read_expires() {
    let engine = Engine::start().await;
    let id = begun(&site(engine.store(), HOUR, None)).await;
    let in_use = engine.store().with_clock(|| in_minutes(50));
    let answer = ask(&site(in_use, HOUR, None), "/get", Some(&id)).await;
    assert_eq!(answer.body, "Some(42)");
    let later = engine.store().with_clock(|| in_minutes(100));
    let answer = ask(&site(later, HOUR, None), "/get", Some(&id)).await;
    assert_eq!(answer.body, "None");
}

fn in_minutes(minutes: u64) -> UnixSeconds {
    UnixSeconds::from_system_clock().plus(minutes * 60)
}

#[tokio::test]
async fn a_session_that_is_changed_lives_without_end() {
    let engine = Engine::start().await;
    let id = begun(&site(engine.store(), HOUR, None)).await;
    // Each change tells a deadline that counts from then on, and no item tells when the session began.
    let session = session(&engine, &id);
    let next_year = OffsetDateTime::now_utc() + Duration::days(365);
    session.set_expiry(Some(Expiry::AtDateTime(next_year)));
    session.save().await.unwrap();
    let later = engine.store().with_clock(|| in_minutes(364 * 24 * 60));
    let found = later.load(&id.parse().unwrap()).await.unwrap();
    assert!(found.is_some());
}

#[tokio::test]
async fn whoever_has_the_session_can_print_its_id() {
    let engine = Engine::start().await;
    let id = begun(&site(engine.store(), HOUR, None)).await;
    let session = session(&engine, &id);
    let number = id.parse::<Id>().unwrap().0.to_string();
    assert!(format!("{session:?}").contains(&number));
    assert_eq!(session.id().unwrap().to_string(), id);
}

#[tokio::test]
async fn a_save_that_is_refused_is_a_bare_500() {
    let engine = Engine::start().await;
    let site = site(engine.store(), HOUR, None);
    let id = begun(&site).await;
    let too_large = ask(&site, "/fill", Some(&id)).await;
    let logged_out = {
        let store = engine.store();
        let ended: Id = id.parse().unwrap();
        let handler = async move |session: Session| {
            session.insert("foo", 43).await.unwrap();
            store.delete(&ended).await.unwrap();
        };
        let layer = SessionManagerLayer::new(engine.store());
        let site = Router::new().route("/", get(handler)).layer(layer);
        ask(&site, "/", Some(&id)).await
    };
    for answer in [too_large, logged_out] {
        assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(answer.body, "");
        assert!(answer.cookie.is_none());
    }
}

#[tokio::test]
async fn a_change_after_the_answer_is_lost_and_nobody_is_told() {
    let engine = Engine::start().await;
    let kept = Arc::new(Mutex::new(None));
    let keep = Arc::clone(&kept);
    let handler = async move |session: Session| {
        session.insert("foo", 42).await.unwrap();
        *keep.lock().unwrap() = Some(session);
    };
    let layer = SessionManagerLayer::new(engine.store());
    let site = Router::new().route("/", get(handler)).layer(layer);
    let id = ask(&site, "/", None).await.cookie.unwrap().value;
    let spawned = kept.lock().unwrap().take().unwrap();
    spawned.insert("late", 1).await.unwrap();
    drop(spawned);
    let late = session(&engine, &id).get::<u8>("late").await;
    assert_eq!(late.unwrap(), None);
}

#[test]
fn the_first_page_has_each_of_these_tests() {
    let page = include_str!("../README.md");
    let (_, table) = page.split_once("## What its contract can't give").unwrap();
    let told: Vec<_> = table
        .lines()
        .filter_map(|line| line.strip_suffix("` |")?.rsplit('`').next())
        .collect();
    let tests = include_str!("limits.rs").split("#[tokio::test]\nasync fn ");
    let tests: Vec<_> = tests
        .skip(1)
        .filter_map(|it| it.split('(').next())
        .collect();
    assert_eq!(told, tests);
}
