"""The programs that a comparison needs, beside the engine: the routes, and the local front with the authorizer."""

import contextlib
import os
import re
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from bench_.programs import FAST, target
from bench_.table import SESSIONS, USERS
from deploy_local.__main__ import ROOT, tools_environment
from deploy_local.steps import Failure, run, stop

ROUTES = ROOT / "tests/compare_/routes"
# One name for all ways, not Secure, as all is plain HTTP.
VARIABLES = {
    "SESSION_TABLE": SESSIONS,
    "SESSION_USER_TABLE": USERS,
    "SESSION_COOKIE_NAME": "compare",
    "SESSION_COOKIE_SECURE": "off",
}
# Only what hangs takes as long.
SECONDS = 300


@dataclass(frozen=True)
class Built:
    """Where the programs are."""

    routes: Path
    front: Path


def build(fast):
    """Builds them: to be measured in the engine's profile, and otherwise as the tests' build does."""
    quiet = ["cargo", "build", "--quiet", "--locked"]
    profile, folder, configuration = [], "debug", []
    if fast:
        profile, folder = ["--profile", "engine"], "engine"
        configuration = [part for line in FAST for part in ("--config", f"profile.engine.{line}")]
    run([*quiet, "--package", "local", *profile, *configuration], tools_environment(), cwd=ROOT)
    environment = tools_environment() | {"CARGO_TARGET_DIR": str(target())}
    run([*quiet, *profile], environment, cwd=ROUTES)
    return Built(target() / folder / "routes", target() / folder / "local")


def routes(layer, engine, built, folder):
    return started([built.routes, layer, engine], folder, r"http://127\.0\.0\.1:(\d+)\n")


def front(port, engine, built, folder):
    """The authorizer before the server of that port, in the process of the front."""
    command = [built.front, "--port", "0", "--endpoint-url", engine, "--backend", f"/api=http://127.0.0.1:{port}"]
    return started(command, folder, r"Serving on http://[^ ]*:(\d+) ")


@contextlib.contextmanager
def started(command, folder, pattern):
    """Yields the port that the program says it serves."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    with tempfile.NamedTemporaryFile("r", dir=folder) as said:
        process = subprocess.Popen(
            command,
            env=kept | {"HOME": str(folder)} | VARIABLES,
            stdout=open(said.name, "a"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield port(process, command, said.name, pattern)
        finally:
            stop(process)


def port(process, command, log, pattern):
    for _ in range(SECONDS * 50):
        ended, said = process.poll() is not None, Path(log).read_text()
        if found := re.search(pattern, said):
            return int(found[1])
        if ended:
            break
        time.sleep(0.02)
    raise Failure(f"`{' '.join(str(part) for part in command)}` did not start:\n{said}")
