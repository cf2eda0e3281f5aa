//! What is deployed where users log in at a provider, and what is not where they do not.

use serde_json::{Value, json};

use super::{list, template};

/// The part of the template that is there with these conditions.
fn there(node: &Value, holds: &dyn Fn(&str) -> bool) -> Option<Value> {
    if let Some(choice) = node.get("!If") {
        let chosen = if holds(choice[0].as_str().unwrap()) {
            1
        } else {
            2
        };
        return there(&choice[chosen], holds);
    }
    match node {
        _ if *node == json!({"!Ref": "AWS::NoValue"}) => None,
        Value::Object(fields) => {
            let fields = fields.iter();
            let kept =
                fields.filter_map(|(name, value)| Some((name.clone(), there(value, holds)?)));
            Some(Value::Object(kept.collect()))
        }
        Value::Array(nodes) => Some(nodes.iter().filter_map(|node| there(node, holds)).collect()),
        _ => Some(node.clone()),
    }
}

/// The names of what is in a section, or in `Resources` the API's paths.
fn names(with_provider: bool) -> (Vec<String>, Vec<String>, Vec<String>) {
    let template = template();
    let holds = |condition: &str| with_provider || !condition.contains("Provider");
    let section = |name: &str| {
        let entries = template[name].as_object().unwrap().iter();
        let kept = entries.filter(|(_, entry)| entry["Condition"].as_str().is_none_or(holds));
        kept.map(|(name, _)| name.clone()).collect::<Vec<_>>()
    };
    let body = &template["Resources"]["Api"]["Properties"]["DefinitionBody"];
    let paths = there(&body["paths"], &holds).unwrap();
    let paths = paths.as_object().unwrap().keys().cloned().collect();
    (section("Resources"), section("Outputs"), paths)
}

#[test]
fn a_provider_brings_its_function_its_paths_and_its_output_and_nothing_else_has_them() {
    let ((off_resources, off_outputs, off_paths), (resources, outputs, paths)) =
        (names(false), names(true));
    let more = |all: Vec<String>, some: &[String]| {
        all.into_iter()
            .filter(|it| !some.contains(it))
            .collect::<Vec<_>>()
    };
    #[rustfmt::skip]
    assert_eq!(
        more(paths, &off_paths),
        ["/login/oidc", "/login/oidc/callback", "/logout/backchannel", "/logout/oidc"]
    );
    assert_eq!(more(outputs, &off_outputs), ["OidcRedirectUri"]);
    let brought = more(resources, &off_resources);
    assert!(brought.iter().all(|it| it.contains("Oidc")), "{brought:?}");
    assert!(brought.len() >= 6, "{brought:?}");
    assert!(
        !off_resources.iter().any(|it| it.contains("Oidc")),
        "{off_resources:?}"
    );
}

/// What a rule says in the shape of the template, as CloudFormation reads it.
fn is_true(node: &Value, parameters: &dyn Fn(&str) -> String) -> bool {
    let (operator, operands) = node.as_object().unwrap().iter().next().unwrap();
    let operands = list(operands);
    match operator.as_str() {
        "!Equals" => value(&operands[0], parameters) == value(&operands[1], parameters),
        "!Not" => !is_true(&operands[0], parameters),
        "!Or" => operands.iter().any(|node| is_true(node, parameters)),
        "!And" => operands.iter().all(|node| is_true(node, parameters)),
        other => panic!("{other}"),
    }
}

fn value(node: &Value, parameters: &dyn Fn(&str) -> String) -> String {
    if let Some(name) = node.get("!Ref") {
        return parameters(name.as_str().unwrap());
    }
    node.as_str().unwrap().to_owned()
}

/// Whether a stack with these parameters, and the defaults of all others, is taken.
fn is_taken(set: &[(&str, &str)]) -> bool {
    let template = template();
    let parameters = |name: &str| {
        let own = set.iter().find(|(known, _)| *known == name);
        let default = &template["Parameters"][name]["Default"];
        own.map_or_else(
            || default.as_str().unwrap().to_owned(),
            |(_, value)| (*value).to_owned(),
        )
    };
    ["ProviderKnowsItsClient", "SettingsOfAProviderTakeOne"]
        .into_iter()
        .all(|rule| {
            let rule = &template["Rules"][rule];
            !is_true(&rule["RuleCondition"], &parameters)
                || list(&rule["Assertions"])
                    .iter()
                    .all(|it| is_true(&it["Assert"], &parameters))
        })
}

#[test]
fn a_stack_is_refused_where_its_functions_would_not_start() {
    const ISSUER: (&str, &str) = ("OidcIssuer", "https://login.example");
    const CLIENT: (&str, &str) = ("OidcClientId", "shop");
    let logout = ("OidcLogoutUrl", "https://login.example/logout");
    let cognito = ("OidcLogoutForm", "cognito");
    #[rustfmt::skip]
    let cases: [(&[(&str, &str)], bool); 10] = [
        (&[],                                                                           true),
        (&[ISSUER, CLIENT],                                                             true),
        (&[ISSUER],                                                                     false),
        (&[CLIENT],                                                                     false),
        (&[logout],                                                                     false),
        (&[ISSUER, CLIENT, ("Transport", "both")],                                      true),
        (&[ISSUER, CLIENT, ("Transport", "header")],                                    false),
        (&[ISSUER, CLIENT, logout, cognito],                                            false),
        (&[ISSUER, CLIENT, logout, cognito, ("OidcPostLogoutUri", "https://a.example")], true),
        (&[ISSUER, CLIENT, logout],                                                     true),
    ];
    for (set, expected) in cases {
        assert_eq!(is_taken(set), expected, "{set:?}");
    }
}
