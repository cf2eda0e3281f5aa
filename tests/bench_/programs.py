"""The programs that a run needs: the functions as they are deployed, an engine, and Lambda's emulator."""

import contextlib
import os
import platform
import subprocess
import sys
import zipfile
from pathlib import Path

from deploy_local.__main__ import ROOT, tools_environment
from deploy_local.steps import Failure, run, stop

# What the engine's profile differs in from release: what serves the requests is fast, and the rest soon built.
FAST = [
    'inherits="release"',
    "lto=false",
    "codegen-units=16",
    "opt-level=1",
    "package.dynoxide-rs.opt-level=3",
    "package.libsqlite3-sys.opt-level=3",
]


def target():
    return Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target")


def build(names):
    """Builds these functions for this machine's processor."""
    machine = ["--arm64"] if platform.machine() in ("aarch64", "arm64") else []
    packages = [part for name in names for part in ("--package", name)]
    run(["cargo", "lambda", "build", "--release", *packages, *machine], tools_environment(), cwd=ROOT)


def bootstrap(name):
    """A function's program where `cargo lambda build` leaves it, by hand or at the hand of SAM."""
    path = target() / "lambda" / name / "bootstrap"
    if not path.exists():
        raise Failure(f"{path} is missing: without --built it is built.")
    return path


def archive_size(program, folder):
    """Bytes of what is uploaded."""
    archive = Path(folder) / "function.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.write(program, "bootstrap")
    return archive.stat().st_size


@contextlib.contextmanager
def engine(fast):
    """Serves DynamoDB in memory. Unless it has to be fast, it is the one that the tests' build makes too."""
    if fast:
        configuration = [part for line in FAST for part in ("--config", f"profile.engine.{line}")]
        folder, choice = "engine", ["--package", "tests", "--profile", "engine", *configuration]
    else:
        folder, choice = "debug", ["--workspace"]
    run(["cargo", "build", "--quiet", "--locked", "--example", "engine", *choice], tools_environment(), cwd=ROOT)
    program = target() / folder / "examples/engine"
    process = subprocess.Popen([program], stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        url = process.stdout.readline().strip()
        if not url:
            raise Failure("the DynamoDB engine (tests/examples/engine.rs) did not start.")
        yield url
    finally:
        stop(process)


def emulator():
    """Lambda's Runtime Interface Emulator, as it comes with the SAM CLI."""
    machine = {"aarch64": "arm64"}.get(platform.machine(), platform.machine())
    pattern = f"lib/python*/site-packages/samcli/local/rapid/aws-lambda-rie-{machine}"
    found = next(Path(sys.prefix).glob(pattern), None)
    if not found:
        raise Failure(f"no Lambda Runtime Interface Emulator at {sys.prefix}/{pattern}: name one with --rie.")
    found.chmod(0o755)
    return found
