//! Damaged items, and touches that the store refuses.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::json;
use tests::{
    engine::{Item, number, text},
    functions::{Functions, NOW, PASSWORD},
    proxy::{Fault, Proxy, Rule},
};

use super::{
    call::{Outcome, Route, call},
    house::House,
};

/// An attribute, and what is there in its place; `None`: nothing.
type Damage = (&'static str, Option<AttributeValue>);

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_session_is_denied_and_can_be_ended() {
    let house = House::open().await;
    let with = |name, value| (name, Some(value));
    let without = |name| (name, None);
    #[rustfmt::skip]
    let damages: Vec<Damage> = vec![
        with("expires", text("9999999999")),
        with("expires", number(&((NOW.0 + 43200) * 1000))),
        with("expires", number(&"99999999999999999999999999999999999999")),
        with("expires", number(&(NOW.0 + 43201))),
        with("expires", number(&-1)),
        with("expires", number(&"2000000000.5")),
        with("idle_expires", text("9999999999")),
        with("idle_expires", AttributeValue::Null(true)),
        with("idle_timeout", text("7200")),
        with("idle_timeout", number(&-1)),
        with("absolute_timeout", number(&1)),
        with("created", text("2000000000")),
        with("created", number(&(NOW.0 + 61))),
        with("ref", text("*")),
        with("ref", number(&1)),
        with("user", number(&1)),
        with("user", AttributeValue::L(vec![])),
        with("authenticated", text("yes")),
        with("data", text("{}")),
        with("data", AttributeValue::M([("cart".to_owned(), number(&1))].into())),
        with("version", text("0")),
        without("expires"), without("idle_expires"), without("idle_timeout"), without("absolute_timeout"),
        without("created"), without("ref"), without("data"), without("version"),
    ];
    let mut problems = Vec::new();
    for (nth, (name, value)) in damages.into_iter().enumerate() {
        let user = format!("user{nth}");
        house.direct.add_user(&user).await;
        let (hurt, sound) = (
            house.direct.log_in(&user).await,
            house.direct.log_in(&user).await,
        );
        let case = format!("{name} {value:?}");
        let mut item = item_of(&house, &hurt).await;
        set(&mut item, name, value);
        house.tables.put(item.clone()).await;
        for route in [
            Route::HttpApi,
            Route::RestApi,
            Route::Session,
            Route::Patch,
            Route::Rotate,
            Route::List,
            Route::EndOthers,
        ] {
            let (outcome, answer) = call(route, &house.direct, &user, &hurt).await;
            if outcome != Outcome::Refused {
                problems.push(format!("{case}: {route:?}: {outcome:?}: {answer}"));
            }
        }
        if !house.direct.allows(&sound).await {
            problems.push(format!("{case}: the other session is denied"));
        }
        let (outcome, answer) = call(Route::Logout, &house.direct, &user, &hurt).await;
        let id = item["id"].as_s().unwrap();
        if outcome != Outcome::Done || house.tables.item(id).await.is_some() {
            problems.push(format!("{case}: logout: {outcome:?}: {answer}"));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_user_item_keeps_nobody_in_and_no_one_else_out() {
    let house = House::open().await;
    let entry = AttributeValue::M([("AAAAAAAAAAAAAAAAAAAAAA".to_owned(), text("x"))].into());
    #[rustfmt::skip]
    let damages: Vec<Damage> = vec![
        ("sessions", None), ("sessions", Some(text("x"))), ("sessions", Some(AttributeValue::L(vec![]))), ("sessions", Some(entry)),
        ("epoch", None), ("epoch", Some(text("0"))), ("expires", None), ("expires", Some(text("x"))),
    ];
    house.direct.add_user("neighbour").await;
    let mut problems = Vec::new();
    for (nth, (name, value)) in damages.into_iter().enumerate() {
        let user = format!("user{nth}");
        house.direct.add_user(&user).await;
        let token = house.direct.log_in(&user).await;
        let case = format!("{name} {value:?}");
        let mut item = house.tables.item(&format!("u#{user}")).await.unwrap();
        set(&mut item, name, value);
        house.tables.put(item).await;
        for (route, who, expected) in [
            (Route::HttpApi, user.as_str(), Outcome::Done),
            (Route::Session, &user, Outcome::Done),
            (Route::Patch, &user, Outcome::Done),
            // What can't be counted can't be capped, or ended at once.
            (Route::Login, &user, Outcome::Failed),
            (Route::Everywhere, &user, Outcome::Failed),
            (Route::List, &user, Outcome::Failed),
            (Route::EndOthers, &user, Outcome::Failed),
            (Route::HttpApi, &user, Outcome::Done),
            // Someone else at the same browser.
            (Route::Login, "neighbour", Outcome::Done),
            (Route::HttpApi, &user, Outcome::Refused),
        ] {
            let (outcome, answer) = call(route, &house.direct, who, &token).await;
            if outcome != expected {
                problems.push(format!("{case}: {route:?} {who}: {outcome:?}: {answer}"));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_logout_needs_no_sound_user_item() {
    let house = House::open().await;
    for (user, damage) in [("ada", None), ("bob", Some(text("x")))] {
        house.direct.add_user(user).await;
        let token = house.direct.log_in(user).await;
        let mut item = house.tables.item(&format!("u#{user}")).await.unwrap();
        set(&mut item, "sessions", damage);
        house.tables.put(item).await;
        let (outcome, answer) = call(Route::Logout, &house.direct, user, &token).await;
        assert_eq!(outcome, Outcome::Done, "{user}: {answer}");
        assert!(!house.direct.allows(&token).await, "{user}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_user_record_is_a_wrong_password() {
    let house = House::open().await;
    let (client, table) = (&house.direct.client, &house.direct.config.tables.users);
    #[rustfmt::skip]
    let damages: Vec<Damage> = vec![
        ("hash", None), ("hash", Some(text("x"))), ("hash", Some(number(&1))), ("disabled", Some(text("no"))), ("version", None),
    ];
    let (_, unknown) = call(Route::Login, &house.direct, "unknown", "").await;
    for (nth, (name, value)) in damages.into_iter().enumerate() {
        let user = format!("user{nth}");
        house.direct.add_user(&user).await;
        let key = text(&format!("p#{user}"));
        let output = client.get_item().table_name(table).key("id", key);
        let mut item = output.send().await.unwrap().item.unwrap();
        set(&mut item, name, value);
        let put = client.put_item().table_name(table).set_item(Some(item));
        put.send().await.unwrap();
        let answer = house.direct.login(&user, PASSWORD, None).await;
        assert_eq!(answer, unknown, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_touch_that_the_store_refuses_is_a_denial_whatever_it_shows() {
    let house = House::open().await;
    house.direct.add_user("ada").await;
    let token = house.direct.log_in("ada").await;
    let proxy = Proxy::start(&house.tables.endpoint).await;
    let functions = Functions::over(&proxy.endpoint, &house.direct.config);
    let refusal = json!({
        "__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",
        "message": "The conditional request failed",
    });
    let mut alive = refusal.clone();
    alive["Item"] = wire(&item_of(&house, &token).await);
    let mut odd = refusal.clone();
    odd["Item"] = json!({"id": {"S": "s#x"}});
    for refusal in [refusal, alive, odd] {
        for route in [
            Route::HttpApi,
            Route::RestApi,
            Route::Session,
            Route::Patch,
            Route::Rotate,
            Route::List,
            Route::EndOthers,
            Route::Everywhere,
        ] {
            proxy.calm();
            proxy.inject(Rule {
                target: Some("UpdateItem"),
                skip: 0,
                times: usize::MAX,
                fault: Fault::Answer(400, refusal.to_string()),
            });
            let (outcome, answer) = call(route, &functions, "ada", &token).await;
            assert_eq!(outcome, Outcome::Refused, "{route:?} {refusal}: {answer}");
            assert_eq!(proxy.targets(), ["UpdateItem"], "{route:?} {refusal}");
        }
    }
    assert!(house.direct.allows(&token).await);
}

/// The item of the session that `token` opens.
async fn item_of(house: &House, token: &str) -> Item {
    let answer = house.direct.session(Some(token)).await;
    let shown: serde_json::Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
    let name = text(shown["session"].as_str().unwrap());
    let items = house.tables.items().await.into_iter();
    let mut own = items.filter(|item| item.get("ref") == Some(&name));
    own.next().unwrap()
}

fn set(item: &mut Item, name: &str, value: Option<AttributeValue>) {
    item.remove(name);
    item.extend(value.map(|value| (name.to_owned(), value)));
}

/// An item of texts, numbers and an empty map as it goes over the wire.
fn wire(item: &Item) -> serde_json::Value {
    let attributes = item.iter().map(|(name, value)| {
        let value = match value {
            AttributeValue::S(text) => json!({"S": text}),
            AttributeValue::N(number) => json!({"N": number}),
            _ => json!({"M": {}}),
        };
        (name.clone(), value)
    });
    serde_json::Value::Object(attributes.collect())
}
