//! What was refused as idle stays refused, and no touch moves a deadline back, whatever the clocks say.

use dynamodb_session::{
    authorize::{self, Decision, Denial, authorize},
    fault::FaultKind,
    store::{Found, SessionStore},
    time::UnixSeconds,
};
use support::gate::{Gate, Point, Verb};
use tests::{
    on_every_store,
    rigged::{Failure, failing},
    world::{Attempt, GRACE, NOW, TIMEOUTS, World},
};

on_every_store! {
    a_refusal_as_idle_stays
    a_refusal_as_idle_is_marked_once
    a_use_before_the_mark_decides_anew
    a_rotation_before_the_mark_decides_anew
    a_fault_of_the_mark_is_a_fault
    a_slower_clock_moves_no_deadline_back
    a_successor_refused_as_idle_stays_refused
    a_look_is_no_use_and_tells_the_same
}

fn at(seconds: u64) -> UnixSeconds {
    UnixSeconds(NOW.0 + seconds)
}

const DEADLINE: u64 = TIMEOUTS.idle;

fn denial(decision: Decision) -> Denial {
    match decision {
        Decision::Deny { denial, .. } => denial,
        Decision::Allow(live) => panic!("allowed: {live:?}"),
    }
}

/// When an allowed call at `now` leaves the session as last used.
async fn used(world: &World<impl SessionStore>, token: &str, now: UnixSeconds) -> UnixSeconds {
    match world.call(token, now).await {
        Decision::Allow(live) => live.session.accessed,
        denied @ Decision::Deny { .. } => panic!("{denied:?} at {now:?}"),
    }
}

async fn a_refusal_as_idle_stays(store: impl SessionStore) {
    let world = World::new(store, Gate::default());
    let signed = world.signed(Attempt::default()).await;
    assert_eq!(
        used(&world, &signed.token, at(DEADLINE - 1)).await,
        at(DEADLINE - 1)
    );
    let end = 2 * DEADLINE - 1;
    assert_eq!(
        denial(world.call(&signed.token, at(end)).await),
        Denial::Idle
    );
    // A touch, a write and a rotation by a clock that is behind, or that were under way for long.
    let late = at(end - 1);
    assert_eq!(denial(world.call(&signed.token, late).await), Denial::Idle);
    assert_eq!(world.write(&signed.token, "n", "1").await, None);
    assert_eq!(world.rotate(&signed.token, late).await, None);
    let touched = world.store.inner.touch(&signed.key, late, None).await;
    assert!(matches!(
        touched.unwrap(),
        dynamodb_session::store::Touch::Refused(_)
    ));
    // Nothing of it is carried over, and it ends with the next login.
    let next = Attempt {
        presented: Some(&signed.token),
        at: late,
        ..Attempt::default()
    };
    let next = world.signed(next).await;
    assert!(next.session.data.is_empty());
    assert_eq!(world.check(&"after the next login").await, 1);
}

async fn a_refusal_as_idle_is_marked_once(store: impl SessionStore) {
    let world = World::new(store, Gate::default());
    let signed = world.signed(Attempt::default()).await;
    world
        .write(&signed.token, "n", "1")
        .await
        .expect("a session");
    for now in [DEADLINE, DEADLINE + 5, DEADLINE + 1] {
        assert_eq!(
            denial(world.call(&signed.token, at(now)).await),
            Denial::Idle
        );
        let Found::Session(session) = world.store.inner.session(&signed.key).await.unwrap() else {
            panic!("deleted");
        };
        assert_eq!(session.ended, Some(at(DEADLINE)));
        assert_eq!((session.accessed, session.data.len()), (NOW, 0));
    }
    assert_eq!(
        denial(world.call(&signed.token, at(TIMEOUTS.absolute)).await),
        Denial::Expired
    );
}

async fn a_use_before_the_mark_decides_anew(store: impl SessionStore) {
    let world = World::new(store, Gate::default());
    let token = world.signed(Attempt::default()).await.token;
    let mut call = world.gate().hold(world.call(&token, at(DEADLINE)));
    call.reach(Point::Before(Verb::EndIdle)).await;
    used(&world, &token, at(DEADLINE - 1)).await;
    let decision = call.finish().await;
    assert!(matches!(decision, Decision::Allow(_)), "{decision:?}");
    assert_eq!(
        used(&world, &token, at(DEADLINE + 1)).await,
        at(DEADLINE + 1)
    );
}

async fn a_rotation_before_the_mark_decides_anew(store: impl SessionStore) {
    let world = World::new(store, Gate::default());
    let old = world.signed(Attempt::default()).await.token;
    let mut call = world.gate().hold(world.call(&old, at(DEADLINE)));
    call.reach(Point::Before(Verb::EndIdle)).await;
    let rotated = world.rotate(&old, at(DEADLINE - 1)).await;
    let new = rotated.flatten().expect("a new id");
    let decision = call.finish().await;
    assert!(matches!(decision, Decision::Allow(_)), "{decision:?}");
    assert_eq!(used(&world, &new, at(DEADLINE + 1)).await, at(DEADLINE + 1));
}

async fn a_fault_of_the_mark_is_a_fault(store: impl SessionStore) {
    let world = World::new(failing(store), Gate::default());
    let token = world.signed(Attempt::default()).await.token;
    for kind in [FaultKind::Unavailable, FaultKind::Misconfigured] {
        world.store.inner.fail(Some(Failure {
            verb: Verb::EndIdle,
            kind,
            made: false,
        }));
        let claim = world.claim(&token);
        let decision = authorize(&world.store, &world.policy, &claim, at(DEADLINE)).await;
        assert_eq!(decision.unwrap_err().kind, kind);
    }
    // Nobody was told anything, so nothing has ended.
    world.store.inner.fail(None);
    assert_eq!(
        used(&world, &token, at(DEADLINE - 1)).await,
        at(DEADLINE - 1)
    );
}

async fn a_slower_clock_moves_no_deadline_back(store: impl SessionStore) {
    let world = World::new(store, Gate::default());
    let token = world.signed(Attempt::default()).await.token;
    assert_eq!(used(&world, &token, at(100)).await, at(100));
    assert_eq!(used(&world, &token, at(50)).await, at(100));
    world.write(&token, "n", "1").await.expect("a session");
    assert_eq!(used(&world, &token, at(99)).await, at(100));
    // A rotation keeps the later of the two times, too.
    let new = world
        .rotate(&token, at(60))
        .await
        .flatten()
        .expect("a new id");
    assert_eq!(used(&world, &new, at(61)).await, at(100));
    assert_eq!(
        used(&world, &new, at(DEADLINE + 99)).await,
        at(DEADLINE + 99)
    );
}

async fn a_successor_refused_as_idle_stays_refused(store: impl SessionStore) {
    let world = World::new(store, Gate::default());
    let old = world.signed(Attempt::default()).await.token;
    // The grace of the old id is still on when the session, used under neither id, becomes idle.
    let new = world.rotate_for(2 * DEADLINE, &old, NOW).await.flatten();
    let new = new.expect("a new id");
    assert_eq!(denial(world.call(&old, at(DEADLINE)).await), Denial::Idle);
    for token in [&old, &new] {
        assert_eq!(denial(world.call(token, at(GRACE)).await), Denial::Idle);
    }
}

async fn a_look_is_no_use_and_tells_the_same(store: impl SessionStore) {
    let mut world = World::new(store, Gate::default());
    let token = world.signed(Attempt::default()).await.token;
    let look = async |world: &World<_>, token: &str, now| {
        let claim = world.claim(token);
        let decision = authorize::look(&world.store, &world.policy, &claim, now).await;
        decision.expect("a store")
    };
    for interval in [0, 300] {
        world.policy.touch_interval = interval;
        for now in [1, 301, DEADLINE - 1] {
            let Decision::Allow(live) = look(&world, &token, at(now)).await else {
                panic!("{now}");
            };
            assert_eq!(live.session.accessed, NOW, "{now}");
        }
    }
    // A rotated id is served for its grace, and ends the session after it.
    let old = world.signed(Attempt::default()).await.token;
    let new = world.rotate(&old, NOW).await.flatten().expect("a new id");
    assert!(matches!(
        look(&world, &old, at(GRACE - 1)).await,
        Decision::Allow(_)
    ));
    assert_eq!(denial(look(&world, &old, at(GRACE)).await), Denial::Reused);
    assert_eq!(denial(look(&world, &new, at(1)).await), Denial::Unknown);
    // Idleness is written down before it is told.
    assert_eq!(
        denial(look(&world, &token, at(DEADLINE)).await),
        Denial::Idle
    );
    for decision in [
        look(&world, &token, at(DEADLINE - 1)).await,
        world.call(&token, at(DEADLINE - 1)).await,
    ] {
        assert_eq!(denial(decision), Denial::Idle);
    }
}
