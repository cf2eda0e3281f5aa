//! What is taken over, as a client sees it that has its old cookie.

use std::sync::Arc;

use dynamodb_session::import::{Left, Terms};
use serde_json::{Value, json};
use tests::{
    engine::{Tables, config, text},
    functions::{Functions, http_authorizer, rest_authorizer},
    on_every_engine,
};

use super::{FLASK, NOW, Old, WEB, row};

on_every_engine! {
    an_old_cookie_passes_the_authorizer_with_the_data_it_had
    a_second_import_revives_nothing_that_was_logged_out_here
    a_dry_run_changes_nothing
    a_row_that_is_left_stays_as_it_is
    a_row_that_changed_since_it_was_read_counts_as_it_stands
    a_row_without_room_for_its_mark_is_left_and_stops_nothing
}

/// Functions of a deployment that takes the predecessors' cookie and knows no users.
fn functions(tables: &Tables) -> Option<Functions> {
    let plain = tables.endpoint.starts_with("http://");
    let config = config(&[
        ("SESSION_TABLE", &tables.config.tables.sessions),
        ("SESSION_USER_TABLE", &tables.config.tables.users),
        ("SESSION_COOKIE_NAME", "id"),
        ("SESSION_ANONYMOUS", "on"),
        ("SESSION_REQUIRE_USER", "off"),
    ]);
    plain.then(|| Functions::over(&tables.endpoint, &Arc::new(config)))
}

async fn an_old_cookie_passes_the_authorizer_with_the_data_it_had(tables: &Tables) {
    let Some(functions) = functions(tables) else {
        return;
    };
    let old = Old::beside(tables).await;
    let transport = &functions.config.transport;
    assert!(!functions.allows(WEB).await && !functions.allows(FLASK).await);
    let outcomes = old.import(&tables.sessions(), Terms::default()).await;
    assert_eq!(outcomes, [None, None]);

    let web = json!({"foo": "bar", "one": 1, "none": null});
    let flask = json!({"val": "hello", "_permanent": true, "_flashes": [["message", "hi"]]});
    for (id, data, absolute) in [(WEB, web, 43_200), (FLASK, flask, 2_678_400)] {
        let answer = functions
            .authorize(&http_authorizer(transport, Some(id)))
            .await;
        let answer = answer.unwrap();
        assert_eq!(answer["isAuthorized"], true, "{answer}");
        let context = &answer["context"];
        assert_eq!(context["expires_at"], NOW.0 - 10 + absolute);
        assert_eq!(context["user"], Value::Null);
        let told: Value = serde_json::from_str(context["data"].as_str().unwrap()).unwrap();
        for (key, value) in data.as_object().unwrap() {
            assert_eq!(told[key], *value, "{told}");
        }
        let answer = functions
            .authorize(&rest_authorizer(transport, Some(id)))
            .await;
        assert_eq!(answer.unwrap()["context"]["data"], context["data"]);
        // It is a session like any other: it is read, changed and ended.
        let patch = functions.event("PATCH", "/session", "", Some(id), r#"{"one": 2}"#);
        assert_eq!(functions.send(patch).await["statusCode"], 200);
        let shown = functions.session(Some(id)).await;
        let body: Value = serde_json::from_str(shown["body"].as_str().unwrap()).unwrap();
        assert_eq!(body["data"]["one"], 2, "{body}");
        assert_eq!(functions.logout(Some(id)).await["statusCode"], 204);
        assert!(!functions.allows(id).await);
    }
    // No item of ours holds an old id.
    let items = format!("{:?}", tables.items().await);
    assert!(!items.contains(WEB) && !items.contains(FLASK));
    old.remove().await;
}

async fn a_second_import_revives_nothing_that_was_logged_out_here(tables: &Tables) {
    let Some(functions) = functions(tables) else {
        return;
    };
    let old = Old::beside(tables).await;
    let store = tables.sessions();
    old.import(&store, Terms::default()).await;
    functions.logout(Some(WEB)).await;
    // The application still runs, and saves: what it writes keeps the mark (`UpdateItem SET`, as its `save` does).
    let save = old.client.update_item().table_name(&old.name);
    let save = save
        .key("id", text(WEB))
        .update_expression("SET #data = :data");
    let save = save
        .expression_attribute_names("#data", "data")
        .expression_attribute_values(":data", text("{}"));
    save.send().await.unwrap();
    for _ in 0..2 {
        let again = old.import(&store, Terms::default()).await;
        assert_eq!(again, [Some(Left::Before), Some(Left::Before)]);
        assert!(!functions.allows(WEB).await);
        assert!(functions.allows(FLASK).await);
    }
    old.remove().await;
}

async fn a_dry_run_changes_nothing(tables: &Tables) {
    let old = Old::beside(tables).await;
    let before = old.row(WEB).await;
    let terms = Terms {
        dry_run: true,
        ..Terms::default()
    };
    assert_eq!(old.import(&tables.sessions(), terms).await, [None, None]);
    assert_eq!(old.row(WEB).await, before);
    assert!(tables.items().await.is_empty());
    old.remove().await;
}

/// It is not marked, so that it can be taken on other terms.
async fn a_row_that_is_left_stays_as_it_is(tables: &Tables) {
    let old = Old::beside(tables).await;
    let named = row(WEB, [7200, 43_200], r#"{"user_id": "ada"}"#);
    old.put(named.clone()).await;
    let terms = Terms {
        user_key: Some("user_id"),
        ..Terms::default()
    };
    let outcomes = old.import(&tables.sessions(), terms).await;
    assert_eq!(outcomes, [None, Some(Left::User)]);
    assert_eq!(old.row(WEB).await, named);
    let outcomes = old.import(&tables.sessions(), Terms::default()).await;
    assert_eq!(outcomes, [None, Some(Left::Before)]);
    old.remove().await;
}

async fn a_row_that_changed_since_it_was_read_counts_as_it_stands(tables: &Tables) {
    let old = Old::beside(tables).await;
    let (table, store) = (old.table(), tables.sessions());
    let rows = table.page(None).await.unwrap().rows;
    old.put(row(WEB, [0, 43_200], "{}")).await;
    let gone = old.client.delete_item().table_name(&old.name);
    gone.key("id", text(FLASK)).send().await.unwrap();
    let mut outcomes = Vec::new();
    for row in &rows {
        let entropy = &dynamodb_session::entropy::SystemEntropy;
        let taken =
            dynamodb_session::import::take(&table, &store, entropy, Terms::default(), row, NOW);
        outcomes.push(taken.await.unwrap());
    }
    outcomes.sort_unstable();
    assert_eq!(outcomes, [Some(Left::Expired), Some(Left::Gone)]);
    assert!(tables.items().await.is_empty());
    old.remove().await;
}

/// `DynamoDB` takes 409,600 bytes, and a mark has 30.
async fn a_row_without_room_for_its_mark_is_left_and_stops_nothing(tables: &Tables) {
    let old = Old::beside(tables).await;
    let data = format!(r#"{{"a": "{}"}}"#, "x".repeat(409_400));
    old.put(row(WEB, [7200, 43_200], &data)).await;
    let outcomes = old.import(&tables.sessions(), Terms::default()).await;
    assert_eq!(outcomes, [None, Some(Left::TooLarge)]);
    old.remove().await;
}
