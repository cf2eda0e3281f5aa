//! What each function may do.

use serde_json::{Value, json};

use super::{function, list, of_type, secret_arn, template, text};

#[test]
fn each_function_may_do_what_it_does_and_no_more() {
    const READ_KEYS: &str = "the secret, if there is one: GetSecretValue";
    const READ_CLIENT: &str = "the client's secret, if there is one: GetSecretValue";
    #[rustfmt::skip]
    let expected = [
        ("authorizer", vec!["SessionTable: DeleteItem GetItem UpdateItem of s#* u#* -", READ_KEYS]),
        ("login",      vec!["SessionTable: BatchGetItem DeleteItem GetItem PutItem UpdateItem of s#* u#* t#* -", "UserTable: GetItem of p#*", READ_KEYS]),
        ("logout",     vec!["SessionTable: DeleteItem GetItem UpdateItem of s#* u#* -", READ_KEYS]),
        ("oidc",       vec!["SessionTable: BatchGetItem ConditionCheckItem DeleteItem GetItem PutItem UpdateItem of s#* u#* t#* f#* i#* l#* j#* b#* -", READ_CLIENT, READ_KEYS]),
        ("page",       vec![]),
        ("profile",    vec![]),
        ("session",    vec!["SessionTable: BatchGetItem DeleteItem GetItem PutItem UpdateItem of s#* u#* t#v#* -", READ_KEYS]),
    ];
    let template = template();
    for (name, expected) in expected {
        let properties = &function(&template, name)["Properties"];
        for elsewhere in ["Role", "Connectors", "PermissionsBoundary"] {
            assert!(
                properties.get(elsewhere).is_none(),
                "{name}: permissions belong in Policies, not in {elsewhere}"
            );
        }
        let mut granted: Vec<_> = list(&properties["Policies"])
            .iter()
            .flat_map(grants)
            .collect();
        granted.sort();
        assert_eq!(granted, expected, "{name}");
    }
    assert!(
        template["Globals"]["Function"].get("Policies").is_none(),
        "Globals grants permissions to every function"
    );
}

/// The patterns that every key of a call has to match, however many there are, and also if there are none: of an absent key,
/// `ForAllValues` alone would hold.
fn keys_of(condition: &Value) -> Vec<&str> {
    let keys = &condition["ForAllValues:StringLike"]["dynamodb:LeadingKeys"];
    assert_eq!(
        *condition,
        json!({
            "Null": {"dynamodb:LeadingKeys": "false"},
            "ForAllValues:StringLike": {"dynamodb:LeadingKeys": keys},
        })
    );
    list(keys).iter().map(text).collect()
}

/// The statements of one policy, `Table: Action Action of key key` each.
fn grants(policy: &Value) -> Vec<String> {
    if let Some(conditional) = policy.get("!If") {
        return vec![grant_of_secret(conditional)];
    }
    let statements = list(&policy["Statement"]);
    assert!(!statements.is_empty(), "not an inline policy: {policy}");
    statements
        .iter()
        .map(|statement| {
            assert_eq!(statement["Effect"], "Allow");
            let resource = text(&statement["Resource"]["!GetAtt"]);
            let table = resource.strip_suffix(".Arn").expect("the ARN of one table");
            let mut actions: Vec<_> = list(&statement["Action"])
                .iter()
                .map(|action| {
                    text(action)
                        .strip_prefix("dynamodb:")
                        .expect("an action of DynamoDB")
                })
                .collect();
            actions.sort_unstable();
            for action in &actions {
                assert!(!action.contains('*') && *action != "Scan", "{statement}");
            }
            let keys = keys_of(&statement["Condition"]);
            format!("{table}: {} of {}", actions.join(" "), keys.join(" "))
        })
        .collect()
}

/// The policy that is attached only where there is a secret.
fn grant_of_secret(conditional: &Value) -> String {
    if conditional[0] == "HasClientSecret" {
        let statement = json!({
            "Sid": "ReadClientSecret",
            "Effect": "Allow",
            "Action": ["secretsmanager:GetSecretValue"],
            "Resource": {"!Ref": "OidcClientSecretArn"},
        });
        let policy = json!({"Version": "2012-10-17", "Statement": [statement]});
        assert_eq!(
            *conditional,
            json!(["HasClientSecret", policy, {"!Ref": "AWS::NoValue"}])
        );
        return "the client's secret, if there is one: GetSecretValue".to_owned();
    }
    let attached = json!(["UseSecret", {"!Ref": "ReadSigningKeys"}, {"!Ref": "AWS::NoValue"}]);
    assert_eq!(*conditional, attached);
    let template = template();
    let policies: Vec<_> = of_type(&template, "AWS::IAM::ManagedPolicy").collect();
    let [(name, policy)] = policies[..] else {
        panic!("not one managed policy: {policies:?}")
    };
    assert_eq!(
        (name.as_str(), &policy["Condition"]),
        ("ReadSigningKeys", &json!("UseSecret"))
    );
    let statements = &policy["Properties"]["PolicyDocument"]["Statement"];
    let expected = json!([{
        "Sid": "ReadSigningKeys",
        "Effect": "Allow",
        "Action": ["secretsmanager:GetSecretValue"],
        "Resource": secret_arn(),
    }]);
    assert_eq!(*statements, expected);
    "the secret, if there is one: GetSecretValue".to_owned()
}
