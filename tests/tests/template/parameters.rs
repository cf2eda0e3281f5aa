//! Parameters and outputs: each described, grouped, used and documented.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{list, read, template, text};

#[test]
fn every_parameter_is_described_constrained_defaulted_grouped_and_used() {
    let template = template();
    let mut references = BTreeSet::new();
    for section in ["Conditions", "Globals", "Resources", "Outputs"] {
        collect_references(&template[section], &mut references);
    }
    let groups = list(&template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]);
    let grouped: Vec<_> = groups
        .iter()
        .flat_map(|group| list(&group["Parameters"]))
        .map(text)
        .collect();
    let parameters = template["Parameters"].as_object().unwrap();
    assert_eq!(grouped.len(), parameters.len(), "{grouped:?}");
    for (name, parameter) in parameters {
        let has = |key: &str| parameter.get(key).is_some();
        assert!(has("Description"), "{name} has no description");
        assert!(has("Default"), "{name} has no default");
        let pattern = has("AllowedPattern") && has("ConstraintDescription");
        let range = has("MinValue") && has("MaxValue");
        assert!(
            pattern || range || has("AllowedValues"),
            "{name} takes any value"
        );
        if let Some(pattern) = parameter.get("AllowedPattern").map(text) {
            assert!(
                pattern.starts_with('^') && pattern.ends_with('$'),
                "{name}: {pattern}"
            );
        }
        assert!(references.contains(name), "{name} sets nothing");
        assert!(grouped.contains(&name.as_str()), "{name} is in no group");
    }
    assert_eq!(parameters["SigningKeys"]["NoEcho"], true);
}

#[test]
fn every_parameter_is_in_a_table_of_the_documentation() {
    let template = template();
    let texts = read("docs/configuration.md") + &read("docs/operations.md");
    let rows: Vec<_> = texts.lines().filter(|line| line.starts_with('|')).collect();
    for name in template["Parameters"].as_object().unwrap().keys() {
        let quoted = format!("`{name}`");
        let named = rows.iter().any(|row| row.contains(&quoted));
        assert!(
            named,
            "{name} is in no table of docs/configuration.md or docs/operations.md"
        );
    }
}

/// Else a slip would send everybody's sessions to another address.
#[test]
fn a_stack_with_another_dynamodb_is_refused_and_only_sam_local_is_given_one() {
    let template = template();
    let parameter = json!({"!Ref": "LocalDynamoDB"});
    let variables = &template["Globals"]["Function"]["Environment"]["Variables"];
    assert_eq!(variables["AWS_ENDPOINT_URL_DYNAMODB"], parameter);
    assert_eq!(template["Parameters"]["LocalDynamoDB"]["Default"], "");
    let rule = &template["Rules"]["LocalDynamoDBIsNotDeployed"];
    assert!(rule.get("RuleCondition").is_none(), "it always holds");
    let assertions = list(&rule["Assertions"]);
    assert_eq!(assertions.len(), 1);
    assert_eq!(assertions[0]["Assert"], json!({"!Equals": [parameter, ""]}));

    let settings = read("samconfig.toml");
    let sections = settings
        .split("\n[")
        .filter_map(|part| part.split_once(']'));
    let given: Vec<_> = sections
        .filter(|(_, lines)| lines.contains("LocalDynamoDB"))
        .map(|(name, _)| name)
        .collect();
    let local = [
        "default.local_invoke.parameters",
        "default.local_start_api.parameters",
    ];
    assert_eq!(given, local);
}

#[test]
fn outputs_name_the_address_the_authorizer_the_tables_the_secret_and_the_dashboard() {
    let template = template();
    let outputs: Vec<_> = template["Outputs"].as_object().unwrap().keys().collect();
    assert_eq!(
        outputs,
        [
            "ApiUrl",
            "AuthorizerArn",
            "DashboardName",
            "OidcRedirectUri",
            "SessionTableName",
            "SigningKeysSecretArn",
            "UserTableName"
        ]
    );
    assert_eq!(
        template["Outputs"]["AuthorizerArn"]["Value"],
        json!({"!GetAtt": "AuthorizerFunction.Arn"})
    );
}

/// The names in `!Ref` and in the `${}` of `!Sub`.
/// CloudFormation takes few functions in rules, and tells of another one only when a stack is deployed (template reference,
/// "Rule-specific intrinsic functions").
#[test]
fn rules_have_the_functions_that_rules_may_have() {
    fn functions<'t>(node: &'t Value, found: &mut BTreeSet<&'t str>) {
        match node {
            Value::Object(members) => {
                for (name, value) in members {
                    if name.starts_with('!') || name.starts_with("Fn::") {
                        found.insert(name);
                    }
                    functions(value, found);
                }
            }
            Value::Array(values) => values.iter().for_each(|value| functions(value, found)),
            _ => {}
        }
    }
    let template = template();
    let mut found = BTreeSet::new();
    functions(&template["Rules"], &mut found);
    let taken = ["!And", "!Contains", "!Equals", "!Not", "!Or", "!Ref"];
    let others: Vec<_> = found.iter().filter(|name| !taken.contains(name)).collect();
    assert!(found.len() > 3 && others.is_empty(), "{found:?}");
}

fn collect_references(node: &Value, names: &mut BTreeSet<String>) {
    match node {
        Value::Object(map) => {
            for (key, value) in map {
                match (key.as_str(), value) {
                    ("!Ref", Value::String(name)) => {
                        names.insert(name.clone());
                    }
                    ("!Sub", Value::String(text)) => {
                        let parts = text
                            .split("${")
                            .skip(1)
                            .filter_map(|part| part.split('}').next());
                        names.extend(parts.map(str::to_owned));
                    }
                    _ => collect_references(value, names),
                }
            }
        }
        Value::Array(nodes) => nodes
            .iter()
            .for_each(|node| collect_references(node, names)),
        _ => {}
    }
}
