"""Steps with their times, and the processes that they start."""

import contextlib
import os
import signal
import subprocess
import sys
import time


class Failure(Exception):
    """A step that did not do what it should: what is wrong, and where to look."""


def ended(name, work):
    """The exit code of a script whose work gives lines that say what is wrong."""
    # A plain `kill` then also tears down.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        wrong = work()
    except Failure as failure:
        wrong = [f"failed: {failure}"]
    for line in wrong:
        print(f"{name}: {line}", file=sys.stderr)
    return 1 if wrong else 0


@contextlib.contextmanager
def step(name):
    """Prints what begins, and how long it took."""
    print(f"{name} ...", flush=True)
    started = time.monotonic()
    yield
    print(f"{name}: {time.monotonic() - started:.1f} s", flush=True)


def run(command, env, log=None, **options):
    """Runs a command to its end; with `log`, its output goes there and is shown only if it fails."""
    command = [str(part) for part in command]
    if log is None:
        if subprocess.run(command, env=env, **options).returncode:
            raise Failure(f"`{' '.join(command)}` failed; its output is above.")
        return
    with open(log, "w") as output:
        done = subprocess.run(command, env=env, stdout=output, stderr=subprocess.STDOUT, **options)
    if done.returncode:
        raise Failure(f"`{' '.join(command)}` failed:\n{tail(log)}")


def tail(path, lines=40):
    """The end of a log."""
    with open(path, errors="replace") as log:
        return "".join(log.readlines()[-lines:])


def stop(process, seconds=10):
    """Ends a process that was started in a session of its own, and all that it started."""
    for name in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, name)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
            break
