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

/// OWASP ASVS 5.0, 6.3.2: nothing here could put a user into the table, and an operator alone does.
#[test]
fn a_stack_begins_without_users() {
    let template = template();
    let resources = template["Resources"].as_object().unwrap().values();
    let types: BTreeSet<_> = resources.map(|resource| text(&resource["Type"])).collect();
    let expected = [
        "AWS::DynamoDB::Table",
        "AWS::Lambda::Permission",
        "AWS::Logs::LogGroup",
        "AWS::SecretsManager::Secret",
        "AWS::Serverless::Function",
        "AWS::Serverless::HttpApi",
    ];
    assert_eq!(types, expected.into());
    let table = &template["Resources"]["UserTable"]["Properties"];
    assert!(table.get("ImportSourceSpecification").is_none());
}
