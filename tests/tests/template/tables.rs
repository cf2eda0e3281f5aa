//! The tables, and what they begin with.

use std::collections::BTreeSet;

use serde_json::json;

use super::{of_type, template, text};

#[test]
fn tables_are_on_demand_encrypted_recoverable_and_outlive_the_stack() {
    let template = template();
    let tables: Vec<_> = of_type(&template, "AWS::DynamoDB::Table")
        .map(|(id, _)| id)
        .collect();
    assert_eq!(tables, ["SessionTable", "UserTable"]);
    for id in tables {
        let table = &template["Resources"][id];
        assert_eq!(table["DeletionPolicy"], "Retain", "{id}");
        assert_eq!(table["UpdateReplacePolicy"], "Retain", "{id}");
        let properties = &table["Properties"];
        assert_eq!(properties["BillingMode"], "PAY_PER_REQUEST", "{id}");
        assert_eq!(
            properties["KeySchema"],
            json!([{"AttributeName": "id", "KeyType": "HASH"}]),
            "{id}"
        );
        assert_eq!(
            properties["AttributeDefinitions"],
            json!([{"AttributeName": "id", "AttributeType": "S"}]),
            "{id}"
        );
        assert_eq!(
            properties["PointInTimeRecoverySpecification"],
            json!({"PointInTimeRecoveryEnabled": true}),
            "{id}"
        );
        assert_eq!(
            properties["SSESpecification"],
            json!({"SSEEnabled": true}),
            "{id}"
        );
        assert!(properties.get("GlobalSecondaryIndexes").is_none(), "{id}");
        assert_eq!(
            properties["DeletionProtectionEnabled"],
            json!({"!If": ["ProtectTables", true, false]}),
            "{id}"
        );
    }
    let resources = &template["Resources"];
    assert_eq!(
        resources["SessionTable"]["Properties"]["TimeToLiveSpecification"],
        json!({"AttributeName": "expires", "Enabled": true})
    );
    assert!(
        resources["UserTable"]["Properties"]
            .get("TimeToLiveSpecification")
            .is_none(),
        "users do not expire"
    );
}

/// Where a function is told a table's name by `!Ref` of the table, `sam local` tells it the name in the template.
#[test]
fn functions_are_told_the_names_that_the_tables_have() {
    let template = template();
    let resources = &template["Resources"];
    let shared = &template["Globals"]["Function"];
    for (owner, variable, id) in [
        (shared, "SESSION_TABLE", "SessionTable"),
        (
            &resources["LoginFunction"]["Properties"],
            "SESSION_USER_TABLE",
            "UserTable",
        ),
    ] {
        let name = json!({"!Ref": format!("{id}Name")});
        assert_eq!(owner["Environment"]["Variables"][variable], name);
        assert_eq!(resources[id]["Properties"]["TableName"], name);
    }
}

/// OWASP ASVS 5.0, 6.3.2: nothing here could put a user into the table, and an operator alone does.
#[test]
fn a_stack_begins_without_users() {
    let template = template();
    let resources = template["Resources"].as_object().unwrap().values();
    let types: BTreeSet<_> = resources.map(|resource| text(&resource["Type"])).collect();
    let expected = [
        "AWS::CloudWatch::Alarm",
        "AWS::CloudWatch::Dashboard",
        "AWS::DynamoDB::Table",
        "AWS::IAM::ManagedPolicy",
        "AWS::Lambda::Permission",
        "AWS::Logs::LogGroup",
        "AWS::Logs::MetricFilter",
        "AWS::SecretsManager::Secret",
        "AWS::Serverless::Function",
        "AWS::Serverless::HttpApi",
    ];
    assert_eq!(types, expected.into());
    let table = &template["Resources"]["UserTable"]["Properties"];
    assert!(table.get("ImportSourceSpecification").is_none());
}
