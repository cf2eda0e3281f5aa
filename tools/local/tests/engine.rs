//! The embedded engine and its tables, as a client of `DynamoDB` meets them.

mod pages;
mod wire;

use std::{collections::HashMap, time::Duration};

use aws_sdk_dynamodb::{
    Client,
    types::{
        AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType,
        ScalarAttributeType, TimeToLiveStatus,
    },
};
use dynamodb_session::{aws::client::connect_local, config::Config, time::UnixSeconds};
use lambda::api::Api;
use local::{
    engine::Engine,
    stack::{Options, Stack, Storage},
    start_error::StartError,
    tables,
};
use oidc::ClientSecrets;

async fn engine() -> (Engine, Client) {
    let engine = Engine::start(None, "127.0.0.1:0".parse().unwrap(), &[])
        .await
        .unwrap();
    let client = connect_local(&engine.endpoint);
    (engine, client)
}

fn config() -> Config {
    Config::parse(|_| None, UnixSeconds(0)).unwrap()
}

async fn count(client: &Client, table: &str) -> i32 {
    client.scan().table_name(table).send().await.unwrap().count
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_expired_is_swept_and_nothing_else() {
    let (engine, client) = engine().await;
    tables::ensure(&client, &engine.endpoint, &config())
        .await
        .unwrap();
    let now = UnixSeconds::from_system_clock().0;
    for (table, id, expires) in [
        ("app_session", "over", Some(now - 1)),
        ("app_session", "alive", Some(now + 1000)),
        ("app_session", "endless", None),
        ("app_user", "user", Some(now - 1)),
    ] {
        let mut item = HashMap::from([("id".to_owned(), AttributeValue::S(id.to_owned()))]);
        item.extend(
            expires.map(|expires| ("expires".to_owned(), AttributeValue::N(expires.to_string()))),
        );
        client
            .put_item()
            .table_name(table)
            .set_item(Some(item))
            .send()
            .await
            .unwrap();
    }
    for _ in 0..3000 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        if count(&client, "app_session").await == 2 {
            assert_eq!(count(&client, "app_user").await, 1, "users have no TTL");
            return engine.stop().await;
        }
    }
    panic!("the expired item is not swept");
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_are_made_once() {
    let (engine, client) = engine().await;
    for _ in 0..2 {
        tables::ensure(&client, &engine.endpoint, &config())
            .await
            .unwrap();
    }
    let names = client
        .list_tables()
        .send()
        .await
        .unwrap()
        .table_names
        .unwrap();
    assert_eq!(names, ["app_session", "app_user"]);
    for (table, expected) in [
        ("app_session", TimeToLiveStatus::Enabled),
        ("app_user", TimeToLiveStatus::Disabled),
    ] {
        let described = client
            .describe_time_to_live()
            .table_name(table)
            .send()
            .await
            .unwrap();
        let ttl = described.time_to_live_description.unwrap();
        assert_eq!(ttl.time_to_live_status, Some(expected), "{table}");
        let name = (table == "app_session").then_some("expires");
        assert_eq!(ttl.attribute_name.as_deref(), name, "{table}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_with_another_key_is_told() {
    let (engine, client) = engine().await;
    let attribute = AttributeDefinition::builder()
        .attribute_name("sid")
        .attribute_type(ScalarAttributeType::S);
    let key = KeySchemaElement::builder()
        .attribute_name("sid")
        .key_type(KeyType::Hash);
    client
        .create_table()
        .table_name("app_session")
        .attribute_definitions(attribute.build().unwrap())
        .key_schema(key.build().unwrap())
        .billing_mode(BillingMode::PayPerRequest)
        .send()
        .await
        .unwrap();
    let options = Options {
        client_secret: ClientSecrets::default(),
        trial: None,
        allow_headers: Vec::new(),
        backends: Vec::new(),
        port: 0,
        storage: Storage::External {
            url: engine.endpoint.clone(),
            client,
        },
        secret: None,
        api: Api::default(),
        clock: UnixSeconds::from_system_clock,
    };
    let Err(StartError(message)) = Stack::start(options, config()).await else {
        panic!("it starts");
    };
    for part in [
        "app_session",
        &engine.endpoint,
        "another key",
        "SESSION_TABLE",
    ] {
        assert!(message.contains(part), "{message}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_stack_leaves_its_ports() {
    let start = async |port| {
        let options = Options {
            client_secret: ClientSecrets::default(),
            trial: None,
            allow_headers: Vec::new(),
            backends: Vec::new(),
            port,
            storage: Storage::memory(),
            secret: None,
            api: Api::default(),
            clock: UnixSeconds::from_system_clock,
        };
        Stack::start(options, config()).await
    };
    let first = start(0).await.unwrap();
    let port = first.address.port();
    let Err(StartError(message)) = start(port).await else {
        panic!("two on one port");
    };
    assert!(message.contains("is in use"), "{message}");
    first.stop().await;
    start(port).await.unwrap().stop().await;
}
