//! Tries: what the client does where an answer is lost, or a transaction is in conflict with another.

use std::collections::BTreeSet;

use dynamodb_session::{
    abandon::abandon,
    data::Edit,
    fault::FaultKind,
    patch::{self, Patch, Patched},
    store::{Change, Commit, Delete, Found, SessionStore, Touch},
};
use support::gate::Gate;
use tests::{
    engine::Tables,
    on_every_engine,
    wire::{Failure, Request},
    world::{Attempt, NOW, World},
};

use super::{
    requests::{operations, watched},
    sample::{done, enter, key, leave, open, put, session, user},
};

on_every_engine! {
    a_transaction_whose_answer_was_lost_is_made_once
    a_logout_whose_answer_was_lost_has_ended_the_session
    a_write_for_a_version_whose_answer_was_lost_is_made
    a_begin_whose_answer_was_lost_is_not_sent_again
    a_transaction_in_conflict_is_tried_again
    every_try_of_a_transaction_has_one_token
    a_conflict_without_end_is_a_fault_and_changes_nothing
}

async fn a_transaction_whose_answer_was_lost_is_made_once(tables: &Tables) {
    let (wire, store) = watched(tables);
    wire.fail_next([Failure::AnswerLost]);
    done(
        &store,
        Change {
            users: vec![(user("ada"), open(1))],
            ..put(1)
        },
    )
    .await;
    assert_eq!(wire.take().len(), 2);
    wire.fail_next([Failure::AnswerLost, Failure::AnswerLost]);
    done(
        &store,
        Change {
            users: vec![(user("ada"), enter(2))],
            ..put(2)
        },
    )
    .await;
    let requests = wire.take();
    assert_eq!(requests.len(), 3);
    assert!(
        requests
            .iter()
            .all(|request| request.body == requests[0].body)
    );
    for n in [1, 2] {
        let found = store.session(&key(n)).await.unwrap();
        assert_eq!(found, Found::Session(session(n)));
    }
    assert_eq!(
        store
            .user(&user("ada"))
            .await
            .unwrap()
            .unwrap()
            .sessions
            .len(),
        2
    );

    // A refusal stays a refusal.
    wire.fail_next([Failure::AnswerLost]);
    assert_eq!(store.commit(&put(1)).await.unwrap(), Commit::Collision);
}

async fn a_logout_whose_answer_was_lost_has_ended_the_session(tables: &Tables) {
    let (wire, store) = watched(tables);
    let signed = |n| Change {
        users: vec![(user("ada"), if n == 1 { open(1) } else { enter(n) })],
        ..put(n)
    };
    done(&store, signed(1)).await;
    done(&store, signed(2)).await;
    let keys = [key(1), key(2)];
    // Read and write each lose an answer: both are asked again.
    wire.fail_next([Failure::AnswerLost]);
    abandon(&store, &keys[0]).await.unwrap();
    assert_eq!(store.session(&key(1)).await.unwrap(), Found::Nothing);

    // Every answer is lost: the caller is told that it is not known, and may ask again.
    wire.fail_next([Failure::AnswerLost; 3]);
    assert_eq!(
        abandon(&store, &keys[1]).await.unwrap_err().kind,
        FaultKind::Unavailable
    );
    abandon(&store, &keys[1]).await.unwrap();
    assert_eq!(store.session(&key(2)).await.unwrap(), Found::Nothing);
    let touch = store.touch(&key(2), NOW, None).await.unwrap();
    assert_eq!(touch, Touch::Refused(Found::Nothing));
    assert!(
        store
            .user(&user("ada"))
            .await
            .unwrap()
            .unwrap()
            .sessions
            .is_empty()
    );
}

/// The second try meets the first, and is not told that somebody else has changed the data.
async fn a_write_for_a_version_whose_answer_was_lost_is_made(tables: &Tables) {
    let (wire, store) = watched(tables);
    let world = World::new(store, Gate::default());
    let signed = world.signed(Attempt::default()).await;
    let change = Patch {
        edit: &Edit::parse(b"{\"a\":1}").unwrap(),
        tags: Some(&[signed.session.tag()]),
        limit: 100,
        anonymous_limit: 100,
    };
    let claim = world.claim(&signed.token);
    assert!(!wire.take().is_empty());
    // The touch is answered, the write is not.
    wire.fail_next([Failure::Spared, Failure::AnswerLost]);
    let patched = patch::patch(
        &world.store,
        &world.entropy,
        &world.policy,
        &claim,
        &change,
        NOW,
    )
    .await;
    let Patched::Done(live) = patched.unwrap() else {
        panic!("refused");
    };
    assert_eq!((live.session.data.len(), live.session.version), (1, 1));
    assert_eq!(wire.take().len(), 3);
}

/// It could arrive late, when the same session has been given out, used and ended.
async fn a_begin_whose_answer_was_lost_is_not_sent_again(tables: &Tables) {
    let (wire, store) = watched(tables);
    wire.fail_next([Failure::AnswerLost]);
    let error = store.begin(&key(1), &session(1)).await.unwrap_err();
    assert_eq!(error.kind, FaultKind::Unavailable);
    assert_eq!(operations(&wire.take()), ["PutItem"]);
    assert!(store.begin(&key(2), &session(2)).await.unwrap());
    assert_eq!(operations(&wire.take()), ["PutItem"]);
    // Other writes of the same client are sent again.
    wire.fail_next([Failure::AnswerLost]);
    store.touch(&key(2), NOW, None).await.unwrap();
    assert_eq!(operations(&wire.take()), ["UpdateItem", "UpdateItem"]);
}

async fn a_transaction_in_conflict_is_tried_again(tables: &Tables) {
    let (wire, store) = watched(tables);
    wire.fail_next([Failure::Conflict, Failure::Conflict]);
    done(
        &store,
        Change {
            users: vec![(user("ada"), open(1))],
            ..put(1)
        },
    )
    .await;
    assert_eq!(wire.take().len(), 3);
    assert_eq!(
        store.session(&key(1)).await.unwrap(),
        Found::Session(session(1))
    );
    wire.fail_next([Failure::Conflict]);
    assert_eq!(store.commit(&put(1)).await.unwrap(), Commit::Collision);
}

/// So one that arrives late, when what it asks for was made and has ended since, brings nothing back.
async fn every_try_of_a_transaction_has_one_token(tables: &Tables) {
    let (wire, store) = watched(tables);
    wire.fail_next([Failure::Conflict, Failure::Conflict]);
    done(&store, put(1)).await;
    let tokens = |requests: Vec<Request>| -> BTreeSet<String> {
        let token = |request: Request| {
            let body: serde_json::Value = serde_json::from_str(&request.body).unwrap();
            body["ClientRequestToken"].as_str().unwrap().to_owned()
        };
        requests.into_iter().map(token).collect()
    };
    let first = tokens(wire.take());
    assert_eq!(first.len(), 1, "{first:?}");
    // Another change is another transaction, though it asks for the same.
    assert_eq!(store.commit(&put(1)).await.unwrap(), Commit::Collision);
    let second = tokens(wire.take());
    assert!(second.len() == 1 && second != first, "{second:?}");
}

async fn a_conflict_without_end_is_a_fault_and_changes_nothing(tables: &Tables) {
    let (wire, store) = watched(tables);
    done(
        &store,
        Change {
            users: vec![(user("ada"), open(1))],
            ..put(1)
        },
    )
    .await;
    wire.fail_next([Failure::Conflict; 20]);
    let swap = Change {
        delete: vec![Delete::current(key(1))],
        users: vec![(user("ada"), leave(&[1]))],
        ..put(2)
    };
    let error = store.commit(&swap).await.unwrap_err();
    assert_eq!(error.kind, FaultKind::Unavailable);
    let tries = wire.take().len();
    assert!((2..20).contains(&tries), "{tries} tries");
    let (_, store) = watched(tables);
    assert_eq!(
        store.session(&key(1)).await.unwrap(),
        Found::Session(session(1))
    );
    assert_eq!(store.session(&key(2)).await.unwrap(), Found::Nothing);
}
