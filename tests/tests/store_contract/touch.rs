//! Touch: alive on one side of each deadline, dead on the other, and never anything out of nothing.

use dynamodb_session::{
    session::{Session, Timeouts},
    store::{Change, Commit, Delete, Found, SessionStore, Touch},
    time::UnixSeconds,
};
use tests::{on_every_store, world::NOW};

use super::sample::{done, key, put, reference, retire, session};

on_every_store! {
    touch_at_each_deadline
    a_touch_moves_the_idle_deadline_and_nothing_else
    no_touch_moves_the_absolute_deadline
    an_idle_session_is_marked_as_ended_and_no_other
    a_touch_of_nothing_creates_nothing
    an_ended_session_is_nothing
}

fn at(seconds: u64) -> UnixSeconds {
    UnixSeconds(NOW.0 + seconds)
}

fn session_of(n: usize, timeouts: Timeouts, accessed: u64) -> Session {
    Session {
        accessed: at(accessed),
        timeouts,
        ..session(n)
    }
}

async fn touch_at_each_deadline(store: impl SessionStore) {
    const SHORT: Timeouts = Timeouts {
        idle: 10,
        absolute: 100,
    };
    const EQUAL: Timeouts = Timeouts {
        idle: 100,
        absolute: 100,
    };
    const YEAR: Timeouts = Timeouts {
        idle: 31_536_000,
        absolute: 31_536_000,
    };
    #[rustfmt::skip]
    let cases = [
        // name                         timeouts accessed  now      not before  alive
        ("new",                           SHORT,       0,    0,        None,    true),
        ("last idle second",              SHORT,       0,    9,        None,    true),
        ("idle deadline",                 SHORT,       0,   10,        None,    false),
        ("after the idle deadline",       SHORT,       0,   11,        None,    false),
        ("used late",                     SHORT,      85,   94,        None,    true),
        ("idle deadline, used late",      SHORT,      85,   95,        None,    false),
        ("last second of all",            SHORT,      99,   99,        None,    true),
        ("absolute deadline",             SHORT,      99,  100,        None,    false),
        ("after the absolute deadline",   SHORT,      99,  101,        None,    false),
        ("both deadlines at once",        EQUAL,       0,  100,        None,    false),
        ("a second before both",          EQUAL,       0,   99,        None,    true),
        ("last second of a year",          YEAR,       0, 31_535_999,  None,    true),
        ("a year",                         YEAR,       0, 31_536_000,  None,    false),
        ("long dead",                     SHORT,       0, 99_999_999,  None,    false),
        ("created at the limit",          SHORT,       0,    1, Some(at(0)),    true),
        ("created before the limit",      SHORT,       0,    1, Some(at(1)),    false),
        ("limit long past",               SHORT,       0,    1, Some(UnixSeconds(1)), true),
        ("limit passed, idle deadline",   SHORT,       0,   10, Some(at(0)),    false),
        ("clock behind another's",        SHORT,       5,    4,        None,    false),
    ];
    for (n, (name, timeouts, accessed, now, not_before, alive)) in cases.into_iter().enumerate() {
        let before = session_of(n, timeouts, accessed);
        let change = Change {
            put: Some((key(n), before.clone())),
            ..Change::default()
        };
        done(&store, change).await;

        let after = if alive {
            Session {
                accessed: at(now),
                ..before
            }
        } else {
            before
        };
        let touch = store.touch(&key(n), at(now), not_before).await.unwrap();
        let found = Found::Session(after);
        let expected = if alive {
            Touch::Touched(found.clone())
        } else {
            Touch::Refused(found.clone())
        };
        assert_eq!(touch, expected, "{name}");
        assert_eq!(store.session(&key(n)).await.unwrap(), found, "{name}");
    }
}

async fn a_touch_moves_the_idle_deadline_and_nothing_else(store: impl SessionStore) {
    done(&store, put(1)).await;
    done(&store, put(2)).await;
    let idle = session(1).timeouts.idle;
    for now in [at(idle - 1), at(2 * (idle - 1))] {
        let expected = Found::Session(Session {
            accessed: now,
            ..session(1)
        });
        let touch = store.touch(&key(1), now, None).await.unwrap();
        assert_eq!(touch, Touch::Touched(expected.clone()));
        assert_eq!(store.session(&key(1)).await.unwrap(), expected);
    }
    let other = store.session(&key(2)).await.unwrap();
    assert_eq!(other, Found::Session(session(2)));
}

async fn no_touch_moves_the_absolute_deadline(store: impl SessionStore) {
    done(&store, put(1)).await;
    let absolute = session(1).timeouts.absolute;
    for minute in 1..=absolute / 3600 {
        let now = at((minute * 3600).min(absolute - 1));
        let touch = store.touch(&key(1), now, None).await.unwrap();
        assert!(matches!(touch, Touch::Touched(_)), "{now:?}");
    }
    let dead = store.touch(&key(1), at(absolute), None).await.unwrap();
    let Touch::Refused(Found::Session(session)) = dead else {
        panic!("{dead:?}");
    };
    assert_eq!(
        (session.reference, session.accessed),
        (reference(1), at(absolute - 1))
    );
}

async fn a_touch_of_nothing_creates_nothing(store: impl SessionStore) {
    for _ in 0..2 {
        let touch = store.touch(&key(1), NOW, None).await.unwrap();
        assert_eq!(touch, Touch::Refused(Found::Nothing));
        let touch = store.touch(&key(1), NOW, Some(NOW)).await.unwrap();
        assert_eq!(touch, Touch::Refused(Found::Nothing));
        assert_eq!(store.session(&key(1)).await.unwrap(), Found::Nothing);
    }
}

async fn an_ended_session_is_nothing(store: impl SessionStore) {
    done(&store, put(1)).await;
    let delete = || Change {
        delete: vec![Delete::current(key(1))],
        ..Change::default()
    };
    done(&store, delete()).await;
    for now in [NOW, at(1)] {
        let touch = store.touch(&key(1), now, None).await.unwrap();
        assert_eq!(touch, Touch::Refused(Found::Nothing));
    }
    assert_eq!(store.session(&key(1)).await.unwrap(), Found::Nothing);
}

async fn an_idle_session_is_marked_as_ended_and_no_other(store: impl SessionStore) {
    const SHORT: Timeouts = Timeouts {
        idle: 10,
        absolute: 100,
    };
    assert_eq!(store.end_idle(&key(0), NOW).await.unwrap(), Found::Nothing);
    assert_eq!(store.session(&key(0)).await.unwrap(), Found::Nothing);
    let put = async |n| {
        let change = Change {
            put: Some((key(n), session_of(n, SHORT, 0))),
            ..Change::default()
        };
        done(&store, change).await;
    };
    put(1).await;
    let alive = Found::Session(session_of(1, SHORT, 0));
    assert_eq!(store.end_idle(&key(1), at(9)).await.unwrap(), alive);
    assert_eq!(store.session(&key(1)).await.unwrap(), alive);
    let ended = Found::Session(Session {
        ended: Some(at(10)),
        data: [].into(),
        ..session_of(1, SHORT, 0)
    });
    for now in [10, 11] {
        assert_eq!(store.end_idle(&key(1), at(now)).await.unwrap(), ended);
        assert_eq!(store.session(&key(1)).await.unwrap(), ended);
    }
    for now in [0, 9] {
        let refused = store.touch(&key(1), at(now), None).await.unwrap();
        assert_eq!(refused, Touch::Refused(ended.clone()));
    }
    assert_eq!(store.commit(&retire(1, 2)).await.unwrap(), Commit::Stale);
    // A rotated id's deadline says nothing: the session lives under another.
    put(3).await;
    done(&store, retire(3, 4)).await;
    let rotated = store.session(&key(3)).await.unwrap();
    assert_eq!(store.end_idle(&key(3), at(10)).await.unwrap(), rotated);
    assert_eq!(store.session(&key(3)).await.unwrap(), rotated);
}
