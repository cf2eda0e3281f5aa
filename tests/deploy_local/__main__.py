"""tests/deploy-local, from the templates' checks to the end-to-end suite."""

import argparse
import contextlib
import filecmp
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from deploy_local.steps import Failure, run, step, tail

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "target/deploy-local"


def main():
    arguments = parse()
    # A plain `kill` then also tears down.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    started = time.monotonic()
    try:
        deploy_and_test(arguments)
    except Failure as failure:
        print(f"\ntests/deploy-local failed after {time.monotonic() - started:.0f} s: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ntests/deploy-local was interrupted; everything it started is stopped.", file=sys.stderr)
        return 130
    print(f"tests/deploy-local passed in {time.monotonic() - started:.0f} s")
    return 0


def parse():
    parser = argparse.ArgumentParser(
        prog="tests/deploy-local",
        description=(
            "Checks the templates, builds them with `sam build`, deploys them with `sam deploy` to MiniStack on this "
            "machine, and runs the end-to-end suite against what was deployed. Logs: target/deploy-local."
        ),
        epilog=(
            "The suite is given API_URL (the API's address), E2E_USER and E2E_PASSWORD (a user of that stack). With "
            "these three it runs against any deployed stack: cargo test -p tests end_to_end::"
        ),
    )
    parser.add_argument("--checks", action="store_true", help="check the templates only; build and deploy nothing")
    parser.add_argument("--keep", action="store_true", help="when all passed, keep it running until Enter is pressed")
    parser.add_argument("--no-iam", action="store_true", help="do not enforce IAM policies")
    return parser.parse_args()


def deploy_and_test(arguments):
    # Not at the top, as --help needs none of the packages that these need.
    from deploy_local import attached, ministack, monitoring, operated, page, provider, roles, shop, translated
    from deploy_local.stack import deploy

    FOLDER.mkdir(parents=True, exist_ok=True)
    env = tools_environment()
    with step("checks: sam validate --lint, and what SAM makes of the templates"):
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            templates = [ROOT / "template.yaml", *sorted((ROOT / "docs/attach").glob("*.yaml"))]
            templates.append(ROOT / shop.SOURCE / "template.yaml")
            list(pool.map(lambda template: lint(template, env), templates))
        translated.check(ROOT)
    if arguments.checks:
        return

    # The suite logs in more often than one address may.
    parameters = {"LoginAddressPerMinute": "10000", "Monitoring": "on", "Page": "on"}
    with step("build: sam build, and meanwhile the suite and sessionctl"):
        # SAM builds one function after the other, and each is linked on one core.
        with ThreadPoolExecutor(1) as pool:
            programs = pool.submit(build_programs, env)
            build(env)
            shop_template = shop.build(ROOT, FOLDER / "shop", env)
            programs = programs.result()

    with ministack.running(FOLDER, enforce_iam=not arguments.no_iam) as port, provider.running() as issuer:
        parameters |= provider.parameters(issuer)
        env |= ministack.client_environment(port)
        template = monitoring.for_ministack(FOLDER / "build/template.yaml")
        with step(f"deploy: sam deploy to MiniStack on port {port}"):
            stack = deploy("dynamodb-session", template, port, env, FOLDER, parameters)
        with step("test: metrics, alarms and the dashboard"):
            monitoring.check(stack, port, monitoring=True)
        with step("deploy: the APIs of docs/attach.md"):
            stacks = attached.deploy_all(ROOT, port, env, FOLDER, stack.outputs["AuthorizerArn"])
        with step("deploy: the application of sdk/rust/examples/lambda"):
            application = shop.deploy_beside(stack, shop_template, port, env, FOLDER)
        if not arguments.no_iam:
            with step("test: the roles"):
                roles.check(stack, port)
        user, password = "demo", secrets.token_urlsafe(24)
        with step("user: sessionctl user add"):
            add_user(programs["sessionctl"], env, port, stack.outputs["UserTableName"], user, password)
        suite = {"API_URL": stack.url(), "E2E_USER": user, "E2E_PASSWORD": password}
        with step(f"test: end-to-end suite against {stack.url()}"):
            run([programs["suites"], "end_to_end::"], env | suite, cwd=ROOT / "tests")
        with step("test: the page"):
            page.check(stack.url(), served=True)
        with step("test: logins at a provider"):
            provider.check(stack, issuer)
        with step("test: the patterns of metrics, over all lines of the suite"):
            lines = FOLDER / "lines.jsonl"
            monitoring.write_lines(stack, port, lines)
            run([programs["secrets"], "patterns::"], env | {"E2E_LINES": str(lines)}, cwd=ROOT / "tests")
        with step("test: the APIs of docs/attach.md"):
            attached.check(stacks, stack.url(), user, password)
        with step("test: the application of sdk/rust/examples/lambda"):
            shop.check(application, stack.url(), user, password)
        with step("test: the operator's commands on the deployed table"):
            operated.check(programs["sessionctl"], env, port, stack.outputs, stack.url(), user, password)
        with step("test: the stack updated to Transport=header, Monitoring=off, Page=off and no provider"):
            updated = parameters | {"Transport": "header", "Monitoring": "off", "Page": "off"} | provider.NONE
            stack = deploy("dynamodb-session", template, port, env, FOLDER, updated)
            attached.check_header_transport(stack, user, password)
            monitoring.check(stack, port, monitoring=False)
            page.check(stack.url(), served=False)
            provider.check_absent(stack)
        if arguments.keep:
            print(f"{stack.url()} has the user {user} with the password {password}, and the transport header.")
            with contextlib.suppress(EOFError):
                input("Press Enter to stop it. ")


def lint(template, env):
    command = ["sam", "validate", "--lint", "--template-file", template]
    name = "-".join(template.relative_to(ROOT).with_suffix("").parts)
    run(command, env, log=FOLDER / f"validate-{name}.log", cwd=ROOT)


def build(env):
    bootstraps = Path(env.get("CARGO_TARGET_DIR") or ROOT / "target") / "lambda"
    for old in (FOLDER / "build", bootstraps):
        shutil.rmtree(old, ignore_errors=True)
    sam_build(FOLDER, env)
    check_bootstraps(bootstraps)


def sam_build(folder, env):
    """Builds for this machine's processor into a folder's `build`."""
    from deploy_local import architecture

    template = folder / "template.yaml"
    architecture.write_template(ROOT / "template.yaml", template)
    command = ["sam", "build", "--template-file", template, "--base-dir", ROOT, "--config-file", ROOT / "samconfig.toml"]
    run([*command, "--build-dir", folder / "build"], env, log=folder / "build.log", cwd=ROOT)
    architecture.check(folder / "build")


def check_bootstraps(bootstraps):
    """CargoLambda.toml names the functions and nothing else, and each function has its own program."""
    functions = {main.parent.parent.name for main in ROOT.glob("functions/*/src/main.rs")}
    built = {bootstrap.parent.name for bootstrap in bootstraps.glob("*/bootstrap")}
    if built != functions:
        raise Failure(f"cargo lambda built {sorted(built)}, and not {sorted(functions)}: see CargoLambda.toml")
    for name in functions:
        deployed = FOLDER / "build" / f"{name.capitalize()}Function" / "bootstrap"
        if not filecmp.cmp(bootstraps / name / "bootstrap", deployed, shallow=False):
            raise Failure(f"{deployed} is not the program of {name}")


def build_programs(env):
    """Builds what runs here, as `cargo test --workspace` does, and gives each program's path by its name."""
    command = ["cargo", "build", "--workspace", "--bin", "sessionctl", "--test", "suites", "--test", "secrets"]
    log = FOLDER / "build-programs.log"
    with open(log, "w") as messages:
        built = subprocess.run(
            [*command, "--message-format=json-render-diagnostics"],
            env=env,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=messages,
        )
    if built.returncode:
        raise Failure(f"`{' '.join(command)}` failed:\n{tail(log)}")
    artifacts = [json.loads(line) for line in built.stdout.splitlines()]
    return {artifact["target"]["name"]: artifact["executable"] for artifact in artifacts if artifact.get("executable")}


def add_user(sessionctl, env, port, table, user, password):
    """Creates a password user with the operator's command, which reads the password from its standard input."""
    command = [sessionctl, "--endpoint-url", f"http://127.0.0.1:{port}", "--user-table", table, "user", "add", user]
    run(command, env, input=password, text=True)


def tools_environment():
    """The caller's environment with the tools first on the path, and without anything that names an AWS account."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SAM_", "SESSION_"))}
    env["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}"
    env |= {"AWS_DEFAULT_REGION": "us-east-1", "SAM_CLI_TELEMETRY": "0"}
    return env


if __name__ == "__main__":
    sys.exit(main())
