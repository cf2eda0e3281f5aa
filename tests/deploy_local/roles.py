"""What the deployed roles may reach: for each function, a user with its role's policies reads items of every kind."""

import json

import boto3
from botocore.exceptions import ClientError

from deploy_local.ministack import REGION, client
from deploy_local.steps import Failure

# A session, a user's list of sessions, counters of anonymous sessions and of logins, what logins at a provider leave, what a
# process reads when it starts, and anything else.
KEYS = ("s#x", "u#x", "t#v#x", "t#a#x", "f#x", "i#x", "l#x", "j#x", "b#x", "-", "x")
REACHED = {
    "Authorizer": {"s#x", "u#x", "-"},
    "Login": {"s#x", "u#x", "t#v#x", "t#a#x", "-"},
    "Logout": {"s#x", "u#x", "-"},
    "Oidc": {"s#x", "u#x", "t#v#x", "t#a#x", "f#x", "i#x", "l#x", "j#x", "b#x", "-"},
    "Page": set(),
    "Profile": set(),
    "Session": {"s#x", "u#x", "t#v#x", "-"},
}
# A call that names a key out of reach is refused as a whole.
BATCH = ("s#x", "t#a#x")
# Who reads several items in one call: the list of a user's sessions, and a login at the cap.
READ_SEVERAL = {"Login", "Oidc", "Session"}


def check(stack, port):
    """Every role reaches the items that its function has to do with, one by one and in a batch, and no others."""
    sessions, users = stack.outputs["SessionTableName"], stack.outputs["UserTableName"]
    for name, reached in REACHED.items():
        dynamodb = client_of_role(stack.resources[f"{name}FunctionRole"], port)
        found = {key for key in KEYS if allowed(dynamodb.get_item, TableName=sessions, Key=item(key))}
        expect(f"{name} reaches", found, reached)
        found = {key for key in ("p#x", "-") if allowed(dynamodb.get_item, TableName=users, Key=item(key))}
        expect(f"of the users {name} reaches", found, {"p#x"} if name == "Login" else set())
        for key in BATCH:
            batch = {sessions: {"Keys": [item("s#y"), item(key)]}}
            expected = name in READ_SEVERAL and key in reached
            expect(f"{name} reads s#y and {key}", allowed(dynamodb.batch_get_item, RequestItems=batch), expected)
        for key in BATCH if reached else ():
            writes = [{"Delete": {"TableName": sessions, "Key": item(key)}} for key in ("s#y", key)]
            expect(
                f"{name} deletes s#y and {key}",
                allowed(dynamodb.transact_write_items, TransactItems=writes),
                key in reached,
            )


def item(key):
    return {"id": {"S": key}}


def client_of_role(role, port):
    """A DynamoDB client of a new user who may do what the role may."""
    iam = client("iam", port)
    user = f"as-{role}"[:64]
    iam.create_user(UserName=user)
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        document = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        iam.put_user_policy(UserName=user, PolicyName=name, PolicyDocument=json.dumps(document))
    key = iam.create_access_key(UserName=user)["AccessKey"]
    session = boto3.session.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name=REGION)
    return session.client("dynamodb", endpoint_url=f"http://127.0.0.1:{port}")


def allowed(call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        if error.response["Error"]["Code"] != "AccessDeniedException":
            raise
        return False
    return True


def expect(what, found, expected):
    if found != expected:
        raise Failure(f"{what} {found}, not {expected}.")
