"""Measures the functions on this machine, or checks what does not depend on it."""

import argparse
import contextlib
import os
import platform
import statistics
import sys
import tempfile

from deploy_local.steps import Failure, ended

EPILOG = """\
docs/performance.md explains the targets and has the figures of one machine. Archives and requests past their targets
fail the run. Times and memory are only told, as they depend on the machine and on what else it does.

    tests/bench                                         all functions
    tests/bench authorizer login                        these alone
    tests/bench --check                                 archives and requests alone, as .ci/run does
    tests/bench --beside floor=path/to/floor=event.json authorizer
                                                        another program in the same rounds, for a ratio
"""


def main():
    arguments = parse()
    return ended("tests/bench", lambda: [f"past its target: {missed}" for missed in run_all(arguments).missed])


def parse():
    from bench_.emulated import Job

    parser = argparse.ArgumentParser(
        prog="tests/bench", description=__doc__, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="FUNCTION", help="only these functions")
    parser.add_argument("--check", action="store_true", help="check archives and requests, and measure nothing")
    parser.add_argument("--built", action="store_true", help="take what tests/deploy-local or the last run built")
    parser.add_argument("--bootstrap", metavar="PATH", help="take this program for the one function that is named")
    parser.add_argument("--calls", type=int, default=500, help="warm calls a round (500)")
    parser.add_argument("--starts", type=int, default=5, help="starts a round (5)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds (3)")
    parser.add_argument("--engine", metavar="URL", help="use this DynamoDB engine instead of starting one in memory")
    parser.add_argument("--rie", help="aws-lambda-rie (default: the one that comes with the SAM CLI in tests/.venv)")
    parser.add_argument(
        "--beside",
        action="append",
        default=[],
        type=Job.parse,
        metavar="NAME=BOOTSTRAP=EVENT.json",
        help="run this one in turn with the functions and print the authorizer's ratio to it (repeatable)",
    )
    arguments = parser.parse_args()
    if arguments.bootstrap and len(arguments.names) != 1:
        parser.error("--bootstrap takes the name of one function")
    return arguments


def run_all(arguments):
    # Not at the top, as --help needs none of the packages that these need.
    from bench_ import check, programs
    from bench_.functions import load
    from bench_.table import Table
    from bench_.targets import Report

    functions, report = load(), Report()
    names = arguments.names or list(functions)
    unknown = [name for name in names if name not in functions]
    if unknown:
        raise Failure(f"there is no function {', '.join(unknown)}; there are {', '.join(functions)}.")
    if arguments.bootstrap:
        built = {names[0]: arguments.bootstrap}
    else:
        if not arguments.built:
            programs.build(names)
        built = {name: programs.bootstrap(name) for name in names}
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        engine = arguments.engine or stack.enter_context(programs.engine(fast=not arguments.check))
        load_average = f"load {os.getloadavg()[0]:.1f}"
        print(f"{platform.machine()}, {os.cpu_count()} CPUs, {load_average}, engine {engine}", flush=True)
        table = Table(engine)
        table.create()
        check.check_sizes(report, built, folder)
        check.check_requests(report, functions, built, engine, table, folder)
        if not arguments.check:
            measure(arguments, report, functions, built, engine, table, folder)
    return report


def measure(arguments, report, functions, built, engine, table, folder):
    from bench_ import first_call, programs
    from bench_.emulated import Job
    from bench_.targets import MEMORY

    emulator = arguments.rie or programs.emulator()
    jobs = [Job(functions[name], program) for name, program in built.items()] + arguments.beside
    for _ in range(arguments.rounds):
        for job in jobs:
            table.begin()
            job.measure(emulator, engine, table, folder, arguments.starts, arguments.calls)
    for job in jobs:
        name = job.function.name
        limit = MEMORY if name == "authorizer" else None
        report.line(f"{name}: memory (RSS) after the calls", job.memory, "MiB", limit)
        report.line(f"{name}: first response after spawn, median", statistics.median(job.first), "ms")
        for label, quantile in (("p50", 0.5), ("p90", 0.9), ("p99", 0.99)):
            report.line(f"{name}: warm response, {label}", job.warm(quantile), "ms")
    if "authorizer" in built:
        product = next(job for job in jobs if job.function.name == "authorizer")
        for other in arguments.beside:
            compare(report, product, other)
        first_call.measure(report, product.function, product.program, engine, folder)


def compare(report, product, other):
    """The authorizer's times as ratios to those of another function in the same rounds."""
    from bench_.targets import FIRST_TO_FLOOR, WARM_TO_FLOOR

    name = other.function.name
    limits = (FIRST_TO_FLOOR, WARM_TO_FLOOR) if name == "floor" else (None, None)
    first = statistics.median(product.first) / statistics.median(other.first)
    report.line(f"authorizer / {name}: first response", first, "x", limits[0])
    rounds = [ours / theirs for ours, theirs in zip(product.medians, other.medians, strict=True)]
    report.line(f"authorizer / {name}: warm p50, median of rounds", statistics.median(rounds), "x", limits[1])


if __name__ == "__main__":
    sys.exit(main())
