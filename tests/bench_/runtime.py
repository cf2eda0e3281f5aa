"""A function between a runtime API and a front of the engine that are the script's own: every request is counted."""

import collections
import contextlib
import http.client
import http.server
import queue
import subprocess
import sys
import threading
import time

from deploy_local.steps import Failure, stop

from bench_.environment import environment

ARN = "arn:aws:lambda:us-east-1:123456789012:function:function"
FORWARDED = ("X-Amz-Target", "Content-Type", "X-Amz-Date", "Authorization")


@contextlib.contextmanager
def running(function, program, engine, folder, certificate=None, group=None):
    """Starts a function, and waits until it asks for its first event. Yields what makes one call and returns its
    milliseconds, and the counts of requests, by operation, that the front has seen."""
    front, requests = serve_front(engine, certificate)
    api = RuntimeApi()
    scheme, more = ("https", {"AWS_CA_BUNDLE": certificate.authority}) if certificate else ("http", {})
    more["AWS_LAMBDA_RUNTIME_API"] = f"127.0.0.1:{api.port}"
    process = subprocess.Popen(
        group.command(program) if group else [program],
        env=environment(f"{scheme}://127.0.0.1:{front.server_port}", folder, program, **more),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        api.wait_until_ready(process, program)
        yield lambda: api.call(function), requests
    finally:
        stop(process)
        api.close()
        front.shutdown()
        front.server_close()


class RuntimeApi:
    """Lambda's runtime API, for one function at a time."""

    def __init__(self):
        self.asked, self.events, self.answers = queue.Queue(), queue.Queue(), queue.Queue()
        api = self

        class Handler(QuietHandler):
            def do_GET(self):
                api.asked.put(True)
                body = api.events.get()
                if body is not None:
                    deadline = str(int(time.time() * 1000) + 60_000)
                    headers = {"Aws-Request-Id": "1", "Deadline-Ms": deadline, "Invoked-Function-Arn": ARN}
                    self.answer(200, body, {f"Lambda-Runtime-{name}": value for name, value in headers.items()})

            def do_POST(self):
                api.answers.put((time.perf_counter(), self.path, self.read_body()))
                self.answer(202, b"")

        self.server = serve(Handler)
        self.port = self.server.server_port

    def wait_until_ready(self, process, program):
        for _ in range(600):
            with contextlib.suppress(queue.Empty):
                self.asked.get(timeout=0.1)
                return
            if process.poll() is not None or not self.answers.empty():
                break
        raise Failure(f"{program} did not start; run it by hand to see why.")

    def call(self, function):
        began = time.perf_counter()
        self.events.put(function.event)
        ended, path, body = self.answers.get(timeout=120)
        if not path.endswith("/response"):
            raise Failure(f"{function.name} posted {body[:300]!r} to {path}.")
        function.require(body)
        # When it asks for the next event it has done all that belongs to this one.
        self.asked.get(timeout=120)
        return (ended - began) * 1e3

    def close(self):
        self.events.put(None)
        self.server.shutdown()
        self.server.server_close()


def serve_front(engine, certificate):
    """Stands before the engine, speaks TLS where there is a certificate, and counts requests by operation."""
    address = engine.split("//", 1)[1].rstrip("/")
    requests = collections.Counter()
    upstream = threading.local()

    class Handler(QuietHandler):
        def do_POST(self):
            body = self.read_body()
            requests[self.headers.get("X-Amz-Target", "?").split(".")[-1]] += 1
            if not hasattr(upstream, "connection"):
                upstream.connection = http.client.HTTPConnection(address)
            kept = {name: self.headers[name] for name in FORWARDED if name in self.headers}
            upstream.connection.request("POST", "/", body, kept)
            response = upstream.connection.getresponse()
            self.answer(response.status, response.read(), {"Content-Type": "application/x-amz-json-1.0"})

    return serve(Handler, certificate), requests


class QuietHandler(http.server.BaseHTTPRequestHandler):
    """Keeps connections open, sends each answer in one piece and logs nothing."""

    protocol_version, disable_nagle_algorithm, wbufsize = "HTTP/1.1", True, -1

    def log_message(self, *_):
        pass

    def read_body(self):
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def answer(self, status, body, headers=None):
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()


class Server(http.server.ThreadingHTTPServer):
    """Says nothing of a function that was stopped while it waited."""

    def handle_error(self, request, client_address):
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def serve(handler, certificate=None):
    server = Server(("127.0.0.1", 0), handler)
    if certificate:
        server.socket = certificate.context().wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    return server
