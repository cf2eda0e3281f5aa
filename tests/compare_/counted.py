"""A front of the engine that counts requests by operation, and the capacity units that the engine says they took."""

import contextlib
import dataclasses
import http.client
import json
import threading
from collections import Counter

from bench_.runtime import FORWARDED, QuietHandler, serve

# What takes units: the others, such as DescribeTable, refuse to tell.
READS = {"GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems"}
WRITES = {"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"}


@dataclasses.dataclass
class Seen:
    """What has passed."""

    requests: Counter = dataclasses.field(default_factory=Counter)
    reads: float = 0
    writes: float = 0

    def take(self):
        """All since the last time."""
        taken = Seen(self.requests.copy(), self.reads, self.writes)
        self.requests.clear()
        self.reads = self.writes = 0
        return taken


@contextlib.contextmanager
def counted(engine):
    """Yields the front's URL, and what it sees. A request is noted before its answer goes out."""
    address = engine.split("//", 1)[1].rstrip("/")
    seen, lock, upstream = Seen(), threading.Lock(), threading.local()

    class Handler(QuietHandler):
        def do_POST(self):
            body, operation = self.read_body(), self.headers.get("X-Amz-Target", "?").split(".")[-1]
            if operation in READS | WRITES:
                # The signature is then wrong, which an engine on this machine does not look at.
                body = json.dumps(json.loads(body) | {"ReturnConsumedCapacity": "TOTAL"})
            if not hasattr(upstream, "connection"):
                upstream.connection = http.client.HTTPConnection(address)
            kept = {name: self.headers[name] for name in FORWARDED if name in self.headers}
            upstream.connection.request("POST", "/", body, kept)
            response = upstream.connection.getresponse()
            status, answer = response.status, response.read()
            with lock:
                note(seen, operation, answer)
            self.answer(status, answer, {"Content-Type": "application/x-amz-json-1.0"})

    server = serve(Handler)
    try:
        yield f"http://127.0.0.1:{server.server_port}", seen
    finally:
        server.shutdown()
        server.server_close()


def note(seen, operation, answer):
    seen.requests[operation] += 1
    told = json.loads(answer).get("ConsumedCapacity", [])
    units = sum(part["CapacityUnits"] for part in (told if isinstance(told, list) else [told]))
    if operation in READS:
        seen.reads += units
    if operation in WRITES:
        seen.writes += units
