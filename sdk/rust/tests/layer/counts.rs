//! What goes over the wire to the embedded engine, request by request.

use std::{collections::BTreeSet, pin::Pin, sync::Arc};

use dynamodb_session_backend::{
    dynamodb_session::{
        create::{Credential, Vouched},
        fault::StoreError,
        store::dynamodb::DynamoStore,
        user::UserName,
    },
    error::Error,
    session::Session,
    testing::{Seeded, Sessions},
};
use http::StatusCode;
use serde_json::{Value, json};
use tests::{
    engine::{self, Tables},
    wire::Wire,
};

use super::{
    behind::guarded,
    serve::{post, request, serve},
};

struct Line {
    wire: Wire,
    sessions: Sessions<DynamoStore>,
    ada: Seeded,
    /// Stops when dropped.
    _tables: Tables,
}

async fn line() -> Line {
    let (wire, tables) = (Wire::default(), engine::embedded().await);
    let client = wire.watch(&tables.client);
    let store = DynamoStore::new(client, tables.config.tables.sessions.clone());
    let sessions = Sessions::over(Arc::new(store), &[]);
    sessions.clock.set(tests::world::NOW);
    let ada = sessions.seed("ada", &json!({"n": 1})).await;
    drop(wire.take());
    Line {
        wire,
        sessions,
        ada,
        _tables: tables,
    }
}

impl Line {
    fn sent(&self) -> Vec<String> {
        let sent = self.wire.take().into_iter();
        sent.map(|request| request.operation).collect()
    }

    /// What a handler costs: in the layer by itself, and behind the authorizer.
    async fn costs<F, T>(&self, handler: F) -> [Vec<String>; 2]
    where
        F: Fn(Session) -> T + Clone + Send + 'static,
        T: Future<Output = Result<(), Error>> + Send + 'static,
    {
        let alone = serve(&self.sessions.by_itself(), post(&self.ada), handler.clone());
        assert_eq!(alone.await.status(), StatusCode::OK);
        let alone = self.sent();
        let mut asked = post(&self.ada);
        let context = self.sessions.context(&self.ada).await.unwrap();
        asked.extensions_mut().insert(context);
        drop(self.wire.take());
        let behind = serve(&self.sessions.behind_authorizer(), asked, handler).await;
        assert_eq!(behind.status(), StatusCode::OK);
        [alone, self.sent()]
    }
}

#[tokio::test]
async fn a_handler_costs_what_it_uses() {
    let line = line().await;
    let none: &[&str] = &[];
    let unused = line.costs(|it| async move { it.require_user().map(drop) });
    assert_eq!(unused.await, [&["UpdateItem"][..], none]);
    let read = line.costs(|it| async move {
        it.get::<u64>("n").await?;
        it.get::<u64>("m").await.map(drop)
    });
    assert_eq!(read.await, [["UpdateItem"], ["GetItem"]]);
    let same = line.costs(|it| async move {
        it.set("n", &1)?;
        it.remove("m")
    });
    assert_eq!(same.await, [["UpdateItem"], ["GetItem"]]);
    // The second run finds what the first has left, and changes it as well.
    let changed = line.costs(|it| async move {
        it.set("k", &"x")?;
        it.update("n", |n: Option<u64>| n.unwrap_or_default() + 1)
            .await
            .map(drop)
    });
    let expected = [["UpdateItem", "UpdateItem"], ["GetItem", "UpdateItem"]];
    assert_eq!(changed.await, expected);
}

/// In the layer by itself: the first request is the call's own.
#[tokio::test]
async fn a_login_a_rotation_and_a_logout_cost_a_transaction_and_what_is_read_before() {
    let mut line = line().await;
    let layer = line.sessions.by_itself();
    serve(&layer, post(&line.ada), |it| async move { it.rotate() }).await;
    assert_eq!(
        line.sent(),
        ["UpdateItem", "UpdateItem", "TransactWriteItems"]
    );
    line.ada = line.sessions.seed("ada", &json!({})).await;
    drop(line.wire.take());
    let log_in = |it: Session| async move {
        it.log_in(UserName::parse("ada").unwrap(), Vouched::just_now())
            .await
    };
    serve(&layer, post(&line.ada), log_in).await;
    let expected = ["UpdateItem", "GetItem", "GetItem", "TransactWriteItems"];
    assert_eq!(line.sent(), expected);
    line.ada = line.sessions.seed("ada", &json!({})).await;
    drop(line.wire.take());
    serve(
        &layer,
        post(&line.ada),
        |it| async move { it.log_out().await },
    )
    .await;
    assert_eq!(line.sent(), ["UpdateItem", "GetItem", "TransactWriteItems"]);
}

#[tokio::test]
async fn whoever_has_no_session_costs_nothing() {
    let line = line().await;
    let layer = line.sessions.by_itself();
    serve(&layer, request("GET", None), |it| async move {
        it.get::<u64>("n").await.map(drop)
    })
    .await;
    let mut asked = request("GET", None);
    asked
        .headers_mut()
        .insert("cookie", "__Host-id=malformed".parse().unwrap());
    serve(&layer, asked, |_| async { Ok(()) }).await;
    assert_eq!(line.sent(), [""; 0]);
}

/// What the page permits is what is asked, in each way: no more, and nothing else.
#[tokio::test]
async fn the_page_permits_what_the_layer_asks() {
    let (base, more) = permitted();
    for behind in [false, true] {
        let line = line().await;
        let (seeded, layer) = (&line.ada, line.sessions.by_itself());
        let layer = if behind {
            line.sessions.behind_authorizer()
        } else {
            layer
        };
        let ask = async |seeded: &Seeded, handler: fn(Session) -> Handled| {
            let asked = if behind {
                guarded(&line.sessions, seeded, seeded).await
            } else {
                post(seeded)
            };
            drop(line.wire.take());
            let reply = serve(&layer, asked, handler).await;
            assert_eq!(reply.status(), StatusCode::OK);
            asked_of(&line.wire)
        };
        let mut asked = ask(seeded, |it| Box::pin(change(it))).await;
        asked.extend(ask(seeded, |it| Box::pin(async move { it.log_out().await })).await);
        let other = line.sessions.seed("ada", &json!({})).await;
        asked.extend(ask(&other, |it| Box::pin(everywhere(it))).await);
        assert_eq!(asked, base, "{behind}");
        // At the cap, where a login of somebody else's browser ends another session of the user.
        for _ in 0..10 {
            line.sessions.seed("ada", &json!({})).await;
        }
        let bob = line.sessions.seed("bob", &json!({})).await;
        let mut asked = ask(&bob, |it| Box::pin(async move { it.rotate() })).await;
        let bob = line.sessions.seed("bob", &json!({})).await;
        asked.extend(ask(&bob, |it| Box::pin(enter(it))).await);
        let besides: BTreeSet<_> = asked.difference(&base).cloned().collect();
        assert_eq!(besides, more, "{behind}");
    }
}

async fn change(session: Session) -> Result<(), Error> {
    session.update("n", |_: Option<u64>| 2).await.map(drop)
}

async fn everywhere(session: Session) -> Result<(), Error> {
    session.log_out_everywhere().await
}

async fn enter(session: Session) -> Result<(), Error> {
    let ada = UserName::parse("ada").unwrap();
    assert!(!session.log_in_with(ada.clone(), Code(false), false).await?);
    assert!(session.log_in_with(ada, Code(true), false).await?);
    Ok(())
}

type Handled = Pin<Box<dyn Future<Output = Result<(), Error>> + Send>>;

/// A credential that is right or not.
struct Code(bool);

impl Credential for Code {
    type Proof = ();

    async fn verify(&self, _: &UserName) -> Result<Option<()>, StoreError> {
        Ok(self.0.then_some(()))
    }

    async fn still_holds(&self, _: &UserName, (): &()) -> Result<bool, StoreError> {
        Ok(true)
    }
}

/// The actions and the kinds of keys that requests were of: IAM looks at each item of a transaction.
fn asked_of(wire: &Wire) -> BTreeSet<String> {
    let mut asked = BTreeSet::new();
    for request in wire.take() {
        let body: Value = serde_json::from_str(&request.body).unwrap();
        let mut add = |action: &str, part: &Value| {
            let id = part["Key"]["id"]["S"]
                .as_str()
                .or(part["Item"]["id"]["S"].as_str());
            asked.insert(format!("dynamodb:{action}"));
            asked.insert(format!("{}#*", id.unwrap().split('#').next().unwrap()));
        };
        match &*request.operation {
            "TransactWriteItems" => {
                for item in body["TransactItems"].as_array().unwrap() {
                    for (verb, part) in item.as_object().unwrap() {
                        add(&format!("{verb}Item"), part);
                    }
                }
            }
            "BatchGetItem" => {
                for table in body["RequestItems"].as_object().unwrap().values() {
                    for key in table["Keys"].as_array().unwrap() {
                        add("BatchGetItem", &json!({"Key": key}));
                    }
                }
            }
            operation => add(operation, &body),
        }
    }
    asked
}

/// What docs/backends.md permits: for reads, changes and logouts, and what else takes besides. `-` is asked for at start.
fn permitted() -> (BTreeSet<String>, BTreeSet<String>) {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/backends.md");
    let page = std::fs::read_to_string(page).unwrap();
    let (_, rest) = page
        .split_once("The permissions, in the function's template.")
        .unwrap();
    let (statement, rest) = rest.split_once("\n```\n").unwrap();
    let lists = statement
        .lines()
        .filter_map(|line| line.split_once('[')?.1.split_once(']'));
    let base =
        lists.flat_map(|(list, _)| list.split(", ").map(|it| it.trim_matches('"').to_owned()));
    let (more, _) = rest.split_once("; keys in a secret").unwrap();
    let more = more.split('`').skip(1).step_by(2).map(str::to_owned);
    (base.filter(|it| it != "-").collect(), more.collect())
}

/// Behind the authorizer a read is consistent and no use, and the write is conditional on what was read.
#[tokio::test]
async fn a_read_is_consistent_and_a_write_conditional() {
    let line = line().await;
    let mut asked = post(&line.ada);
    let context = line.sessions.context(&line.ada).await.unwrap();
    asked.extensions_mut().insert(context);
    drop(line.wire.take());
    serve(&line.sessions.behind_authorizer(), asked, |it| async move {
        it.set("n", &2)
    })
    .await;
    let [read, write] = line.wire.take().try_into().unwrap();
    assert!(
        read.body.contains("\"ConsistentRead\":true"),
        "{}",
        read.body
    );
    assert!(
        write.body.contains("\"ConditionExpression\""),
        "{}",
        write.body
    );
    assert!(!write.body.contains("accessed ="), "{}", write.body);
}
