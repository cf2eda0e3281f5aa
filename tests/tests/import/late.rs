//! Answers that are lost, and attempts that arrive when nobody waits for them any more.

use dynamodb_session::{
    aws::client::connect_local,
    import::{Left, Terms},
    store::dynamodb::DynamoStore,
};
use tests::{
    engine::{Tables, patient},
    on_every_engine,
    proxy::{Fault, Proxy, Rule},
};

use super::{Old, import};

on_every_engine! {
    an_answer_that_is_lost_costs_no_login
    an_attempt_that_arrives_late_revives_nothing
}

const MARK: &str = "UpdateItem";
const PUT: &str = "TransactWriteItems";

/// Imports behind a proxy where the first request of this kind meets `fault`.
async fn behind(
    tables: &Tables,
    old: &Old,
    target: &'static str,
    fault: Fault,
) -> (Proxy, Vec<Option<Left>>) {
    let proxy = Proxy::start(&tables.endpoint).await;
    let client = patient(&connect_local(&proxy.endpoint));
    proxy.inject(Rule {
        target: Some(target),
        skip: 0,
        times: 1,
        fault,
    });
    let store = DynamoStore::new(client.clone(), tables.config.tables.sessions.clone());
    let outcomes = import(&old.over(&client), &store, Terms::default()).await;
    (proxy, outcomes)
}

async fn an_answer_that_is_lost_costs_no_login(tables: &Tables) {
    if !tables.endpoint.starts_with("http://") {
        return;
    }
    for target in [MARK, PUT] {
        let old = Old::beside(tables).await;
        let (_, outcomes) = behind(tables, &old, target, Fault::ResetAfter).await;
        assert_eq!(outcomes, [None, None], "{target}");
        assert_eq!(tables.items().await.len(), 2, "{target}");
        empty(tables).await;
        old.remove().await;
    }
}

async fn an_attempt_that_arrives_late_revives_nothing(tables: &Tables) {
    if !tables.endpoint.starts_with("http://") {
        return;
    }
    for target in [MARK, PUT] {
        let old = Old::beside(tables).await;
        let (proxy, outcomes) = behind(tables, &old, target, Fault::Hold).await;
        assert_eq!(outcomes, [None, None], "{target}");
        empty(tables).await;
        assert_eq!(proxy.release().await.len(), 1);
        assert!(tables.items().await.is_empty(), "{target}");
        let again = old.import(&tables.sessions(), Terms::default()).await;
        assert_eq!(again, [Some(Left::Before), Some(Left::Before)], "{target}");
        old.remove().await;
    }
}

/// Ends every session.
async fn empty(tables: &Tables) {
    for item in tables.items().await {
        let request = tables.client.delete_item();
        let request = request.table_name(&tables.config.tables.sessions);
        let request = request.key("id", item["id"].clone());
        request.send().await.unwrap();
    }
}
