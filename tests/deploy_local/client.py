"""Calls APIs over HTTP and WebSocket."""

import http.client
import json
from urllib.parse import urlsplit

from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from deploy_local.steps import Failure


def call(method, url, headers=None, body=None):
    """The status, the headers and the text of a response."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
    try:
        connection.request(method, parts._replace(scheme="", netloc="").geturl(), body=body, headers=headers or {})
        response = connection.getresponse()
        return response.status, response.headers, response.read().decode()
    finally:
        connection.close()


def log_in(api, user, password):
    """Logs in and gives the request header that carries the session, for either transport."""
    body = json.dumps({"username": user, "password": password})
    status, headers, text = call("POST", f"{api}/login", {"Content-Type": "application/json"}, body)
    if status != 200:
        raise Failure(f"POST /login answered {status}: {text}")
    if headers["x-id"]:
        return {"x-id": headers["x-id"]}
    return {"Cookie": headers["set-cookie"].split(";")[0]}


def ask_websocket(url, headers, message):
    """101 and the answer to the message; where the connection is refused, the status and nothing."""
    try:
        with connect(url, additional_headers=headers, proxy=None) as connection:
            connection.send(message)
            return 101, connection.recv(timeout=30)
    except InvalidStatus as refused:
        return refused.response.status_code, None
