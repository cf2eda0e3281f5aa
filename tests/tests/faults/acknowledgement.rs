//! Writes whose acknowledgement is lost, and transactions that meet others.

use serde_json::Value;
use tests::{
    engine::Item,
    functions::{Functions, PASSWORD, token},
    proxy::{Fault, Proxy, Rule},
};

use super::{
    call::{Outcome, Route, call},
    house::House,
    ledger,
};

const WRITE: &str = "TransactWriteItems";

struct Scene {
    house: House,
    proxy: Proxy,
    functions: Functions,
    token: String,
}

impl Scene {
    /// A user with one session, whose writes meet a fault.
    async fn set(times: usize, fault: Fault) -> Self {
        let house = House::open().await;
        house.direct.add_user("ada").await;
        let proxy = Proxy::start(&house.tables.endpoint).await;
        let functions = Functions::over(&proxy.endpoint, &house.direct.config);
        let token = functions.log_in("ada").await;
        proxy.calm();
        proxy.inject(Rule {
            target: Some(WRITE),
            skip: 0,
            times,
            fault,
        });
        Self {
            house,
            proxy,
            functions,
            token,
        }
    }

    /// The transactions that were sent.
    fn writes(&self) -> Vec<Value> {
        let seen = self.proxy.seen().into_iter();
        seen.filter(|request| request.target == WRITE)
            .map(|request| request.body)
            .collect()
    }

    /// All but the counters of logins.
    async fn kept(&self) -> Vec<Item> {
        let mut items = self.house.tables.items().await;
        items.retain(|item| !item["id"].as_s().unwrap().starts_with("t#"));
        items
    }

    /// How many sessions there are.
    async fn sessions(&self) -> usize {
        let items = self.house.tables.items().await;
        let sessions = items.iter();
        sessions
            .filter(|item| item["id"].as_s().unwrap().starts_with("s#"))
            .count()
    }
}

/// The acknowledgement of the first try is lost: the second try is the same transaction to the engine, by its token.
#[tokio::test(flavor = "multi_thread")]
async fn a_login_whose_acknowledgement_is_lost_makes_one_session() {
    let scene = Scene::set(1, Fault::ResetAfter).await;
    let answer = scene.functions.login("ada", PASSWORD, None).await;
    let new = token(&scene.functions.config.transport, &answer).expect("a token");
    assert!(scene.house.direct.allows(&new).await);
    assert_eq!(scene.sessions().await, 2);
    let writes = scene.writes();
    assert_eq!(writes.len(), 2);
    assert!(writes[0]["ClientRequestToken"].is_string());
    assert_eq!(writes[0], writes[1]);
    ledger::balances(&scene.house.tables).await;
}

/// The client learns that the store failed. What was made is listed, so it counts, and ends with the others.
#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_is_never_acknowledged_hands_out_nothing() {
    let scene = Scene::set(usize::MAX, Fault::ResetAfter).await;
    let answer = scene.functions.login("ada", PASSWORD, None).await;
    assert_eq!(answer["statusCode"], 503);
    assert_eq!(token(&scene.functions.config.transport, &answer), None);
    assert_eq!(scene.sessions().await, 2);
    ledger::balances(&scene.house.tables).await;

    let answer = scene
        .house
        .direct
        .logout_everywhere(Some(&scene.token))
        .await;
    assert_eq!(answer["statusCode"], 204);
    assert_eq!(scene.sessions().await, 0);
}

/// Lost once, the next try finds it done; lost each time, the client learns that the store failed, and asks again.
#[tokio::test(flavor = "multi_thread")]
async fn a_logout_is_confirmed_once_it_is_acknowledged() {
    let lost = Scene::set(1, Fault::ResetAfter).await;
    let answer = lost.functions.logout(Some(&lost.token)).await;
    assert_eq!(answer["statusCode"], 204);
    assert_eq!(lost.sessions().await, 0);
    let writes = lost.writes();
    assert_eq!(writes.len(), 2);
    assert_eq!(writes[0], writes[1]);

    let silent = Scene::set(usize::MAX, Fault::ResetAfter).await;
    let answer = silent.functions.logout(Some(&silent.token)).await;
    assert_eq!(answer["statusCode"], 503);
    assert_eq!(answer["cookies"].as_array().map(Vec::len), Some(0));
    // Done all the same, and the client's next try says so.
    silent.proxy.calm();
    let answer = silent.functions.logout(Some(&silent.token)).await;
    assert_eq!(answer["statusCode"], 204);
    assert_eq!(silent.sessions().await, 0);
}

/// A conflict with another transaction: a few tries, each a transaction of its own, and then a failure that changed nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_meets_others_is_tried_again_and_then_given_up() {
    let cases = [
        (Route::Login, 3, Outcome::Done, 4),
        (Route::Logout, 6, Outcome::Done, 7),
        (Route::Everywhere, 1, Outcome::Done, 2),
        (Route::Login, usize::MAX, Outcome::Failed, 7),
        (Route::Logout, usize::MAX, Outcome::Failed, 7),
        (Route::Everywhere, usize::MAX, Outcome::Failed, 7),
    ];
    let meet = async |(route, times, expected, tries)| {
        let scene = Scene::set(times, Fault::cancelled("TransactionConflict")).await;
        let before = scene.kept().await;
        let (outcome, answer) = call(route, &scene.functions, "ada", &scene.token).await;
        assert_eq!(outcome, expected, "{route:?}: {answer}");
        assert_eq!(scene.writes().len(), tries, "{route:?}");
        if expected == Outcome::Failed {
            assert_eq!(scene.kept().await, before, "{route:?}");
        }
    };
    let [one, two, three, four, five, six] = cases.map(meet);
    tokio::join!(one, two, three, four, five, six);
}
