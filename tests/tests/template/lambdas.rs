//! How the functions are named, built and told of the environment.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use serde_json::json;

use super::{
    FUNCTIONS, configuration::asked, function, name_in_capitals, of_type, read, resource, root,
    template, variables,
};

#[test]
fn folder_package_binary_and_resource_of_a_function_share_a_name() {
    let mut folders = BTreeSet::new();
    for entry in fs::read_dir(root().join("functions")).unwrap() {
        let folder = entry.unwrap().path();
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        let manifest = read(&format!("functions/{name}/Cargo.toml"));
        assert!(
            manifest.contains(&format!("[package]\nname = \"{name}\"\n")),
            "the package in functions/{name} has another name"
        );
        let binaries: Vec<_> = manifest.split("[[bin]]\n").skip(1).collect();
        let named = binaries.len() == 1
            && binaries[0].starts_with(&format!("name = \"{name}\"\n"))
            && !folder.join("src/bin").exists();
        assert!(named, "functions/{name} has a binary of another name");
        folders.insert(name);
    }
    assert_eq!(folders, FUNCTIONS.map(String::from).into(), "functions/");

    let template = template();
    let resources: BTreeMap<_, _> = of_type(&template, "AWS::Serverless::Function")
        .map(|(id, function)| (id.clone(), function["Properties"]["CodeUri"].clone()))
        .collect();
    let expected = FUNCTIONS.map(|name| (resource(name), json!(format!("functions/{name}"))));
    assert_eq!(resources, expected.into(), "template.yaml");
}

#[test]
fn cargo_lambda_builds_the_functions_and_none_of_the_tools() {
    let settings = read("CargoLambda.toml");
    let (_, build) = settings.split_once("[build]\n").expect("[build]");
    let packages = build
        .lines()
        .find_map(|line| line.strip_prefix("packages = "));
    let packages: BTreeSet<String> =
        serde_json::from_str(packages.expect("packages on one line")).unwrap();
    assert_eq!(packages, FUNCTIONS.map(String::from).into());
}

#[test]
fn every_function_is_built_with_cargo_lambda_for_one_runtime() {
    let template = template();
    let shared = &template["Globals"]["Function"];
    assert_eq!(shared["Runtime"], "provided.al2023");
    assert_eq!(shared["Handler"], "bootstrap");
    assert_eq!(shared["LoggingConfig"]["LogFormat"], "JSON");
    for name in FUNCTIONS {
        let function = function(&template, name);
        assert_eq!(
            function["Metadata"],
            json!({"BuildMethod": "rust-cargolambda"}),
            "{name}"
        );
        let group = format!("{}LogGroup", name_in_capitals(name));
        let properties = &function["Properties"];
        assert_eq!(
            properties["LoggingConfig"]["LogGroup"],
            json!({"!Ref": group}),
            "{name}"
        );
        let group = &template["Resources"][&group];
        assert_eq!(group["Type"], "AWS::Logs::LogGroup", "{name}");
        assert_eq!(
            group["Properties"]["RetentionInDays"],
            json!({"!Ref": "LogRetentionDays"}),
            "{name}"
        );
        for fixed in ["Runtime", "Handler", "Architectures", "FunctionName"] {
            assert!(
                properties.get(fixed).is_none(),
                "{name} has a {fixed} of its own"
            );
        }
    }
}

/// A parameter would have one value for `sam build` and another for `sam deploy` where it is given to one of them alone.
#[test]
fn building_and_deploying_read_the_architecture_on_one_line() {
    let template = template();
    let declared = &template["Globals"]["Function"]["Architectures"];
    assert_eq!(declared, &json!(["arm64"]));
    let lines: Vec<_> = ["template.yaml", "samconfig.toml"]
        .iter()
        .flat_map(|path| read(path).lines().map(str::to_owned).collect::<Vec<_>>())
        .filter(|line| line.contains("Architecture"))
        .collect();
    assert_eq!(lines, ["    Architectures: [arm64]"]);
    // SAM passes a flag for arm64 alone; without this, an ARM machine builds for itself what is declared as x86-64.
    let settings = read("CargoLambda.toml");
    let (_, build) = settings.split_once("[build]\n").expect("[build]");
    assert!(build.lines().any(|line| line == "x86_64 = true"));
}

#[test]
fn functions_get_the_variables_that_the_configuration_reads_and_those_without_a_store_get_none() {
    let asked = asked();
    let mut read: BTreeSet<_> = asked.iter().map(String::as_str).collect();
    let here = "SESSION_OIDC_CLIENT_SECRET";
    assert!(read.remove(here), "it is for a development machine alone");

    let template = template();
    let mut shared = variables(&template["Globals"]["Function"]);
    assert!(shared.remove("AWS_ENDPOINT_URL_DYNAMODB"), "the SDK's own");
    let of_login = BTreeSet::from([
        "SESSION_USER_TABLE",
        "SESSION_LOGIN_FORM",
        "SESSION_LOGIN_FREE_FAILURES",
        "SESSION_LOGIN_ADDRESS_PER_MINUTE",
    ]);
    // Those that limit and note whence a client calls.
    let of_both = BTreeSet::from([
        "SESSION_FRONT_HEADER",
        "SESSION_FRONT_HOP",
        "SESSION_FRONT_SECRETS",
    ]);
    let of_session = BTreeSet::from([
        "SESSION_ANONYMOUS_ADDRESS_PER_MINUTE",
        "SESSION_ANONYMOUS_DATA_MAX_BYTES",
    ]);
    for name in FUNCTIONS {
        let function = function(&template, name);
        let own = variables(&function["Properties"]);
        let (given, expected): (BTreeSet<_>, BTreeSet<_>) = match name {
            "login" => (shared.union(&own).copied().collect(), &read - &of_session),
            "page" | "profile" => {
                assert_eq!(
                    function["IgnoreGlobals"],
                    json!(["Environment"]),
                    "{name} gets the signing keys"
                );
                let of_page = [
                    "SESSION_OIDC_CLIENT_ID",
                    "SESSION_OIDC_ISSUER",
                    "SESSION_OIDC_NAME",
                ];
                let expected = of_page.into_iter().filter(|_| name == "page");
                (own, expected.collect())
            }
            "oidc" => {
                let of_passwords = BTreeSet::from([
                    "SESSION_USER_TABLE",
                    "SESSION_LOGIN_FORM",
                    "SESSION_LOGIN_FREE_FAILURES",
                ]);
                let given = shared.union(&own).copied().collect();
                (given, &(&read - &of_passwords) - &of_session)
            }
            "session" => (shared.union(&own).copied().collect(), &read - &of_login),
            _ => {
                let others = &(&(&read - &of_login) - &of_session) - &of_both;
                (shared.union(&own).copied().collect(), others)
            }
        };
        assert_eq!(given, expected, "{name}");
    }
}

#[test]
fn the_log_levels_are_those_that_a_release_build_has() {
    let template = template();
    let levels = &template["Parameters"]["LogLevel"]["AllowedValues"];
    assert_eq!(*levels, json!(["INFO", "WARN", "ERROR"]));
    assert!(read("Cargo.toml").contains(r#"features = ["release_max_level_info"]"#));
}
