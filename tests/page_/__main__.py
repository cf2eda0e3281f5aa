"""tests/page: the page for people, gone through in Chromium."""

import argparse
import os
import shutil
import sys
import time

from clients_ import tools
from clients_.__main__ import server
from clients_.browsers import chromium_driver
from deploy_local.__main__ import tools_environment
from deploy_local.steps import Failure, ended, run, step

from page_.journeys import JOURNEYS
from page_.person import FOLDER, Home

HERE = tools.ROOT / "tests/page_"
# It is led to and never asked.
PROVIDER = {
    "SESSION_OIDC_ISSUER": "https://idp.example",
    "SESSION_OIDC_CLIENT_ID": "page",
    "SESSION_OIDC_NAME": "Example & <Sons>",
}


def main():
    parser = argparse.ArgumentParser(prog="tests/page", description=__doc__)
    parser.add_argument("--install", action="store_true", help="have apt-get install what is missing (root)")
    parser.add_argument("names", nargs="*", help="only journeys whose names hold one of these, such as devices")
    arguments = parser.parse_args()
    return ended("tests/page", lambda: go_through(arguments))


def go_through(arguments):
    """Goes every way; the first that is not as expected ends it."""
    started = time.monotonic()
    journeys = [one for one in JOURNEYS if any(part in one.__name__ for part in arguments.names or [""])]
    if not journeys:
        raise Failure(f"no journey's name holds one of: {', '.join(arguments.names)}")
    for needs in ("chromium", "npm"):
        if lacking := tools.missing(needs, arguments.install):
            raise Failure(lacking)
    FOLDER.mkdir(parents=True, exist_ok=True)
    axe = install_axe()
    env = tools_environment()
    with step("build: cargo build -p local"):
        run(["cargo", "build", "--quiet", "--locked", "-p", "local"], env, cwd=tools.ROOT)
    tools.FOLDER.mkdir(parents=True, exist_ok=True)
    with chromium_driver() as driver:
        for journey in journeys:
            # Each has its own server: what one counts or ends, no other sees.
            with step(journey.__name__), server("dynamodb-session-local", env | PROVIDER) as (port, password, _):
                home = Home(driver, f"http://localhost:{port}", password, axe)
                try:
                    journey(home)
                finally:
                    home.close()
    print(f"tests/page: all as expected, in {time.monotonic() - started:.0f} s; pictures are in target/page")
    return []


def install_axe():
    """The text of axe-core, as the lock file pins it."""
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, FOLDER)
    axe = FOLDER / "node_modules/axe-core/axe.min.js"
    if not axe.exists():
        install = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
        run(install, os.environ, log=FOLDER / "npm.log", cwd=FOLDER)
    return axe.read_text()


if __name__ == "__main__":
    sys.exit(main())
