//! What goes over the wire to the embedded engine, request by request.

use std::sync::Arc;

use dynamodb_session_backend::{
    dynamodb_session::store::dynamodb::DynamoStore,
    error::Error,
    session::Session,
    testing::{Seeded, Sessions},
};
use http::StatusCode;
use serde_json::json;
use tests::{
    engine::{self, Tables},
    wire::Wire,
};

use super::serve::{post, request, serve};

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
    use dynamodb_session_backend::dynamodb_session::{create::Vouched, user::UserName};
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
