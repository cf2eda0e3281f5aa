"""Measures what sessions cost as their number grows."""

import argparse
import contextlib
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

from bench_ import programs as bench
from bench_.table import Table
from compare_.counted import counted
from deploy_local.__main__ import ROOT, tools_environment
from deploy_local.steps import Failure, ended, run, step

EPILOG = """\
Sizes are numbers of items in the table, of which half are users'. The engine keeps them in memory: about 0.7 GB for a
million. docs/performance.md says more.
"""
SIZES = [1_000, 100_000]
SMALL = [200, 1_000]
LARGE = 10_000_000
GIGABYTES_OF_A_MILLION = 0.7
# Sessions a user, and bytes of data a session.
CASES = [(sessions, data) for data in (0, 4096, 65_536) for sessions in (1, 10, 50)]
COUNTED = [100_000, 1_000_000]
# What each operation asks, however many items, sessions and bytes there are.
OPERATIONS = {
    "login": "1 GetItem 1 TransactWriteItems",
    "call": "1 UpdateItem",
    "list": "1 BatchGetItem 1 GetItem",
    "logout": "1 GetItem 1 TransactWriteItems",
}
# Of memory in a soak, after a tenth of it. The program's own list of ended tokens is a part of it: about a megabyte in 600 s.
MOST_GROWTH = 1.25
ROW = "{:>10}{:>10}{:>10}  {:<8}{:<32}{:>7}{:>8}{:>9}{:>9}"


def main():
    arguments = parse()
    return ended("tests/bench-scale", lambda: measure(arguments))


def parse():
    parser = argparse.ArgumentParser(
        prog="tests/bench-scale", description=__doc__, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="two small sizes and a second of soak, no times")
    parser.add_argument("--large", action="store_true", help=f"also {LARGE:,} items")
    parser.add_argument("--repeats", type=int, default=50, help="users that each case is timed with (50)")
    parser.add_argument("--stats", action="store_true", help="only sessionctl stats, over 10^5 and 10^6 items")
    parser.add_argument("--soak", type=int, metavar="SECONDS", help="only a soak, of so long")
    parser.add_argument("--rate", type=int, default=500, help="calls a second of the soak (500)")
    return parser.parse_args()


def measure(arguments):
    """What is wrong; the figures are printed."""
    print(f"{platform.machine()}, {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}")
    with step("build"):
        scale, sessionctl = build(fast=not arguments.check)
    if arguments.soak:
        return with_engine(arguments, lambda engine: soak(scale, engine, arguments.soak, arguments.rate))
    if arguments.stats:
        return with_engine(arguments, lambda engine: count_all(scale, sessionctl, engine, COUNTED))
    if arguments.check:
        wrong = with_engine(arguments, lambda engine: grow(scale, engine, SMALL, repeats=0))
        wrong += with_engine(arguments, lambda engine: count_all(scale, sessionctl, engine, SMALL))
        return wrong + with_engine(arguments, lambda engine: soak(scale, engine, 1, 50))
    sizes = list(SIZES)
    needed = GIGABYTES_OF_A_MILLION * LARGE / 1e6
    if not arguments.large:
        print(f"SKIPPED: {LARGE:,} items, which take about {needed:.0f} GB: --large has them")
    elif available() < needed:
        print(f"SKIPPED: {LARGE:,} items, which take about {needed:.0f} GB, of which {available():.0f} are free")
    else:
        sizes.append(LARGE)
    return with_engine(arguments, lambda engine: grow(scale, engine, sizes, arguments.repeats))


def available():
    """Gigabytes of memory that are free (proc(5), MemAvailable)."""
    lines = Path("/proc/meminfo").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("MemAvailable:")) / 2**20


def build(fast):
    """The programs that fill and measure, and sessionctl."""
    choice, folder = ["--workspace"], "debug"
    if fast:
        configuration = [part for line in bench.FAST for part in ("--config", f"profile.engine.{line}")]
        choice, folder = ["--package", "tests", "--package", "sessionctl", "--profile", "engine", *configuration], "engine"
    build = ["cargo", "build", "--quiet", "--locked", "--example", "scale", "--bin", "sessionctl", *choice]
    run(build, tools_environment(), cwd=ROOT)
    return bench.target() / folder / "examples/scale", bench.target() / folder / "sessionctl"


def with_engine(arguments, then):
    with bench.engine(fast=not arguments.check) as engine:
        Table(engine).create()
        return then(engine)


def call(command, **options):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, **options)
    if done.returncode:
        raise Failure(f"{command[0].name} {' '.join(map(str, command[1:]))}: {done.stderr[-2000:]}")
    return done.stdout


def grow(scale, engine, sizes, repeats):
    print(ROW.format("items", "sessions", "bytes", "", "requests", "reads", "writes", "p50", "p99"))
    first, units_of, filled, wrong = {}, {}, 0, []
    for size in sizes:
        with step(f"fill to {size:,} items"):
            call([scale, engine, "fill", filled, size])
        filled = size
        for sessions, data in CASES:
            asked = count(scale, engine, sessions, data)
            times = timed(scale, engine, sessions, data, repeats) if repeats else {}
            for operation in OPERATIONS:
                seen = asked[operation]
                requests = " ".join(f"{number} {name}" for name, number in sorted(seen.requests.items()))
                shown = ["-", "-"]
                if repeats:
                    middle, late = times[operation]
                    ratios = first.setdefault(operation, (middle, late))
                    shown = [f"{middle / ratios[0]:.2f}", f"{late / ratios[1]:.2f}"]
                row = (f"{size:,}", sessions, data, operation, requests, f"{seen.reads:g}", f"{seen.writes:g}", *shown)
                print(ROW.format(*row), flush=True)
                # How large the table is makes no difference.
                units = units_of.setdefault((sessions, data, operation), (seen.reads, seen.writes))
                if requests != OPERATIONS[operation] or (seen.reads, seen.writes) != units:
                    wrong.append(f"{' '.join(map(str, row))}: expected {OPERATIONS[operation]}, units {units}")
    if first:
        told = ", ".join(f"{name} {p50 * 1e3:.2f} and {p99 * 1e3:.2f} ms" for name, (p50, p99) in first.items())
        print(f"1 is, in p50 and p99: {told}")
    return wrong


def count(scale, engine, sessions, data):
    with counted(engine) as (front, seen):
        command = [scale, engine, "count", sessions, data, front]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        asked = {}
        with subprocess.Popen([str(part) for part in command], **pipes) as process:
            for operation in OPERATIONS:
                if process.stdout.readline().strip() != operation:
                    raise Failure(f"{scale} ended before its {operation}")
                asked[operation] = seen.take()
                process.stdin.write("\n")
                process.stdin.flush()
        return asked


def timed(scale, engine, sessions, data, repeats):
    """Of each operation: the median, and the time that 99 of 100 keep to, in seconds."""
    lines = call([scale, engine, "time", sessions, data, repeats]).splitlines()
    told = [json.loads(line) for line in lines]
    return {
        one["operation"]: (statistics.median(one["seconds"]), statistics.quantiles(one["seconds"], n=100)[98])
        for one in told
    }


def count_all(scale, sessionctl, engine, sizes):
    filled, wrong = 0, []
    for size in sizes:
        with step(f"fill to {size:,} items"):
            call([scale, engine, "fill", filled, size])
        filled = size
        began = time.monotonic()
        told = json.loads(call([sessionctl, "--endpoint-url", engine, "stats", "--json"]))
        took = time.monotonic() - began
        print(f"stats over {size:,} items: {took:.1f} s, {size / took:,.0f} items a second, {told['read_units']:g} units")
        # The table has one session besides.
        if told["sessions"] != size // 2 + 1 or told["dangling_sessions"] or told["dangling_entries"]:
            wrong.append(f"of {size:,} items are counted {told}")
    return wrong


def soak(scale, engine, seconds, rate):
    with step(f"soak: {seconds} s, {rate} calls a second"):
        told = json.loads(call([scale, engine, "soak", seconds, rate]))
    wrong = told.pop("wrong")
    resident, sockets = told.pop("resident_kb"), told.pop("sockets")
    print(", ".join(f"{name} {value:,.0f}" for name, value in told.items()))
    if all(resident):
        print(f"memory after each tenth: {', '.join(f'{size:,}' for size in resident)} KB")
        print(f"sockets after each tenth: {', '.join(map(str, sockets))}")
        # A shorter one has not warmed up.
        if seconds >= 60 and resident[-1] > MOST_GROWTH * resident[0]:
            wrong.append(f"memory at the end is more than {MOST_GROWTH} times what it was after a tenth")
    if told["calls_a_second"] < rate * 0.9:
        print(f"This machine did not reach {rate} calls a second.")
    return wrong[-20:]


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(main())
