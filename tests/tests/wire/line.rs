//! Functions behind a proxy that counts, and what a request may be.

use std::sync::Arc;

use serde_json::Value;
use tests::{
    engine::{self, Tables},
    functions::{Functions, PASSWORD, http_authorizer, token},
    proxy::{Proxy, Seen},
};

pub(crate) struct Line {
    pub(crate) tables: Tables,
    pub(crate) proxy: Proxy,
    pub(crate) functions: Functions,
}

impl Line {
    /// Functions with these settings behind a proxy, and two users.
    pub(crate) async fn open(settings: &[(&str, &str)]) -> Self {
        let tables = engine::embedded().await;
        let names = [
            ("SESSION_TABLE", &*tables.config.tables.sessions),
            ("SESSION_USER_TABLE", &tables.config.tables.users),
        ];
        let config = engine::config(&[&names, settings].concat());
        let proxy = Proxy::start(&tables.endpoint).await;
        let functions = Functions::over(&proxy.endpoint, &Arc::new(config));
        functions.add_user("ada").await;
        functions.add_user("eve").await;
        Self {
            tables,
            proxy,
            functions,
        }
    }

    /// The requests that were sent since the last time, all of them lawful.
    pub(crate) fn sent(&self) -> Vec<Seen> {
        let seen = self.proxy.seen();
        self.proxy.calm();
        seen.iter().for_each(lawful);
        seen
    }

    /// What they were: the operation, and the kinds of the items.
    pub(crate) fn operations(&self) -> Vec<String> {
        self.sent().iter().map(tell).collect()
    }

    /// Logs in, each time a second later: so the oldest session is the first.
    pub(crate) async fn log_in(&mut self, user: &str, presented: Option<&str>) -> String {
        self.functions.now = self.functions.now.plus(1);
        let answer = self.functions.login(user, PASSWORD, presented).await;
        token(&self.functions.config.transport, &answer).expect("a token")
    }

    pub(crate) async fn authorize(&self, token: Option<&str>) -> bool {
        let event = http_authorizer(&self.functions.config.transport, token);
        self.functions.authorize(&event).await.unwrap()["isAuthorized"] == true
    }
}

/// A read is strongly consistent, and a write has a condition: but for deletions, which bring nothing about.
fn lawful(seen: &Seen) {
    let conditional = |write: &Value| {
        let condition = write["ConditionExpression"].as_str();
        assert!(condition.is_some_and(|text| !text.is_empty()), "{write}");
    };
    match &*seen.target {
        "GetItem" => assert_eq!(seen.body["ConsistentRead"], true, "{}", seen.body),
        "BatchGetItem" => {
            for table in seen.body["RequestItems"].as_object().unwrap().values() {
                assert_eq!(table["ConsistentRead"], true, "{table}");
            }
        }
        "PutItem" | "UpdateItem" => conditional(&seen.body),
        "DeleteItem" => {}
        "TransactWriteItems" => {
            assert!(seen.body["ClientRequestToken"].is_string());
            for item in seen.body["TransactItems"].as_array().unwrap() {
                let (kind, write) = item.as_object().unwrap().iter().next().unwrap();
                match &**kind {
                    "Put" | "Update" => conditional(write),
                    kind => assert_eq!(kind, "Delete"),
                }
            }
        }
        other => panic!("{other}"),
    }
    assert!(!seen.raw.contains("ReturnConsumedCapacity"), "{}", seen.raw);
}

/// The operation and the kind of its item, or those of a transaction.
pub(crate) fn tell(seen: &Seen) -> String {
    let kind = |write: &Value| {
        let id = write["Key"]["id"]["S"]
            .as_str()
            .or(write["Item"]["id"]["S"].as_str());
        let id = id.unwrap();
        // Of the counters there are two kinds.
        id[..if id.starts_with("t#") { 3 } else { 2 }].to_owned()
    };
    if let Some(tables) = seen.body["RequestItems"].as_object() {
        let keys = tables.values().map(|table| table["Keys"].as_array());
        let keys: usize = keys.map(|keys| keys.unwrap().len()).sum();
        return format!("{} {keys}", seen.target);
    }
    let Some(items) = seen.body["TransactItems"].as_array() else {
        return format!("{} {}", seen.target, kind(&seen.body));
    };
    let items = items.iter().flat_map(|item| item.as_object().unwrap());
    let items: Vec<_> = items
        .map(|(what, write)| format!("{what} {}", kind(write)))
        .collect();
    items.join(", ")
}
