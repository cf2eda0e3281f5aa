"""The clients that are programs of their own, called once a request or given all requests on their standard input."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from clients_.tools import FOLDER
from deploy_local.steps import Failure

JSON_TYPE = "content-type: application/json"


def environment():
    """The caller's, without proxies."""
    return {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}


def call(command, expected=(0,), env=None, **options):
    """Runs a command, and says what it wrote if it ends in another way than expected."""
    output = {"capture_output": True, "text": True}
    done = subprocess.run([str(part) for part in command], env=environment() | (env or {}), **output, **options)
    if done.returncode not in expected:
        raise Failure(f"`{Path(command[0]).name}` ended with {done.returncode}: {done.stderr[-2000:]}")


def use_curl(steps):
    with tempfile.TemporaryDirectory() as folder:
        jar = f"{folder}/cookies.txt"
        for method, url, body in steps:
            sent = ["-H", JSON_TYPE, "--data-binary", "@-"] if body else []
            call(["curl", "-q", "-sS", "-b", jar, "-c", jar, "-X", method, *sent, url], input=body)


def use_wget(steps):
    with tempfile.TemporaryDirectory() as folder:
        jar = Path(folder, "cookies.txt")
        jar.touch()
        cookies = [f"--load-cookies={jar}", f"--save-cookies={jar}", "--keep-session-cookies"]
        for method, url, body in steps:
            sent = [f"--header={JSON_TYPE}", f"--body-data={body}"] if body else []
            # 6 is an answer of 401, and 8 one of another error.
            expected = (0, 6, 8)
            call(["wget", "--no-config", "-q", "-t1", "-O-", f"--method={method}", *cookies, *sent, url], expected)


def use_httpie(steps):
    with tempfile.TemporaryDirectory() as folder:
        http = [Path(sys.executable).with_name("http"), f"--session={folder}/session.json", "--pretty=none"]
        for method, url, body in steps:
            sent = [] if body else ["--ignore-stdin"]
            call([*http, *sent, method, url], input=body or None, env={"HTTPIE_CONFIG_DIR": folder})


def on_standard_input(command, steps):
    """A client that reads the requests, one a line."""
    call(command, input="".join("\t".join(step) + "\n" for step in steps))


def use_node(client):
    def use(steps):
        on_standard_input(["node", FOLDER / "node/node.mjs", client], steps)

    return use


def use_jdk(steps):
    on_standard_input(["java", "-cp", FOLDER / "jdk", "Jdk"], steps)
