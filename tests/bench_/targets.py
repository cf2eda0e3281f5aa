"""What each function may weigh and ask of DynamoDB, and what the authorizer's times are compared with.

docs/performance.md says why these, and has what was measured.
"""

from typing import NamedTuple


class Target(NamedTuple):
    """What one function may take."""

    # Bytes, by Lambda's name for the processor.
    archive: dict
    # Requests to DynamoDB for the call in bench_/functions.py.
    requests: int


# Archives: what was measured with Rust 1.95 and 3 %, but for the authorizer's, which is a goal.
FUNCTIONS = {
    "authorizer": Target({"x86_64": 2_400_000}, 1),
    "login": Target({"x86_64": 2_940_000}, 6),
    "logout": Target({"x86_64": 2_720_000}, 2),
    "oidc": Target({"x86_64": 3_200_000}, 0),
    "page": Target({"x86_64": 990_000}, 0),
    "profile": Target({"x86_64": 980_000}, 0),
    "session": Target({"x86_64": 2_930_000}, 1),
}

# The authorizer's, on a machine at rest. MiB and milliseconds; the ratios are to what --beside calls floor.
MEMORY = 6.5
FIRST_OVER_TLS = 3
FIRST_TO_FLOOR = 1.05
WARM_TO_FLOOR = 1.2


class Report:
    """Prints figures, each beside its target where it has one, and remembers what the build must not do."""

    def __init__(self):
        self.missed = []

    def line(self, what, value, unit, limit=None, binding=False):
        """One figure. A binding target fails the run; any other depends on the machine, and is only told."""
        shown = f"{value:,}" if isinstance(value, int) else f"{value:.2f}"
        verdict = ""
        if limit is not None:
            verdict = f"at most {limit:<9,} {'PASS' if value <= limit else 'FAIL'}"
            if binding and value > limit:
                self.missed.append(f"{what} {shown} {unit}".strip() + f", at most {limit:,}")
        print(f"{what:<60}{shown:>10} {unit:<6}{verdict}".rstrip(), flush=True)
