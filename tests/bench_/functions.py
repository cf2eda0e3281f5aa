"""The call of each function that is measured: a sample event, and what has to come of it."""

import json
from dataclasses import dataclass

from deploy_local.__main__ import ROOT
from deploy_local.steps import Failure

from bench_.targets import FUNCTIONS


@dataclass(frozen=True)
class Function:
    """A function, its event, and a part of its answer. What changes the table is given the same one for each call."""

    name: str
    event: bytes
    answer: dict
    changes: bool = False

    def require(self, body):
        """A call that went wrong says nothing of those that go right."""
        try:
            answer = json.loads(body)
            good = all(answer.get(key) == value for key, value in self.answer.items())
        except (ValueError, AttributeError):
            good = False
        if not good:
            raise Failure(f"{self.name} answered {body[:300]!r}, and not {self.answer}.")


ALLOWED = {"isAuthorized": True}

CALLS = [
    ("authorizer", "authorizer-http-api", ALLOWED, False),
    ("login", "login-ok", {"statusCode": 200}, True),
    ("logout", "logout-ok", {"statusCode": 204}, True),
    ("oidc", "oidc-end-session", {"statusCode": 302}, False),
    ("page", "page-ok", {"statusCode": 200}, False),
    ("profile", "profile-http-api", {"statusCode": 200}, False),
    ("session", "session-ok", {"statusCode": 200}, False),
]


def load():
    """All functions of the deployment, by name."""
    functions = {
        name: Function(name, (ROOT / f"events/{event}.json").read_bytes(), answer, changes)
        for name, event, answer, changes in CALLS
    }
    there = {main.parent.parent.name for main in ROOT.glob("functions/*/src/main.rs")}
    for file, names in (("functions", functions), ("targets", FUNCTIONS)):
        if there != set(names):
            raise Failure(f"functions/ has {sorted(there)}, and tests/bench_/{file}.py {sorted(names)}.")
    return functions
