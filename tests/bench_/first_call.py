"""The first call of a process that speaks TLS and has the share of a CPU that Lambda's smallest functions have."""

import collections
import contextlib
import os
import shutil
import ssl
import statistics
import time
from pathlib import Path

from deploy_local.steps import run

from bench_.runtime import running
from bench_.targets import FIRST_OVER_TLS

SHARE = 0.07


def measure(report, function, program, engine, folder):
    # A share of a CPU binds ordinary processes only, and this may run under chrt.
    if hasattr(os, "sched_setscheduler"):
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    certificate = make_certificate(folder)
    group = CpuGroup.create(SHARE)
    if certificate is None or group is None:
        missing = "openssl is missing" if certificate is None else "no writable cgroup for CPU time (needs root)"
        print(f"SKIPPED: the first call over TLS on {SHARE:.0%} of a CPU: {missing}")
        return
    firsts = []
    with group:
        for _ in range(5):
            with running(function, program, engine, folder, certificate, group) as (call, _):
                # What init took of the share is given back.
                time.sleep(0.2)
                firsts.append(call())
    what = f"{function.name}: first call, TLS, {SHARE:.0%} of a CPU, median"
    report.line(what, statistics.median(firsts), "ms", FIRST_OVER_TLS)


class Certificate(collections.namedtuple("Certificate", "authority chain key")):
    """A private authority, and a server's certificate for 127.0.0.1 under it: RSA 2048, as DynamoDB's own."""

    def context(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.chain, self.key)
        return context


def make_certificate(folder):
    if not shutil.which("openssl"):
        return None
    files = ("authority.pem", "authority.key", "engine.pem", "engine.key")
    authority, authority_key, engine, engine_key = (str(Path(folder) / name) for name in files)
    request = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    log = Path(folder) / "openssl.log"
    run([*request, "-subj", "/CN=authority", "-keyout", authority_key, "-out", authority], None, log=log)
    request += ["-addext", "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:FALSE"]
    under = ["-subj", "/CN=engine", "-CA", authority, "-CAkey", authority_key]
    run([*request, *under, "-keyout", engine_key, "-out", engine], None, log=log)
    return Certificate(authority, engine, engine_key)


class CpuGroup:
    """A control group with a share of one CPU, cut into periods of 20 ms as Lambda cuts them."""

    PERIOD = 20_000

    def __init__(self, folder, limits):
        self.folder = Path(folder)
        self.folder.mkdir()
        try:
            for name, value in limits.items():
                (self.folder / name).write_text(str(value))
        except OSError:
            self.folder.rmdir()
            raise

    @classmethod
    def create(cls, share):
        """A group, or nothing where this process may make none."""
        quota, name = int(share * cls.PERIOD), f"bench-{os.getpid()}"
        with contextlib.suppress(OSError):
            return cls(f"/sys/fs/cgroup/{name}", {"cpu.max": f"{quota} {cls.PERIOD}"})
        with contextlib.suppress(OSError):
            limits = {"cpu.cfs_period_us": cls.PERIOD, "cpu.cfs_quota_us": quota}
            return cls(f"/sys/fs/cgroup/cpu/{name}", limits)
        return None

    def command(self, program):
        """Runs the program in this group from its first instruction."""
        return ["sh", "-c", 'echo $$ > "$0/cgroup.procs" && exec "$1"', self.folder, program]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for _ in range(50):
            with contextlib.suppress(OSError):
                self.folder.rmdir()
                return
            time.sleep(0.02)
