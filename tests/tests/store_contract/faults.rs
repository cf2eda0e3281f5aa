//! A fault of the table is an error, and nothing that it says of a session.

use dynamodb_session::{
    aws::client::connect_local,
    data::{Edit, Marks},
    store::{SessionStore, dynamodb::DynamoStore},
};
use tests::{
    engine::{self, Tables},
    proxy::{Fault, Proxy, Rule},
    world::NOW,
};

use super::sample::{done, key, put};

/// A table with session 1, behind a proxy at which all requests of an operation meet the fault.
async fn at_fault(target: &'static str, fault: Fault) -> (Tables, Proxy, DynamoStore) {
    let tables = engine::embedded().await;
    let table = tables.config.tables.sessions.clone();
    let proxy = Proxy::start(&tables.endpoint).await;
    let store = DynamoStore::new(connect_local(&proxy.endpoint), table);
    done(&store, put(1)).await;
    proxy.calm();
    proxy.inject(Rule {
        target: Some(target),
        skip: 0,
        times: usize::MAX,
        fault,
    });
    (tables, proxy, store)
}

#[tokio::test]
async fn an_update_that_fails_is_no_refusal() {
    let fault = Fault::error(400, "ValidationException");
    let (_tables, _proxy, store) = at_fault("UpdateItem", fault).await;
    let edit = Edit::parse(b"{\"a\":1}").unwrap();
    let marks = Marks::default();
    let write = store.write(&key(1), NOW, &edit, 0, &marks).await;
    assert!(write.is_err(), "{write:?}");
    let touch = store.touch(&key(1), NOW, None).await;
    assert!(touch.is_err(), "{touch:?}");
    let ended = store.end_idle(&key(1), NOW).await;
    assert!(ended.is_err(), "{ended:?}");
}

#[tokio::test]
async fn a_transaction_is_tried_again_only_where_that_may_help() {
    for (reason, several) in [("ValidationError", false), ("TransactionConflict", true)] {
        let fault = Fault::cancelled(reason);
        let (_tables, proxy, store) = at_fault("TransactWriteItems", fault).await;
        let committed = store.commit(&put(2)).await;
        assert!(committed.is_err(), "{reason}: {committed:?}");
        assert_eq!(proxy.targets().len() > 1, several, "{reason}");
    }
}
