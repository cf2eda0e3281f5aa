"""A stack, deployed with `sam deploy`, and what MiniStack leaves out of one.

MiniStack's CloudFormation creates no routes from the OpenAPI body of an HTTP API, and ignores a table's
TimeToLiveSpecification. Both are read back from the deployed template and done through the services' own interfaces.
"""

import re

from deploy_local.ministack import REGION, client
from deploy_local.steps import Failure, run

ACCOUNT = "000000000000"

# What a key has that is not to be there (AWS::NoValue).
NO_VALUE = object()


class Stack:
    """One deployed stack."""

    def __init__(self, name, port):
        cloudformation = client("cloudformation", port)
        described = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        self.outputs = {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}
        self.template = cloudformation.get_template(StackName=name, TemplateStage="Processed")["TemplateBody"]
        resources = cloudformation.describe_stack_resources(StackName=name)["StackResources"]
        self.resources = {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in resources}
        self.parameters = {
            parameter["ParameterKey"]: parameter["ParameterValue"] for parameter in described.get("Parameters", [])
        }
        self.port = port
        self.name = name

    def url(self, stage="$default", scheme="http"):
        """The address of the stack's API, as MiniStack serves it.

        Not the one with the API's id in the host name: there MiniStack takes POST /login for Cognito's.
        """
        return f"{scheme}://127.0.0.1:{self.port}/_aws/execute-api/{self.resources['Api']}/{stage}"

    def complete(self):
        """Does what MiniStack's CloudFormation did not."""
        for logical, resource in self.template["Resources"].items():
            properties = resource.get("Properties", {})
            if resource["Type"] == "AWS::ApiGatewayV2::Api" and "Body" in properties:
                self.create_routes(self.resources[logical], self.resolve(properties["Body"]))
            if resource["Type"] == "AWS::DynamoDB::Table" and "TimeToLiveSpecification" in properties:
                client("dynamodb", self.port).update_time_to_live(
                    TableName=self.resources[logical],
                    TimeToLiveSpecification=self.resolve(properties["TimeToLiveSpecification"]),
                )

    def create_routes(self, api, body):
        """Creates what an OpenAPI body describes, in place of what was there."""
        gateway = client("apigatewayv2", self.port)
        for route in gateway.get_routes(ApiId=api)["Items"]:
            gateway.delete_route(ApiId=api, RouteId=route["RouteId"])
        for authorizer in gateway.get_authorizers(ApiId=api)["Items"]:
            gateway.delete_authorizer(ApiId=api, AuthorizerId=authorizer["AuthorizerId"])
        authorizers = {}
        for name, scheme in body.get("components", {}).get("securitySchemes", {}).items():
            authorizer = scheme["x-amazon-apigateway-authorizer"]
            # One text is what API Gateway documents, a list what SAM writes.
            sources = authorizer["identitySource"]
            authorizers[name] = gateway.create_authorizer(
                ApiId=api,
                Name=name,
                AuthorizerType=authorizer["type"].upper(),
                AuthorizerUri=authorizer["authorizerUri"],
                AuthorizerPayloadFormatVersion=authorizer["authorizerPayloadFormatVersion"],
                AuthorizerResultTtlInSeconds=authorizer["authorizerResultTtlInSeconds"],
                EnableSimpleResponses=authorizer.get("enableSimpleResponses", False),
                IdentitySource=sources if isinstance(sources, list) else sources.split(","),
            )["AuthorizerId"]
        for path, methods in body["paths"].items():
            for method, operation in methods.items():
                integration = operation["x-amazon-apigateway-integration"]
                target = gateway.create_integration(
                    ApiId=api,
                    IntegrationType=integration["type"].upper(),
                    IntegrationMethod=integration["httpMethod"],
                    IntegrationUri=integration["uri"],
                    PayloadFormatVersion=integration["payloadFormatVersion"],
                )["IntegrationId"]
                security = [name for requirement in operation.get("security", []) for name in requirement]
                guard = {"AuthorizationType": "CUSTOM", "AuthorizerId": authorizers[security[0]]} if security else {}
                gateway.create_route(
                    ApiId=api, RouteKey=f"{method.upper()} {path}", Target=f"integrations/{target}", **guard
                )

    def resolve(self, node):
        """The node without CloudFormation's functions, as far as API bodies use them."""
        match node:
            case {"Ref": name}:
                return self.reference(name)
            case {"Fn::GetAtt": [logical, "Arn"]}:
                return self.arn(logical)
            case {"Fn::Sub": [text, variables]}:
                return self.substitute(text, {name: self.resolve(value) for name, value in variables.items()})
            case {"Fn::Sub": text}:
                return self.substitute(text, {})
            case {"Fn::Join": [separator, {"Ref": name}]}:
                # A parameter that is a list: its values come with commas between.
                return separator.join(self.reference(name).split(","))
            case {"Fn::If": [condition, then, otherwise]}:
                return self.resolve(then if self.holds(self.template["Conditions"][condition]) else otherwise)
            case dict():
                unknown = [key for key in node if key.startswith("Fn::")]
                if unknown:
                    raise Failure(f"tests/deploy_local/stack.py does not know {unknown[0]}.")
                resolved = {key: self.resolve(value) for key, value in node.items()}
                return {key: value for key, value in resolved.items() if value is not NO_VALUE}
            case list():
                return [self.resolve(value) for value in node]
            case _:
                return node

    def holds(self, condition):
        match condition:
            case {"Fn::Not": [other]}:
                return not self.holds(other)
            case {"Fn::Equals": pair}:
                left, right = self.resolve(pair)
                return left == right
        raise Failure(f"tests/deploy_local/stack.py does not know the condition {condition}.")

    def substitute(self, text, variables):
        def value(match):
            name = match[1]
            if name in variables:
                return variables[name]
            return self.arn(name.removesuffix(".Arn")) if name.endswith(".Arn") else self.reference(name)

        return re.sub(r"\$\{([^}]+)\}", value, text)

    def reference(self, name):
        known = {
            "AWS::AccountId": ACCOUNT,
            "AWS::NoValue": NO_VALUE,
            "AWS::Partition": "aws",
            "AWS::Region": REGION,
            "AWS::StackName": self.name,
            "AWS::URLSuffix": "amazonaws.com",
        }
        return (known | self.parameters | self.resources)[name]

    def arn(self, logical):
        return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{self.resources[logical]}"


def deploy(name, template, port, env, folder, parameters):
    """Deploys a template with the real `sam deploy`, completes it and gives the stack."""
    overrides = [f"{key}={value}" for key, value in parameters.items()]
    command = [
        "sam", "deploy", "--template-file", template, "--stack-name", name, "--resolve-s3", "--region", REGION,
        "--capabilities", "CAPABILITY_IAM", "--no-confirm-changeset", "--no-fail-on-empty-changeset",
        "--no-progressbar", "--parameter-overrides", *overrides,
    ]
    run(command, env, log=folder / f"deploy-{name}.log", cwd=folder)
    stack = Stack(name, port)
    stack.complete()
    return stack
