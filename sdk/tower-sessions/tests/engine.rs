//! An engine of the test's own, in memory and behind its real wire protocol, with a table in it.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    config::timeout::TimeoutConfig,
    types::{
        AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType,
        ScalarAttributeType,
    },
};
use dynamodb_session_tower_sessions::{
    DynamoStore, UnixSeconds,
    client::{Client, connect_local},
};
use dynoxide::Database;
use time::OffsetDateTime;
use tokio::{net::TcpListener, task::JoinHandle};
use tower_sessions::session::{Id, Record};

use super::wire::Wire;

/// An item as it lies in the table.
pub(crate) type Item = HashMap<String, AttributeValue>;

/// The table.
pub(crate) const TABLE: &str = "app_session";

/// The time of tests that set it: far ahead of the system's, for which nothing of them has expired.
pub(crate) const NOW: i64 = 4_000_000_000;

/// Stops when dropped.
pub(crate) struct Engine {
    pub(crate) client: Client,
    pub(crate) wire: Wire,
    server: JoinHandle<()>,
}

impl Engine {
    /// Nothing sweeps this engine: an item that has expired stays, as it does for days on AWS.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let database = Database::memory().unwrap();
        let server = tokio::spawn(dynoxide::server::serve_on(listener, database));
        let wire = Wire::default();
        // Without limits: it waits for an engine on a busy machine.
        let settings = connect_local(&endpoint).config().to_builder();
        let settings = settings
            .timeout_config(TimeoutConfig::disabled())
            .interceptor(wire.clone());
        let client = Client::from_conf(settings.build());
        create_table(&client).await;
        wire.take();
        Self {
            client,
            wire,
            server,
        }
    }

    /// The store, by the system's clock, as that of `Session` is.
    pub(crate) fn store(&self) -> DynamoStore {
        DynamoStore::new(self.client.clone(), TABLE.to_owned())
    }

    /// The store at [`NOW`].
    pub(crate) fn store_now(&self) -> DynamoStore {
        self.store().with_clock(|| UnixSeconds(NOW.unsigned_abs()))
    }

    /// All items.
    pub(crate) async fn items(&self) -> Vec<Item> {
        let scan = self.client.scan().table_name(TABLE).consistent_read(true);
        scan.send().await.unwrap().items.unwrap_or_default()
    }

    /// Puts an item, whatever is there.
    pub(crate) async fn put(&self, item: Item) {
        let put = self.client.put_item().table_name(TABLE);
        put.set_item(Some(item)).send().await.unwrap();
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn create_table(client: &Client) {
    let id = AttributeDefinition::builder()
        .attribute_name("id")
        .attribute_type(ScalarAttributeType::S);
    let key = KeySchemaElement::builder()
        .attribute_name("id")
        .key_type(KeyType::Hash);
    let table = client
        .create_table()
        .table_name(TABLE)
        .billing_mode(BillingMode::PayPerRequest)
        .attribute_definitions(id.build().unwrap())
        .key_schema(key.build().unwrap());
    table.send().await.unwrap();
}

/// A record that expires so many seconds after [`NOW`], in which `foo` is this text.
pub(crate) fn record(text: &str, lifetime: i64) -> Record {
    Record {
        id: Id(0),
        data: HashMap::from([("foo".to_owned(), text.into())]),
        expiry_date: OffsetDateTime::from_unix_timestamp(NOW + lifetime).unwrap(),
    }
}
