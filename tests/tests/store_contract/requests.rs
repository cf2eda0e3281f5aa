//! What goes over the wire: how many requests, and with which conditions.

use dynamodb_session::store::{Change, Commit, SessionStore, dynamodb::DynamoStore};
use support::gate::Gate;
use tests::{
    engine::Tables,
    on_every_engine,
    wire::{Failure, Request, Wire},
    world::{Attempt, NOW, World},
};

use super::sample::{done, edit, end_all, key, open, put, session, user};

on_every_engine! {
    every_verb_is_one_request
    several_sessions_are_one_request_without_their_data
    no_transaction_is_of_more_sessions_than_it_takes
    sessions_of_any_size_end_and_make_room
    every_read_is_strongly_consistent
    every_write_is_conditional
    a_fault_shows_no_item
}

pub(crate) fn watched(tables: &Tables) -> (Wire, DynamoStore) {
    let wire = Wire::default();
    let store = DynamoStore::new(
        wire.watch(&tables.client),
        tables.config.tables.sessions.clone(),
    );
    (wire, store)
}

pub(crate) fn operations(requests: &[Request]) -> Vec<&str> {
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
    // All that an item can have: the first session has everything but a rotation and a provider.
    let item = tables.item("s#key1").await.unwrap();
    let mut all: Vec<_> = item.keys().map(String::as_str).collect();
    all.extend(["ended", "grace_expires", "remembered", "successor"]);
    all.extend(["claims", "issuer", "sid", "subject"]);
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
