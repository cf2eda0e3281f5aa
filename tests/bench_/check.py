"""What holds on every machine, however fast: what an archive weighs, and how often a call asks DynamoDB."""

import collections
import os
import statistics

from deploy_local.architecture import architecture, machine

from bench_ import programs
from bench_.runtime import running
from bench_.targets import FUNCTIONS

# How many calls are counted.
CALLS = 20

# What changes the profile that functions are deployed with.
PROFILE = "CARGO_PROFILE_RELEASE_"


def check_sizes(report, built, folder):
    """Archives against their targets, unless they were built in another way than what is deployed."""
    changed = [name for name in sorted(os.environ) if name.startswith(PROFILE) or name.endswith("RUSTFLAGS")]
    if changed:
        print(f"SKIPPED: the targets of archives, which are for a build without {', '.join(changed)}")
    for name, program in built.items():
        processor = architecture(program)
        limit = None if changed else FUNCTIONS[name].archive.get(processor)
        if limit is None and not changed:
            print(f"SKIPPED: the target of {name}'s archive: tests/bench_/targets.py has none for {processor}")
        size = programs.archive_size(program, folder)
        report.line(f"{name}: archive, {processor}", size, "bytes", limit, binding=True)


def check_requests(report, functions, built, engine, table, folder):
    """Requests of a call. An attempt that a busy machine makes late is made again, so the median of several counts."""
    for name, program in built.items():
        if architecture(program) != machine():
            print(f"SKIPPED: the requests of {name}: its program is for {architecture(program)}")
            continue
        counts, operations = [], collections.Counter()
        table.begin()
        with running(functions[name], program, engine, folder) as (call, requests):
            for _ in range(CALLS):
                before = requests.copy()
                call()
                counts.append(requests.total() - before.total())
                operations += requests - before
                if functions[name].changes:
                    table.begin()
        told = ", ".join(f"{count} {operation}" for operation, count in operations.items())
        what = f"{name}: requests to DynamoDB a call"
        report.line(what, statistics.median_low(counts), "", FUNCTIONS[name].requests, binding=True)
        if told:
            print(f"    in {CALLS} calls: {told}")
