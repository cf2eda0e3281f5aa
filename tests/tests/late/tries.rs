//! A login that others overtook tries again: with another id, since an attempt of the first try may still be on its way.

use std::sync::Arc;

use dynamodb_session::{
    store::{SessionStore, dynamodb::DynamoStore},
    user::UserName,
};
use serde_json::{Value, json};
use tests::{
    engine::{self, Tables},
    functions::{Functions, PASSWORD, token},
    on_every_engine,
    proxy::{Fault, Proxy, Rule},
};

const COMMIT: &str = "TransactWriteItems";

on_every_engine! {
    a_first_try_that_arrives_before_the_next_is_the_login
    a_first_try_that_arrives_after_the_next_and_a_logout_changes_nothing
}

async fn a_first_try_that_arrives_before_the_next_is_the_login(tables: &Tables) {
    let Some(setup) = Setup::set(tables).await else {
        return;
    };
    let answer = setup.login_overtaken(true).await;
    let token = token(&setup.slow.config.transport, &answer).expect("a token");
    assert!(setup.slow.allows(&token).await);
    assert_eq!(setup.listed().await, 1);
    // The two attempts of the first try are all that there was to commit.
    let targets = setup.proxy.targets().into_iter();
    assert_eq!(targets.filter(|target| target == COMMIT).count(), 2);
}

async fn a_first_try_that_arrives_after_the_next_and_a_logout_changes_nothing(tables: &Tables) {
    let Some(setup) = Setup::set(tables).await else {
        return;
    };
    let answer = setup.login_overtaken(false).await;
    let token = token(&setup.slow.config.transport, &answer).expect("a token");
    assert_eq!(setup.listed().await, 1);
    setup.slow.logout(Some(&token)).await;
    assert_eq!(setup.proxy.release().await, [400]);
    assert_eq!(setup.listed().await, 0);
}

/// Functions behind a proxy, and a user with an item that lists no session.
struct Setup {
    proxy: Proxy,
    slow: Functions,
    user: UserName,
    /// How many items a login reads before it commits.
    reads: usize,
}

impl Setup {
    async fn set(tables: &Tables) -> Option<Self> {
        if !tables.endpoint.starts_with("http://") {
            println!("skipped: {} is not an http:// URL", tables.endpoint);
            return None;
        }
        let config = Arc::new(engine::config(&[
            ("SESSION_TABLE", &tables.config.tables.sessions),
            ("SESSION_USER_TABLE", &tables.config.tables.users),
        ]));
        let proxy = Proxy::start(&tables.endpoint).await;
        let slow = Functions::over(&proxy.endpoint, &config);
        slow.add_user("ada").await;
        proxy.calm();
        let token = slow.log_in("ada").await;
        let targets = proxy.targets().into_iter();
        let before = targets.take_while(|target| target != COMMIT);
        let reads = before.filter(|target| target == "GetItem").count();
        slow.logout(Some(&token)).await;
        Some(Self {
            proxy,
            slow,
            user: UserName::parse("ada").unwrap(),
            reads,
        })
    }

    /// Logs in: the first attempt to commit is held up, and the second one is refused, as if another login had come
    /// between. The first `arrives` before the user's item is read again, or at the next [`Proxy::release`].
    async fn login_overtaken(&self, arrives: bool) -> Value {
        self.proxy.calm();
        self.meet(COMMIT, 0, Fault::Hold);
        self.meet(COMMIT, 1, stale());
        let login = self.slow.login("ada", PASSWORD, None);
        if !arrives {
            return login.await;
        }
        self.meet("GetItem", self.reads, Fault::Park);
        let (answer, ()) = tokio::join!(login, async {
            self.proxy.parked().await;
            assert_eq!(self.proxy.release().await, [200]);
            self.proxy.go_on();
        });
        answer
    }

    /// Has the request to `target` after so many others meet a fault.
    fn meet(&self, target: &'static str, skip: usize, fault: Fault) {
        self.proxy.inject(Rule {
            target: Some(target),
            skip,
            times: 1,
            fault,
        });
    }

    /// How many sessions the user's item lists.
    async fn listed(&self) -> usize {
        let store = DynamoStore::new(
            self.slow.client.clone(),
            self.slow.config.tables.sessions.clone(),
        );
        let item = store.user(&self.user).await.unwrap();
        item.map_or(0, |item| item.sessions.len())
    }
}

/// The answer to a transaction whose second item is not as it expects.
fn stale() -> Fault {
    let body = json!({
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "Message": "Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed]",
        "CancellationReasons": [{"Code": "None"}, {"Code": "ConditionalCheckFailed", "Message": "injected"}],
    });
    Fault::Answer(400, body.to_string())
}
