"""The APIs of docs/attach.md beside the session stack: deployed, and called with and without a session."""

import json
from concurrent.futures import ThreadPoolExecutor

from deploy_local.client import ask_websocket, call, log_in
from deploy_local.stack import deploy
from deploy_local.steps import Failure

NAMES = ("http-api", "rest-api-request", "rest-api-token", "websocket-api")
# Name, stage, type of the context's numbers at the backend, status of a bad session.
APIS = (
    ("http-api", "$default", int, 403),
    ("rest-api-request", "prod", str, 401),
    ("rest-api-token", "prod", str, 401),
)
FORGED = {"Cookie": "__Host-id=" + "A" * 43}
# MiniStack turns a WebSocket authorizer's `Unauthorized` into a 500, which is a 401 on AWS.
REFUSED_WEBSOCKET = (401, 500)


def deploy_all(root, port, env, folder, authorizer):
    """Deploys the four templates side by side."""
    parameters = {"AuthorizerArn": authorizer}

    def one(name):
        return deploy(name, root / f"docs/attach/{name}.yaml", port, env, folder, parameters)

    with ThreadPoolExecutor(len(NAMES)) as pool:
        return dict(zip(NAMES, pool.map(one, NAMES), strict=True))


def check(stacks, api, user, password):
    """Every API lets a session in, tells its backend whose it is, and keeps out every other call."""
    session = log_in(api, user, password)
    for name, stage, types, refused in APIS:
        url = stacks[name].url(stage) + "/hello"
        expect(name, "no cookie", call("GET", url)[0], (401,))
        expect(name, "a forged cookie", call("GET", url, FORGED)[0], (refused,))
        status, _, text = call("GET", url, session)
        expect(name, f"a session ({text})", status, (200,))
        seen = json.loads(text)
        expect(name, "the user", seen["user"], (user,))
        for field, kind in (("session", str), ("authenticated_at", types), ("expires_at", types)):
            expect(name, f"the type of {field}", type(seen[field]), (kind,))
    socket = stacks["websocket-api"].url("prod", "ws")
    expect("websocket-api", "no cookie", ask_websocket(socket, {}, "{}")[0], (401,))
    expect("websocket-api", "a forged cookie", ask_websocket(socket, FORGED, "{}")[0], REFUSED_WEBSOCKET)
    status, answer = ask_websocket(socket, session, '{"action": "greet"}')
    expect("websocket-api", "a session", status, (101,))
    expect("websocket-api", "the user", json.loads(answer)["user"], (user,))

    expect("session stack", "logout", call("POST", f"{api}/logout", session)[0], (204,))
    for name, stage, _, refused in APIS:
        url = stacks[name].url(stage) + "/hello"
        expect(name, "a session after logout", call("GET", url, session)[0], (refused,))
    expect("websocket-api", "a session after logout", ask_websocket(socket, session, "{}")[0], REFUSED_WEBSOCKET)


def check_header_transport(stack, user, password):
    """With Transport=header, the gateway itself asks for the header, and a cookie is worth nothing."""
    session = log_in(stack.url(), user, password)
    profile = f"{stack.url()}/profile"
    expect("Transport=header", "no header", call("GET", profile)[0], (401,))
    as_cookie = {"Cookie": f"__Host-id={session['x-id']}"}
    expect("Transport=header", "the token in a cookie", call("GET", profile, as_cookie)[0], (401,))
    expect("Transport=header", "a forged token", call("GET", profile, {"x-id": "A" * 43})[0], (403,))
    expect("Transport=header", "the token in the header", call("GET", profile, session)[0], (200,))


def expect(name, what, found, allowed):
    if found not in allowed:
        raise Failure(f"{name}: {what} gives {found}, not {' or '.join(map(str, allowed))}.")
