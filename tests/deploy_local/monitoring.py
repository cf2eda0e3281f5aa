"""Metrics, alarms and the dashboard of a deployed stack are there, and are gone where Monitoring is off.

MiniStack keeps metric filters and evaluates none: what their patterns match is checked by tests/tests/secrets/patterns.rs. It refuses
alarms of several metrics, so that it is given such an alarm at the first of them.
"""

import json

from samtranslator.yaml_helper import yaml_parse

from deploy_local.ministack import client
from deploy_local.steps import Failure


def for_ministack(template):
    """Writes a built template with alarms of one metric each beside it, and gives its path."""
    parsed = yaml_parse(template.read_text())
    for resource in parsed["Resources"].values():
        if resource["Type"] == "AWS::CloudWatch::Alarm":
            properties = resource["Properties"]
            stats = [query["MetricStat"] for query in properties.pop("Metrics", []) if "MetricStat" in query]
            for stat in stats[:1]:
                extended = "ExtendedStatistic" if stat["Stat"].startswith("p") else "Statistic"
                properties |= stat["Metric"] | {"Period": stat["Period"], extended: stat["Stat"]}
    written = template.with_name("for-ministack.yaml")
    written.write_text(json.dumps(parsed, default=str))
    return written


def write_lines(stack, port, file):
    """Writes what the deployed functions have logged of their own, a line each."""
    logs = client("logs", port)
    groups = [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]]
    with open(file, "w") as lines:
        for group in groups:
            if group.startswith(f"/aws/lambda/{stack.name}/"):
                pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group)
                messages = (event["message"] for page in pages for event in page["events"])
                own = (line for message in messages for line in message.splitlines() if line.startswith("{"))
                lines.writelines(f"{line}\n" for line in own)


def check(stack, port, monitoring):
    """Compares what the services tell with the deployed template."""
    resources = stack.template["Resources"].values()

    def expected(of):
        return sum(resource["Type"] == of for resource in resources) if monitoring else 0

    logs, cloudwatch = client("logs", port), client("cloudwatch", port)
    groups = [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]]
    own = [group for group in groups if group.startswith(f"/aws/lambda/{stack.name}/")]
    filters = [found for group in own for found in logs.describe_metric_filters(logGroupName=group)["metricFilters"]]
    alarms = [alarm for page in cloudwatch.get_paginator("describe_alarms").paginate() for alarm in page["MetricAlarms"]]
    dashboards = cloudwatch.list_dashboards()["DashboardEntries"]
    found = {
        "AWS::Logs::MetricFilter": len(filters),
        "AWS::CloudWatch::Alarm": len(alarms),
        "AWS::CloudWatch::Dashboard": len(dashboards),
    }
    for of, count in found.items():
        if count != expected(of):
            raise Failure(f"There are {count} of {of}, and not {expected(of)}.")
    for dashboard in dashboards:
        body = cloudwatch.get_dashboard(DashboardName=dashboard["DashboardName"])["DashboardBody"]
        if "${" in json.dumps(json.loads(body)):
            raise Failure(f"The dashboard has names that nobody resolved: {body}")
