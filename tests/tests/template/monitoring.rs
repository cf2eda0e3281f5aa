//! Metrics, alarms and the dashboard: all or nothing, over lines and metrics that there are, each explained to operators.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use tests::pattern::Pattern;

use super::{list, of_type, read, template, text};

const FILTER: &str = "AWS::Logs::MetricFilter";
const ALARM: &str = "AWS::CloudWatch::Alarm";
const DASHBOARD: &str = "AWS::CloudWatch::Dashboard";

/// A namespace, names of metrics in it, and their dimensions.
type OfAws = (
    &'static str,
    &'static [&'static str],
    &'static [(&'static str, &'static str)],
);

/// Metrics of AWS by namespace, each with its dimensions and the types of the resources that they name.
const OF_AWS: [OfAws; 6] = [
    (
        "AWS/Lambda",
        &["Duration", "Errors", "Invocations", "Throttles"],
        &[("FunctionName", "AWS::Serverless::Function")],
    ),
    ("AWS/Lambda", &["ClaimedAccountConcurrency"], &[]),
    (
        "AWS/ApiGateway",
        &["5xx", "Count", "Latency"],
        &[("ApiId", "AWS::Serverless::HttpApi")],
    ),
    (
        "AWS/DynamoDB",
        &[
            "ConsumedReadCapacityUnits",
            "ConsumedWriteCapacityUnits",
            "ReadThrottleEvents",
            "WriteThrottleEvents",
        ],
        &[("TableName", "AWS::DynamoDB::Table")],
    ),
    (
        "AWS/DynamoDB",
        &["SystemErrors"],
        &[("TableName", "AWS::DynamoDB::Table"), ("Operation", "")],
    ),
    (
        "AWS/Logs",
        &["IncomingBytes"],
        &[("LogGroupName", "AWS::Logs::LogGroup")],
    ),
];

/// The alarms at one occurrence or at a rise, in five minutes; the others are at faults, in two of three minutes.
const AT_ONCE: [&str; 5] = [
    "CrossSiteAlarm",
    "DamagedAlarm",
    "GuessesAlarm",
    "LoginThrottledAlarm",
    "ReusedAlarm",
];

#[test]
fn monitoring_is_off_by_default_and_then_nothing_of_it_is_there() {
    let template = template();
    assert_eq!(template["Parameters"]["Monitoring"]["Default"], "off");
    let condition = json!({"!Equals": [{"!Ref": "Monitoring"}, "on"]});
    assert_eq!(template["Conditions"]["Monitor"], condition);
    for setting in ["on", "off"] {
        let resources = template["Resources"].as_object().unwrap().iter();
        let there = resources.filter(|(_, resource)| {
            let monitors = ["Monitor", "MonitorProvider"];
            !monitors.map(Value::from).contains(&resource["Condition"]) || setting == "on"
        });
        let types = there.map(|(_, resource)| text(&resource["Type"]));
        let monitoring: BTreeSet<_> = types
            .filter(|it| [FILTER, ALARM, DASHBOARD].contains(it))
            .collect();
        let expected = if setting == "on" { 3 } else { 0 };
        assert_eq!(monitoring.len(), expected, "{setting}: {monitoring:?}");
    }
    assert_eq!(template["Outputs"]["DashboardName"]["Condition"], "Monitor");
}

#[test]
fn monitoring_refuses_a_log_level_that_hides_what_it_counts_and_a_topic_takes_monitoring() {
    let template = template();
    let equals = |name: &str, value: &str| json!({"!Equals": [{"!Ref": name}, value]});
    let rules = [
        (
            "MonitoringReadsLines",
            equals("Monitoring", "on"),
            equals("LogLevel", "INFO"),
        ),
        (
            "AlarmsAreThere",
            json!({"!Not": [equals("AlarmTopicArn", "")]}),
            equals("Monitoring", "on"),
        ),
    ];
    for (name, condition, expected) in rules {
        let rule = &template["Rules"][name];
        assert_eq!(rule["RuleCondition"], condition, "{name}");
        let assertions = list(&rule["Assertions"]);
        assert_eq!(assertions.len(), 1, "{name}");
        assert_eq!(assertions[0]["Assert"], expected, "{name}");
    }
}

#[test]
fn each_pattern_is_of_the_list_and_read_as_the_tests_read_it() {
    let template = template();
    let lines = template["Mappings"]["Lines"].as_object().unwrap();
    let read = Pattern::of_template();
    assert!(lines.keys().eq(read.keys()), "{read:?}");
    for (name, pattern) in &read {
        let parsed = Pattern::parse(text(&lines[name]["Pattern"]));
        assert_eq!(format!("{parsed:?}"), format!("{pattern:?}"), "{name}");
    }
    let mut used = BTreeSet::new();
    for (id, filter) in of_type(&template, FILTER) {
        let properties = &filter["Properties"];
        let pattern = list(&properties["FilterPattern"]["!FindInMap"]);
        assert_eq!(
            (&pattern[0], &pattern[2]),
            (&json!("Lines"), &json!("Pattern")),
            "{id}"
        );
        let name = text(&pattern[1]);
        used.insert(name.to_owned());
        let group = text(&properties["LogGroupName"]["!Ref"]);
        assert_eq!(
            template["Resources"][group]["Type"], "AWS::Logs::LogGroup",
            "{id}"
        );
        assert_eq!(
            *id,
            format!("{name}In{}", group.trim_end_matches("LogGroup"))
        );
        let [metric] = list(&properties["MetricTransformations"]) else {
            panic!("{id}");
        };
        assert_eq!(
            metric["MetricNamespace"],
            json!({"!Sub": NAMESPACE}),
            "{id}"
        );
        // A filter with a dimension takes no default value, and an alarm needs none.
        assert!(metric.get("DefaultValue").is_none(), "{id}");
    }
    assert!(lines.keys().eq(used.iter()), "{used:?}");
}

const NAMESPACE: &str = "Sessions/${AWS::StackName}";

/// The metrics that filters make; those without a dimension.
fn own(template: &Value) -> BTreeSet<String> {
    let transformations = of_type(template, FILTER)
        .flat_map(|(_, filter)| list(&filter["Properties"]["MetricTransformations"]));
    let plain = transformations.filter(|metric| metric.get("Dimensions").is_none());
    plain
        .map(|metric| text(&metric["MetricName"]).to_owned())
        .collect()
}

/// A metric exists: a filter makes it, or AWS does for resources of this template.
fn assert_exists(template: &Value, namespace: &str, name: &str, dimensions: &[(String, String)]) {
    if namespace == NAMESPACE {
        assert!(
            own(template).contains(name) && dimensions.is_empty(),
            "{name} {dimensions:?}"
        );
        return;
    }
    let of_aws = OF_AWS
        .iter()
        .find(|(known, names, _)| *known == namespace && names.contains(&name));
    let (_, _, expected) = of_aws.unwrap_or_else(|| panic!("{namespace} {name}"));
    assert_eq!(dimensions.len(), expected.len(), "{name} {dimensions:?}");
    for ((key, value), (expected, of)) in dimensions.iter().zip(*expected) {
        assert_eq!(key, expected, "{name}");
        if !of.is_empty() {
            assert_eq!(
                template["Resources"][value]["Type"], *of,
                "{name} of {value}"
            );
        }
    }
}

/// Namespace, name and dimensions.
type Metric = (String, String, Vec<(String, String)>);

/// The metrics that an alarm looks at.
fn looked_at(alarm: &Value) -> Vec<Metric> {
    let properties = &alarm["Properties"];
    let mut found = Vec::new();
    let within = list(&properties["Metrics"])
        .iter()
        .filter_map(|query| query.get("MetricStat"));
    let within = within.map(|stat| &stat["Metric"]);
    let single = properties.get("MetricName").map(|_| properties);
    for metric in within.chain(single) {
        let namespace = metric["Namespace"]
            .as_str()
            .or(metric["Namespace"]["!Sub"].as_str());
        let dimensions = list(&metric["Dimensions"]).iter().map(|dimension| {
            let value = dimension["Value"]
                .as_str()
                .or(dimension["Value"]["!Ref"].as_str());
            (
                text(&dimension["Name"]).to_owned(),
                value.unwrap().to_owned(),
            )
        });
        let (namespace, name) = (namespace.unwrap(), text(&metric["MetricName"]));
        found.push((namespace.to_owned(), name.to_owned(), dimensions.collect()));
    }
    found
}

#[test]
fn each_alarm_is_at_metrics_that_exist_with_a_threshold_that_is_a_parameter() {
    let template = template();
    let mut thresholds = BTreeSet::new();
    for (id, alarm) in of_type(&template, ALARM) {
        let properties = &alarm["Properties"];
        let metrics = looked_at(alarm);
        assert!(!metrics.is_empty(), "{id}");
        for (namespace, name, dimensions) in &metrics {
            assert_exists(&template, namespace, name, dimensions);
            // A REST API's 401 is an error of the authorizer.
            let authorizers = dimensions
                .iter()
                .any(|(_, value)| value == "AuthorizerFunction");
            assert!(!(name == "Errors" && authorizers), "{id}");
        }
        let threshold = text(&properties["Threshold"]["!Ref"]);
        assert!(
            template["Parameters"][threshold]["Default"].is_number(),
            "{id}"
        );
        assert!(
            thresholds.insert(threshold.to_owned()),
            "{threshold} is that of two alarms"
        );
        assert_eq!(
            properties["ComparisonOperator"], "GreaterThanOrEqualToThreshold",
            "{id}"
        );
        assert_eq!(properties["TreatMissingData"], "notBreaching", "{id}");
        let periods = (
            &properties["DatapointsToAlarm"],
            &properties["EvaluationPeriods"],
        );
        let once = AT_ONCE.contains(&id.as_str());
        let (of, all, seconds) = if once { (1, 1, 300) } else { (2, 3, 60) };
        assert_eq!(periods, (&json!(of), &json!(all)), "{id}");
        let queries = list(&properties["Metrics"]).iter();
        let stated = queries.filter_map(|query| query["MetricStat"].get("Period"));
        for period in stated.chain(properties.get("Period")) {
            assert_eq!(*period, seconds, "{id}");
        }
        let told =
            json!([{"!If": ["TellTopic", {"!Ref": "AlarmTopicArn"}, {"!Ref": "AWS::NoValue"}]}]);
        assert_eq!(
            (&properties["AlarmActions"], &properties["OKActions"]),
            (&told, &told),
            "{id}"
        );
    }
    let parameters = template["Parameters"].as_object().unwrap().keys();
    let alarms: BTreeSet<_> = parameters
        .filter(|name| name.starts_with("Alarm") && *name != "AlarmTopicArn")
        .cloned()
        .collect();
    assert_eq!(thresholds, alarms);
}

#[test]
fn both_tables_and_all_functions_are_looked_at() {
    let template = template();
    let mut seen = BTreeMap::<String, BTreeSet<String>>::new();
    for (_, alarm) in of_type(&template, ALARM) {
        for (namespace, name, dimensions) in looked_at(alarm) {
            let of = seen.entry(format!("{namespace} {name}")).or_default();
            of.extend(dimensions.first().map(|(_, value)| value.clone()));
        }
    }
    let names = |names: &[&str], end: &str| {
        names
            .iter()
            .map(|name| format!("{name}{end}"))
            .collect::<BTreeSet<_>>()
    };
    let tables = names(&["Session", "User"], "Table");
    let functions = ["Authorizer", "Login", "Logout", "Profile", "Session"];
    assert_eq!(seen["AWS/DynamoDB ReadThrottleEvents"], tables);
    assert_eq!(seen["AWS/DynamoDB WriteThrottleEvents"], tables);
    assert_eq!(seen["AWS/DynamoDB SystemErrors"], tables);
    assert_eq!(seen["AWS/Lambda Throttles"], names(&functions, "Function"));
    assert_eq!(
        seen["AWS/Lambda Errors"],
        names(&functions[1..], "Function")
    );
    assert_eq!(
        seen["AWS/Lambda Duration"],
        names(&["Authorizer", "Login", "Logout", "Session"], "Function")
    );
    for metric in [
        "StoreFaults",
        "KeysFaults",
        "Damaged",
        "Reused",
        "Guesses",
        "CrossSite",
        "LoginsThrottled",
        "Crashes",
    ] {
        assert!(
            seen.contains_key(&format!("{NAMESPACE} {metric}")),
            "{metric}"
        );
    }
    let crashes = of_type(&template, FILTER).filter(|(id, _)| id.starts_with("CrashesIn"));
    // And that of the provider, where there is one.
    assert_eq!(crashes.count(), functions.len() + 1);
}

#[test]
fn the_dashboard_names_only_metrics_and_alarms_that_exist() {
    let template = template();
    let dashboard = &template["Resources"]["Dashboard"]["Properties"]["DashboardBody"];
    let body: Value = serde_json::from_str(text(&dashboard["!Sub"])).unwrap();
    let mut metrics = 0;
    for widget in list(&body["widgets"]) {
        let properties = &widget["properties"];
        for alarm in list(&properties["alarms"]) {
            let id = text(alarm)
                .strip_prefix("${")
                .and_then(|id| id.strip_suffix(".Arn}"))
                .unwrap();
            assert_eq!(template["Resources"][id]["Type"], ALARM);
        }
        for metric in list(&properties["metrics"]) {
            let mut parts: Vec<_> = list(metric).iter().filter_map(Value::as_str).collect();
            if let Some(expression) = metric[0]["expression"].as_str() {
                let search = format!(
                    "SEARCH('{{\"{NAMESPACE}\",Reason}} MetricName=\"DeniedBy\"', 'Sum', 300)"
                );
                let allowed = "FILL(invocations,0)-FILL(denials,0)";
                assert!(
                    [search.as_str(), allowed].contains(&expression),
                    "{expression}"
                );
                continue;
            }
            let pairs = parts.split_off(2);
            let dimensions: Vec<_> = pairs
                .chunks(2)
                .map(|pair| {
                    let value = pair[1]
                        .strip_prefix("${")
                        .and_then(|name| name.strip_suffix('}'));
                    (pair[0].to_owned(), value.unwrap().to_owned())
                })
                .collect();
            assert_exists(&template, parts[0], parts[1], &dimensions);
            metrics += 1;
        }
    }
    assert!(metrics > 30, "{metrics}");
    // Allowed calls are the authorizer's invocations without its denials.
    let ids = text(&dashboard["!Sub"])
        .matches("\"id\": \"invocations\"")
        .count();
    assert_eq!(
        (
            ids,
            text(&dashboard["!Sub"])
                .matches("\"id\": \"denials\"")
                .count()
        ),
        (2, 2)
    );
    let denials: Vec<_> = of_type(&template, FILTER)
        .map(|(id, _)| id)
        .filter(|id| id.starts_with("Denials"))
        .collect();
    assert_eq!(denials, ["DenialsInAuthorizer"]);
    let shown = list(&body["widgets"])
        .iter()
        .flat_map(|widget| list(&widget["properties"]["alarms"]))
        .count();
    assert_eq!(shown, of_type(&template, ALARM).count());
}

#[test]
fn each_alarm_has_its_row_and_the_costs_are_counted() {
    let template = template();
    let page = read("docs/operations.md");
    let (_, page) = page.split_once("\n## Metrics and alarms\n").unwrap();
    let page = page.split("\n## ").next().unwrap();
    let mut looks = 0;
    for (id, alarm) in of_type(&template, ALARM) {
        let row = page
            .lines()
            .find(|line| line.starts_with(&format!("| `{id}` |")));
        let cells: Vec<_> = row
            .unwrap_or_else(|| panic!("{id} has no row"))
            .split(" | ")
            .collect();
        let threshold = text(&alarm["Properties"]["Threshold"]["!Ref"]);
        let default = &template["Parameters"][threshold]["Default"];
        assert_eq!(cells[1], format!("`{threshold}` {default}"), "{id}");
        assert!(cells.len() == 4 && cells[3].len() > 20, "{id}: what to do");
        looks += looked_at(alarm).len();
    }
    let metrics = own(&template).len();
    let told = format!("{looks} metrics of alarms");
    assert!(page.contains(&told), "{told}");
    let told = format!("{metrics} metrics of our own");
    assert!(page.contains(&told), "{told}");
}
