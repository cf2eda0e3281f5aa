"""A relay in front of the program: it hands on all as it is, and notes the heads of requests and answers."""

import re
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass, field

# The bodies that pass are small JSON, in which neither is found.
REQUEST = re.compile(rb"([A-Z]+) (/\S*) HTTP/1\.[01]\r\n((?:[^\r\n]+\r\n)*)\r\n")
ANSWER = re.compile(rb"HTTP/1\.[01] ([2-5]\d\d)[^\r\n]*\r\n((?:[^\r\n]+\r\n)*)\r\n")


@dataclass
class Exchange:
    """A request, and what it was answered."""

    method: str
    path: str
    sent: list
    status: int = 0
    answered: list = field(default_factory=list)

    def cookies(self):
        """The request's cookie headers."""
        return [value for name, value in self.sent if name == "cookie"]

    def set_cookies(self):
        """The answer's Set-Cookie headers."""
        return [value for name, value in self.answered if name == "set-cookie"]


class Relay:
    """Listens on one port of 127.0.0.1 and ::1, and notes the exchanges in their order."""

    def __init__(self, target):
        self.target = target
        self.exchanges = []
        self.sockets = listen()
        self.port = self.sockets[0].getsockname()[1]
        for listening in self.sockets:
            threading.Thread(target=self.accept, args=(listening,), daemon=True).start()

    def accept(self, listening):
        # An error is the end of the run, which closes the socket.
        with suppress(OSError):
            while True:
                client, _ = listening.accept()
                server = socket.create_connection(("127.0.0.1", self.target))
                open_ones = []
                for pair in ((client, server, REQUEST), (server, client, ANSWER)):
                    threading.Thread(target=self.pump, args=(*pair, open_ones), daemon=True).start()

    def pump(self, source, sink, pattern, open_ones):
        """Hands on what comes from one side; a head is noted before the other side can see it."""
        seen = b""
        with suppress(OSError):
            while chunk := source.recv(65536):
                seen += chunk
                while head := pattern.search(seen):
                    seen = seen[head.end() :]
                    self.note(pattern, head, open_ones)
                sink.sendall(chunk)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_WR)

    def note(self, pattern, head, open_ones):
        if pattern is REQUEST:
            exchange = Exchange(head[1].decode(), head[2].decode(), fields(head[3]))
            self.exchanges.append(exchange)
            open_ones.append(exchange)
        elif open_ones:
            exchange = open_ones.pop(0)
            exchange.answered = fields(head[2])
            exchange.status = int(head[1])

    def close(self):
        for listening in self.sockets:
            listening.close()


def listen():
    """Sockets on a port that is free on 127.0.0.1, and on ::1 where the machine has it."""
    while True:
        first = socket.create_server(("127.0.0.1", 0))
        if not has_ipv6():
            return [first]
        # Where another program has the port on ::1, the next one is tried.
        with suppress(OSError):
            return [first, socket.create_server(("::1", first.getsockname()[1]), family=socket.AF_INET6)]
        first.close()


def has_ipv6():
    with suppress(OSError), socket.create_server(("::1", 0), family=socket.AF_INET6):
        return True
    return False


def fields(lines):
    """Header lines as pairs, names in small letters."""
    pairs = [line.split(":", 1) for line in lines.decode("latin-1").splitlines()]
    return [(name.lower(), value.strip()) for name, value in pairs]
