//! How large data may be: as `DynamoDB` counts it, with room for what a login and a rotation add, and never a fault.

use dynamodb_session::{
    data::{Data, Edit, size},
    patch::{Patch, Patched},
    rotate::{Rotated, rotate},
    session::Session,
    store::{Change, Commit, Found, SessionStore},
    user::{Entry, UserName},
};
use support::gate::Gate;
use tests::{
    engine::Tables,
    entropy::{self, Counting},
    on_every_engine,
    world::{Attempt, GRACE, NOW, World},
};

use super::sample::{key, open, session, user};

on_every_engine! {
    a_session_too_large_to_put_is_told_from_a_fault
    data_of_the_largest_limit_stays_with_its_session
    data_larger_than_any_limit_keeps_nobody_from_logging_in
    data_larger_than_any_limit_is_kept_by_a_rotation_or_refused
    the_limit_counts_what_the_engine_counts
}

/// The largest limit that a deployment may set.
const LARGEST: usize = 390_000;

/// One entry that makes the data of this size.
fn filled(bytes: usize) -> Data {
    let text = "x".repeat(bytes - size(&Data::from([("k".to_owned(), "\"\"".to_owned())])));
    Data::from([("k".to_owned(), format!("\"{text}\""))])
}

/// Many entries of 100 bytes that make the data of at most this size.
fn crumbs(bytes: usize) -> Data {
    let entry = |n: usize| (format!("{n:098}"), "1".to_owned());
    (0..(bytes - 3) / 100).map(entry).collect()
}

async fn a_session_too_large_to_put_is_told_from_a_fault(tables: &Tables) {
    let store = tables.sessions();
    let large = Session {
        data: filled(410_000),
        ..session(1)
    };
    let change = Change {
        put: Some((key(1), large)),
        users: vec![(user("ada"), open(1))],
        ..Change::default()
    };
    assert_eq!(store.commit(&change).await.unwrap(), Commit::TooLarge);
    assert_eq!(store.session(&key(1)).await.unwrap(), Found::Nothing);
    assert_eq!(store.user(&user("ada")).await.unwrap(), None);
}

/// A world whose user has a name of 200 characters.
fn world_of(tables: &Tables) -> World<impl SessionStore> {
    let mut world = World::new(tables.sessions(), Gate::default());
    world.user = UserName::from_stored("a".repeat(200));
    world.policy.anonymous = true;
    world.policy.require_user = false;
    world
}

/// A token, and what lies under it: the session, and its entry if it has a user.
async fn lay(world: &World<impl SessionStore>, n: u8, session: Session) -> Commit {
    let id = vec![n; 32];
    let key = entropy::id(&id).key();
    let reference = session.reference.clone();
    let entry = Entry {
        key: key.clone(),
        created: session.created,
        expires: session.expires(),
    };
    let users = session.user.clone().into_iter().map(|user| {
        let (reference, entry) = (reference.clone(), entry.clone());
        (
            user,
            dynamodb_session::store::UserEdit::Open { reference, entry },
        )
    });
    let change = Change {
        users: users.collect(),
        put: Some((key, session)),
        ..Change::default()
    };
    world.store.commit(&change).await.unwrap()
}

/// Lays a session with as much data as the engine takes.
async fn lay_full(world: &World<impl SessionStore>, n: u8, session: &Session) -> Data {
    for bytes in (1..).map(|step| 409_600 - 8 * step) {
        let full = Session {
            data: filled(bytes),
            ..session.clone()
        };
        if lay(world, n, full.clone()).await == Commit::Done {
            assert!(bytes > 409_000, "{bytes}");
            return full.data;
        }
    }
    unreachable!()
}

fn token(n: u8) -> String {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    URL_SAFE_NO_PAD.encode([n; 32])
}

fn anonymous() -> Session {
    Session {
        user: None,
        authenticated: None,
        ..session(1)
    }
}

async fn data_of_the_largest_limit_stays_with_its_session(tables: &Tables) {
    let world = world_of(tables);
    for (n, data) in [(1, filled(LARGEST)), (2, crumbs(LARGEST))] {
        assert!(size(&data) > LARGEST - 100 && size(&data) <= LARGEST);
        let held = Session {
            data: data.clone(),
            ..anonymous()
        };
        assert_eq!(lay(&world, n, held).await, Commit::Done);
        let rotated = world.rotate(&token(n), NOW).await.flatten();
        let rotated = rotated.expect("a new id");
        let presented = Some(rotated.as_str());
        let signed = world
            .signed(Attempt {
                presented,
                ..Attempt::default()
            })
            .await;
        assert_eq!(signed.session.data, data);
        let rotated = world.rotate(&signed.token, NOW).await.flatten();
        assert!(world.allows(&rotated.expect("a new id")).await);
    }
}

async fn data_larger_than_any_limit_keeps_nobody_from_logging_in(tables: &Tables) {
    let world = world_of(tables);
    lay_full(&world, 1, &anonymous()).await;
    assert!(world.allows(&token(1)).await);
    let presented = token(1);
    let signed = world
        .signed(Attempt {
            presented: Some(&presented),
            ..Attempt::default()
        })
        .await;
    assert!(signed.session.data.is_empty());
    assert!(world.allows(&signed.token).await && !world.allows(&presented).await);
}

async fn data_larger_than_any_limit_is_kept_by_a_rotation_or_refused(tables: &Tables) {
    let world = world_of(tables);
    let own = Session {
        user: Some(world.user.clone()),
        ..session(1)
    };
    let data = lay_full(&world, 1, &own).await;
    let (entropy, presented) = (Counting::default(), token(1));
    let claim = world.claim(&presented);
    let rotated = rotate(&world.store, &entropy, &world.policy, &claim, GRACE, NOW);
    assert!(matches!(rotated.await.unwrap(), Rotated::TooLarge));
    // The session is as it was, and what makes it smaller is welcome.
    let found = world
        .store
        .inner
        .session(&entropy::id(&[1; 32]).key())
        .await;
    assert!(matches!(found.unwrap(), Found::Session(session) if session.data == data));
    let write = Patch {
        edit: &Edit::Clear,
        tags: None,
        limit: 10,
        anonymous_limit: 10,
    };
    let changed = world.change(&token(1), &write).await;
    assert!(matches!(changed, Patched::Done(_)), "{changed:?}");
    assert!(world.rotate(&token(1), NOW).await.flatten().is_some());
}

/// Entries cost more than their text: so many small ones fill an item as few large ones do.
async fn the_limit_counts_what_the_engine_counts(tables: &Tables) {
    let world = world_of(tables);
    let mut most = Vec::new();
    for (n, filled) in [(1, filled as fn(usize) -> Data), (2, crumbs)] {
        let bytes = (1..).map(|step| 409_600 - 8 * step);
        for bytes in bytes {
            let data = filled(bytes);
            let counted = size(&data);
            let full = Session {
                data,
                ..anonymous()
            };
            if lay(&world, n, full).await == Commit::Done {
                most.push(counted);
                break;
            }
        }
    }
    let [large, small] = most[..] else { panic!() };
    assert!(large.abs_diff(small) <= 100, "{large} and {small}");
}
