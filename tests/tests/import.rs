//! Moving in: sessions of a predecessor's table are taken over once, whatever comes between.

mod carried;
mod late;
mod races;

use std::{collections::HashMap, fs, path::Path};

use aws_sdk_dynamodb::{
    Client,
    types::{AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType},
};
use dynamodb_session::{
    entropy::SystemEntropy,
    import::{Left, OldTable, Terms, take},
    store::SessionStore,
    time::UnixSeconds,
};
use tests::engine::{Item, Tables, number, text};

/// When everything happens: 2033-05-18T03:33:20Z, the time of [`tests::functions::NOW`].
const NOW: UnixSeconds = tests::functions::NOW;

/// An id of dynamodb-session-web.
const WEB: &str = "kppVJdgqUVmY1EztFYdHrDvRaTU6l2uYM_Qwsg5jcZs";

/// An id of dynamodb-session-flask.
const FLASK: &str = "W840dcij7HW6ZT1GCihB1sFBGAjUcDXWXnSN3zV8yus";

#[test]
fn each_reason_is_a_row_of_the_page() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/moving-in.md");
    let page = fs::read_to_string(page).unwrap();
    let table = page.split_once("| name | why |\n|---|---|\n").unwrap().1;
    let rows = table.lines().take_while(|line| line.starts_with('|'));
    let names: Vec<_> = rows.filter_map(|row| row.split('`').nth(1)).collect();
    assert_eq!(names, Left::ALL.map(Left::as_str));
}

/// A predecessor's table beside ours.
struct Old {
    client: Client,
    name: String,
}

impl Old {
    /// A table with a row of each of the two predecessors.
    async fn beside(tables: &Tables) -> Self {
        let name = format!("{}_old", tables.config.tables.sessions);
        let client = tables.client.clone();
        let id = AttributeDefinition::builder()
            .attribute_name("id")
            .attribute_type(ScalarAttributeType::S);
        let key = KeySchemaElement::builder()
            .attribute_name("id")
            .key_type(KeyType::Hash);
        let request = client
            .create_table()
            .table_name(&name)
            .billing_mode(BillingMode::PayPerRequest)
            .attribute_definitions(id.build().unwrap())
            .key_schema(key.build().unwrap());
        request.send().await.unwrap();
        let old = Self { client, name };
        old.put(web()).await;
        old.put(flask()).await;
        old
    }

    async fn put(&self, row: Item) {
        let request = self.client.put_item().table_name(&self.name);
        request.set_item(Some(row)).send().await.unwrap();
    }

    async fn row(&self, id: &str) -> Item {
        let request = self.client.get_item().table_name(&self.name);
        let request = request.key("id", text(id)).consistent_read(true);
        request.send().await.unwrap().item.unwrap()
    }

    fn table(&self) -> OldTable {
        self.over(&self.client)
    }

    /// The same table, as another client reaches it.
    fn over(&self, client: &Client) -> OldTable {
        OldTable::new(client.clone(), self.name.clone())
    }

    /// What becomes of each row, in the order of the ids: `None`: it is taken.
    async fn import(&self, store: &impl SessionStore, terms: Terms<'_>) -> Vec<Option<Left>> {
        import(&self.table(), store, terms).await
    }

    async fn remove(self) {
        let request = self.client.delete_table().table_name(&self.name);
        request.send().await.unwrap();
    }
}

/// What becomes of each row of `old`.
async fn import(old: &OldTable, store: &impl SessionStore, terms: Terms<'_>) -> Vec<Option<Left>> {
    let (mut outcomes, mut next) = (Vec::new(), None);
    loop {
        let page = old.page(next).await.unwrap();
        for row in page.rows {
            let outcome = take(old, store, &SystemEntropy, terms, &row, NOW).await;
            outcomes.push(outcome.unwrap());
        }
        next = page.next;
        if next.is_none() {
            outcomes.sort_unstable();
            return outcomes;
        }
    }
}

/// A row as dynamodb-session-web 0.2.9 wrote it into `DynamoDB` Local (Python 3.11), with its times moved.
fn web() -> Item {
    row(
        WEB,
        [7200, 43_200],
        r#"{"foo": "bar", "one": 1, "none": null, "nested": {"\u00e9": [1000000000000000000000000000000]}}"#,
    )
}

/// A row as dynamodb-session-flask 1.1.3 wrote it, of Flask 2.3.3, likewise.
fn flask() -> Item {
    row(
        FLASK,
        [7200, 2_678_400],
        r#"{"val": "hello", "_permanent": true, "_flashes": [["message", "hi"]]}"#,
    )
}

fn row(id: &str, [idle, absolute]: [u64; 2], data: &str) -> Item {
    HashMap::from([
        ("id".to_owned(), text(id)),
        (
            "created".to_owned(),
            text("2033-05-18T03:33:10.919082+00:00"),
        ),
        (
            "accessed".to_owned(),
            text("2033-05-18T03:33:15.919156+00:00"),
        ),
        ("idle_timeout".to_owned(), number(&idle)),
        ("absolute_timeout".to_owned(), number(&absolute)),
        ("expires".to_owned(), number(&(NOW.0 - 5 + idle))),
        ("data".to_owned(), text(data)),
    ])
}
