//! What goes over the wire: how many requests, with which conditions, and what an answer that is lost does.

use std::collections::BTreeSet;

use dynamodb_session::{
    abandon::abandon,
    data::Edit,
    fault::FaultKind,
    patch::{self, Patch, Patched},
    store::{Change, Commit, Delete, Found, SessionStore, Touch, dynamodb::DynamoStore},
};
use support::gate::Gate;
use tests::{
    engine::Tables,
    on_every_engine,
    wire::{Failure, Request, Wire},
    world::{Attempt, NOW, World},
};

use super::sample::{done, edit, end_all, enter, key, leave, open, put, session, user};

on_every_engine! {
    every_verb_is_one_request
    several_sessions_are_one_request_without_their_data
    no_transaction_is_of_more_sessions_than_it_takes
    sessions_of_any_size_end_and_make_room
    every_read_is_strongly_consistent
    every_write_is_conditional
    a_transaction_whose_answer_was_lost_is_made_once
    a_logout_whose_answer_was_lost_has_ended_the_session
    a_write_for_a_version_whose_answer_was_lost_is_made
    a_begin_whose_answer_was_lost_is_not_sent_again
    a_transaction_in_conflict_is_tried_again
    every_try_of_a_transaction_has_one_token
    a_conflict_without_end_is_a_fault_and_changes_nothing
    a_fault_shows_no_item
}

fn watched(tables: &Tables) -> (Wire, DynamoStore) {
    let wire = Wire::default();
    let store = DynamoStore::new(
        wire.watch(&tables.client),
        tables.config.tables.sessions.clone(),
    );
    (wire, store)
}

fn operations(requests: &[Request]) -> Vec<&str> {
    requests
        .iter()
        .map(|request| request.operation.as_str())
        .collect()
}

async fn every_verb_is_one_request(tables: &Tables) {
    let (wire, store) = watched(tables);
    done(
        &store,
        Change {
            users: vec![(user("ada"), open(1))],
            ..put(1)
        },
    )
    .await;
    assert_eq!(operations(&wire.take()), ["TransactWriteItems"]);
    for n in [1, 2] {
        store.touch(&key(n), NOW, None).await.unwrap();
        store.touch(&key(n), NOW, Some(NOW)).await.unwrap();
        assert_eq!(
            operations(&wire.take()),
            ["UpdateItem", "UpdateItem"],
            "{n}"
        );
        store.session(&key(n)).await.unwrap();
        assert_eq!(operations(&wire.take()), ["GetItem"], "{n}");
    }
    for name in ["ada", "bob"] {
        store.user(&user(name)).await.unwrap();
        assert_eq!(operations(&wire.take()), ["GetItem"], "{name}");
    }
    for refused in [put(1), edit(open(1)), edit(end_all(9, &[]))] {
        assert_ne!(store.commit(&refused).await.unwrap(), Commit::Done);
        assert_eq!(operations(&wire.take()), ["TransactWriteItems"]);
    }
}

async fn several_sessions_are_one_request_without_their_data(tables: &Tables) {
    let (wire, store) = watched(tables);
    done(&store, put(1)).await;
    let _ = wire.take();
    store.sessions(&[key(1), key(2)]).await.unwrap();
    let requests = wire.take();
    assert_eq!(operations(&requests), ["BatchGetItem"]);
    let body: serde_json::Value = serde_json::from_str(&requests[0].body).unwrap();
    let asked = &body["RequestItems"][&tables.config.tables.sessions];
    assert_eq!(asked["ConsistentRead"], true);
    let projection = asked["ProjectionExpression"].as_str().unwrap();
    let mut names: Vec<_> = projection
        .split(", ")
        .map(|name| asked["ExpressionAttributeNames"][name].as_str().unwrap())
        .collect();
    names.push("data");
    names.sort_unstable();
    // All that an item can have: the first session has everything but a rotation.
    let item = tables.item("s#key1").await.unwrap();
    let mut all: Vec<_> = item.keys().map(String::as_str).collect();
    all.extend(["ended", "grace_expires", "remembered", "successor"]);
    all.sort_unstable();
    all.dedup();
    all.sort_unstable();
    assert_eq!(names, all);
}

/// A user with as many sessions, and room for more.
async fn crowd<S: SessionStore>(world: &mut World<S>, count: usize) -> Vec<String> {
    world.renew();
    world.cap = 50;
    let mut tokens = Vec::new();
    for _ in 0..count {
        tokens.push(world.signed(Attempt::default()).await.token);
    }
    tokens
}

/// How many sessions each transaction puts, changes or deletes.
fn sessions_of_transactions(requests: &[Request]) -> Vec<usize> {
    let transactions = requests
        .iter()
        .filter(|request| request.operation == "TransactWriteItems");
    transactions
        .map(|request| {
            let body: serde_json::Value = serde_json::from_str(&request.body).unwrap();
            let items = body["TransactItems"].as_array().unwrap();
            let of_users = items
                .iter()
                .filter(|item| item.to_string().contains("\"S\":\"u#"));
            assert_eq!(of_users.count(), 1, "{body}");
            items.len() - 1
        })
        .collect()
}

async fn no_transaction_is_of_more_sessions_than_it_takes(tables: &Tables) {
    let (wire, store) = watched(tables);
    let mut world = World::new(store, Gate::default());
    crowd(&mut world, 25).await;
    let _ = wire.take();
    assert_eq!(world.end_all().await.unwrap(), 25);
    assert_eq!(sessions_of_transactions(&wire.take()), [9, 9, 7]);

    let tokens = crowd(&mut world, 25).await;
    let _ = wire.take();
    assert!(world.everywhere(&tokens[3]).await.unwrap());
    assert_eq!(sessions_of_transactions(&wire.take()), [9, 9, 7]);

    // The new session, the presented one, and as many as fit beside them.
    for (presented, expected) in [(false, vec![9, 7, 8]), (true, vec![9, 6, 9])] {
        let tokens = crowd(&mut world, 25).await;
        world.cap = 3;
        let attempt = Attempt {
            presented: presented.then_some(&*tokens[3]),
            ..Attempt::default()
        };
        let _ = wire.take();
        world.signed(attempt).await;
        let requests = wire.take();
        assert_eq!(sessions_of_transactions(&requests), expected);
        let looks = |request: &&Request| request.operation == "BatchGetItem";
        assert_eq!(requests.iter().filter(looks).count(), 1);
        assert_eq!(world.check(&"the cap was lowered").await, 3);
    }
}

/// More than a transaction takes. No engine on one machine counts the items that are deleted, as `DynamoDB` does: the
/// number of them is above.
async fn sessions_of_any_size_end_and_make_room(tables: &Tables) {
    let mut world = World::new(tables.sessions(), Gate::default());
    for cap in [None, Some(2)] {
        let tokens = crowd(&mut world, 13).await;
        for id in world.listed().await {
            let mut item = tables.item(&id).await.unwrap();
            let largest = "x".repeat(409_000);
            let data = [("k".to_owned(), tests::engine::text(&largest))].into();
            item.insert(
                "data".to_owned(),
                aws_sdk_dynamodb::types::AttributeValue::M(data),
            );
            tables.put(item).await;
        }
        match cap {
            None => {
                assert!(world.everywhere(&tokens[0]).await.unwrap());
                assert_eq!(world.check(&"everywhere").await, 0);
            }
            Some(cap) => {
                world.cap = cap;
                world.signed(Attempt::default()).await;
                assert_eq!(world.check(&"the cap was lowered").await, cap);
            }
        }
    }
}

/// All that happens to sessions, with what it sends.
async fn everything(tables: &Tables) -> Vec<Request> {
    let (wire, store) = watched(tables);
    let mut world = World::new(store, Gate::default());
    world.cap = 2;
    let first = world.signed(Attempt::default()).await;
    let second = world
        .signed(Attempt {
            presented: Some(&first.token),
            ..Attempt::default()
        })
        .await;
    for _ in 0..3 {
        world.signed(Attempt::default()).await;
    }
    let last = world.signed(Attempt::default()).await;
    assert!(world.allows(&last.token).await && !world.allows(&second.token).await);
    world.logout(&last.token).await.unwrap();
    world.logout(&last.token).await.unwrap();
    let last = world.signed(Attempt::default()).await;
    assert!(world.everywhere(&last.token).await.unwrap());
    let requests = wire.take();
    assert!(requests.len() > 20);
    requests
}

async fn every_read_is_strongly_consistent(tables: &Tables) {
    let mut reads = 0;
    for request in everything(tables).await {
        match request.operation.as_str() {
            "GetItem" => {
                assert!(
                    request.body.contains("\"ConsistentRead\":true"),
                    "{}",
                    request.body
                );
                reads += 1;
            }
            "BatchGetItem" => assert!(
                request.body.contains("\"ConsistentRead\":true"),
                "{}",
                request.body
            ),
            // Their conditions and the items they return are consistent.
            "UpdateItem" | "TransactWriteItems" => {}
            other => panic!("{other} can't be read consistently, or need not be there"),
        }
    }
    assert!(reads > 5);
}

async fn every_write_is_conditional(tables: &Tables) {
    let mut writes = 0;
    for request in everything(tables).await {
        let body: serde_json::Value = serde_json::from_str(&request.body).unwrap();
        let conditional = |write: &serde_json::Value| {
            let condition = write["ConditionExpression"].as_str().unwrap_or_default();
            assert!(!condition.is_empty(), "{}", request.body);
        };
        match request.operation.as_str() {
            "UpdateItem" => conditional(&body),
            "TransactWriteItems" => {
                for item in body["TransactItems"].as_array().unwrap() {
                    let (kind, write) = item.as_object().unwrap().iter().next().unwrap();
                    // A delete creates nothing and brings nothing back.
                    if kind != "Delete" {
                        conditional(write);
                    }
                }
            }
            _ => continue,
        }
        writes += 1;
    }
    assert!(writes > 10);
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

async fn a_fault_shows_no_item(tables: &Tables) {
    let (wire, store) = watched(tables);
    done(&store, put(1)).await;
    wire.fail_next([Failure::AnswerLost; 12]);
    let error = store.session(&key(1)).await.unwrap_err();
    let shown = format!("{error} {error:?} {}", error.source);
    for secret in ["Mozilla", "cart", "s#key1", session(1).reference.as_str()] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
