"""What a backend receives, in every format, and what is read from it: the fixtures are those of all helpers."""

import json
import unittest
from dataclasses import asdict
from pathlib import Path

import dynamodb_session
from dynamodb_session import BadContext, NotGuarded, from_adapter, from_event, from_headers

FIXTURES = json.loads((Path(__file__).parents[2] / "contexts.json").read_text(encoding="utf-8"))
READERS = {"event": from_event, "adapter": from_adapter, "headers": from_headers}
ERRORS = {"not_guarded": NotGuarded, "bad_context": BadContext}


def wire(headers):
    """Headers as WSGI has them: one character a byte."""
    return {name: value.encode().decode("latin-1") for name, value in headers.items()}


class Contexts(unittest.TestCase):
    def test_each_context_is_read_as_expected(self):
        read = 0
        for fixture in FIXTURES:
            with self.subTest(fixture["name"]):
                by, given = fixture["read_by"], fixture["input"]
                inputs = [given] if by == "event" else [wire(given), raw(given), list(wire(given).items())]
                for one in inputs:
                    if "error" in fixture:
                        with self.assertRaises(ERRORS[fixture["error"]]):
                            READERS[by](one)
                    else:
                        self.assertEqual(asdict(READERS[by](one)), fixture["expected"])
                read += 1
        self.assertGreater(read, 75)

    def test_names_of_headers_are_read_in_any_case(self):
        context = from_headers({"X-Session": "ref", "X-USER": "ada", "X-Expires-At": "2"})
        self.assertEqual((context.user, context.session, context.expires_at), ("ada", "ref", 2))

    def test_a_header_that_is_there_twice_is_refused(self):
        pairs = [("x-session", "ref"), ("x-user", "ada"), ("x-user", "mallory"), ("x-expires-at", "2")]
        for headers in (pairs, {"x-session": ["ref", "other"], "x-expires-at": "2"}):
            with self.assertRaises(BadContext):
                from_headers(headers)
        with self.assertRaises(BadContext):
            from_adapter([("x-amzn-request-context", "{}"), ("x-amzn-request-context", "{}")])

    def test_a_header_of_another_encoding_is_refused(self):
        for user in ("zo\xeb", "\u4e2d"):
            with self.assertRaises(BadContext):
                from_headers({"x-session": "ref", "x-user": user, "x-expires-at": "2"})

    def test_anything_but_an_event_is_not_guarded(self):
        for event in (None, [], "event", 7, {"requestContext": []}, {"requestContext": {"authorizer": "ada"}}):
            with self.assertRaises(NotGuarded):
                from_event(event)

    def test_all_that_is_public_is_named(self):
        for name in dynamodb_session.__all__:
            self.assertTrue(hasattr(dynamodb_session, name), name)


def raw(headers):
    """Headers as ASGI has them."""
    return [(name.encode(), value.encode()) for name, value in headers.items()]


if __name__ == "__main__":
    unittest.main()
