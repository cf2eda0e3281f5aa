//! The contract of a store of password users: one suite, on memory, on the embedded engine and on any engine that
//! `DYNAMODB_ENDPOINT` names; then what only a store in `DynamoDB` can get wrong.

#[path = "user_store/late.rs"]
mod late;

use std::{collections::HashMap, sync::Arc};

use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType,
    ScalarAttributeType,
};
use dynamodb_session::{
    aws::client::connect_local,
    create::Credential,
    entropy::SystemEntropy,
    fault::FaultKind,
    password::{
        Password, PasswordCredential,
        dynamodb::DynamoUserStore,
        hash::{PasswordHash, Verifier},
        memory::MemoryUserStore,
        store::{UserRecord, UserStore},
    },
    time::UnixSeconds,
    user::UserName,
};
use tests::{
    closed::Closed,
    engine::{self, Item, Tables, number, text},
    wire::{Failure, Wire},
};
use tokio::{sync::Barrier, task::JoinSet};

const PHC: &str = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$";

#[tokio::test(flavor = "multi_thread")]
async fn memory_keeps_the_contract() {
    contract(Arc::new(MemoryUserStore::default())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dynamodb_keeps_the_contract() {
    let tables = engine::embedded().await;
    contract(Arc::new(tables.users())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_named_engine_keeps_the_contract() {
    if let Some(tables) = engine::named().await {
        contract(Arc::new(tables.users())).await;
        tables.remove().await;
    }
}

/// What every store of users must do.
async fn contract<S: UserStore + 'static>(store: Arc<S>) {
    nothing_but_add_makes_a_record(&*store).await;
    add_takes_a_name_once(&*store).await;
    every_write_moves_the_version(&*store).await;
    a_removed_user_is_gone(&*store).await;
    names_are_users_of_their_own(&*store).await;
    one_of_many_adds_wins(&store).await;
    no_write_is_lost(&store).await;
    no_write_brings_a_removed_user_back(&store).await;
}

async fn nothing_but_add_makes_a_record(store: &impl UserStore) {
    let user = name("nobody");
    assert_eq!(store.find(&user).await.unwrap(), None);
    assert!(!store.set_password(&user, &hash(1), at(1)).await.unwrap());
    assert!(!store.set_disabled(&user, true, at(1)).await.unwrap());
    assert!(!store.set_disabled(&user, false, at(1)).await.unwrap());
    assert!(!store.remove(&user).await.unwrap());
    assert_eq!(store.find(&user).await.unwrap(), None);
}

async fn add_takes_a_name_once(store: &impl UserStore) {
    let user = name("once");
    assert!(store.add(&user, &hash(1), at(5)).await.unwrap());
    let record = UserRecord {
        hash: hash(1),
        disabled: false,
        version: 0,
        created: at(5),
        changed: at(5),
    };
    assert_eq!(store.find(&user).await.unwrap().as_ref(), Some(&record));
    assert!(!store.add(&user, &hash(2), at(6)).await.unwrap());
    assert_eq!(store.find(&user).await.unwrap().as_ref(), Some(&record));
}

async fn every_write_moves_the_version(store: &impl UserStore) {
    let user = name("writes");
    store.add(&user, &hash(1), at(10)).await.unwrap();
    let mut expected = store.find(&user).await.unwrap().unwrap();

    assert!(store.set_password(&user, &hash(2), at(20)).await.unwrap());
    (expected.hash, expected.version, expected.changed) = (hash(2), 1, at(20));
    assert_eq!(store.find(&user).await.unwrap().as_ref(), Some(&expected));

    // Also a write of what is there already.
    for (disabled, version) in [(true, 2), (true, 3), (false, 4), (false, 5)] {
        assert!(store.set_disabled(&user, disabled, at(30)).await.unwrap());
        (expected.disabled, expected.version, expected.changed) = (disabled, version, at(30));
        assert_eq!(store.find(&user).await.unwrap().as_ref(), Some(&expected));
    }
    assert!(store.set_password(&user, &hash(2), at(40)).await.unwrap());
    (expected.version, expected.changed) = (6, at(40));
    assert_eq!(store.find(&user).await.unwrap().as_ref(), Some(&expected));
}

async fn a_removed_user_is_gone(store: &impl UserStore) {
    let user = name("gone");
    store.add(&user, &hash(1), at(1)).await.unwrap();
    store.set_disabled(&user, true, at(1)).await.unwrap();
    assert!(store.remove(&user).await.unwrap());
    assert_eq!(store.find(&user).await.unwrap(), None);
    assert!(!store.remove(&user).await.unwrap());

    assert!(store.add(&user, &hash(2), at(2)).await.unwrap());
    let record = store.find(&user).await.unwrap().unwrap();
    assert_eq!((record.hash, record.disabled), (hash(2), false));
}

async fn names_are_users_of_their_own(store: &impl UserStore) {
    let names = ["eve", "eve#", "p#eve", "zo\u{e9}", &"\u{e9}".repeat(128)].map(name);
    for (salt, user) in (0..).zip(&names) {
        assert!(store.add(user, &hash(salt), at(1)).await.unwrap(), "{user}");
    }
    for (salt, user) in (0..).zip(&names) {
        let record = store.find(user).await.unwrap().unwrap();
        assert_eq!(record.hash, hash(salt), "{user}");
    }
    assert!(!store.add(&name("EVE"), &hash(9), at(1)).await.unwrap());
}

async fn one_of_many_adds_wins<S: UserStore + 'static>(store: &Arc<S>) {
    let added = at_once(store, 12, |store, nth| async move {
        let added = store.add(&name("crowd"), &hash(nth), at(1)).await;
        added.unwrap().then_some(nth)
    })
    .await;
    let winners: Vec<u8> = added.into_iter().flatten().collect();
    let record = store.find(&name("crowd")).await.unwrap().unwrap();
    assert_eq!(winners.len(), 1);
    assert_eq!(record.hash, hash(winners[0]));
}

async fn no_write_is_lost<S: UserStore + 'static>(store: &Arc<S>) {
    store.add(&name("busy"), &hash(0), at(1)).await.unwrap();
    at_once(store, 12, |store, nth| async move {
        assert!(
            store
                .set_password(&name("busy"), &hash(nth), at(1))
                .await
                .unwrap()
        );
    })
    .await;
    let record = store.find(&name("busy")).await.unwrap().unwrap();
    assert_eq!(record.version, 12);
}

async fn no_write_brings_a_removed_user_back<S: UserStore + 'static>(store: &Arc<S>) {
    for _ in 0..10 {
        store.add(&name("back"), &hash(0), at(1)).await.unwrap();
        at_once(store, 3, |store, nth| async move {
            let user = name("back");
            match nth {
                0 => assert!(store.remove(&user).await.unwrap()),
                1 => _ = store.set_password(&user, &hash(1), at(1)).await.unwrap(),
                _ => _ = store.set_disabled(&user, true, at(1)).await.unwrap(),
            }
        })
        .await;
        assert_eq!(store.find(&name("back")).await.unwrap(), None);
    }
}

/// Runs `count` tasks that start together.
async fn at_once<S, T, F>(store: &Arc<S>, count: u8, task: impl Fn(Arc<S>, u8) -> F) -> Vec<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    let barrier = Arc::new(Barrier::new(count.into()));
    let mut tasks = JoinSet::new();
    for nth in 0..count {
        let (barrier, task) = (Arc::clone(&barrier), task(Arc::clone(store), nth));
        tasks.spawn(async move {
            barrier.wait().await;
            task.await
        });
    }
    tasks.join_all().await
}

#[tokio::test]
async fn an_item_is_what_the_documentation_says() {
    let tables = engine::embedded().await;
    let password = password("correct horse battery staple");
    let hash = PasswordHash::new(&password, &SystemEntropy).unwrap();
    tables
        .users()
        .add(&name("Ada"), &hash, at(7))
        .await
        .unwrap();
    let mut item = item(&tables, "p#ada").await;
    let Some(AttributeValue::S(phc)) = item.remove("hash") else {
        panic!("no hash");
    };
    assert!(
        phc.starts_with("nfc$argon2id$v=19$m=19456,t=2,p=1$"),
        "{phc}"
    );
    let Some(AttributeValue::S(record)) = item.remove("record") else {
        panic!("no record");
    };
    assert_eq!(record.len(), 22);
    let expected = [
        ("id", text("p#ada")),
        ("disabled", AttributeValue::Bool(false)),
        ("version", number(&0)),
        ("created", number(&7)),
        ("changed", number(&7)),
    ];
    let expected = expected.map(|(name, value)| (name.to_owned(), value));
    assert_eq!(item, HashMap::from(expected));
}

#[tokio::test]
async fn a_damaged_item_is_refused_at_the_usual_cost_and_can_be_mended() {
    let tables = engine::embedded().await;
    let (store, verifier) = (tables.users(), Verifier::new(&SystemEntropy).unwrap());
    let phc = |head: &str| text(&format!("{head}$c29tZXNhbHRzb21lc2FsdA${}", "A".repeat(43)));
    #[rustfmt::skip]
    let cases = [
        ("hash",     Some(text(""))),
        ("hash",     Some(text("$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW"))),
        ("hash",     Some(phc("$argon2i$v=19$m=19456,t=2,p=1"))),
        ("hash",     Some(phc("$argon2d$v=19$m=19456,t=2,p=1"))),
        ("hash",     Some(phc("$argon2id$v=19$m=4194304,t=2,p=1"))),
        ("hash",     Some(phc("$argon2id$v=19$m=19456,t=1000000,p=1"))),
        ("hash",     Some(phc("$argon2id$v=19$m=19456,t=2,p=0"))),
        ("hash",     Some(text("$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA"))),
        ("hash",     Some(number(&1))),
        ("hash",     None),
        ("disabled", Some(text("false"))),
        ("disabled", None),
        ("version",  Some(number(&"-1"))),
        ("version",  Some(number(&"1.5"))),
        ("version",  None),
        ("created",  Some(text("7"))),
        ("created",  None),
        ("changed",  Some(number(&"1e40"))),
        ("changed",  None),
    ];
    for (attribute, value) in cases {
        let user = name("ada");
        store.add(&user, &hash(1), at(1)).await.unwrap();
        let mut item = item(&tables, "p#ada").await;
        match value.clone() {
            Some(value) => item.insert(attribute.to_owned(), value),
            None => item.remove(attribute),
        };
        put(&tables, item).await;

        let error = store.find(&user).await.unwrap_err();
        assert_eq!(error.kind, FaultKind::Damaged, "{attribute} {value:?}");
        assert!(error.source.to_string().contains(attribute), "{error:?}");
        let credential = PasswordCredential {
            users: &store,
            user: &user,
            password: &password("any"),
            verifier: &verifier,
        };
        assert_eq!(
            credential.verify().await.unwrap(),
            None,
            "{attribute} {value:?}"
        );

        if attribute == "hash" {
            assert!(store.set_password(&user, &hash(2), at(2)).await.unwrap());
            assert_eq!(store.find(&user).await.unwrap().unwrap().hash, hash(2));
        }
        assert!(store.remove(&user).await.unwrap(), "{attribute} {value:?}");
    }
}

#[tokio::test]
async fn what_the_operator_must_mend_is_told_from_what_passes() {
    let tables = engine::embedded().await;
    let closed = Closed::port();
    let cases = [
        (
            "no such table",
            DynamoUserStore::new(tables.client.clone(), "no_such_table".to_owned()),
            FaultKind::Misconfigured,
        ),
        (
            "another key schema",
            foreign(&tables).await,
            FaultKind::Misconfigured,
        ),
        (
            "no engine",
            DynamoUserStore::new(connect_local(&closed.endpoint), "any_table".to_owned()),
            FaultKind::Unavailable,
        ),
    ];
    let (user, hash) = (name("ada"), hash(1));
    for (case, store, kind) in cases {
        let faults = [
            store.find(&user).await.unwrap_err(),
            store.add(&user, &hash, at(1)).await.unwrap_err(),
            store.set_password(&user, &hash, at(1)).await.unwrap_err(),
            store.set_disabled(&user, true, at(1)).await.unwrap_err(),
            store.remove(&user).await.unwrap_err(),
        ];
        for fault in faults {
            assert_eq!(fault.kind, kind, "{case}: {}", fault.source);
            assert!(!fault.source.to_string().contains("argon2id"), "{fault:?}");
        }
    }
}

#[tokio::test]
async fn requests_on_the_wire_read_consistently_and_write_on_a_condition() {
    let tables = engine::embedded().await;
    let wire = Wire::default();
    let store = watched(&tables, &wire);
    let user = name("ada");
    store.add(&user, &hash(1), at(1)).await.unwrap();
    store.find(&user).await.unwrap();
    store.set_password(&user, &hash(2), at(1)).await.unwrap();
    store.set_disabled(&user, true, at(1)).await.unwrap();
    store.remove(&user).await.unwrap();
    let read = ("GetItem", "\"ConsistentRead\":true");
    let claimed = "#record = :seen_record AND attribute_not_exists(#version) AND attribute_not_exists(#hash)\"";
    let unchanged = "#record = :seen_record AND #version = :seen_version AND #hash = :seen_hash\"";
    #[rustfmt::skip]
    let expected = [
        // add
        read,
        ("PutItem", "\"ConditionExpression\":\"attribute_not_exists(id)\""),
        read,
        ("UpdateItem", claimed),
        // find
        read,
        // set_password, set_disabled, remove
        read,
        ("UpdateItem", unchanged),
        read,
        ("UpdateItem", unchanged),
        read,
        ("DeleteItem", unchanged),
    ];
    let requests = wire.take();
    assert_eq!(requests.len(), expected.len());
    for (request, (operation, part)) in requests.iter().zip(expected) {
        assert_eq!(request.operation, operation);
        assert!(request.body.contains(part), "{part}\n{}", request.body);
    }
}

#[tokio::test]
async fn an_add_whose_answer_was_lost_is_known_as_its_own() {
    use Failure::{AnswerLost, Spared};
    let tables = engine::embedded().await;
    let wire = Wire::default();
    let store = watched(&tables, &wire);
    let user = name("ada");

    for failures in [
        &[AnswerLost][..],
        &[Spared, AnswerLost],
        &[Spared, Spared, AnswerLost],
        &[Spared, Spared, Spared, AnswerLost],
        &[Spared, AnswerLost, AnswerLost, AnswerLost],
    ] {
        store.remove(&user).await.unwrap();
        wire.fail_next(failures.iter().copied());
        assert!(store.add(&user, &hash(1), at(1)).await.unwrap());
    }
    wire.fail_next([AnswerLost]);
    assert!(!store.add(&user, &hash(2), at(1)).await.unwrap());
    assert_eq!(store.find(&user).await.unwrap().unwrap().hash, hash(1));
}

fn watched(tables: &Tables, wire: &Wire) -> DynamoUserStore {
    DynamoUserStore::new(
        wire.watch(&tables.client),
        tables.config.tables.users.clone(),
    )
}

/// The user's item as it lies in the table.
async fn item(tables: &Tables, id: &str) -> Item {
    let request = tables.client.get_item();
    let request = request.table_name(&tables.config.tables.users);
    let output = request.key("id", text(id)).send().await.unwrap();
    output.item.unwrap()
}

async fn put(tables: &Tables, item: Item) {
    let request = tables.client.put_item();
    let request = request.table_name(&tables.config.tables.users);
    request.set_item(Some(item)).send().await.unwrap();
}

/// A table with another key than ours.
async fn foreign(tables: &Tables) -> DynamoUserStore {
    let key = AttributeDefinition::builder()
        .attribute_name("pk")
        .attribute_type(ScalarAttributeType::S);
    let schema = KeySchemaElement::builder()
        .attribute_name("pk")
        .key_type(KeyType::Hash);
    tables
        .client
        .create_table()
        .table_name("foreign")
        .billing_mode(BillingMode::PayPerRequest)
        .attribute_definitions(key.build().unwrap())
        .key_schema(schema.build().unwrap())
        .send()
        .await
        .unwrap();
    DynamoUserStore::new(tables.client.clone(), "foreign".to_owned())
}

fn name(text: &str) -> UserName {
    UserName::parse(text).unwrap()
}

fn password(text: &str) -> Password {
    Password::received(text.to_owned()).unwrap()
}

/// A hash unlike that of every other number.
fn hash(nth: u8) -> PasswordHash {
    let digit = char::from(b'A' + nth);
    PasswordHash::parse(&format!("{PHC}{digit}{}", "A".repeat(42))).unwrap()
}

fn at(seconds: u64) -> UnixSeconds {
    UnixSeconds(seconds)
}
