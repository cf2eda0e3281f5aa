"""The tables that the sample events need, in an engine that checks no signatures."""

import base64
import hashlib
import http.client
import json
import time

from deploy_local.steps import Failure

SESSIONS, USERS = "app_session", "app_user"

# Of events/: the bytes of the session's id, and the user's name. The hash is of the password in them.
ID = b"events-test-session-not-a-secret"
REFERENCE = "c2FtcGxlIHJlZmVyZW5jZQ"
USER = "ada"
HASH = "nfc$argon2id$v=19$m=19456,t=2,p=1$oh6dCInsv2e8fol4lyIbaw$rgSjf/x+KnVVjh/B2ys5ne1zoBytoYTUlUg18ngBuvs"


class Table:
    """The tables of one engine."""

    def __init__(self, engine):
        self.address = engine.split("//", 1)[1].rstrip("/")

    def create(self):
        for name in (SESSIONS, USERS):
            keys = {
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            }
            description = {"TableName": name, "BillingMode": "PAY_PER_REQUEST"} | keys
            self.ask("CreateTable", description, tolerated="ResourceInUseException")
        times = {"created": 1, "changed": 1, "version": 0}
        self.put(USERS, {"id": f"p#{USER}", "record": REFERENCE, "hash": HASH, "disabled": False} | times)
        self.begin()

    def begin(self):
        """One session that lives for hours, and its user, who has no other."""
        key, now = f"s#{encode(hashlib.sha256(ID).digest())}", int(time.time())
        ends = {"created": now, "expires": now + 43200}
        used = {"accessed": now, "authenticated": now, "idle_timeout": 7200, "idle_expires": now + 7200}
        session = {"id": key, "ref": REFERENCE, "user": USER, "data": {}, "version": 0, "absolute_timeout": 43200}
        self.put(SESSIONS, session | ends | used | {"ip": "198.51.100.7", "agent": "curl/8.5.0"})
        listed = {"sessions": {REFERENCE: {"key": key} | ends}, "epoch": 0, "expires": now + 43200}
        self.put(SESSIONS, {"id": f"u#{USER}"} | listed)

    def put(self, table, item):
        self.ask("PutItem", {"TableName": table, "Item": typed(item)["M"]})

    def ask(self, operation, body, tolerated=None):
        connection = http.client.HTTPConnection(self.address, timeout=60)
        scope = "example/20260101/us-east-1/dynamodb/aws4_request"
        headers = {
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Target": f"DynamoDB_20120810.{operation}",
            "X-Amz-Date": "20260101T000000Z",
            "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
        }
        connection.request("POST", "/", json.dumps(body), headers)
        response = connection.getresponse()
        answer = response.read().decode()
        connection.close()
        if response.status != 200 and not (tolerated and tolerated in answer):
            raise Failure(f"{self.address}: {operation} answered {response.status}: {answer}")


def typed(value):
    """A value as DynamoDB spells it."""
    if isinstance(value, dict):
        return {"M": {name: typed(part) for name, part in value.items()}}
    if isinstance(value, bool):
        return {"BOOL": value}
    return {"N": str(value)} if isinstance(value, int) else {"S": value}


def encode(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
