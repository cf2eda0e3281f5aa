//! The books: every session is in its user's item, and every entry of a user's item is a session.

use std::collections::BTreeSet;

use tests::engine::{Item, Tables};

/// Checks that each session is in its user's item, and each session that an item lists is stored.
pub(crate) async fn balances(tables: &Tables) {
    let (mut there, mut listed) = (BTreeSet::new(), BTreeSet::new());
    for item in tables.items().await {
        let id = string(&item, "id");
        if let Some(user) = id.strip_prefix("u#") {
            for (name, entry) in item["sessions"].as_m().unwrap() {
                let key = string(entry.as_m().unwrap(), "key");
                listed.insert((user.to_owned(), name.clone(), key));
            }
        } else if !id.starts_with("t#") && !item.contains_key("successor") {
            there.insert((string(&item, "user"), string(&item, "ref"), id));
        }
    }
    assert!(!listed.is_empty());
    assert_eq!(there, listed);
}

fn string(item: &Item, name: &str) -> String {
    item[name].as_s().unwrap().clone()
}
