"""Checks of what the templates become when SAM translates them, which is what AWS is given.

tests/tests/template.rs checks template.yaml as it is written.
"""

import json
from pathlib import Path

import boto3
from samtranslator.metrics.metrics import DummyMetricsPublisher, Metrics
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

from deploy_local.ministack import REGION
from deploy_local.steps import Failure

AUTHORIZER = "x-amazon-apigateway-authorizer"
LOGS = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
# Of a path: its condition and its method.
CONDITIONAL = {
    "/": ("ServePage", "get"),
    "/page/{file}": ("ServePage", "get"),
    "/login/oidc": ("HasProvider", "get"),
    "/login/oidc/callback": ("HasProvider", "get"),
    "/logout/oidc": ("HasProvider", "get"),
    "/logout/backchannel": ("HasProvider", "post"),
}
READ_SIGNING_KEYS = {"Fn::If": ["UseSecret", {"Ref": "ReadSigningKeys"}, {"Ref": "AWS::NoValue"}]}


def check(root):
    """Checks template.yaml and the templates of docs/attach.md; the failure names everything that is wrong."""
    problems = Problems()
    attach = root / "docs/attach"
    http_api = translate(attach / "http-api.yaml")
    check_session_stack(problems, translate(root / "template.yaml"), http_api)
    check_http_api(problems, http_api)
    for name in ("rest-api-request", "rest-api-token"):
        check_rest_api(problems, name, translate(attach / f"{name}.yaml"))
    check_websocket_api(problems, translate(attach / "websocket-api.yaml"))
    if problems.found:
        raise Failure("The translated templates are not as they should be:\n  " + "\n  ".join(problems.found))


class Problems:
    """What is wrong, collected."""

    def __init__(self):
        self.found = []

    def equal(self, what, found, expected):
        if found != expected:
            self.found.append(f"{what} is {json.dumps(found)}, not {json.dumps(expected)}")


def check_session_stack(problems, template, reference):
    resources = template["Resources"]
    body = resources["Api"]["Properties"]["Body"]
    scheme = body["components"]["securitySchemes"]["SessionAuthorizer"]
    authorizer = scheme[AUTHORIZER]
    problems.equal("the authorizer's cache", authorizer.get("authorizerResultTtlInSeconds"), 0)
    conditional = {path: methods["Fn::If"] for path, methods in body["paths"].items() if "Fn::If" in methods}
    problems.equal("the paths with a condition", sorted(conditional), sorted(CONDITIONAL))
    for path, (condition, methods, otherwise) in conditional.items():
        problems.equal(f"{path}: condition and method", (condition, *methods), CONDITIONAL.get(path))
        problems.equal(f"{path}: without it", otherwise, {"Ref": "AWS::NoValue"})
        for operation in methods.values():
            problems.equal(f"{path}: its security", operation.get("security", []), [])
    security = {
        f"{method} {path}": operation.get("security", [])
        for path, methods in body["paths"].items()
        if path not in conditional
        for method, operation in methods.items()
    }
    guarded = [{"SessionAuthorizer": []}]
    open_routes = [
        "post /login", "post /logout", "get /session", "patch /session", "delete /session/data", "post /session/rotate",
        "get /sessions", "delete /sessions", "delete /sessions/{ref}",
    ]
    expected = {route: [] for route in open_routes} | {"get /profile": guarded}
    problems.equal("the routes' security", security, expected)
    for route, operation in ((r, body["paths"][r.split()[1]][r.split()[0]]) for r in expected):
        version = operation["x-amazon-apigateway-integration"]["payloadFormatVersion"]
        problems.equal(f"{route}: the payload's version", version, "2.0")

    # The scheme is written by hand. It has to be what SAM writes itself, sources and the function's address aside.
    own = {**scheme, AUTHORIZER: without(authorizer, "identitySource", "authorizerUri")}
    sams = reference["Resources"]["Api"]["Properties"]["Body"]["components"]["securitySchemes"]["SessionAuthorizer"]
    sams = {**sams, AUTHORIZER: without(sams[AUTHORIZER], "identitySource", "authorizerUri")}
    problems.equal("the authorizer", own, sams)

    sources = {
        "cookie": "$request.header.Cookie,$context.routeKey",
        "header": "$request.header.X-Token,$context.routeKey",
        "both": "$context.requestId",
    }
    for transport, expected in sources.items():
        parameters = {"Transport": transport, "HeaderName": "X-Token"}
        found = resolve(authorizer["identitySource"], template["Conditions"], parameters)
        problems.equal(f"the identity source with Transport={transport}", found, expected)

    # Functions have the tables' names from parameters. They wait for the tables because their roles do.
    of_sessions = ("Authorizer", "Logout", "Oidc", "Session")
    tables = {"Login": ["Session", "User"]} | dict.fromkeys(of_sessions, ["Session"])
    for name, names in tables.items():
        role = f"{name}FunctionRole"
        found = resources[f"{name}Function"]["Properties"]["Role"]
        problems.equal(f"{name}Function's role", found, {"Fn::GetAtt": [role, "Arn"]})
        policies = json.dumps(resources[role]["Properties"]["Policies"])
        waits = [name for name in ("Session", "User") if f'{{"Fn::GetAtt": ["{name}Table", "Arn"]}}' in policies]
        problems.equal(f"{role} waits for the tables", waits, names)

    for name, resource in resources.items():
        if resource["Type"] == "AWS::IAM::Role":
            properties = resource["Properties"]
            reads_keys = name in {f"{function}FunctionRole" for function in tables}
            expected = [LOGS, READ_SIGNING_KEYS] if reads_keys else [LOGS]
            problems.equal(f"{name}: managed policies", properties["ManagedPolicyArns"], expected)
            # Patterns of keys narrow what the actions and resources allow.
            policies = json.dumps(without_conditions(properties.get("Policies", [])))
            problems.equal(f"{name}: has a * or Scan", "*" in policies or "Scan" in policies, False)
    secret = {name for name in resources if '{"Ref": "SigningKeys"}' in json.dumps(resources[name])}
    functions = {f"{name}Function" for name in tables}
    problems.equal("what gets the signing keys", sorted(secret), sorted(functions))


def without_conditions(node):
    match node:
        case dict():
            return {key: without_conditions(value) for key, value in node.items() if key != "Condition"}
        case list():
            return [without_conditions(value) for value in node]
        case _:
            return node


def check_http_api(problems, template):
    resources = template["Resources"]
    body = resources["Api"]["Properties"]["Body"]
    authorizer = body["components"]["securitySchemes"]["SessionAuthorizer"][AUTHORIZER]
    problems.equal("http-api: the cache", authorizer.get("authorizerResultTtlInSeconds"), 0)
    problems.equal("http-api: simple responses", authorizer.get("enableSimpleResponses"), True)
    problems.equal("http-api: the identity source", authorizer["identitySource"], ["$request.header.Cookie"])
    security = body["paths"]["/hello"]["get"].get("security")
    problems.equal("http-api: the route's security", security, [{"SessionAuthorizer": []}])
    check_permission(problems, "http-api", resources)


def check_rest_api(problems, name, template):
    resources = template["Resources"]
    body = resources["Api"]["Properties"]["Body"]
    authorizer = body["securityDefinitions"]["SessionAuthorizer"][AUTHORIZER]
    problems.equal(f"{name}: the cache", authorizer.get("authorizerResultTtlInSeconds"), 0)
    security = {method: operation.get("security") for method, operation in body["paths"]["/hello"].items()}
    problems.equal(f"{name}: the route's security", security["get"], [{"SessionAuthorizer": []}])
    problems.equal(f"{name}: the preflight's security", security.get("options"), None)
    check_permission(problems, name, resources)


def check_websocket_api(problems, template):
    resources = template["Resources"]
    connect = resources["ApiConnectRoute"]["Properties"]
    problems.equal("websocket-api: $connect", connect.get("AuthorizationType"), "CUSTOM")
    authorizer = resources.get("ApiConnectAuthorizer", {}).get("Properties", {})
    problems.equal("websocket-api: the authorizer", authorizer.get("AuthorizerType"), "REQUEST")
    check_permission(problems, "websocket-api", resources)


def check_permission(problems, name, resources):
    """The API may invoke the authorizer of the other stack, and only as its authorizer."""
    permissions = [
        resource["Properties"]
        for resource in resources.values()
        if resource["Type"] == "AWS::Lambda::Permission"
        and resource["Properties"]["FunctionName"] == {"Ref": "AuthorizerArn"}
    ]
    problems.equal(f"{name}: permissions on the authorizer", len(permissions), 1)
    for permission in permissions:
        source = json.dumps(permission["SourceArn"])
        problems.equal(f"{name}: the permission names the API", "/authorizers/*" in source and "Api" in source, True)


def translate(path):
    """The template as CloudFormation gets it from SAM."""
    template = yaml_parse(Path(path).read_text())
    for resource in template["Resources"].values():
        if "CodeUri" in resource.get("Properties", {}):
            # As `sam package` leaves it.
            resource["Properties"]["CodeUri"] = "s3://bucket/key"
    session = boto3.session.Session("test", "test", region_name=REGION)
    metrics = Metrics("checks", DummyMetricsPublisher())
    translated = Translator({}, Parser(), None, session, metrics).translate(template, {})
    metrics.publish()
    # As JSON there and back, for plain types.
    return json.loads(json.dumps(translated))


def resolve(node, conditions, parameters):
    """The node without the functions that the identity source uses."""
    match node:
        case {"Fn::If": [condition, then, otherwise]}:
            parameter, value = conditions[condition]["Fn::Equals"]
            chosen = then if parameters[parameter["Ref"]] == value else otherwise
            return resolve(chosen, conditions, parameters)
        case {"Fn::Sub": text}:
            for name, value in parameters.items():
                text = text.replace(f"${{{name}}}", value)
            return text
        case _:
            return node


def without(mapping, *keys):
    return {key: value for key, value in mapping.items() if key not in keys}
