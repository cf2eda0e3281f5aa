"""The client, against a server that says what it is told to say."""

import json
import threading
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from dynamodb_session import Changed, NotLoggedIn, Refused, SessionClient, SessionError, TooLarge, Unavailable

SHOWN = {
    "user": "ada", "session": "ref", "created_at": 1, "authenticated_at": 1, "expires_at": 3, "idle_expires_at": 2,
    "data": {"theme": "dark"},
}  # fmt: skip
COOKIE = {
    "Cookie": "a=1; __Host-id=TOKEN; __host-id=no; x__Host-id=no; __Host-id",
    "X-CSRF-Token": "C",
    "Accept": "*/*",
}


class Server(ThreadingHTTPServer):
    """Answers each request with `answer`: a status, headers and a body."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer = (200, [("etag", '"1"')], json.dumps(SHOWN))
        self.requests = []
        self.held = threading.Event()
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
        self.origin = f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
        self.server.requests.append((self.command, self.path, dict(self.headers.items()), body))
        status, headers, text = self.server.answer
        if status is None:
            self.server.held.wait()
        if not status:
            self.close_connection = True
            return
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("content-length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    do_GET = do_PATCH = answer

    def log_message(self, *_):
        pass


class Client(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.client = SessionClient(self.server.origin)

    def sent(self):
        """The one request that came, with its headers in lower case, but for those of every request."""
        ((method, path, headers, body),) = self.server.requests
        self.server.requests.clear()
        headers = {name.lower(): value for name, value in headers.items()}
        for name in ("host", "accept-encoding", "content-length"):
            headers.pop(name, None)
        return method, path, headers, body

    def test_a_session_is_read_by_the_cookie_of_the_caller_alone(self):
        session = self.client.get(COOKIE)
        self.assertEqual((session.user, session.data, session.etag), ("ada", {"theme": "dark"}, '"1"'))
        self.assertEqual((session.session, session.expires_at, session.set_cookies), ("ref", 3, ()))
        self.assertEqual(self.sent(), ("GET", "/session", {"cookie": "__Host-id=TOKEN", "x-csrf-token": "C"}, ""))
        self.client.get(COOKIE, touch=False)
        self.assertEqual(self.sent()[1], "/session?touch=false")

    def test_a_change_is_sent_with_the_version_that_it_is_of(self):
        self.client.patch(COOKIE, {"theme": None, "n": 7}, if_match='"1"')
        method, path, headers, body = self.sent()
        self.assertEqual((method, path, json.loads(body)), ("PATCH", "/session", {"theme": None, "n": 7}))
        self.assertEqual(headers["if-match"], '"1"')
        self.assertEqual(headers["content-type"], "application/json")
        self.client.patch(COOKIE, {})
        self.assertNotIn("if-match", self.sent()[2])

    def test_each_way_of_the_token_is_forwarded_and_no_other(self):
        bearer = {"authorization": "Bearer T", "x-id": "T", "cookie": "__Host-id=T; other=1"}
        cases = [
            ({"cookie": None, "header": "X-Id"}, bearer, {"x-id": "T"}),
            ({"cookie": None, "header": "authorization"}, bearer, {"authorization": "Bearer T"}),
            ({"header": "x-id"}, bearer, {"x-id": "T", "cookie": "__Host-id=T"}),
            ({"cookie": "other"}, bearer, {"cookie": "other=1"}),
            # Two at once are the session API's to refuse.
            ({}, {"cookie": ["__Host-id=A", "__Host-id=B"]}, {"cookie": "__Host-id=A; __Host-id=B"}),
            ({}, [(b"Cookie", b"__Host-id=A")], {"cookie": "__Host-id=A"}),
            ({}, {"requestContext": {}, "headers": {"x-csrf-token": "C"}, "cookies": ["a=1", "__Host-id=A"]},
             {"cookie": "__Host-id=A", "x-csrf-token": "C"}),
            ({}, {"requestContext": {}, "headers": {"Cookie": "a=1"},
                  "multiValueHeaders": {"Cookie": ["__Host-id=B", "a=1"]}}, {"cookie": "__Host-id=B"}),
        ]  # fmt: skip
        for options, request, expected in cases:
            SessionClient(self.server.origin, **options).get(request)
            self.assertEqual(self.sent()[2], expected)

    def test_without_a_token_nothing_is_asked(self):
        basic = {"authorization": "Basic dTpw"}
        nothing = [{}, {"cookie": "a=1"}, {"cookie": "__Host-id"}, {"x-id": "T"}, {"cookie": "__Host-id=\xe9"},
                   {"cookie": "__Host-id=a\r\nx: y"}, {"requestContext": {}, "headers": None}]  # fmt: skip
        for request in nothing:
            with self.assertRaises(NotLoggedIn):
                self.client.get(request)
        with self.assertRaises(NotLoggedIn):
            SessionClient(self.server.origin, cookie=None, header="authorization").get(basic)
        self.assertEqual(self.server.requests, [])

    def test_a_fault_is_told_from_a_session_that_ended(self):
        problem = '{"title":"T","detail":"mend it"}'
        cases = [
            (401, NotLoggedIn), (409, Changed), (412, Changed), (413, TooLarge), (403, Refused), (429, Refused),
            (400, Refused), (404, Refused), (204, Refused), (500, Unavailable), (502, Unavailable), (503, Unavailable),
        ]  # fmt: skip
        for status, error in cases:
            self.server.answer = (status, [("retry-after", "7")], "" if status == 204 else problem)
            with self.subTest(status), self.assertRaises(error) as caught:
                self.client.get(COOKIE)
            self.assertIs(type(caught.exception), error)
            self.assertIn(str(status), str(caught.exception))
            if status != 204:
                self.assertIn("mend it", str(caught.exception))
            if error in (Refused, Unavailable):
                self.assertEqual(caught.exception.retry_after, 7)

    def test_no_answer_is_a_fault_as_well(self):
        answers = [
            (0, [], ""), (200, [], "not JSON"), (200, [], "[]"), (200, [], "{}"), (200, [], "null"),
            (200, [], json.dumps({**SHOWN, "data": "text"})), (200, [], json.dumps({**SHOWN, "expires_at": "3"})),
            (200, [], " " * (4 * 1024 * 1024 + 1)),
        ]  # fmt: skip
        for answer in answers:
            self.server.answer = answer
            with self.assertRaises(Unavailable):
                self.client.get(COOKIE)
        self.server.shutdown()
        self.server.server_close()
        with self.assertRaises(Unavailable) as caught:
            self.client.get(COOKIE)
        self.assertNotIn("TOKEN", str(caught.exception))

    def test_a_server_that_never_answers_is_given_up(self):
        self.addCleanup(self.server.held.set)
        self.server.answer = (None, [], "")
        with self.assertRaises(Unavailable):
            SessionClient(self.server.origin, timeout=0.01).get(COOKIE)

    def test_a_redirect_is_not_followed(self):
        other = Server()
        self.addCleanup(other.server_close)
        self.addCleanup(other.shutdown)
        for status in (301, 302, 303, 307, 308):
            self.server.answer = (status, [("location", other.origin + "/session")], "")
            with self.assertRaises(Refused) as caught:
                self.client.get(COOKIE)
            self.assertEqual(caught.exception.status, status)
        self.assertEqual(other.requests, [])

    def test_a_new_cookie_is_given_back_to_be_set(self):
        self.server.answer = (200, [("etag", '"1"'), ("set-cookie", "a=1"), ("set-cookie", "b=2")], json.dumps(SHOWN))
        self.assertEqual(self.client.patch(COOKIE, {"n": 1}).set_cookies, ("a=1", "b=2"))

    def test_the_environment_s_proxy_is_not_asked(self):
        import os
        from unittest import mock

        with mock.patch.dict(os.environ, {"http_proxy": "http://127.0.0.1:1", "HTTP_PROXY": "http://127.0.0.1:1"}):
            self.assertEqual(self.client.get(COOKIE).user, "ada")

    def test_one_origin_over_https_is_taken(self):
        good = ["https://api.example.com", "https://api.example.com:8443/", "http://localhost:3000", "http://127.0.0.1",
                "http://[::1]:3000"]  # fmt: skip
        bad = [
            "http://api.example.com", "http://localhost.example", "http://127.0.0.1.example", "ftp://localhost",
            "api.example.com", "https://", "https://u:p@h", "https://h/prod", "https://h?a", "https://h#a", "https://h\n",
            "http://10.0.0.1", "", "https://h /", "https://h:port",
        ]  # fmt: skip
        for origin in good:
            SessionClient(origin)
        for origin in bad:
            with self.subTest(origin), self.assertRaises(ValueError):
                SessionClient(origin)
        for options in ({"path": "session"}, {"path": "/session?a"}, {"path": "/a b"}, {"cookie": None}):
            with self.subTest(options), self.assertRaises(ValueError):
                SessionClient("https://h", **options)
        with self.assertRaises(ValueError):
            self.client.patch(COOKIE, {}, if_match="a\r\nb: c")
        self.assertTrue(issubclass(Unavailable, SessionError))


if __name__ == "__main__":
    unittest.main()
