//! The contract of a store of password users: one suite, on memory, on the embedded engine and on any engine that
//! `DYNAMODB_ENDPOINT` names; then what only a store in `DynamoDB` can get wrong.

#[path = "user_store/contract.rs"]
mod contract;
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
        store::UserStore,
    },
    time::UnixSeconds,
    user::UserName,
};
use tests::{
    closed::Closed,
    engine::{self, Item, Tables, number, text},
    wire::{Failure, Wire},
};

use contract::contract;

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
            password: &password("any"),
            verifier: &verifier,
        };
        assert_eq!(
            credential.verify(&user).await.unwrap(),
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
