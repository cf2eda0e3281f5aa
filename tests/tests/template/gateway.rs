//! The API: its routes, its authorizer, whom it answers, how much it takes and what it logs.

use std::collections::{BTreeMap, BTreeSet};

use lambda::routes::ROUTES;
use local::front::cors;
use serde_json::{Map, Value, json};

use super::{FUNCTIONS, function, name_in_capitals, of_type, read, template, text};

#[test]
fn the_routes_are_those_of_the_table_and_the_authorizer_guards_profile_alone() {
    let template = template();
    let body = &template["Resources"]["Api"]["Properties"]["DefinitionBody"];
    let integration = |function| {
        json!({
            "type": "aws_proxy",
            "httpMethod": "POST",
            "payloadFormatVersion": "2.0",
            "uri": {"!Sub": invocations(function)},
        })
    };
    let page = |mut get: Value| {
        get["responses"] = json!({});
        get["x-amazon-apigateway-integration"] = integration("PageFunction");
        // The path as a whole: SAM leaves an empty path where the method alone has a condition.
        json!({"!If": ["ServePage", {"get": get}, {"!Ref": "AWS::NoValue"}]})
    };
    let at_the_provider = |method: &str| {
        let call = json!({"responses": {}, "x-amazon-apigateway-integration": integration("OidcFunction")});
        json!({"!If": ["HasProvider", {method: call}, {"!Ref": "AWS::NoValue"}]})
    };
    let file =
        json!({"name": "file", "in": "path", "required": true, "schema": {"type": "string"}});
    assert_eq!(
        body["paths"],
        json!({
            "/profile": {"get": {
                "security": [{"SessionAuthorizer": []}],
                "responses": {},
                "x-amazon-apigateway-integration": integration("ProfileFunction"),
            }},
            "/": page(json!({})),
            "/page/{file}": page(json!({"parameters": [file]})),
            "/login/oidc": at_the_provider("get"),
            "/login/oidc/callback": at_the_provider("get"),
            "/logout/oidc": at_the_provider("get"),
            "/logout/backchannel": at_the_provider("post"),
        })
    );
    let in_the_body = [
        "GET / page",
        "GET /login/oidc oidc",
        "GET /login/oidc/callback oidc",
        "GET /logout/oidc oidc",
        "GET /page/{file} page",
        "GET /profile profile",
        "POST /logout/backchannel oidc",
    ];
    let mut routes: BTreeSet<_> = in_the_body.map(str::to_owned).into();
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

/// The table of docs/http.md names each route once, and which of them the authorizer guards.
#[test]
fn the_routes_of_the_documentation_are_those_of_the_table() {
    let page = read("docs/http.md");
    let mut routes = BTreeMap::new();
    for row in page.lines().filter(|line| line.starts_with("| `")) {
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
fn the_authorizer_answers_simply_and_is_never_cached() {
    let template = template();
    let schemes = &template["Resources"]["Api"]["Properties"]["DefinitionBody"]["components"]["securitySchemes"];
    assert_eq!(schemes.as_object().unwrap().len(), 1);
    let authorizer = &schemes["SessionAuthorizer"]["x-amazon-apigateway-authorizer"];
    assert_eq!(authorizer["type"], "request");
    assert_eq!(authorizer["authorizerPayloadFormatVersion"], "2.0");
    assert_eq!(authorizer["enableSimpleResponses"], true);
    assert_eq!(authorizer["authorizerResultTtlInSeconds"], 0);
    assert_eq!(
        authorizer["authorizerUri"],
        json!({"!Sub": invocations("AuthorizerFunction")})
    );

    let seconds = function(&template, "authorizer")["Properties"]["Timeout"].as_u64();
    assert!(
        seconds.is_some_and(|seconds| seconds < 10),
        "API Gateway waits 10 s"
    );
}

/// SAM writes the permissions for the routes of events.
#[test]
fn this_api_alone_may_invoke_what_its_body_names() {
    let template = template();
    let api = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}";
    let permissions: BTreeMap<_, _> = of_type(&template, "AWS::Lambda::Permission")
        .map(|(id, permission)| (id.as_str(), permission["Properties"].clone()))
        .collect();
    let expected = [
        (
            "AuthorizerPermission",
            "AuthorizerFunction",
            "authorizers/*",
        ),
        (
            "OidcBackChannelPermission",
            "OidcFunction",
            "*/POST/logout/backchannel",
        ),
        (
            "OidcCallbackPermission",
            "OidcFunction",
            "*/GET/login/oidc/callback",
        ),
        ("OidcLogoutPermission", "OidcFunction", "*/GET/logout/oidc"),
        ("OidcPermission", "OidcFunction", "*/GET/login/oidc"),
        ("PageFilesPermission", "PageFunction", "*/GET/page/*"),
        ("PagePermission", "PageFunction", "*/GET/"),
        ("ProfilePermission", "ProfileFunction", "*/GET/profile"),
    ];
    let expected = expected.map(|(id, function, source)| {
        let properties = json!({
            "FunctionName": {"!Ref": function},
            "Action": "lambda:InvokeFunction",
            "Principal": "apigateway.amazonaws.com",
            "SourceArn": {"!Sub": format!("{api}/{source}")},
        });
        (id, properties)
    });
    assert_eq!(permissions, expected.into());
}

/// What API Gateway calls to invoke a function.
fn invocations(function: &str) -> String {
    format!(
        "arn:${{AWS::Partition}}:apigateway:${{AWS::Region}}:lambda:path/2015-03-31/functions/${{{function}.Arn}}/invocations"
    )
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
            "ServePage": {"!Equals": [{"!Ref": "Page"}, "on"]},
            "HasProvider": {"!Not": [{"!Equals": [{"!Ref": "OidcIssuer"}, ""]}]},
            "HasClientSecret": {"!And": [
                {"!Condition": "HasProvider"},
                {"!Not": [{"!Equals": [{"!Ref": "OidcClientSecretArn"}, ""]}]},
            ]},
            "MonitorProvider": {"!And": [{"!Condition": "Monitor"}, {"!Condition": "HasProvider"}]},
            "HasOwnRedirectUri": {"!Not": [{"!Equals": [{"!Ref": "OidcRedirectUri"}, ""]}]},
            "Monitor": {"!Equals": [{"!Ref": "Monitoring"}, "on"]},
            "TellTopic": {"!Not": [{"!Equals": [{"!Ref": "AlarmTopicArn"}, ""]}]},
            "ProtectTables": {"!Equals": [{"!Ref": "DeletionProtection"}, "on"]},
            "ReserveForAuthorizer": {"!Not": [{"!Equals": [{"!Ref": "AuthorizerReservedConcurrency"}, ""]}]},
            "ReserveForLogin": {"!Not": [{"!Equals": [{"!Ref": "LoginReservedConcurrency"}, ""]}]},
        })
    );
    assert_eq!(
        authorizer["identitySource"],
        json!({"!If": ["CookieOnly",
            "$request.header.Cookie,$context.routeKey",
            {"!If": ["HeaderOnly",
                {"!Sub": "$request.header.${HeaderName},$context.routeKey"},
                "$context.requestId"]}]})
    );
}

/// No origin but those that are named, and none by default.
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
