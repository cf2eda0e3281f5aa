"""Compares an axum route on the layer of sdk/rust by itself, on tower-sessions, and behind the authorizer."""

import argparse
import contextlib
import os
import platform
import statistics
import sys
import tempfile

from bench_ import programs as bench
from bench_.table import Table
from deploy_local.steps import ended, step

from compare_ import programs
from compare_.counted import counted
from compare_.ways import WAYS, Asked, client

EPILOG = """\
A call either reads who is logged in (who), or also changes a value of the session (count). Requests and units are counted
at a front of the engine; times are taken without it, in rounds in which every way has its turn. docs/performance.md says
more.
"""

# How many calls of each kind are counted.
COUNTED = 9

KINDS = ("who", "count")
ROW = "{:<32}{:<8}{:<26}{:>6}{:>7}{:>9}{:>8}"


def main():
    arguments = parse()
    return ended("tests/compare", lambda: compare(arguments))


def parse():
    parser = argparse.ArgumentParser(
        prog="tests/compare", description=__doc__, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="count requests and units, and measure no times")
    parser.add_argument("--calls", type=int, default=200, help="calls of a kind a round (200)")
    parser.add_argument("--rounds", type=int, default=10, help="rounds (10)")
    return parser.parse_args()


def compare(arguments):
    """What differs from what each way is said to ask."""
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        with step("build"):
            built = programs.build(fast=not arguments.check)
            engine = stack.enter_context(bench.engine(fast=not arguments.check))
        table = Table(engine)
        table.create()
        make_table(table, "tower_session")
        asked = {(way, kind): seen for way in WAYS for kind, seen in count(way, engine, built, folder)}
        times = {} if arguments.check else measure(arguments, engine, built, folder)
    print(f"{platform.machine()}, {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}; of one call:")
    print(ROW.format("", "", "requests", "reads", "writes", "median", "ratio"))
    for (way, kind), seen in asked.items():
        requests = " ".join(f"{number} {operation}" for operation, number in seen.requests.items())
        median, ratio = times.get((way, kind), ("-", "-"))
        print(ROW.format(way.name, kind, requests, f"{seen.reads:g}", f"{seen.writes:g}", median, ratio))
    return [
        f"{way.name}: {kind} asks {seen}, and not {getattr(way, kind)}"
        for (way, kind), seen in asked.items()
        if seen != getattr(way, kind)
    ]


def make_table(table, name):
    keys = [{"AttributeName": "id", "KeyType": "HASH"}]
    attributes = [{"AttributeName": "id", "AttributeType": "S"}]
    description = {"TableName": name, "KeySchema": keys, "AttributeDefinitions": attributes}
    table.ask("CreateTable", description | {"BillingMode": "PAY_PER_REQUEST"})


def count(way, engine, built, folder):
    """What a call of each kind asks. An attempt that a busy machine makes late is made again: the most frequent counts."""
    with counted(engine) as (address, seen), client(way, address, built, folder) as browser:
        for kind in KINDS:
            calls = []
            for _ in range(COUNTED):
                seen.take()
                getattr(browser, kind)()
                taken = seen.take()
                calls.append(Asked(dict(taken.requests), taken.reads, taken.writes))
            yield kind, max(calls, key=calls.count)


def measure(arguments, engine, built, folder):
    """Of each way and kind: the median in milliseconds, and its ratio to that of the first way in the same round."""
    with contextlib.ExitStack() as stack:
        browsers = {way: stack.enter_context(client(way, engine, built, folder)) for way in WAYS}
        medians = {(way, kind): [] for way in WAYS for kind in KINDS}
        for measured in range(arguments.rounds + 1):
            for kind in KINDS:
                for way, browser in browsers.items():
                    times = [getattr(browser, kind)() for _ in range(arguments.calls)]
                    # The first round warms up.
                    if measured:
                        medians[way, kind].append(statistics.median(times))
    return {
        (way, kind): (f"{statistics.median(rounds):.2f} ms", ratio(rounds, medians[WAYS[0], kind]))
        for (way, kind), rounds in medians.items()
    }


def ratio(rounds, first):
    return f"{statistics.median(ours / theirs for ours, theirs in zip(rounds, first, strict=True)):.2f}"


if __name__ == "__main__":
    sys.exit(main())
