"""tests/oidc-local: whole flows of OpenID Connect, at two real providers and in Chromium."""

import argparse
import functools
import sys
import time

from clients_ import tools
from clients_.browsers import chromium_driver
from deploy_local.__main__ import tools_environment
from deploy_local.steps import Failure, ended, run, step

from oidc_ import app, npm
from oidc_.flows import FLOWS, FLOWS_OF_COGNITO
from oidc_.place import FOLDER


def main():
    parser = argparse.ArgumentParser(prog="tests/oidc-local", description=__doc__)
    parser.add_argument("--install", action="store_true", help="have apt-get install what is missing (root)")
    parser.add_argument("names", nargs="*", help="only flows whose names hold one of these, such as tabs or Cognito")
    arguments = parser.parse_args()
    return ended("tests/oidc-local", lambda: go_through(arguments))


def go_through(arguments):
    """Goes every way at every provider; the first that is not as expected ends it."""
    # Not at the top, as --help needs none of the packages that this needs.
    from oidc_ import cognito

    started = time.monotonic()
    flows = [
        (f"{name}: {flow.__name__}", flow, provider)
        for name, provider, flows in [
            ("oidc-provider", npm.running, FLOWS),
            ("Cognito", cognito.running, FLOWS_OF_COGNITO),
            ("Cognito, client with a secret", functools.partial(cognito.running, secret=True), FLOWS_OF_COGNITO[:1]),
        ]
        for flow in flows
    ]
    flows = [flow for flow in flows if any(part in flow[0] for part in arguments.names or [""])]
    if not flows:
        raise Failure(f"no flow's name holds one of: {', '.join(arguments.names)}")
    for needs in ("chromium", "npm"):
        if lacking := tools.missing(needs, arguments.install):
            raise Failure(lacking)
    if tools.node_version() < tools.NODE:
        raise Failure(f"oidc-provider needs Node.js {tools.NODE} or newer, and this is older: see https://nodejs.org")
    for folder in (FOLDER, tools.FOLDER):
        folder.mkdir(parents=True, exist_ok=True)
    npm.install()
    env = tools_environment()
    with step("build: cargo build -p local -p sessionctl"):
        run(["cargo", "build", "--quiet", "--locked", "-p", "local", "-p", "sessionctl"], env, cwd=tools.ROOT)
    with chromium_driver() as driver:
        for name, flow, provider in flows:
            # Each has its own application and its own client: what one counts or ends, no other sees.
            with step(name), app.running(driver, provider, env) as home:
                flow(home)
    print(f"tests/oidc-local: all as expected, in {time.monotonic() - started:.0f} s; pictures are in target/oidc")
    return []


if __name__ == "__main__":
    sys.exit(main())
