"""Functions under Lambda's Runtime Interface Emulator: first responses, warm ones, and memory."""

import argparse
import contextlib
import http.client
import random
import socket
import statistics
import subprocess
import time
from pathlib import Path

from deploy_local.steps import Failure, stop

from bench_.environment import environment
from bench_.functions import ALLOWED, Function

INVOCATIONS = "/2015-03-31/functions/function/invocations"


class Job:
    """One function, its program, and what was measured."""

    def __init__(self, function, program):
        self.function, self.program = function, Path(program).resolve()
        self.first, self.times, self.medians, self.memory = [], [], [], 0

    @staticmethod
    def parse(text):
        """NAME=BOOTSTRAP=EVENT.json"""
        try:
            name, program, event = text.split("=", 2)
            return Job(Function(name, Path(event).read_bytes(), ALLOWED), program)
        except (ValueError, OSError) as error:
            raise argparse.ArgumentTypeError(f"{text}: takes NAME=BOOTSTRAP=EVENT.json ({error})") from error

    def measure(self, emulator, engine, table, folder, starts, calls):
        """One round."""
        for start in range(starts):
            with emulated(emulator, self.program, engine, folder) as (process, connection, began):
                # The table is as it has to be from the last call on.
                self.function.require(invoke(connection, self.function.event))
                self.first.append(since(began))
                times = [self.call(connection, table) for _ in range(calls if start == starts - 1 else 0)]
                if times:
                    self.times += times
                    self.medians.append(statistics.median(times))
                    self.memory = max(self.memory, memory_of_child(process.pid))
                if self.function.changes:
                    table.begin()

    def call(self, connection, table):
        """Milliseconds of one call."""
        if self.function.changes:
            table.begin()
        began = time.perf_counter()
        body = invoke(connection, self.function.event)
        took = since(began)
        self.function.require(body)
        return took

    def warm(self, quantile):
        ordered = sorted(self.times)
        return ordered[int((len(ordered) - 1) * quantile)]


@contextlib.contextmanager
def emulated(emulator, program, engine, folder):
    """Starts a function; yields the emulator's process, a connection to it, and when it began."""
    port, api = free_port(), free_port()
    command = [emulator, "--log-level", "error", "--runtime-interface-emulator-address", f"127.0.0.1:{port}"]
    began = time.perf_counter()
    process = subprocess.Popen(
        [*command, "--runtime-api-address", f"127.0.0.1:{api}", program],
        env=environment(engine, folder, program),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        while not listens(port):
            if process.poll() is not None:
                raise Failure(f"{emulator} ended with {process.returncode}; try it by hand with {program}.")
            time.sleep(0.001)
        yield process, http.client.HTTPConnection("127.0.0.1", port, timeout=60), began
    finally:
        stop(process)


def invoke(connection, event):
    connection.request("POST", INVOCATIONS, event, {"Content-Type": "application/json"})
    return connection.getresponse().read()


def since(began):
    return (time.perf_counter() - began) * 1e3


def memory_of_child(parent):
    """Resident memory of a process's child, in MiB."""
    for status in Path("/proc").glob("[0-9]*/status"):
        with contextlib.suppress(OSError):
            fields = dict(line.split(":", 1) for line in status.read_text().splitlines())
            if int(fields["PPid"]) == parent:
                return int(fields["VmRSS"].split()[0]) / 1024
    return 0


def free_port():
    """A port below those that the system hands out itself: nobody is given it before the emulator takes it."""
    for port in random.sample(range(20_000, 30_000), 100):
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise Failure("no free port between 20000 and 30000.")


def listens(port):
    with contextlib.suppress(OSError):
        socket.create_connection(("127.0.0.1", port), 0.2).close()
        return True
    return False
