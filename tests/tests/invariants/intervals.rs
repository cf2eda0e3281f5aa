//! Where a use may go unmarked for a while: fewer writes, and nothing else that is different.

use dynamodb_session::{
    authorize::{Decision, Denial, authorize},
    fault::FaultKind,
    session::Timeouts,
    store::SessionStore,
    time::UnixSeconds,
};
use support::gate::{Gate, Point, Verb};
use tests::{
    on_every_store,
    rigged::{Failure, failing},
    world::{Attempt, NOW, TIMEOUTS, World},
};

on_every_store! {
    a_use_is_marked_once_an_interval
    an_interval_is_half_an_idle_timeout_at_most
    an_ended_session_is_denied_at_once
    a_throttled_mark_allows_and_extends_nothing
    a_fault_of_the_read_allows_nobody
    a_rotation_marks_its_use
    a_logout_between_the_read_and_the_mark_denies
}

const INTERVAL: u64 = 300;

fn at(seconds: u64) -> UnixSeconds {
    UnixSeconds(NOW.0 + seconds)
}

fn with_interval<S: SessionStore>(store: S, gate: Gate) -> World<S> {
    let mut world = World::new(store, gate);
    world.policy.touch_interval = INTERVAL;
    world
}

/// When the session that an allowed call at `now` is in was last marked as used.
async fn marked(world: &World<impl SessionStore>, token: &str, now: UnixSeconds) -> UnixSeconds {
    match world.call(token, now).await {
        Decision::Allow(live) => live.session.accessed,
        denied @ Decision::Deny { .. } => panic!("{denied:?} at {now:?}"),
    }
}

fn denial(decision: Decision) -> Denial {
    match decision {
        Decision::Deny { denial, .. } => denial,
        Decision::Allow(live) => panic!("allowed: {live:?}"),
    }
}

async fn a_use_is_marked_once_an_interval(store: impl SessionStore) {
    let world = with_interval(store, Gate::default());
    let token = world.signed(Attempt::default()).await.token;
    for (now, mark) in [
        (0, 0),
        (299, 0),
        (300, 300),
        (599, 300),
        (600, 600),
        (5_000, 5_000),
    ] {
        assert_eq!(marked(&world, &token, at(now)).await, at(mark), "{now}");
    }
    // The idle timeout counts from the mark.
    let decision = world.call(&token, at(5_000 + TIMEOUTS.idle)).await;
    assert_eq!(denial(decision), Denial::Idle);
}

async fn an_interval_is_half_an_idle_timeout_at_most(store: impl SessionStore) {
    let world = with_interval(store, Gate::default());
    let short = Attempt {
        timeouts: Timeouts {
            idle: 100,
            absolute: 10_000,
        },
        ..Attempt::default()
    };
    let token = world.signed(short).await.token;
    // A session in constant use does not end, though its own timeout is less than the interval.
    for now in (0..1_000).step_by(49) {
        marked(&world, &token, at(now)).await;
    }
}

async fn an_ended_session_is_denied_at_once(store: impl SessionStore) {
    let mut world = with_interval(store, Gate::default());
    let token = world.signed(Attempt::default()).await.token;
    marked(&world, &token, at(1)).await;
    world.logout(&token).await.unwrap();
    assert_eq!(denial(world.call(&token, at(2)).await), Denial::Unknown);

    let token = world.signed(Attempt::default()).await.token;
    let decision = world.call(&token, at(TIMEOUTS.absolute)).await;
    assert_eq!(denial(decision), Denial::Expired);
    world.policy.not_before = Some(at(1));
    assert_eq!(denial(world.call(&token, at(2)).await), Denial::Superseded);
}

fn failure(verb: Verb, kind: FaultKind) -> Failure {
    let made = false;
    Failure { verb, kind, made }
}

async fn a_throttled_mark_allows_and_extends_nothing(store: impl SessionStore) {
    let world = with_interval(failing(store), Gate::default());
    let token = world.signed(Attempt::default()).await.token;
    world
        .store
        .inner
        .fail(Some(failure(Verb::Touch, FaultKind::Unavailable)));
    assert_eq!(marked(&world, &token, at(TIMEOUTS.idle - 1)).await, NOW);
    // What no waiting mends is not passed over.
    world
        .store
        .inner
        .fail(Some(failure(Verb::Touch, FaultKind::Misconfigured)));
    let claim = world.claim(&token);
    let decision = authorize(&world.store, &world.policy, &claim, at(400)).await;
    assert_eq!(decision.unwrap_err().kind, FaultKind::Misconfigured);
    world.store.inner.fail(None);
    let decision = world.call(&token, at(TIMEOUTS.idle)).await;
    assert_eq!(denial(decision), Denial::Idle);
}

async fn a_fault_of_the_read_allows_nobody(store: impl SessionStore) {
    let world = with_interval(failing(store), Gate::default());
    let token = world.signed(Attempt::default()).await.token;
    world
        .store
        .inner
        .fail(Some(failure(Verb::Session, FaultKind::Unavailable)));
    let claim = world.claim(&token);
    let decision = authorize(&world.store, &world.policy, &claim, NOW).await;
    assert_eq!(decision.unwrap_err().kind, FaultKind::Unavailable);
}

async fn a_rotation_marks_its_use(store: impl SessionStore) {
    let world = with_interval(store, Gate::default());
    let token = world.signed(Attempt::default()).await.token;
    let new = world.rotate(&token, at(100)).await.flatten();
    let new = new.expect("a new id");
    assert_eq!(marked(&world, &new, at(101)).await, at(100));
}

async fn a_logout_between_the_read_and_the_mark_denies(store: impl SessionStore) {
    let world = with_interval(store, Gate::around());
    let token = world.signed(Attempt::default()).await.token;
    let mut call = world.gate().hold(world.call(&token, at(INTERVAL)));
    call.reach(Point::Before(Verb::Touch)).await;
    world.logout(&token).await.unwrap();
    assert_eq!(denial(call.finish().await), Denial::Unknown);
    assert!(!world.is_stored(&world.key(&token).unwrap()).await);
}
