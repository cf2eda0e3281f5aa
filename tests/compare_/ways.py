"""The ways in which the routes are served, and what each call asks of DynamoDB."""

import contextlib
import http.client
import json
import time
from dataclasses import dataclass

from bench_.table import USER
from deploy_local.__main__ import ROOT
from deploy_local.steps import Failure

from compare_.programs import front, routes

# The front has users with passwords, while the others log ada in whatever they are sent.
LOGIN = json.loads((ROOT / "events/login-ok.json").read_text())["body"]
TYPED = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Asked:
    """What a call asks of DynamoDB: requests by operation, units of reads and of writes."""

    requests: dict
    reads: float
    writes: float


@dataclass(frozen=True, eq=False)
class Way:
    """One way. The items are below a kilobyte, so that a write is a unit."""

    name: str
    layer: str
    who: Asked
    count: Asked
    fronted: bool = False


# An update that is conditional is a write, whatever it returns; a query reads eventually, for half a unit.
WAYS = [
    Way("the layer by itself", "by-itself", Asked({"UpdateItem": 1}, 0, 1), Asked({"UpdateItem": 2}, 0, 2)),
    Way(
        "tower-sessions",
        "tower-sessions",
        Asked({"Query": 1}, 0.5, 0),
        Asked({"Query": 1, "PutItem": 1}, 0.5, 1),
    ),
    Way(
        "tower-sessions, always saved",
        "tower-sessions-always",
        Asked({"Query": 1, "PutItem": 1}, 0.5, 1),
        Asked({"Query": 1, "PutItem": 1}, 0.5, 1),
    ),
    Way(
        "the authorizer in front",
        "behind-authorizer",
        Asked({"UpdateItem": 1}, 0, 1),
        Asked({"UpdateItem": 2, "GetItem": 1}, 1, 2),
        fronted=True,
    ),
]


class Client:
    """A browser that is logged in, on one connection."""

    def __init__(self, way, port):
        self.way, self.counted = way, 0
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        headers, _ = self.ask("POST", "/login", LOGIN, TYPED)
        cookie = headers["Set-Cookie"]
        if not cookie:
            raise Failure(f"{way.name}: the login's answer has no cookie.")
        self.cookie = {"Cookie": cookie.split(";")[0]}

    def who(self):
        """Milliseconds of a call that reads who is logged in."""
        return self.call("GET", "/api/who", USER)

    def count(self):
        """Milliseconds of a call that changes a value of the session."""
        self.counted += 1
        return self.call("POST", "/api/count", str(self.counted))

    def call(self, method, path, expected):
        began = time.perf_counter()
        _, body = self.ask(method, path, None, self.cookie)
        took = (time.perf_counter() - began) * 1e3
        if body != expected:
            raise Failure(f"{self.way.name}: {method} {path} answered {body!r}, and not {expected!r}.")
        return took

    def ask(self, method, path, body, headers):
        self.connection.request(method, path, body, headers)
        response = self.connection.getresponse()
        text = response.read().decode()
        if response.status >= 300:
            raise Failure(f"{self.way.name}: {method} {path} answered {response.status}: {text[:300]}")
        return response.headers, text


@contextlib.contextmanager
def client(way, engine, built, folder):
    """Starts what the way is made of, and logs in."""
    with contextlib.ExitStack() as stack:
        port = stack.enter_context(routes(way.layer, engine, built, folder))
        if way.fronted:
            port = stack.enter_context(front(port, engine, built, folder))
        yield Client(way, port)
