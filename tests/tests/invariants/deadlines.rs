//! Ended is ended, and expiry is compared on every call, whatever lies in the table.

use dynamodb_session::{
    authorize::{Decision, Denial},
    data::Marks,
    session::{Session, Timeouts},
    store::{
        Found, SessionStore,
        Touch::{Refused, Touched},
    },
    time::UnixSeconds,
};
use support::gate::Gate;
use tests::{
    engine::Tables,
    on_every_engine, on_every_store,
    rigged::lying,
    world::{Attempt, NOW, TIMEOUTS, World},
};

on_every_store! {
    a_call_is_denied_from_the_idle_deadline_on
    a_busy_session_is_denied_from_the_absolute_deadline_on
    a_session_keeps_the_timeouts_it_was_created_with
    every_session_older_than_the_limit_is_denied
    an_ended_session_is_denied_however_it_ended
}

on_every_engine! {
    an_ended_session_stays_ended_for_whoever_comes_later
}

fn at(seconds: u64) -> UnixSeconds {
    UnixSeconds(NOW.0 + seconds)
}

fn denial(decision: Decision) -> Denial {
    match decision {
        Decision::Deny { denial, .. } => denial,
        Decision::Allow(live) => panic!("allowed: {live:?}"),
    }
}

async fn a_call_is_denied_from_the_idle_deadline_on(store: impl SessionStore) {
    let world = World::new(store, Gate::default());
    let signed = world.signed(Attempt::default()).await;
    let last = TIMEOUTS.idle - 1;
    assert!(matches!(
        world.call(&signed.token, at(last)).await,
        Decision::Allow(_)
    ));
    for late in [
        last + TIMEOUTS.idle,
        last + TIMEOUTS.idle + 1,
        TIMEOUTS.absolute - 1,
    ] {
        for _ in 0..3 {
            let decision = world.call(&signed.token, at(late)).await;
            assert_eq!(denial(decision), Denial::Idle, "{late}");
        }
    }
    // Nothing has swept it: it is the comparison that denies.
    assert!(world.is_stored(&signed.key).await);
}

async fn a_busy_session_is_denied_from_the_absolute_deadline_on(store: impl SessionStore) {
    let world = World::new(store, Gate::default());
    let signed = world.signed(Attempt::default()).await;
    for minute in (0..TIMEOUTS.absolute).step_by(1_800) {
        let decision = world.call(&signed.token, at(minute)).await;
        assert!(matches!(decision, Decision::Allow(_)), "{minute}");
    }
    let decision = world.call(&signed.token, at(TIMEOUTS.absolute - 1)).await;
    assert!(matches!(decision, Decision::Allow(_)));
    for late in [TIMEOUTS.absolute, TIMEOUTS.absolute + 1, 100_000_000] {
        let decision = world.call(&signed.token, at(late)).await;
        assert_eq!(denial(decision), Denial::Expired, "{late}");
    }
    assert!(world.is_stored(&signed.key).await);
}

async fn a_session_keeps_the_timeouts_it_was_created_with(store: impl SessionStore) {
    let world = World::new(store, Gate::default());
    let short = Timeouts {
        idle: 10,
        absolute: 20,
    };
    let signed = world
        .signed(Attempt {
            timeouts: short,
            ..Attempt::default()
        })
        .await;
    let longer = world.signed(Attempt::default()).await;
    assert!(matches!(
        world.call(&longer.token, at(10)).await,
        Decision::Allow(_)
    ));
    assert_eq!(
        denial(world.call(&signed.token, at(10)).await),
        Denial::Idle
    );
}

async fn every_session_older_than_the_limit_is_denied(store: impl SessionStore) {
    let mut world = World::new(store, Gate::default());
    let old = world.signed(Attempt::default()).await;
    let new = world
        .signed(Attempt {
            at: at(5),
            ..Attempt::default()
        })
        .await;
    world.policy.not_before = Some(at(5));
    for _ in 0..3 {
        assert_eq!(
            denial(world.call(&old.token, at(6)).await),
            Denial::Superseded
        );
        assert!(matches!(
            world.call(&new.token, at(6)).await,
            Decision::Allow(_)
        ));
    }
}

async fn an_ended_session_is_denied_however_it_ended(store: impl SessionStore) {
    let mut world = World::new(store, Gate::default());
    world.cap = 2;
    let early = Attempt {
        at: UnixSeconds(NOW.0 - 1),
        ..Attempt::default()
    };
    let evicted = world.signed(early).await;
    let presented = world.signed(Attempt::default()).await;
    let evictor = world.signed(Attempt::default()).await;
    let attempt = Attempt {
        presented: Some(&presented.token),
        ..Attempt::default()
    };
    let logged_out = world.signed(attempt).await;
    world.logout(&logged_out.token).await.unwrap();
    let ended_with_all = world.signed(Attempt::default()).await;
    assert!(world.allows(&evictor.token).await);
    world.change_password().await.unwrap();
    for session in [evicted, presented, evictor, logged_out, ended_with_all] {
        for _ in 0..3 {
            let decision = world.call(&session.token, NOW).await;
            assert_eq!(denial(decision), Denial::Unknown);
        }
    }
    assert_eq!(world.check(&"at the end").await, 0);
}

async fn an_ended_session_stays_ended_for_whoever_comes_later(tables: &Tables) {
    let world = World::new(tables.sessions(), Gate::default());
    let [one, two] = [
        world.signed(Attempt::default()).await,
        world.signed(Attempt::default()).await,
    ];
    world.logout(&one.token).await.unwrap();
    let later = World::new(tables.sessions(), Gate::default());
    assert!(!later.allows(&one.token).await);
    assert!(later.allows(&two.token).await);
    world.end_all().await.unwrap();
    assert!(!later.allows(&two.token).await);
    assert!(
        !World::new(tables.sessions(), Gate::default())
            .allows(&two.token)
            .await
    );
}

#[tokio::test]
async fn no_store_is_believed_that_a_dead_session_is_alive() {
    let alive = Session {
        reference: dynamodb_session::id::SessionRef::parse("AAAAAAAAAAAAAAAAAAAAAA").unwrap(),
        user: Some(dynamodb_session::user::UserName::parse("ada").unwrap()),
        created: NOW,
        accessed: NOW,
        authenticated: Some(NOW),
        timeouts: TIMEOUTS,
        origin: dynamodb_session::session::Origin::default(),
        data: std::collections::BTreeMap::new(),
        version: 0,
        marks: Marks::default(),
        rotation: None,
        ended: None,
        remembered: None,
    };
    let with = |change: fn(&mut Session)| {
        let mut session = alive.clone();
        change(&mut session);
        Found::Session(session)
    };
    #[rustfmt::skip]
    let cases = [
        ("idle",                 Touched(with(|session| session.timeouts.idle = 60)),             Denial::Idle),
        ("expired",              Touched(with(|session| session.timeouts.absolute = 60)),         Denial::Expired),
        ("superseded",           Touched(with(|session| session.created = UnixSeconds(NOW.0 - 1))), Denial::Superseded),
        ("from the future",      Touched(with(|session| session.created = at(3600))),             Denial::Damaged),
        ("anonymous",            Touched(with(|session| session.user = None)),                    Denial::Anonymous),
        ("damaged",              Touched(Found::Damaged),                                         Denial::Damaged),
        ("nothing",              Touched(Found::Nothing),                                         Denial::Unknown),
        ("refused, nothing",     Refused(Found::Nothing),                                         Denial::Unknown),
        ("refused, damaged",     Refused(Found::Damaged),                                         Denial::Damaged),
        ("refused, though well", Refused(with(|_| ())),                                           Denial::Damaged),
    ];
    let token = "A".repeat(43);
    let later = Refused(with(|session| session.accessed = at(61)));
    let ended = Refused(with(|session| {
        session.accessed = at(61);
        session.ended = Some(at(1));
    }));
    let cases = cases
        .into_iter()
        .chain([("refused, ended and used later", ended, Denial::Idle)]);
    for (name, touch, expected) in cases {
        let mut world = World::new(lying(touch), Gate::default());
        world.policy.not_before = Some(NOW);
        assert_eq!(denial(world.call(&token, at(60)).await), expected, "{name}");
    }
    // A touch that is refused because the session was used later is no refusal of the session.
    let world = World::new(lying(later), Gate::default());
    assert!(matches!(
        world.call(&token, at(60)).await,
        Decision::Allow(_)
    ));
    // The suite can tell: without a lie the call is allowed.
    let world = World::new(lying(Touched(with(|_| ()))), Gate::default());
    let decision = world.call(&token, at(60)).await;
    let Decision::Allow(live) = decision else {
        panic!("{decision:?}");
    };
    assert_eq!(live.session, alive);
}
