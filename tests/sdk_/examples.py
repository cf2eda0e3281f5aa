"""An example as a front-end developer has it: behind the local front, called with the cookie of a login."""

import http.client
import json
import re
import signal
import subprocess
from contextlib import contextmanager

from clients_.relay import Relay
from deploy_local.__main__ import tools_environment
from deploy_local.steps import Failure, stop

from sdk_.place import FOLDER, ROOT

COOKIE = "dynamodb-session-local"
# Only what hangs is ever so slow.
MINUTES = 10


def check(command):
    """Starts the example, then the front that names it; each is told by the other's port, so a relay stands between."""
    signal.signal(signal.SIGALRM, hung)
    signal.alarm(MINUTES * 60)
    relay = Relay(0)
    environment = {"SESSION_ORIGIN": f"http://127.0.0.1:{relay.port}", "SESSION_COOKIE": COOKIE, "PORT": "0"}
    try:
        with started(command, tools_environment() | environment, r"http://127\.0\.0\.1:(\d+)") as (port,):
            front = [ROOT / "target/debug/local", "--port", "0", "--backend", f"/api=http://127.0.0.1:{port}"]
            patterns = (r"Serving on http://[^ ]*:(\d+) ", r"User demo, password (\S+)")
            with started(front, tools_environment(), *patterns) as (served, password):
                relay.target = int(served)
                flow(int(served), int(port), password)
        check_forwarded(relay)
    finally:
        signal.alarm(0)
        relay.close()


def flow(front, example, password):
    """What a page does, with the answers that it gets."""
    typed = {"content-type": "application/json"}
    login = json.dumps({"username": "demo", "password": password})
    status, headers, _ = call(front, "POST", "/login", typed, login)
    cookie = {"cookie": headers["set-cookie"].split(";")[0]}
    forged = {"x-user": "mallory", "x-session": "other", "x-expires-at": "1", "x-data": "e30", "x_user": "mallory"}
    large = json.dumps({"note": "x" * 5000})
    told = [
        ("no cookie", call(front, "GET", "/api/cart"), 401, None),
        ("an empty cart", call(front, "GET", "/api/cart", cookie), 200, {"user": "demo", "cart": []}),
        ("one thing", call(front, "POST", "/api/cart/tea", cookie), 200, {"user": "demo", "cart": ["tea"]}),
        ("two", call(front, "POST", "/api/cart/milk", cookie), 200, {"user": "demo", "cart": ["tea", "milk"]}),
        ("the cart", call(front, "GET", "/api/cart", cookie), 200, {"user": "demo", "cart": ["tea", "milk"]}),
        (
            "forged headers",
            call(front, "GET", "/api/cart", cookie | forged),
            200,
            {"user": "demo", "cart": ["tea", "milk"]},
        ),
        ("another site's", call(front, "POST", "/api/cart/x", cookie | {"sec-fetch-site": "cross-site"}), 403, None),
        ("past the front", call(example, "GET", "/api/cart", cookie), 500, {"error": "NotGuarded"}),
        ("large data", call(front, "PATCH", "/session", cookie | typed, large), 200, None),
        ("a cart beside it", call(front, "GET", "/api/cart", cookie), 200, {"user": "demo", "cart": ["tea", "milk"]}),
        ("logout", call(front, "POST", "/logout", cookie), 204, None),
        ("afterwards", call(front, "GET", "/api/cart", cookie), 403, None),
        ("a session that ended", call(example, "POST", "/api/cart/x", cookie), 401, {"error": "NotLoggedIn"}),
    ]
    for name, (status, _, body), expected, content in told:
        if status != expected or (content is not None and json.loads(body) != content):
            raise Failure(f"{name}: {status} {body!r}, and expected is {expected} {content}")


def check_forwarded(relay):
    """The example asked the session API with the cookie alone, and for no change without the version."""
    asked = [(exchange.method, exchange.cookies()) for exchange in relay.exchanges]
    if not {"GET", "PATCH"} <= {method for method, _ in asked} or not all(cookies for _, cookies in asked):
        raise Failure(f"the example asked the session API: {asked}")
    for exchange in relay.exchanges:
        names = {name for name, _ in exchange.sent}
        if exchange.method == "PATCH" and "if-match" not in names or {"x-user", "x-session"} & names:
            raise Failure(f"{exchange.method} {exchange.path} has the headers {sorted(names)}")


def call(port, method, path, headers=None, body=None):
    """Status, headers and body of an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request(method, path, body, headers or {})
    response = connection.getresponse()
    told = (response.status, response.headers, response.read().decode())
    connection.close()
    return told


@contextmanager
def started(command, environment, *patterns):
    """The program, once it has said what each pattern finds: gives that."""
    command = [str(part) for part in command]
    log = FOLDER / "example.log"
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )
    try:
        said = ""
        for line in process.stdout:
            said += line
            found = [re.search(pattern, said) for pattern in patterns]
            if all(found):
                break
        else:
            raise Failure(f"`{' '.join(command)}` did not start:\n{said}")
        # What it says later is read by nobody, and must not fill the pipe.
        with open(log, "a") as kept:
            reader = subprocess.Popen(["cat"], stdin=process.stdout, stdout=kept)
        try:
            yield tuple(match[1] for match in found)
        finally:
            stop(process)
            reader.wait(10)
    finally:
        stop(process)


def hung(*_):
    raise Failure(f"it has not come to an end in {MINUTES} minutes")
