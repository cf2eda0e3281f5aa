//! What `template.yaml` promises: names, routes, least privilege, no result cache, the tables' settings, and one
//! parameter for each setting of the functions.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use dynamodb_session::signing_keys::SigningKeys;
use gateway::routes::ROUTES;
use local::front::cors;
use saphyr::{LoadableYamlNode, Yaml};
use serde_json::{Map, Value, json};

const FUNCTIONS: [&str; 5] = ["authorizer", "login", "logout", "profile", "session"];

#[test]
fn folder_package_binary_and_resource_of_a_function_share_a_name() {
    let mut folders = BTreeSet::new();
    for entry in fs::read_dir(root().join("functions")).unwrap() {
        let folder = entry.unwrap().path();
        if folder.join("src/main.rs").exists() {
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
fn each_function_may_do_what_it_does_and_no_more() {
    const READ_KEYS: &str = "the secret, if there is one: GetSecretValue";
    #[rustfmt::skip]
    let expected = [
        ("authorizer", vec!["SessionTable: DeleteItem GetItem UpdateItem of s#* u#* -", READ_KEYS]),
        ("login",      vec!["SessionTable: BatchGetItem DeleteItem GetItem PutItem UpdateItem of s#* u#* t#* -", "UserTable: GetItem of p#*", READ_KEYS]),
        ("logout",     vec!["SessionTable: DeleteItem GetItem UpdateItem of s#* u#* -", READ_KEYS]),
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

#[test]
fn the_routes_are_those_of_the_table_and_the_authorizer_guards_profile_alone() {
    let template = template();
    let body = &template["Resources"]["Api"]["Properties"]["DefinitionBody"];
    assert_eq!(
        body["paths"],
        json!({"/profile": {"get": {"security": [{"SessionAuthorizer": []}]}}})
    );
    let mut routes = BTreeSet::new();
    for name in FUNCTIONS {
        let events = &function(&template, name)["Properties"]["Events"];
        for event in events.as_object().into_iter().flat_map(Map::values) {
            let properties = &event["Properties"];
            assert_eq!(event["Type"], "HttpApi", "{name}");
            assert_eq!(properties["ApiId"], json!({"!Ref": "Api"}), "{name}");
            routes.insert(format!(
                "{} {} {name}",
                text(&properties["Method"]),
                text(&properties["Path"])
            ));
        }
    }
    let expected = ROUTES.iter().map(|route| {
        let function = format!("{:?}", route.function).to_lowercase();
        format!("{} {} {function}", route.method, route.path)
    });
    assert_eq!(routes, expected.collect());
    let guarded: Vec<_> = ROUTES.iter().filter(|route| route.protected).collect();
    assert_eq!(guarded.len(), 1);
    assert_eq!((guarded[0].method, guarded[0].path), ("GET", "/profile"));
}

/// README's table names each route once, and which of them the authorizer guards.
#[test]
fn the_routes_of_the_readme_are_those_of_the_table() {
    let readme = read("README.md");
    let (_, section) = readme.split_once("## The routes").unwrap();
    let mut routes = BTreeMap::new();
    for row in section.lines().filter(|line| line.starts_with("| `")) {
        let mut cells = row.split(" | ");
        let (route, who) = (cells.next().unwrap(), cells.next().unwrap());
        for part in route.split('`').skip(1).step_by(2) {
            let key = part.split('?').next().unwrap();
            if key.starts_with(|first: char| first.is_ascii_uppercase()) {
                routes.insert(key.to_owned(), who.contains("authorizer"));
            }
        }
        if row.contains("the sample backend") {
            break;
        }
    }
    let expected = ROUTES
        .iter()
        .map(|route| (format!("{} {}", route.method, route.path), route.protected));
    assert_eq!(routes, expected.collect());
}

#[test]
fn the_authorizer_answers_simply_is_never_cached_and_may_be_invoked_by_this_api_only() {
    let template = template();
    let schemes = &template["Resources"]["Api"]["Properties"]["DefinitionBody"]["components"]["securitySchemes"];
    assert_eq!(schemes.as_object().unwrap().len(), 1);
    let authorizer = &schemes["SessionAuthorizer"]["x-amazon-apigateway-authorizer"];
    assert_eq!(authorizer["type"], "request");
    assert_eq!(authorizer["authorizerPayloadFormatVersion"], "2.0");
    assert_eq!(authorizer["enableSimpleResponses"], true);
    assert_eq!(authorizer["authorizerResultTtlInSeconds"], 0);
    assert!(text(&authorizer["authorizerUri"]["!Sub"]).contains("${AuthorizerFunction.Arn}"));

    let permissions: Vec<_> = of_type(&template, "AWS::Lambda::Permission").collect();
    let [(_, permission)] = permissions.as_slice() else {
        panic!("one permission beside those that SAM writes for the routes")
    };
    let properties = &permission["Properties"];
    assert_eq!(
        properties["FunctionName"],
        json!({"!Ref": "AuthorizerFunction"})
    );
    assert_eq!(properties["Principal"], "apigateway.amazonaws.com");
    let source = text(&properties["SourceArn"]["!Sub"]);
    assert!(source.ends_with(":${Api}/authorizers/*"), "{source}");

    let seconds = function(&template, "authorizer")["Properties"]["Timeout"].as_u64();
    assert!(
        seconds.is_some_and(|seconds| seconds < 10),
        "API Gateway waits 10 s"
    );
}

#[test]
fn the_gateway_asks_for_the_header_that_carries_the_token() {
    let template = template();
    let authorizer = &template["Resources"]["Api"]["Properties"]["DefinitionBody"]["components"]["securitySchemes"]
        ["SessionAuthorizer"]["x-amazon-apigateway-authorizer"];
    assert_eq!(
        template["Conditions"],
        json!({
            "CookieOnly": {"!Equals": [{"!Ref": "Transport"}, "cookie"]},
            "HeaderOnly": {"!Equals": [{"!Ref": "Transport"}, "header"]},
            "BearerHeader": {"!Or": [
                {"!Equals": [{"!Ref": "HeaderName"}, "authorization"]},
                {"!Equals": [{"!Ref": "HeaderName"}, "Authorization"]},
                {"!Equals": [{"!Ref": "HeaderName"}, "AUTHORIZATION"]},
            ]},
            "HasAllowedOrigins": {"!Not": [{"!Equals": [{"!Join": ["", {"!Ref": "AllowedOrigins"}]}, ""]}]},
            "HasAllowedHeaders": {"!Not": [{"!Equals": [{"!Join": ["", {"!Ref": "AllowedHeaders"}]}, ""]}]},
            "CreateSecret": {"!Equals": [{"!Ref": "SigningKeysSecret"}, "create"]},
            "UseSecret": {"!Not": [{"!Equals": [{"!Ref": "SigningKeysSecret"}, "none"]}]},
            "LogAccess": {"!Equals": [{"!Ref": "AccessLogs"}, "on"]},
            "ProtectTables": {"!Equals": [{"!Ref": "DeletionProtection"}, "on"]},
            "ReserveForAuthorizer": {"!Not": [{"!Equals": [{"!Ref": "AuthorizerReservedConcurrency"}, ""]}]},
            "ReserveForLogin": {"!Not": [{"!Equals": [{"!Ref": "LoginReservedConcurrency"}, ""]}]},
        })
    );
    assert_eq!(
        authorizer["identitySource"],
        json!({"!If": ["CookieOnly",
            ["$request.header.Cookie", "$context.routeKey"],
            {"!If": ["HeaderOnly",
                [{"!Sub": "$request.header.${HeaderName}"}, "$context.routeKey"],
                ["$context.requestId"]]}]})
    );
}

/// Row 31: no origin but those that are named, and none by default.
#[test]
fn pages_of_other_hosts_may_call_only_from_the_origins_that_are_named() {
    let template = template();
    let body = &template["Resources"]["Api"]["Properties"]["DefinitionBody"];
    // The same as the stack on one machine.
    let names = |list: &str| list.split(',').map(Value::from).collect::<Vec<_>>();
    let with_header = |list| [names(list), vec![json!({"!Ref": "HeaderName"})]].concat();
    let mut exposed = names(cors::EXPOSED);
    exposed.push(json!({"!If": ["BearerHeader", "x-id", {"!Ref": "HeaderName"}]}));
    let mut with_more = with_header(cors::HEADERS);
    with_more.push(json!({"!Join": [",", {"!Ref": "AllowedHeaders"}]}));
    assert_eq!(
        body["x-amazon-apigateway-cors"],
        json!({"!If": ["HasAllowedOrigins", {
            "allowOrigins": {"!Ref": "AllowedOrigins"},
            "allowCredentials": true,
            "allowMethods": names(cors::METHODS),
            "allowHeaders": {"!If": ["HasAllowedHeaders",
                {"!Split": [",", {"!Join": [",", with_more]}]},
                with_header(cors::HEADERS)]},
            "exposeHeaders": exposed,
            "maxAge": cors::MAX_AGE.parse::<u64>().unwrap(),
        }, {"!Ref": "AWS::NoValue"}]})
    );
    assert_eq!(template["Parameters"]["AllowedOrigins"]["Default"], "");
    let variables = &template["Globals"]["Function"]["Environment"]["Variables"];
    assert_eq!(
        variables["SESSION_ALLOWED_ORIGINS"],
        json!({"!Join": [",", {"!Ref": "AllowedOrigins"}]})
    );
}

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

#[test]
fn load_is_limited_at_the_stage_and_reserved_only_where_it_is_asked_for() {
    let template = template();
    let api = &template["Resources"]["Api"]["Properties"];
    let limits = |rate: &str, burst: &str| json!({"ThrottlingRateLimit": {"!Ref": rate}, "ThrottlingBurstLimit": {"!Ref": burst}});
    assert_eq!(
        api["DefaultRouteSettings"],
        limits("ThrottleRate", "ThrottleBurst")
    );
    assert_eq!(
        api["RouteSettings"],
        json!({"POST /login": limits("LoginThrottleRate", "LoginThrottleBurst")})
    );
    for name in FUNCTIONS {
        let reserved = function(&template, name)["Properties"].get("ReservedConcurrentExecutions");
        let expected = match name {
            "authorizer" | "login" => {
                let name = name_in_capitals(name);
                let parameter = format!("{name}ReservedConcurrency");
                assert_eq!(template["Parameters"][&parameter]["Default"], "");
                Some(
                    json!({"!If": [format!("ReserveFor{name}"), {"!Ref": parameter}, {"!Ref": "AWS::NoValue"}]}),
                )
            }
            _ => None,
        };
        assert_eq!(reserved, expected.as_ref(), "{name}");
    }
}

#[test]
fn a_line_of_the_access_log_holds_no_credential() {
    let template = template();
    let settings = &template["Resources"]["Api"]["Properties"]["AccessLogSettings"]["!If"];
    assert_eq!(settings[0], "LogAccess");
    assert_eq!(settings[2], json!({"!Ref": "AWS::NoValue"}));
    assert_eq!(
        settings[1]["DestinationArn"],
        json!({"!GetAtt": "AccessLogGroup.Arn"})
    );
    let group = &template["Resources"]["AccessLogGroup"];
    assert_eq!(group["Condition"], "LogAccess");
    assert_eq!(
        group["Properties"]["RetentionInDays"],
        json!({"!Ref": "LogRetentionDays"})
    );
    let format = text(&settings[1]["Format"]);
    assert!(!format.contains('\n'), "a line of its own each: {format}");
    let line: Map<String, Value> = serde_json::from_str(format).expect("JSON");
    // Paths, queries, headers and the rest of the authorizer's context may hold what nobody else may know.
    let harmless = BTreeSet::from([
        "$context.authorizer.error",
        "$context.authorizer.session",
        "$context.authorizer.status",
        "$context.error.responseType",
        "$context.identity.sourceIp",
        "$context.integration.status",
        "$context.requestId",
        "$context.requestTimeEpoch",
        "$context.responseLatency",
        "$context.responseLength",
        "$context.routeKey",
        "$context.status",
    ]);
    for (name, variable) in &line {
        assert!(harmless.contains(text(variable)), "{name}: {variable}");
    }
}

#[test]
fn the_log_levels_are_those_that_a_release_build_has() {
    let template = template();
    let levels = &template["Parameters"]["LogLevel"]["AllowedValues"];
    assert_eq!(*levels, json!(["INFO", "WARN", "ERROR"]));
    assert!(read("Cargo.toml").contains(r#"features = ["release_max_level_info"]"#));
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

#[test]
fn functions_get_the_variables_that_the_configuration_reads_and_profile_gets_none() {
    let folder = fs::read_dir(root().join("shared/src/config")).unwrap();
    let files = folder.map(|file| file.unwrap().path());
    let sources: Vec<_> = files
        .chain([root().join("shared/src/config.rs")])
        .map(|file| fs::read_to_string(file).unwrap())
        .collect();
    let code = sources
        .iter()
        .filter_map(|source| source.split("#[cfg(test)]").next());
    let read: BTreeSet<_> = code
        .flat_map(|code| code.split('"'))
        .filter(|part| {
            // The prefix alone is what misspelt names are looked for by.
            part.len() > "SESSION_".len()
                && part.starts_with("SESSION_")
                && part
                    .bytes()
                    .all(|byte| byte == b'_' || byte.is_ascii_uppercase())
        })
        .collect();
    assert!(
        read.contains("SESSION_TABLE"),
        "shared/src/config reads its variables in another way"
    );

    let template = template();
    let shared = variables(&template["Globals"]["Function"]);
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
            "profile" => {
                assert_eq!(
                    function["IgnoreGlobals"],
                    json!(["Environment"]),
                    "profile gets the signing keys"
                );
                (own, BTreeSet::new())
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
fn a_created_secret_holds_a_key_that_the_functions_accept_and_outlives_the_stack() {
    let template = template();
    let secrets: Vec<_> = of_type(&template, "AWS::SecretsManager::Secret").collect();
    let [(id, secret)] = secrets.as_slice() else {
        panic!("one secret")
    };
    assert_eq!(*id, "SigningKeysSecretResource");
    assert_eq!(secret["Condition"], "CreateSecret");
    assert_eq!(secret["DeletionPolicy"], "Retain");
    assert_eq!(secret["UpdateReplacePolicy"], "Retain");
    let generated = &secret["Properties"]["GenerateSecretString"];
    assert_eq!(
        *generated,
        json!({"PasswordLength": 44, "ExcludePunctuation": true, "IncludeSpace": false})
    );
    let length = usize::try_from(generated["PasswordLength"].as_u64().unwrap()).unwrap();
    for character in ('0'..='9').chain('A'..='Z').chain('a'..='z') {
        let key = String::from(character).repeat(length);
        assert!(SigningKeys::parse(&key).is_ok(), "{key}");
    }
}

/// `sessionctl keys rotate drop` waits for as long as a session may live by these.
#[test]
fn a_created_secret_is_tagged_with_the_variables_that_say_how_long_sessions_live() {
    let template = template();
    let secret = &template["Resources"]["SigningKeysSecretResource"];
    let tags = list(&secret["Properties"]["Tags"]);
    let names: Vec<_> = tags.iter().map(|tag| text(&tag["Key"])).collect();
    let expected = [
        "SESSION_TIMEOUT_PRESET",
        "SESSION_IDLE_TIMEOUT_SECONDS",
        "SESSION_ABSOLUTE_TIMEOUT_SECONDS",
        "SESSION_REMEMBER_SECONDS",
    ];
    assert_eq!(names, expected);
    let variables = &template["Globals"]["Function"]["Environment"]["Variables"];
    for tag in tags {
        let name = text(&tag["Key"]);
        assert!(variables[name].is_object(), "{name}");
        assert_eq!(tag["Value"], variables[name], "{name}");
    }
}

#[test]
fn the_functions_are_told_the_secret_only_where_there_is_one() {
    let template = template();
    let variable = &template["Globals"]["Function"]["Environment"]["Variables"]["SESSION_SIGNING_KEYS_SECRET_ARN"];
    assert_eq!(
        *variable,
        json!({"!If": ["CreateSecret", {"!Ref": "SigningKeysSecretResource"},
            {"!If": ["UseSecret", {"!Ref": "SigningKeysSecret"}, ""]}]})
    );
    assert_eq!(
        template["Parameters"]["SigningKeysSecret"]["Default"],
        "none"
    );
    let output = &template["Outputs"]["SigningKeysSecretArn"];
    assert_eq!(output["Condition"], "UseSecret");
    assert_eq!(output["Value"], secret_arn());
    let rule = &template["Rules"]["KeysAreInOnePlace"]["Assertions"][0]["Assert"];
    assert_eq!(
        *rule,
        json!({"!Or": [{"!Equals": [{"!Ref": "SigningKeys"}, ""]}, {"!Equals": [{"!Ref": "SigningKeysSecret"}, "none"]}]})
    );
}

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
    let texts = read("README.md") + &read("docs/operations.md");
    let rows: Vec<_> = texts.lines().filter(|line| line.starts_with('|')).collect();
    for name in template["Parameters"].as_object().unwrap().keys() {
        let quoted = format!("`{name}`");
        let named = rows.iter().any(|row| row.contains(&quoted));
        assert!(
            named,
            "{name} is in no table of README.md or docs/operations.md"
        );
    }
}

#[test]
fn outputs_name_the_address_the_authorizer_the_tables_and_the_secret() {
    let template = template();
    let outputs: Vec<_> = template["Outputs"].as_object().unwrap().keys().collect();
    assert_eq!(
        outputs,
        [
            "ApiUrl",
            "AuthorizerArn",
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
    let statements = list(&policy["Statement"]);
    assert!(!statements.is_empty(), "not an inline policy: {policy}");
    statements
        .iter()
        .map(|statement| {
            if let Some(conditional) = statement.get("!If") {
                return grant_of_secret(conditional);
            }
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

/// The statement that is there only where there is a secret.
fn grant_of_secret(conditional: &Value) -> String {
    let [condition, statement, otherwise] = list(conditional) else {
        panic!("no condition: {conditional}")
    };
    assert_eq!(condition, "UseSecret");
    assert_eq!(*otherwise, json!({"!Ref": "AWS::NoValue"}));
    assert_eq!(statement["Effect"], "Allow");
    assert_eq!(statement["Resource"], secret_arn());
    assert_eq!(
        statement["Action"],
        json!(["secretsmanager:GetSecretValue"])
    );
    "the secret, if there is one: GetSecretValue".to_owned()
}

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

/// The names in `!Ref` and in the `${}` of `!Sub`.
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
