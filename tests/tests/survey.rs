//! What an operator finds while sessions begin, rotate and end.

use dynamodb_session::{
    session::{Live, Session},
    store::{Change, Delete, SessionStore, dynamodb::scan::What},
    survey::{Dangling, Pairs, Roll, Selection, follow},
    time::UnixSeconds,
};
use support::gate::{Gate, Point, Verb};
use tests::{
    on_every_store,
    world::{Attempt, NOW, Signed, World},
};

on_every_store! {
    what_a_scan_met_by_halves_is_whole_when_it_is_read_again
    a_change_while_a_suspect_is_looked_at_leaves_nothing_dangling
    halves_are_told
    a_session_that_is_rotated_during_a_scan_is_found_once
}

const LATER: UnixSeconds = UnixSeconds(NOW.0 + 60);

fn live(signed: &Signed) -> Live {
    Live {
        key: signed.key.clone(),
        session: signed.session.clone(),
    }
}

/// What a scan met of a login of which it missed one half.
async fn halves(world: &World<impl SessionStore>, signed: &Signed) -> [What; 2] {
    let item = world.store.user(&world.user).await.unwrap().unwrap();
    [
        What::Session(live(signed)),
        What::User(world.user.clone(), item),
    ]
}

async fn look(world: &World<impl SessionStore>, half: &What) -> Option<Dangling> {
    let mut pairs = Pairs::default();
    pairs.add(half, LATER);
    let mut suspects = pairs.suspects();
    let suspect = suspects.next().unwrap();
    assert!(suspects.next().is_none());
    suspect.look(&world.store, LATER).await.unwrap()
}

async fn what_a_scan_met_by_halves_is_whole_when_it_is_read_again(store: impl SessionStore) {
    let world = World::new(store, Gate::around());
    let signed = world.signed(Attempt::default()).await;
    for half in halves(&world, &signed).await {
        assert_eq!(look(&world, &half).await, None);
    }
}

/// The look is held after each of its reads, while the session ends or gets another key.
async fn a_change_while_a_suspect_is_looked_at_leaves_nothing_dangling(store: impl SessionStore) {
    let world = World::new(store, Gate::around());
    for rotates in [false, true] {
        for after in [Verb::Session, Verb::User] {
            for half in [0, 1] {
                let signed = world.signed(Attempt::default()).await;
                let half = &halves(&world, &signed).await[half];
                let mut token = signed.token;
                let mut looking = world.gate().hold(look(&world, half));
                looking.reach(Point::After(after)).await;
                if rotates {
                    token = world.rotate(&token, LATER).await.unwrap().unwrap();
                } else {
                    world.logout(&token).await.unwrap();
                }
                assert_eq!(looking.finish().await, None, "{rotates} {after:?}");
                world.logout(&token).await.unwrap();
            }
        }
    }
}

async fn halves_are_told(store: impl SessionStore) {
    let world = World::new(store, Gate::around());
    let lonely = Session {
        user: Some(world.user.clone()),
        ..world.signed(Attempt::default()).await.session
    };
    world.end_all().await.unwrap();
    let key = world.key(&world.lay(lonely.clone()).await).unwrap();
    let session = Live {
        key,
        session: lonely,
    };
    let told = look(&world, &What::Session(session.clone())).await;
    assert_eq!(told, Some(Dangling::Session(session)));

    let signed = world.signed(Attempt::default()).await;
    let [_, entry] = halves(&world, &signed).await;
    let delete = Change {
        delete: vec![Delete::current(signed.key.clone())],
        ..Change::default()
    };
    world.store.commit(&delete).await.unwrap();
    let expected = Dangling::Entry {
        user: world.user.clone(),
        session: signed.session.reference.clone(),
    };
    assert_eq!(look(&world, &entry).await, Some(expected));
}

/// Whichever of the two items a scan meets, before or after the rotation.
async fn a_session_that_is_rotated_during_a_scan_is_found_once(store: impl SessionStore) {
    let world = World::new(store, Gate::around());
    let (all, signed) = (Selection::default(), world.signed(Attempt::default()).await);
    let before = live(&signed);
    let token = world.rotate(&signed.token, LATER).await.unwrap().unwrap();
    let now = follow(&world.store, before.key.clone())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(now.key, world.key(&token).unwrap());
    let rotated = match world.store.session(&before.key).await.unwrap() {
        dynamodb_session::store::Found::Session(session) => Live {
            key: before.key.clone(),
            session,
        },
        other => panic!("{other:?}"),
    };
    for met in [
        vec![&before],
        vec![&rotated],
        vec![&now],
        vec![&rotated, &now],
        vec![&now, &before],
    ] {
        let mut roll = Roll::new(&all, NOW);
        let count = met.len();
        for live in met {
            roll.add(live.clone());
        }
        let found = roll.finish(&world.store, LATER).await.unwrap();
        let names: Vec<_> = found.iter().map(|live| &live.session.reference).collect();
        assert_eq!(names, [&signed.session.reference], "{count}");
    }
    // It was logged out since.
    world.logout(&token).await.unwrap();
    let mut roll = Roll::new(&all, NOW);
    roll.add(rotated);
    assert!(roll.finish(&world.store, LATER).await.unwrap().is_empty());
}
