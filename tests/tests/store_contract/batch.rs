//! Several sessions in one read, of which the table answers a part at a time, or nothing.

use dynamodb_session::{
    aws::client::connect_local,
    fault::FaultKind,
    store::{Found, SessionStore, dynamodb::DynamoStore},
};
use serde_json::json;
use tests::{
    engine::{self, Tables},
    proxy::{Fault, Proxy, Rule},
};

use super::sample::{done, key, put};

/// A table with the sessions 1 and 2, behind a proxy. So often an answer asks for both once more; those with an item hold
/// one of no session that was asked for.
async fn answered_in_part(times: usize, with_an_item: bool) -> (Tables, Proxy, DynamoStore) {
    let tables = engine::embedded().await;
    let table = tables.config.tables.sessions.clone();
    let proxy = Proxy::start(&tables.endpoint).await;
    let store = DynamoStore::new(connect_local(&proxy.endpoint), table.clone());
    for n in [1, 2] {
        done(&store, put(n)).await;
    }
    let keys: Vec<_> = [1, 2].map(|n| json!({"id": {"S": key(n).as_str()}})).into();
    let item = json!([{"id": {"S": "s#another"}}]);
    let answer = json!({
        "Responses": {&table: if with_an_item { item } else { json!([]) }},
        "UnprocessedKeys": {&table: {"Keys": keys, "ConsistentRead": true}},
    });
    proxy.inject(Rule {
        target: Some("BatchGetItem"),
        skip: 0,
        times,
        fault: Fault::Answer(200, answer.to_string()),
    });
    (tables, proxy, store)
}

fn looks(proxy: &Proxy) -> usize {
    let targets = proxy.targets();
    targets.iter().filter(|one| *one == "BatchGetItem").count()
}

#[tokio::test]
async fn what_an_answer_leaves_out_is_asked_for_again() {
    // Of the answers that hold something there may be any number, as the keys come to an end.
    for (times, with_an_item) in [(1, false), (9, false), (12, true)] {
        let (_tables, proxy, store) = answered_in_part(times, with_an_item).await;
        let found = store.sessions(&[key(1), key(3), key(2)]).await.unwrap();
        assert!(matches!(found[0], Found::Session(_)), "{times}: {found:?}");
        assert!(matches!(found[1], Found::Nothing), "{times}: {found:?}");
        assert!(matches!(found[2], Found::Session(_)), "{times}: {found:?}");
        assert_eq!(looks(&proxy), times + 1);
    }
}

#[tokio::test]
async fn a_batch_that_is_not_read_to_its_end_is_a_fault_and_no_absence() {
    let (_tables, proxy, store) = answered_in_part(usize::MAX, false).await;
    let error = store.sessions(&[key(1), key(2)]).await.unwrap_err();
    assert_eq!(error.kind, FaultKind::Unavailable);
    assert_eq!(looks(&proxy), 10);
}
