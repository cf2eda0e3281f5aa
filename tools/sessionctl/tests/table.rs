//! `sessionctl table`, run as an operator runs it.

use std::fs;

use aws_sdk_dynamodb::types::{
    AttributeDefinition, KeySchemaElement, KeyType, ProvisionedThroughput, ScalarAttributeType,
    TimeToLiveSpecification,
};
use serde_json::{Value, json};
use tests::proxy::{Fault, Proxy, Rule};

use super::{
    engine::{Engine, run, sessionctl},
    session::{objects, told},
};

async fn ask(endpoint: &str, arguments: &[&str]) -> (i32, String, String) {
    let mut command = sessionctl(&["--endpoint-url", endpoint, "table"]);
    command.args(arguments);
    tokio::task::spawn_blocking(|| told(run(command, "")))
        .await
        .unwrap()
}

/// The states of a report in JSON, by table and part.
fn states(text: &str) -> Vec<String> {
    let state = |it: Value| {
        let text = |name: &str| it[name].as_str().unwrap().to_owned();
        format!("{} {} {}", text("table"), text("part"), text("state"))
    };
    objects(text).into_iter().map(state).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_tables_are_made_as_the_template_makes_them() {
    let engine = Engine::start().await;
    let proxy = Proxy::start(&engine.endpoint).await;
    let names = [
        "--session-table",
        "new_session",
        "--user-table",
        "new_user",
        "--json",
    ];
    let arguments = |verb| [&[verb], &names[..]].concat();
    let (code, text, error) = ask(&proxy.endpoint, &arguments("verify")).await;
    assert_eq!((code, &*error), (1, "sessionctl: 2 things are wrong"));
    assert_eq!(
        states(&text),
        ["new_session table wrong", "new_user table wrong"]
    );
    // Without the names, others would be made.
    let mend = "sessionctl table create, with the options of this command";
    assert_eq!(objects(&text)[0]["mend"], mend);

    let (code, text, error) = ask(&proxy.endpoint, &arguments("create")).await;
    assert_eq!(code, 0, "{error}");
    assert_eq!(
        states(&text),
        [
            "new_session key right",
            "new_session time to live right",
            "new_session point-in-time recovery unknown",
            "new_session encryption right",
            "new_session deletion protection right",
            "new_session capacity right",
            "new_user key right",
            "new_user point-in-time recovery unknown",
            "new_user encryption right",
            "new_user deletion protection right",
            "new_user capacity right",
        ]
    );
    let template =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../template.yaml")).unwrap();
    let asked = proxy.seen();
    for (table, resource) in [
        ("new_session", "  SessionTable:\n"),
        ("new_user", "  UserTable:\n"),
    ] {
        let (_, block) = template.split_once(resource).unwrap();
        let (block, _) = block.split_once("\n\n").unwrap();
        let mut described = json!({});
        for request in &asked {
            let body = &request.body;
            let makes = ["CreateTable", "UpdateTimeToLive", "UpdateContinuousBackups"]
                .contains(&&*request.target);
            if makes && body["TableName"] == table {
                for (name, value) in body.as_object().unwrap() {
                    described[name] = value.clone();
                }
            }
        }
        assert_eq!(properties(block), flat(&described), "{table}");
    }
    let (code, again, _) = ask(&proxy.endpoint, &arguments("create")).await;
    assert_eq!((code, again), (0, text), "what is there stays");
}

/// The leaves of a table's properties in template.yaml, as `NAME VALUE`, without its name.
fn properties(block: &str) -> Vec<String> {
    let (_, properties) = block.split_once("    Properties:\n").unwrap();
    // What the API calls by another name, and the parameter's default.
    let text = properties
        .replace("SSEEnabled", "Enabled")
        .replace("!If [ProtectTables, true, false]", "true");
    let words = text.replace(['{', '}', ',', '-'], " ");
    let mut leaves = Vec::new();
    let mut words = words.split_whitespace().peekable();
    while let Some(word) = words.next() {
        if let Some(name) = word.strip_suffix(':')
            && let Some(value) = words.next_if(|next| !next.ends_with(':'))
            && value != "!Ref"
        {
            leaves.push(format!("{name} {value}"));
        }
    }
    leaves.sort();
    leaves
}

/// The leaves of a request, as `NAME VALUE`.
fn flat(value: &Value) -> Vec<String> {
    fn add(name: &str, value: &Value, leaves: &mut Vec<String>) {
        match value {
            Value::Object(map) => map
                .iter()
                .for_each(|(name, value)| add(name, value, leaves)),
            Value::Array(list) => list.iter().for_each(|value| add(name, value, leaves)),
            Value::String(text) => leaves.push(format!("{name} {text}")),
            other => leaves.push(format!("{name} {other}")),
        }
    }
    let mut leaves = Vec::new();
    add("", value, &mut leaves);
    leaves.retain(|leaf| !leaf.starts_with("TableName "));
    leaves.sort();
    leaves
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_told_with_the_command_that_mends_it() {
    let engine = Engine::start().await;
    // As somebody made it by hand: another key, provisioned, without a TTL.
    let key = KeySchemaElement::builder()
        .attribute_name("pk")
        .key_type(KeyType::Hash);
    let attribute = AttributeDefinition::builder()
        .attribute_name("pk")
        .attribute_type(ScalarAttributeType::S);
    let units = ProvisionedThroughput::builder()
        .read_capacity_units(5)
        .write_capacity_units(5);
    let request = engine.client.create_table().table_name("by_hand");
    request
        .key_schema(key.build().unwrap())
        .attribute_definitions(attribute.build().unwrap())
        .provisioned_throughput(units.build().unwrap())
        .send()
        .await
        .unwrap();
    let other = TimeToLiveSpecification::builder()
        .attribute_name("ttl")
        .enabled(true);
    let request = engine.client.update_time_to_live().table_name("other_ttl");
    let arguments = ["verify", "--session-table", "other_ttl"];
    engine.create_table("other_ttl", "id").await;
    request
        .time_to_live_specification(other.build().unwrap())
        .send()
        .await
        .unwrap();
    let (_, text, _) = ask(&engine.endpoint, &arguments).await;
    let mend =
        "aws dynamodb update-time-to-live --table-name other_ttl --time-to-live-specification";
    let part = format!(
        "other_ttl  time to live: wrong, it goes by ttl: switch that off first, which takes up to an hour\n    \
         {mend} Enabled=false,AttributeName=ttl\n    {mend} Enabled=true,AttributeName=expires\n"
    );
    assert!(text.contains(&part), "{text}");

    let (code, text, error) =
        ask(&engine.endpoint, &["verify", "--session-table", "by_hand"]).await;
    assert_eq!(
        (code, &*error),
        (1, "sessionctl: 5 things are wrong"),
        "{text}"
    );
    for part in [
        "by_hand  key: wrong, it is not the partition key id (S) alone",
        "by_hand  time to live: wrong, it is off\n    aws dynamodb update-time-to-live --table-name by_hand --time-to-live-specification Enabled=true,AttributeName=expires",
        "by_hand  capacity: wrong, it is provisioned, and a call beyond it is a fault\n    aws dynamodb update-table --table-name by_hand --billing-mode PAY_PER_REQUEST",
        "by_hand  point-in-time recovery: can't be told here",
        "app_user  key: right",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

/// On AWS all of it is told: an engine that answers as AWS does for a table of before 2018.
#[tokio::test(flavor = "multi_thread")]
async fn where_the_engine_has_backups_everything_is_told() {
    let engine = Engine::start().await;
    let proxy = Proxy::start(&engine.endpoint).await;
    let body = json!({"ContinuousBackupsDescription": {
        "ContinuousBackupsStatus": "ENABLED",
        "PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": "DISABLED"},
    }});
    let rule = |target, status, body: String| Rule {
        target: Some(target),
        skip: 0,
        times: usize::MAX,
        fault: Fault::Answer(status, body),
    };
    proxy.inject(rule("DescribeContinuousBackups", 200, body.to_string()));
    let (code, text, _) = ask(&proxy.endpoint, &["verify"]).await;
    assert_eq!(code, 1);
    for part in [
        "app_session  point-in-time recovery: wrong, it is off\n    aws dynamodb update-continuous-backups --table-name app_session --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true",
        "app_session  encryption: wrong, by a key of AWS's own, which no account sees\n    aws dynamodb update-table --table-name app_session --sse-specification Enabled=true",
        "app_user  deletion protection: wrong, it is off\n    aws dynamodb update-table --table-name app_user --deletion-protection-enabled",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    proxy.calm();
    for (target, code, advice) in [
        (
            "DescribeTable",
            "AccessDeniedException",
            "the credentials need DescribeTable",
        ),
        (
            "DescribeTimeToLive",
            "AccessDeniedException",
            "the credentials need DescribeTable",
        ),
        (
            "DescribeTable",
            "LimitExceededException",
            "run the command again later",
        ),
        (
            "DescribeTable",
            "ThrottlingException",
            "run the command again later",
        ),
    ] {
        let body =
            format!(r#"{{"__type":"com.amazonaws.dynamodb.v20120810#{code}","message":"no"}}"#);
        proxy.inject(rule(target, 400, body));
        let (exit, text, error) = ask(&proxy.endpoint, &["verify"]).await;
        proxy.calm();
        assert_eq!((exit, &*text), (1, ""), "{error}");
        assert!(
            error.contains(advice)
                && error.contains("table app_session: ")
                && error.lines().count() == 1,
            "{error}"
        );
    }
}

/// AWS makes a table ready before its backups can be switched on.
#[tokio::test(flavor = "multi_thread")]
async fn recovery_is_switched_on_once_the_backups_of_a_new_table_are_there() {
    let engine = Engine::start().await;
    let proxy = Proxy::start(&engine.endpoint).await;
    proxy.inject(Rule {
        target: Some("UpdateContinuousBackups"),
        skip: 0,
        times: 1,
        fault: Fault::error(400, "ContinuousBackupsUnavailableException"),
    });
    let arguments = [
        "create",
        "--session-table",
        "new_s",
        "--user-table",
        "new_u",
    ];
    let (code, text, error) = ask(&proxy.endpoint, &arguments).await;
    assert_eq!(code, 0, "{text} {error}");
    let asked = proxy.seen();
    let asked = asked.iter().map(|request| &*request.target);
    let asked = asked.filter(|target| *target == "UpdateContinuousBackups");
    assert_eq!(asked.count(), 3, "one of the first table again");
}
