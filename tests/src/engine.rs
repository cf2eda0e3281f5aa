//! An engine with fresh tables in it, made as `cargo run` makes them.

use std::{collections::HashMap, env, net::Ipv4Addr};

use aws_sdk_dynamodb::{Client, types::AttributeValue};
use dynamodb_session::{
    aws::{
        chain::{Connection, connect},
        client::connect_local,
    },
    config::Config,
    entropy::{Entropy, SystemEntropy},
    password::dynamodb::DynamoUserStore,
    store::dynamodb::DynamoStore,
    time::UnixSeconds,
};
use local::{engine::Engine, tables};

use support::clock::Clock;

/// An item as it lies in a table.
pub type Item = HashMap<String, AttributeValue>;

/// A session table and a user table of one test.
#[derive(Debug)]
pub struct Tables {
    /// A client of the engine.
    pub client: Client,
    /// The engine's URL.
    pub endpoint: String,
    /// The defaults, but for the names of the two tables.
    pub config: Config,
    /// Stops when dropped.
    _engine: Option<Engine>,
}

/// Fresh tables in an engine of the test's own, in memory, behind its real wire protocol.
///
/// It sweeps expired items by the system's clock, so a test's own times are far ahead: [`crate::world::NOW`].
pub async fn embedded() -> Tables {
    let engine = Engine::start(None, (Ipv4Addr::LOCALHOST, 0).into(), &[])
        .await
        .expect("an embedded engine");
    let endpoint = engine.endpoint.clone();
    let client = patient(&connect_local(&endpoint));
    Tables::create(client, endpoint, Some(engine)).await
}

/// Fresh tables in the engine that `DYNAMODB_ENDPOINT` names, if it does: an `http://` URL needs no credentials, an
/// `https://` one takes them from the environment. [`Tables::remove`] them afterwards.
pub async fn named() -> Option<Tables> {
    let Some(endpoint) = env::var_os("DYNAMODB_ENDPOINT") else {
        println!("skipped: DYNAMODB_ENDPOINT names no engine");
        return None;
    };
    let endpoint = endpoint.into_string().expect("a URL in DYNAMODB_ENDPOINT");
    let client = if endpoint.starts_with("http://") {
        connect_local(&endpoint)
    } else {
        let connection = Connection {
            endpoint: Some(endpoint.clone()),
            region: None,
            profile: None,
            ca_bundle: env::var_os("AWS_CA_BUNDLE").map(Into::into),
        };
        connect(connection)
            .await
            .expect("a client of DYNAMODB_ENDPOINT")
    };
    Some(Tables::create(patient(&client), endpoint, None).await)
}

/// The client without limits: it waits for an engine on a busy machine.
#[must_use]
pub fn patient(client: &Client) -> Client {
    let settings = client.config().to_builder();
    Client::from_conf(settings.sleep_impl(Clock::default()).build())
}

/// The configuration that these variables make.
#[must_use]
pub fn config(variables: &[(&str, &str)]) -> Config {
    let lookup = |name: &str| {
        let found = variables.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    };
    Config::parse(lookup, UnixSeconds::from_system_clock()).expect("a valid configuration")
}

impl Tables {
    async fn create(client: Client, endpoint: String, engine: Option<Engine>) -> Self {
        let mut random = [0; 8];
        SystemEntropy.fill(&mut random).expect("random bytes");
        let run = u64::from_be_bytes(random);
        let config = config(&[
            ("SESSION_TABLE", &format!("test_{run:016x}_session")),
            ("SESSION_USER_TABLE", &format!("test_{run:016x}_user")),
        ]);
        tables::ensure(&client, &endpoint, &config)
            .await
            .expect("two tables");
        Self {
            client,
            endpoint,
            config,
            _engine: engine,
        }
    }

    /// The store of sessions.
    #[must_use]
    pub fn sessions(&self) -> DynamoStore {
        DynamoStore::new(self.client.clone(), self.config.tables.sessions.clone())
    }

    /// The store of password users.
    #[must_use]
    pub fn users(&self) -> DynamoUserStore {
        DynamoUserStore::new(self.client.clone(), self.config.tables.users.clone())
    }

    /// What lies under `id` in the session table.
    pub async fn item(&self, id: &str) -> Option<Item> {
        let request = self
            .client
            .get_item()
            .table_name(&self.config.tables.sessions);
        let request = request.key("id", text(id)).consistent_read(true);
        request.send().await.expect("an answer").item
    }

    /// Puts an item into the session table, whatever is there.
    pub async fn put(&self, item: Item) {
        let request = self
            .client
            .put_item()
            .table_name(&self.config.tables.sessions);
        let request = request.set_item(Some(item));
        request.send().await.expect("a put");
    }

    /// Everything in the session table (of less than a megabyte).
    pub async fn items(&self) -> Vec<Item> {
        let request = self.client.scan().table_name(&self.config.tables.sessions);
        let output = request.consistent_read(true).send().await;
        output.expect("an answer").items.unwrap_or_default()
    }

    /// Deletes both tables.
    pub async fn remove(self) {
        for table in [&self.config.tables.sessions, &self.config.tables.users] {
            let request = self.client.delete_table().table_name(table);
            request.send().await.expect("a deleted table");
        }
    }
}

/// A string attribute.
#[must_use]
pub fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

/// A number attribute.
#[must_use]
pub fn number(value: &impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}
