"""tests/sdk: the helpers' own tests, their packages, and their examples behind the local front."""

import argparse
import signal
import sys
import time

from clients_ import tools
from deploy_local.__main__ import tools_environment
from deploy_local.steps import Failure, run, step

from sdk_ import examples, node, python
from sdk_.place import FOLDER, ROOT


def main():
    parser = argparse.ArgumentParser(prog="tests/sdk", description=__doc__)
    parser.add_argument(
        "--install", action="store_true", help="have apt-get install the programs that are missing (root)"
    )
    arguments = parser.parse_args()
    # A plain `kill` then also tears down.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    started = time.monotonic()
    try:
        skipped = run_all(arguments.install)
    except Failure as failure:
        print(f"tests/sdk failed: {failure}", file=sys.stderr)
        return 1
    told = ", JavaScript skipped" if skipped else ""
    print(f"tests/sdk: all as expected{told}, in {time.monotonic() - started:.0f} s")
    return 0


def run_all(install):
    """Whether JavaScript was skipped."""
    # The folder of the logs that the shared steps write.
    tools.FOLDER.mkdir(parents=True, exist_ok=True)
    FOLDER.mkdir(parents=True, exist_ok=True)
    with step("Python: package, types, tests"):
        python.check()
    missing = node.missing(install)
    if missing:
        print(f"SKIPPED: the helper in JavaScript: {missing}", flush=True)
    else:
        with step("JavaScript: package, types, tests"):
            node.check()
    with step("build: cargo build -p local"):
        run(["cargo", "build", "--quiet", "--locked", "-p", "local"], tools_environment(), cwd=ROOT)
    with step("example: Flask"):
        examples.check(python.EXAMPLE)
    if not missing:
        with step("example: Express"):
            examples.check(node.EXAMPLE)
    return bool(missing)


if __name__ == "__main__":
    sys.exit(main())
