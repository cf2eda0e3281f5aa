//! Many guesses at one account at once: each is counted before it is verified, and none is free.

use std::{collections::BTreeMap, sync::Arc};

use tests::{
    engine::{self, number, text},
    functions::{Functions, PASSWORD},
};
use tokio::{sync::Barrier, task::JoinSet};

use dynamodb_session::{throttle::CounterKey, user::UserName};

/// What fifty logins that begin together come to: how many of each status.
async fn fifty(
    functions: &Arc<Functions>,
    user: &'static str,
    password: &'static str,
) -> BTreeMap<u64, usize> {
    let barrier = Arc::new(Barrier::new(50));
    let mut tasks = JoinSet::new();
    for _ in 0..50 {
        let (functions, barrier) = (Arc::clone(functions), Arc::clone(&barrier));
        tasks.spawn(async move {
            barrier.wait().await;
            functions.login(user, password, None).await["statusCode"].as_u64()
        });
    }
    let mut statuses = BTreeMap::new();
    for status in tasks.join_all().await {
        *statuses.entry(status.unwrap()).or_default() += 1;
    }
    statuses
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_wrong_passwords_five_are_looked_at() {
    let tables = engine::embedded().await;
    let config = engine::config(&[
        ("SESSION_TABLE", &tables.config.tables.sessions),
        ("SESSION_USER_TABLE", &tables.config.tables.users),
        ("SESSION_LOGIN_ADDRESS_PER_MINUTE", "0"),
    ]);
    let functions = Functions::over(&tables.endpoint, &Arc::new(config));
    functions.add_user("ada").await;
    let functions = Arc::new(functions);
    for user in ["ada", "nobody"] {
        let statuses = fifty(&functions, user, "wrong").await;
        assert_eq!(statuses, [(401, 5), (429, 45)].into(), "{user}");
        let key = CounterKey::account(&UserName::parse(user).unwrap());
        let item = tables.item(key.as_str()).await.unwrap();
        assert_eq!(item["id"], text(key.as_str()));
        assert_eq!(item["tries"], number(&5), "{user}");
    }
    // Nor is any of those that follow, though the password is right.
    assert_eq!(fifty(&functions, "ada", PASSWORD).await, [(429, 50)].into());
}
