"""The browsers, each in a profile of its own, which load a page of the program and call from there."""

import functools
import json
import re
import socket
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request
from contextlib import contextmanager, suppress
from pathlib import Path

from clients_.commands import environment
from deploy_local.steps import Failure, stop

# A page calls, and is answered, before it calls again.
CALL = """
const [method, path, body, done] = arguments;
const headers = body ? {"content-type": "application/json"} : {};
const sent = {method, headers, body: body || undefined};
fetch(path, sent).then((answer) => answer.text()).then(() => done(null), (error) => done(String(error)));
"""
SCRIPT_TIMEOUT = 300_000


def browse(command, steps):
    """Sends the steps from a page of their origin, by a function that gives a driver its commands."""
    origin = "/".join(steps[0][1].split("/")[:3])
    command("navigate", {"url": f"{origin}/"})
    for method, url, body in steps:
        error = command("call", {"script": CALL, "args": [method, url.removeprefix(origin), body]})
        if error:
            raise Failure(f"{method} {url}: {error}")


@contextmanager
def started(command, pattern, **options):
    """Starts a program, waits for the line that says its port, and ends it and all that it started."""
    output = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "errors": "replace"}
    process = subprocess.Popen(command, start_new_session=True, **output, **options)
    try:
        said = ""
        for line in process.stdout:
            said += line
            if found := re.search(pattern, line):
                # What it says from now on is read as well: a full pipe would stop it.
                threading.Thread(target=process.stdout.read, daemon=True).start()
                yield int(found[1])
                return
        raise Failure(f"{command[0]} did not start: {said}")
    finally:
        stop(process)


def asked(port, method, path, body=None):
    """What a driver answers in WebDriver, which is JSON over HTTP."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data, method=method)
    try:
        with opener.open(request) as answer:
            return json.load(answer)["value"]
    except urllib.error.HTTPError as error:
        raise Failure(f"{method} {path}: {error.read().decode(errors='replace')[:2000]}") from error


def web_driver(port, capabilities, steps):
    """Has a driver's browser take the steps."""
    ask = functools.partial(asked, port)
    session = ask("POST", "/session", {"capabilities": {"alwaysMatch": capabilities}})["sessionId"]
    paths = {"navigate": "url", "call": "execute/async"}
    ask("POST", f"/session/{session}/timeouts", {"script": SCRIPT_TIMEOUT})
    browse(lambda name, body: ask("POST", f"/session/{session}/{paths[name]}", body), steps)
    ask("DELETE", f"/session/{session}")


def use_chromium(steps):
    with tempfile.TemporaryDirectory() as profile, chromium_driver() as port:
        options = {"args": chromium_arguments(profile)}
        web_driver(port, {"browserName": "chrome", "goog:chromeOptions": options}, steps)


def chromium_driver():
    """Gives the port of Chromium's driver."""
    return started(["chromedriver", "--port=0"], r"successfully on port (\d+)")


def chromium_arguments(profile):
    return [
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
        "--no-first-run", "--no-proxy-server", f"--user-data-dir={profile}",
    ]  # fmt: skip


def use_webkit(steps):
    with tempfile.TemporaryDirectory() as home:
        env = environment() | {"HOME": home, "XDG_CACHE_HOME": home, "XDG_DATA_HOME": home}
        display = ["Xvfb", "-displayfd", "1", "-screen", "0", "800x600x24", "-nolisten", "tcp"]
        with started(display, r"^(\d+)$") as number:
            env["DISPLAY"] = f":{number}"
            with webkit_driver(env) as port:
                web_driver(port, {"browserName": "MiniBrowser"}, steps)


@contextmanager
def webkit_driver(env):
    """WebKit's driver, which does not say where it listens: on a port that was free, or another if it is taken."""
    while True:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        process = subprocess.Popen(["WebKitWebDriver", f"--port={port}"], env=env, start_new_session=True)
        try:
            while process.poll() is None:
                with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                    yield port
                    return
                time.sleep(0.1)
        finally:
            stop(process)


def use_firefox(steps):
    """Firefox speaks Marionette by itself: `LENGTH:[0, number, command, parameters]` over TCP."""
    with tempfile.TemporaryDirectory() as profile:
        settings = {"marionette.port": 0, "devtools.jsonview.enabled": False, "network.proxy.type": 0}
        lines = [f'user_pref("{name}", {json.dumps(value)});\n' for name, value in settings.items()]
        Path(profile, "user.js").write_text("".join(lines))
        env = environment() | {"HOME": profile, "MOZ_HEADLESS": "1"}
        command = ["firefox-esr", "--marionette", "--no-remote", "--profile", profile]
        with started(command, r"Listening on port (\d+)", env=env) as port:
            marionette(port, steps)


def marionette(port, steps):
    with socket.create_connection(("127.0.0.1", port)) as connection, connection.makefile("rb") as answers:

        def read():
            length = b""
            while (digit := answers.read(1)) not in (b":", b""):
                length += digit
            return json.loads(answers.read(int(length)))

        def ask(name, parameters):
            message = json.dumps([0, 1, f"WebDriver:{name}", parameters]).encode()
            connection.sendall(b"%d:%s" % (len(message), message))
            _, _, error, value = read()
            if error:
                raise Failure(f"Firefox, {name}: {error}")
            return value["value"] if isinstance(value, dict) and "value" in value else value

        names = {"navigate": "Navigate", "call": "ExecuteAsyncScript"}
        read()
        ask("NewSession", {"capabilities": {"alwaysMatch": {"timeouts": {"script": SCRIPT_TIMEOUT}}}})
        browse(lambda name, body: ask(names[name], body), steps)
        with suppress(OSError, ValueError):
            ask("DeleteSession", {})
