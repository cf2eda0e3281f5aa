"""tests/clients: what each client does with the cookie, held to what is expected of it."""

import argparse
import http.client
import json
import re
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager

from clients_ import tools
from clients_.expected import COOKIES, FLOW, HOSTS, OUTCOMES, RUNS, tables
from clients_.relay import Relay
from clients_.tools import FOLDER, ROOT
from deploy_local.__main__ import tools_environment
from deploy_local.steps import Failure, run, step, stop

PAGE = ROOT / "docs/clients.md"
# Only what hangs is ever so slow.
MINUTES = 15


def main():
    parser = argparse.ArgumentParser(prog="tests/clients", description=__doc__)
    parser.add_argument(
        "--install", action="store_true", help="have apt-get install the programs that are missing (root)"
    )
    parser.add_argument(
        "--table", action="store_true", help="print the tables that docs/clients.md has to hold; run nothing"
    )
    parser.add_argument("names", nargs="*", help="only clients whose names hold one of these, such as Python")
    arguments = parser.parse_args()
    if arguments.table:
        print(*tables(), sep="\n")
        return 0
    # A plain `kill` then also tears down.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(signal.SIGALRM, hung)
    started = time.monotonic()
    try:
        failures, skipped = run_all(arguments)
    except Failure as failure:
        print(f"tests/clients failed: {failure}", file=sys.stderr)
        return 1
    page = PAGE.read_text()
    if not all(table in page for table in tables()):
        failures += 1
        print("docs/clients.md holds other tables than `tests/clients --table` prints.", file=sys.stderr)
    told = f"{failures} failed" if failures else "all as expected"
    told += f", {skipped} clients skipped" if skipped else ""
    print(f"tests/clients: {told}, in {time.monotonic() - started:.0f} s")
    return 1 if failures else 0


def run_all(arguments):
    """Runs each client at each host of each program; gives how many runs failed, and how many clients were skipped."""
    runs = [row for row in RUNS if any(part.lower() in row[0].lower() for part in arguments.names or [""])]
    if not runs:
        raise Failure(f"no client's name holds one of: {', '.join(arguments.names)}")
    env = tools_environment()
    with step("build: cargo build -p local"):
        run(["cargo", "build", "--quiet", "--locked", "-p", "local"], env, cwd=ROOT)
    failures = skipped = 0
    with ExitStack() as stack:
        servers = {cookie: stack.enter_context(server(cookie, env | COOKIES[cookie])) for cookie in COOKIES}
        heads = " ".join(f"{name:6}" for name, _, _ in FLOW)
        print(f"{'client':42} {'cookie':24} {'address':11} {heads} afterwards")
        for name, needs, use, *expected in runs:
            if missing := tools.missing(needs, arguments.install):
                print(f"SKIPPED: {name}: {missing}", flush=True)
                skipped += 1
                continue
            for (cookie, (port, password, _)), outcomes in zip(servers.items(), expected, strict=True):
                for host, outcome in zip(HOSTS, outcomes, strict=True):
                    failures += not as_expected(name, use, cookie, host, port, password, outcome)
    return failures, skipped


@contextmanager
def server(cookie, env):
    """The program, on a free port: gives this, its user's password and the engine's URL, once it says all three."""
    command = [ROOT / "target/debug/local", "--port", "0"]
    # All clients log in from one address.
    env = env | {"SESSION_LOGIN_ADDRESS_PER_MINUTE": "0"}
    with open(FOLDER / f"local-{cookie}.log", "w") as log:
        process = subprocess.Popen(
            command, env=env, stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True
        )
    try:
        said = ""
        patterns = (r"^Serving on http://[^ ]*:(\d+) ", r"^User demo, password (\S+)$", r"\(DynamoDB: ([^, ]+), ")
        for line in process.stdout:
            said += line
            found = [re.search(pattern, said, re.MULTILINE) for pattern in patterns]
            if all(found):
                yield int(found[0][1]), found[1][1], found[2][1]
                return
        raise Failure(f"`cargo run` did not start: see {log.name}\n{said}")
    finally:
        stop(process)


def as_expected(name, use, cookie, host, port, password, outcome):
    """Has the client go through the flow, prints what was seen, and gives whether it is the outcome."""
    relay = Relay(port)
    login = json.dumps({"username": "demo", "password": password})
    bodies = {"login": login, "patch": '{"theme":"dark"}'}
    steps = [(method, f"http://{host}:{relay.port}{path}", bodies.get(step, "")) for step, method, path in FLOW]
    error = None
    signal.alarm(MINUTES * 60)
    try:
        use(steps)
    except Exception as failure:
        # A client's own error is seen as well; the next client has its turn.
        error = f"{type(failure).__name__}: {failure}"
    finally:
        signal.alarm(0)
        relay.close()
    exchanges = [seen for seen in relay.exchanges if (seen.method, seen.path) in {step[1:] for step in FLOW}]
    seen, wrong = judge(cookie, exchanges, port)
    cells = " ".join(f"{status:<6}" for status in seen)
    mark = "" if seen == OUTCOMES[outcome] and not wrong and not error else f"  FAILED: expected is {outcome}"
    print(f"{name:42} {cookie:24} {host:11} {cells}{mark}", flush=True)
    if mark:
        for problem in filter(None, [error, *wrong]):
            print(f"  {problem}", file=sys.stderr)
        print(shown(exchanges), file=sys.stderr)
    return not mark


def hung(*_):
    raise Failure(f"it has not come to an end in {MINUTES} minutes")


def judge(cookie, exchanges, port):
    """The statuses of a flow, the last of them that of a call with what the client was given; and what must not be."""
    wrong = []
    given = []
    for exchange in exchanges:
        expected = [f"{cookie}={given[-1]}"] if given and given[-1] else []
        # Sent bare, and only the newest, or not at all: a client that keeps it back is told by its statuses.
        if exchange.cookies() not in ([], expected):
            wrong.append(f"{exchange.method} {exchange.path} does not present the newest cookie as it was set")
        for value in exchange.set_cookies():
            if named := re.match(rf"{re.escape(cookie)}=([^;]*)", value):
                given.append(named[1])
    statuses = tuple(exchange.status for exchange in exchanges)
    afterwards = {profile(port, f"{cookie}={token}") for token in given if token}
    if len(afterwards) != 1:
        wrong.append(f"afterwards the cookies that it was given are answered {sorted(afterwards)}")
    return (*statuses, *sorted(afterwards)[:1]), wrong


def profile(port, cookie):
    """The status of a call with this cookie."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", "/profile", headers={"cookie": cookie})
    status = connection.getresponse().status
    connection.close()
    return status


def shown(exchanges):
    """The heads of all exchanges, each token as a number."""
    text, tokens = [], {}
    for exchange in exchanges:
        text.append(f"  > {exchange.method} {exchange.path}")
        text += [f"  > {name}: {value}" for name, value in exchange.sent]
        text.append(f"  < {exchange.status}")
        text += [f"  < {name}: {value}" for name, value in exchange.answered]
    return re.sub(r"[\w-]{43}", lambda token: f"TOKEN{tokens.setdefault(token[0], len(tokens) + 1)}", "\n".join(text))


if __name__ == "__main__":
    sys.exit(main())
