//! What `template.yaml` promises: names, routes, least privilege, no result cache, the tables' settings, and one
//! parameter for each setting of the functions.

mod configuration;
mod gateway;
mod lambdas;
mod monitoring;
mod parameters;
mod provider;
mod roles;
mod secret;
mod tables;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use saphyr::{LoadableYamlNode, Yaml};
use serde_json::{Map, Value, json};

const FUNCTIONS: [&str; 7] = [
    "authorizer",
    "login",
    "logout",
    "oidc",
    "page",
    "profile",
    "session",
];

/// The ARN of the secret where there is one.
fn secret_arn() -> Value {
    json!({"!If": ["CreateSecret", {"!Ref": "SigningKeysSecretResource"}, {"!Ref": "SigningKeysSecret"}]})
}

fn variables(properties: &Value) -> BTreeSet<&str> {
    let variables = properties["Environment"]["Variables"].as_object();
    variables
        .into_iter()
        .flat_map(Map::keys)
        .map(String::as_str)
        .collect()
}

fn function<'t>(template: &'t Value, name: &str) -> &'t Value {
    &template["Resources"][resource(name)]
}

/// `<Name>Function`.
fn resource(name: &str) -> String {
    format!("{}Function", name_in_capitals(name))
}

fn name_in_capitals(name: &str) -> String {
    let (first, rest) = name.split_at(1);
    format!("{}{rest}", first.to_ascii_uppercase())
}

fn of_type<'t>(template: &'t Value, of: &str) -> impl Iterator<Item = (&'t String, &'t Value)> {
    let resources = template["Resources"].as_object().expect("resources");
    resources
        .iter()
        .filter(move |(_, resource)| resource["Type"] == of)
}

fn list(node: &Value) -> &[Value] {
    node.as_array().map_or(&[], Vec::as_slice)
}

fn text(node: &Value) -> &str {
    node.as_str()
        .unwrap_or_else(|| panic!("not a string: {node}"))
}

fn template() -> Value {
    let source = read("template.yaml");
    let documents = Yaml::load_from_str(&source).expect("YAML");
    to_json(&documents[0])
}

/// The node as JSON, where CloudFormation's short form `!Ref X` becomes `{"!Ref": X}`.
fn to_json(node: &Yaml) -> Value {
    match node {
        Yaml::Tagged(tag, inner) => json!({format!("!{}", tag.suffix): to_json(inner)}),
        Yaml::Mapping(pairs) => pairs
            .iter()
            .map(|(key, value)| {
                (
                    key.as_str().expect("a string as key").to_owned(),
                    to_json(value),
                )
            })
            .collect::<Map<_, _>>()
            .into(),
        Yaml::Sequence(nodes) => nodes.iter().map(to_json).collect(),
        scalar => scalar
            .as_bool()
            .map(Value::from)
            .or_else(|| scalar.as_integer().map(Value::from))
            .or_else(|| scalar.as_str().map(Value::from))
            .unwrap_or_else(|| panic!("neither text, number nor truth value: {scalar:?}")),
    }
}

fn read(path: &str) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
