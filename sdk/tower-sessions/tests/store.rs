//! What the store promises.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
};

use aws_sdk_dynamodb::types::AttributeValue;
use axum::http::StatusCode;
use dynamodb_session::{
    authorize::{Decision, Denial, Policy, authorize},
    claim::Claim,
    entropy::EntropyError,
    store::dynamodb::DynamoStore as Authorizer,
    token::TokenFormat,
    transport::Presented,
};
use dynamodb_session_tower_sessions::{DynamoStore, Entropy, UnixSeconds};
use serde_json::json;
use time::{Duration, OffsetDateTime};
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::Error,
};

use super::{
    engine::{Engine, NOW, TABLE, record},
    site::{HOUR, ask, begun, site},
};

/// A well-formed id that a client made up.
const CHOSEN: &str = "AAAAAAAAAAAAAAAAAAAAAA";

#[tokio::test]
async fn what_is_created_and_saved_is_loaded() {
    let engine = Engine::start().await;
    let store = engine.store_now();
    let mut record = record("a", 60);
    record.data.extend([
        (String::new(), json!(null)),
        ("i".to_owned(), json!(u64::MAX)),
        ("f".to_owned(), json!(0.1)),
        ("é\n\"".to_owned(), json!([{"x": "\u{0}"}, true])),
    ]);
    store.create(&mut record).await.unwrap();
    assert_eq!(store.load(&record.id).await.unwrap(), Some(record.clone()));
    record.data.remove("foo");
    record.expiry_date += Duration::MINUTE;
    store.save(&record).await.unwrap();
    assert_eq!(store.load(&record.id).await.unwrap(), Some(record.clone()));
    store.delete(&record.id).await.unwrap();
    assert_eq!(store.load(&record.id).await.unwrap(), None);
    store.delete(&record.id).await.unwrap();
}

#[tokio::test]
async fn each_verb_is_one_request() {
    let engine = Engine::start().await;
    let store = engine.store_now();
    let mut record = record("a", 60);
    store.create(&mut record).await.unwrap();
    store.load(&record.id).await.unwrap();
    store.save(&record).await.unwrap();
    store.delete(&record.id).await.unwrap();
    let asked = engine.wire.take();
    let operations: Vec<_> = asked.iter().map(|it| it.operation.as_str()).collect();
    assert_eq!(operations, ["PutItem", "GetItem", "PutItem", "DeleteItem"]);
    let condition = |at: usize| asked[at].body["ConditionExpression"].as_str().unwrap();
    assert_eq!(condition(0), "attribute_not_exists(id)");
    assert_eq!(asked[1].body["ConsistentRead"], true);
    assert_eq!(condition(2), "expires > :now");
}

/// Draws ids that are one byte, sixteen times: the same one so often, and then the next.
#[derive(Clone, Debug)]
struct Rigged(Arc<AtomicU8>, u8);

impl Entropy for Rigged {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        bytes.fill(self.0.fetch_add(1, Ordering::SeqCst) / self.1);
        Ok(())
    }
}

#[tokio::test]
async fn create_draws_another_id_where_one_is_taken_and_overwrites_nothing() {
    let engine = Engine::start().await;
    let store = engine.store_now().with_entropy(Rigged(Arc::default(), 3));
    let (mut first, mut second) = (record("first", 60), record("second", 60));
    store.create(&mut first).await.unwrap();
    store.create(&mut second).await.unwrap();
    assert_ne!(first.id, second.id);
    for record in [first, second] {
        assert_eq!(store.load(&record.id).await.unwrap(), Some(record));
    }
}

#[tokio::test]
async fn create_gives_up_where_each_id_is_taken() {
    let engine = Engine::start().await;
    let store = engine
        .store_now()
        .with_entropy(Rigged(Arc::default(), u8::MAX));
    let (mut first, mut second) = (record("first", 60), record("second", 60));
    store.create(&mut first).await.unwrap();
    let refused = store.create(&mut second).await.unwrap_err();
    assert!(matches!(refused, Error::Backend(_)), "{refused}");
    assert_eq!(store.load(&first.id).await.unwrap(), Some(first));
}

/// What a client presents is at most the name of a session that is there.
#[tokio::test]
async fn no_id_that_a_client_chose_is_ever_stored() {
    let engine = Engine::start().await;
    let site = site(engine.store(), HOUR, None);
    let chosen: Id = CHOSEN.parse().unwrap();
    let store = engine.store();
    for route in [
        "/insert",
        "/flush_and_insert",
        "/clear",
        "/set_expiry",
        "/cycle_id",
    ] {
        let answer = ask(&site, route, Some(CHOSEN)).await;
        assert_eq!(answer.status, StatusCode::OK, "{route}");
        assert_eq!(store.load(&chosen).await.unwrap(), None, "{route}");
    }
    // An id that was a session's is not used again.
    let id = begun(&site).await;
    let answer = ask(&site, "/flush_and_insert", Some(&id)).await;
    assert_ne!(answer.cookie.unwrap().value, id);
}

/// A try that arrives late, after its session has ended, must not bring it back.
#[tokio::test]
async fn an_id_is_put_once_however_often_a_create_is_tried() {
    let engine = Engine::start().await;
    let store = engine.store_now();
    let mut record = record("a", 60);
    engine.wire.lose(2);
    store.create(&mut record).await.unwrap();
    let asked = engine.wire.take();
    let keys: HashSet<_> = asked
        .iter()
        .map(|it| it.body["Item"]["id"].to_string())
        .collect();
    assert_eq!((asked.len(), keys.len()), (3, 3));
    assert_eq!(store.load(&record.id).await.unwrap(), Some(record));

    engine.wire.take();
    engine.wire.lose(3);
    let lost = store.create(&mut self::record("b", 60)).await.unwrap_err();
    assert!(matches!(lost, Error::Backend(_)), "{lost}");
    assert_eq!(engine.wire.take().len(), 3);

    // Where no other try helps, there is none.
    let missing = DynamoStore::new(engine.client.clone(), "missing".to_owned());
    missing
        .create(&mut self::record("c", 60))
        .await
        .unwrap_err();
    assert_eq!(engine.wire.take().len(), 1);
}

#[tokio::test]
async fn a_save_whose_answer_is_lost_is_made_again() {
    let engine = Engine::start().await;
    let store = engine.store_now();
    let mut record = record("a", 60);
    store.create(&mut record).await.unwrap();
    record.data.insert("bar".to_owned(), 1.into());
    engine.wire.take();
    engine.wire.lose(2);
    store.save(&record).await.unwrap();
    assert_eq!(engine.wire.take().len(), 3);
    assert_eq!(store.load(&record.id).await.unwrap(), Some(record));
}

#[tokio::test]
async fn of_two_concurrent_saves_one_is_there_whole() {
    let engine = Engine::start().await;
    let store = engine.store_now();
    let mut first = record("first", 60);
    store.create(&mut first).await.unwrap();
    let mut second = first.clone();
    second.data = [("bar".to_owned(), "second".into())].into();
    second.expiry_date += Duration::MINUTE;
    let (one, other) = tokio::join!(store.save(&first), store.save(&second));
    one.unwrap();
    other.unwrap();
    let found = store.load(&first.id).await.unwrap().unwrap();
    assert!([first, second].contains(&found), "{:?}", found.data);
}

#[tokio::test]
async fn a_save_after_a_delete_brings_no_session_back() {
    let engine = Engine::start().await;
    let store = engine.store_now();
    let mut record = record("a", 60);
    store.create(&mut record).await.unwrap();
    store.delete(&record.id).await.unwrap();
    let refused = store.save(&record).await.unwrap_err();
    let told = "the session ended while the request was served";
    assert!(
        matches!(&refused, Error::Backend(text) if text.starts_with(told)),
        "{refused}"
    );
    assert!(engine.items().await.is_empty());
    // Where there is no session there is no data: to save that is done.
    record.data.clear();
    store.save(&record).await.unwrap();
    assert!(engine.items().await.is_empty());
}

/// The first second that fails is the one in which the record expires. Nothing sweeps this engine.
#[tokio::test]
async fn an_expired_session_is_not_there_and_stays_so() {
    let engine = Engine::start().await;
    let before = engine.store_now();
    let after = engine
        .store()
        .with_clock(|| UnixSeconds(NOW.unsigned_abs() + 1));
    let mut record = record("a", 1);
    record.expiry_date += Duration::milliseconds(999);
    before.create(&mut record).await.unwrap();
    let found = before.load(&record.id).await.unwrap().unwrap();
    assert_eq!(found.expiry_date.unix_timestamp(), NOW + 1);
    assert_eq!(after.load(&record.id).await.unwrap(), None);

    record.expiry_date += Duration::DAY;
    let refused = after.save(&record).await.unwrap_err();
    assert!(matches!(refused, Error::Backend(_)), "{refused}");
    assert_eq!(after.load(&record.id).await.unwrap(), None);
    assert_eq!(engine.items().await.len(), 1);
}

#[tokio::test]
async fn a_time_before_1970_or_at_the_end_of_all_has_an_item_too() {
    let engine = Engine::start().await;
    let store = engine.store_now();
    let ages = [
        (OffsetDateTime::UNIX_EPOCH - Duration::DAY, false),
        (END, true),
    ];
    for (expiry_date, alive) in ages {
        let mut record = Record {
            expiry_date,
            ..record("a", 0)
        };
        store.create(&mut record).await.unwrap();
        assert_eq!(store.load(&record.id).await.unwrap().is_some(), alive);
    }
}

/// The last moment that `time` knows, and that `Session::expiry_date` makes of a lifetime without end.
const END: OffsetDateTime = time::macros::datetime!(9999-12-31 23:59:59 UTC);

#[tokio::test]
async fn a_damaged_item_is_an_error_and_not_an_empty_session() {
    let engine = Engine::start().await;
    let store = engine.store();
    let site = site(store.clone(), HOUR, None);
    let id = begun(&site).await;
    let parsed = id.parse().unwrap();
    let whole = engine.items().await.remove(0);
    let text = |text: &str| Some(AttributeValue::S(text.to_owned()));
    let number = |text: &str| Some(AttributeValue::N(text.to_owned()));
    #[rustfmt::skip]
    let cases = [
        ("data",    None),
        ("data",    text("")),
        ("data",    text("{\"foo\":")),
        ("data",    text("[]")),
        ("data",    text("null")),
        ("data",    number("1")),
        ("expires", None),
        ("expires", text("4000000000")),
        ("expires", number("4000000000.5")),
        ("expires", number("99999999999999")),
    ];
    for (attribute, value) in cases {
        let mut item = whole.clone();
        item.remove(attribute);
        item.extend(value.clone().map(|value| (attribute.to_owned(), value)));
        engine.put(item.clone()).await;
        let case = format!("{attribute} {value:?}");

        let error = store.load(&parsed).await.unwrap_err();
        let key = whole["id"].as_s().unwrap();
        let told = format!("the item {key} is damaged: {attribute} is not ");
        assert!(
            matches!(&error, Error::Decode(text) if text.starts_with(&told)),
            "{case}: {error}"
        );
        for route in ["/get", "/insert", "/cycle_id"] {
            let answer = ask(&site, route, Some(&id)).await;
            assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "{case}");
            assert!(answer.cookie.is_none(), "{case}");
        }
        assert_eq!(engine.items().await, [item], "{case}");
    }
}

#[tokio::test]
async fn a_session_of_more_than_400_kb_is_told_with_its_size() {
    let engine = Engine::start().await;
    let store = engine.store_now();
    let mut record = record("", 60);
    store.create(&mut record).await.unwrap();
    engine.wire.take();
    // The rest of the item: names, key, number, and the data's braces, quotes and names.
    let others = "idexpiresdata".len() + 45 + 12 + r#"{"foo":""}"#.len();
    for (size, taken) in [(409_600, true), (409_601, false)] {
        record.data = [("foo".to_owned(), "x".repeat(size - others).into())].into();
        match store.save(&record).await {
            Ok(()) => assert!(taken, "{size}"),
            Err(Error::Encode(told)) => {
                assert!(!taken, "{size}: {told}");
                let expected = "the session is an item of 409601 bytes, and DynamoDB takes 409600";
                assert!(told.starts_with(expected), "{told}");
            }
            Err(error) => panic!("{error}"),
        }
    }
    // What is too large is not sent, and what was there stays.
    assert_eq!(engine.wire.take().len(), 1);
    let found = store.load(&record.id).await.unwrap().unwrap();
    assert_eq!(found.data["foo"].as_str().unwrap().len(), 409_600 - others);
    let new = store.create(&mut record).await.unwrap_err();
    assert!(matches!(new, Error::Encode(_)), "{new}");
}

/// The store can't be asked: nobody is logged out.
#[tokio::test]
async fn a_fault_of_the_table_is_an_error_and_clears_no_cookie() {
    let engine = Engine::start().await;
    let missing = DynamoStore::new(engine.client.clone(), "missing".to_owned());
    for (store, lost, told) in [
        (
            missing,
            0,
            "the session store refuses the request: table missing: ResourceNotFoundException",
        ),
        (
            engine.store(),
            u32::MAX,
            "the session store is unavailable: table app_session: InternalServerError",
        ),
    ] {
        engine.wire.lose(lost);
        let error = store.load(&CHOSEN.parse().unwrap()).await.unwrap_err();
        assert!(
            matches!(&error, Error::Backend(text) if text.starts_with(told)),
            "{error}"
        );
        let site = site(store, HOUR, None);
        for route in ["/get", "/insert", "/flush", "/cycle_id", "/clear"] {
            let answer = ask(&site, route, Some(CHOSEN)).await;
            assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "{route}");
            assert!(answer.cookie.is_none(), "{route}");
        }
    }
}

/// Both keep their items in one table: an id of the one is nothing to the other.
#[tokio::test]
async fn the_authorizer_takes_no_item_of_this_store_for_a_session() {
    let engine = Engine::start().await;
    let id = begun(&site(engine.store(), HOUR, None)).await;
    let policy = Policy {
        format: TokenFormat {
            id_bytes: 16,
            ..TokenFormat::default()
        },
        ..Policy::default()
    };
    let store = Authorizer::new(engine.client.clone(), TABLE.to_owned());
    let claim = Claim::verify(Presented::Token(&id), &policy.format);
    let now = UnixSeconds::from_system_clock();
    match authorize(&store, &policy, &claim, now).await.unwrap() {
        Decision::Deny { denial, .. } => assert_eq!(denial, Denial::Unknown),
        Decision::Allow(_) => panic!("allowed"),
    }
    for item in engine.items().await {
        let key = item["id"].as_s().unwrap();
        assert!(key.starts_with("w#") && key.len() == 45, "{key}");
    }
}
