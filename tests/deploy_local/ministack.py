"""MiniStack, the emulator of AWS: one process on a free port of this machine."""

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from deploy_local.steps import Failure, stop, tail

REGION = "us-east-1"


@contextlib.contextmanager
def running(folder, enforce_iam):
    """Starts MiniStack, gives its port, and stops it whatever happens; on a failure, shows the end of its log."""
    port = free_port()
    log = folder / "ministack.log"
    # It hands its environment to the functions. So they get nothing of the caller's, above all no credentials.
    env = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ} | {
        "AUTH": "true" if enforce_iam else "false",
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "TMPDIR": str(folder / "tmp"),
        "PYTHONPATH": "",
        **client_environment(port),
    }
    (folder / "tmp").mkdir(exist_ok=True)
    with open(log, "w") as output:
        process = subprocess.Popen(
            # -P: this folder has a module of MiniStack's name.
            [sys.executable, "-P", Path(__file__).parent / "leading_keys.py"],
            env=env,
            cwd=folder,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        wait_until_ready(process, port)
        yield port
    except BaseException as error:
        if not isinstance(error, KeyboardInterrupt | SystemExit):
            print(f"\nThe end of {log}:\n{tail(log)}", file=sys.stderr)
            print_function_logs(port)
        raise
    finally:
        stop(process)


def print_function_logs(port, lines=10):
    """The last lines that each function logged, as far as there are any to be had."""
    with contextlib.suppress(BotoCoreError, ClientError):
        logs = client("logs", port)
        for group in logs.describe_log_groups()["logGroups"]:
            name = group["logGroupName"]
            messages = [event["message"].rstrip() for event in logs.filter_log_events(logGroupName=name)["events"]]
            own = [message for message in messages if not message.startswith(("START ", "END ", "REPORT "))]
            for message in own[-lines:]:
                print(f"{name}: {message}", file=sys.stderr)


def client(service, port):
    """A client of one of MiniStack's services."""
    session = boto3.session.Session("test", "test", region_name=REGION)
    return session.client(service, endpoint_url=f"http://127.0.0.1:{port}")


def client_environment(port):
    """What directs the AWS tools to MiniStack, and keeps them from a real account."""
    return {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "SAM_CLI_TELEMETRY": "0",
        "NO_PROXY": "127.0.0.1,localhost,.localhost",
        "no_proxy": "127.0.0.1,localhost,.localhost",
    }


def wait_until_ready(process, port, seconds=60):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise Failure(f"MiniStack ended with status {process.returncode}.")
        with contextlib.suppress(OSError):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/_ministack/health")
            if connection.getresponse().status == 200:
                return
        time.sleep(0.2)
    raise Failure(f"MiniStack did not answer on port {port} within {seconds} s.")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
