"""Whose call a backend is asked to answer, behind the session authorizer; and a client of the session's data."""

from __future__ import annotations

import base64
import http.client
import ipaddress
import json
import re
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Union
from urllib.parse import urlsplit

__version__ = "0.1.0"
__all__ = [
    "BadContext", "Changed", "Context", "NotGuarded", "NotLoggedIn", "Refused", "Session", "SessionClient",
    "SessionError", "TooLarge", "Unavailable", "from_adapter", "from_event", "from_headers",
]  # fmt: skip

Text = Union[str, bytes]
Headers = Union[Mapping[str, Any], Iterable[tuple[Text, Any]]]

# What an HTTP integration overwrites: docs/backends.md has the mapping. The data is not among it, as a session that has
# none leaves a gap, which a client may fill.
_NAMES = ("user", "session", "authenticated_at", "expires_at")
# The most bytes of an answer that are read: the data of a session has at most 390,000, and each may be escaped.
_MOST_BYTES = 4 * 1024 * 1024


class SessionError(Exception):
    """Any error of this module."""


class NotGuarded(SessionError):
    """Nothing says whose call this is: the route is not behind the session authorizer."""


class BadContext(SessionError):
    """The context is not one of the session authorizer's."""


class NotLoggedIn(SessionError):
    """401: no living session. The caller has to log in."""


class Changed(SessionError):
    """412: the data is no longer that of `if_match`. Read it again."""


class TooLarge(SessionError):
    """413: the data would be too large. Nothing was changed."""


class Unavailable(SessionError):
    """No answer, or a 5xx: nothing is known, and nobody is logged out. Try again."""

    def __init__(self, message: str, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Refused(SessionError):
    """Any other answer, such as a 403 without the CSRF token, or a redirect, which is not followed."""

    def __init__(self, message: str, status: int, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after


@dataclass(frozen=True)
class Context:
    """Whose call it is, as the authorizer found it. Times are Unix seconds."""

    user: str | None
    """None: an anonymous session."""
    session: str
    """The session's public name, for logs and lists; it opens nothing."""
    authenticated_at: int | None
    """The last proof of identity; None: an anonymous session, or the provider does not tell."""
    expires_at: int
    """When the session ends in any case."""
    data: dict[str, Any] | None
    """The session's data, whole; None: it was not told, and `SessionClient.get` has it."""
    data_bytes: int | None
    """The size of data that was too large to be told."""
    issuer: str | None = None
    """The OpenID provider that vouched for the user; None: none did, or it is not told (`ContextIdentity`)."""
    subject: str | None = None
    """The user there, unique and never given to anybody else."""
    claims: dict[str, Any] | None = None
    """The chosen claims, as they were at the login; None: there are none, or they were too large to be told."""


def from_event(event: Mapping[str, Any]) -> Context:
    """The context of an event of an HTTP API (payload 2.0 or 1.0), a REST API or a WebSocket API."""
    return _of_request(_field(event, "requestContext"))


def from_adapter(headers: Headers) -> Context:
    """The context of a request that Lambda Web Adapter passes on.

    Only behind it: elsewhere a client may send the header.
    """
    values = _values(_pairs(headers), "x-amzn-request-context")
    if not values:
        raise NotGuarded("The request has no x-amzn-request-context: it does not come from Lambda Web Adapter.")
    try:
        (value,) = values
        request = json.loads(_utf8(value))
    except ValueError:
        raise BadContext("x-amzn-request-context is not JSON, or there twice.") from None
    if not isinstance(request, dict):
        raise BadContext("x-amzn-request-context is not an object.")
    return _of_request(request)


def from_headers(headers: Headers) -> Context:
    """The context of a request through an HTTP integration, which overwrites the headers of docs/backends.md.

    Only behind it: elsewhere a client may send them. Headers are text as WSGI has it, one character a byte, or bytes.
    None of them carries the data.
    """
    pairs = _pairs(headers)
    context: dict[str, Any] = {}
    for name in _NAMES:
        header = "x-" + name.replace("_", "-")
        values = [value for value in _values(pairs, header) if value]
        if len(values) > 1:
            raise BadContext(f"{header} is there twice: the integration has to overwrite it.")
        if values:
            try:
                context[name] = _utf8(values[0])
            except ValueError:
                raise BadContext(f"{header} is not UTF-8.") from None
    return replace(_context(context), data=None)


def _of_request(request: Any) -> Context:
    authorizer = _field(request, "authorizer")
    # An HTTP API puts it one deeper than the others.
    nested = _field(authorizer, "lambda")
    return _context(nested if isinstance(nested, dict) else authorizer)


def _field(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, Mapping) else None


def _context(fields: Any) -> Context:
    session = _field(fields, "session")
    if session is None:
        raise NotGuarded("The route is not behind the session authorizer: attach it, as docs/attach.md shows.")
    user = _field(fields, "user")
    if not isinstance(session, str) or not session:
        raise BadContext("The context's session is not a name.")
    if user is not None and (not isinstance(user, str) or not user):
        raise BadContext("The context's user is not a name.")
    expires = _number(fields, "expires_at")
    if expires is None:
        raise BadContext("The context has no expires_at.")
    size = _number(fields, "data_bytes")
    text = _field(fields, "data")
    data = None if size is not None else {} if text is None else _object("data", text)
    issuer, subject, claims = (_field(fields, name) for name in ("issuer", "subject", "claims"))
    names = [name for name in (issuer, subject) if name is not None]
    if not all(isinstance(name, str) and name for name in names) or len(names) == 1 or (claims is not None and not names):
        raise BadContext("The context's issuer and subject are not two names.")
    return Context(
        user, session, _number(fields, "authenticated_at"), expires, data, size,
        issuer, subject, None if claims is None else _object("claims", claims),
    )  # fmt: skip


def _number(fields: Any, name: str) -> int | None:
    """A number, which all but an HTTP API's payload 2.0 deliver as text."""
    value = _field(fields, name)
    if isinstance(value, str) and re.fullmatch("[0-9]{1,15}", value):
        return int(value)
    if value is None or (type(value) is int and value >= 0):
        return value
    raise BadContext(f"The context's {name} is not a whole number.")


def _object(name: str, text: Any) -> dict[str, Any]:
    """JSON text, or with `ContextData=base64url` that text in base64url without padding."""
    try:
        if not text.startswith("{"):
            if not re.fullmatch("[A-Za-z0-9_-]+", text):
                raise ValueError
            text = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
        data = json.loads(text)
    except (ValueError, AttributeError):
        data = None
    if not isinstance(data, dict):
        raise BadContext(f"The context's {name} is not an object, in JSON or in base64url.")
    return data


def _utf8(text: str) -> str:
    return text.encode("latin-1").decode()


def _pairs(headers: Headers) -> list[tuple[str, str]]:
    """All headers, names in lower case, with a pair for each value."""
    pairs: list[tuple[str, str]] = []
    for name, value in headers.items() if isinstance(headers, Mapping) or hasattr(headers, "items") else headers:
        for one in value if isinstance(value, (list, tuple)) else [value]:
            pairs.append((_latin1(name).lower(), _latin1(one)))
    return pairs


def _latin1(text: Any) -> str:
    return text.decode("latin-1") if isinstance(text, bytes) else str(text)


def _values(pairs: list[tuple[str, str]], name: str) -> list[str]:
    return [value for key, value in pairs if key == name]


@dataclass(frozen=True)
class Session:
    """A session as its own client sees it. Times are Unix seconds."""

    user: str | None
    session: str
    created_at: int
    authenticated_at: int | None
    expires_at: int
    idle_expires_at: int
    data: dict[str, Any]
    etag: str
    """For `if_match`: the data as it stands."""
    set_cookies: tuple[str, ...]
    """What your answer has to set. It is empty, unless an anonymous session began by this very change."""


class SessionClient:
    """Reads and changes the data of the caller's session, by the credential that the caller's request has.

    `origin` is that of the session routes: https, or http on this machine. `cookie` and `header` are the names that the
    token travels under; None: not that way. `path` is that of the session's route, `timeout` the seconds that each step
    may take.
    """

    def __init__(
        self,
        origin: str,
        *,
        cookie: str | None = "__Host-id",
        header: str | None = None,
        path: str = "/session",
        timeout: float = 5.0,
    ) -> None:
        url = urlsplit(origin)
        bare = url.path in ("", "/") and not url.query and not url.fragment and "@" not in url.netloc
        if not bare or not url.hostname or not re.fullmatch(r"[!-~]+", origin):
            raise ValueError(f"{origin!r} is not an origin, such as https://api.example.com")
        if url.scheme != "https" and not (url.scheme == "http" and _is_loopback(url.hostname)):
            raise ValueError(
                f"{origin!r} is neither https nor of this machine: the session's token would travel in clear"
            )
        if not re.fullmatch(r"(/[A-Za-z0-9._~-]+)+", path):
            raise ValueError(f"{path!r} is not a path, such as /session")
        if cookie is None and header is None:
            raise ValueError("name the cookie or the header that carries the token")
        self._secure = url.scheme == "https"
        self._place = (url.hostname, url.port)
        self._path = path
        self._timeout = timeout
        self._cookie = cookie
        self._header = header.lower() if header else None

    def get(self, request: Any, *, touch: bool = True) -> Session:
        """The caller's session. `request` is its headers, or the event. Without `touch` it is not counted as a use."""
        return self._ask("GET", request, "" if touch else "?touch=false", None, {})

    def patch(self, request: Any, changes: Mapping[str, Any], *, if_match: str | None = None) -> Session:
        """Sets these keys of the data, and removes those that are None; with `if_match`, only if it is as it was."""
        if if_match is not None and not re.fullmatch("[!-~]+", if_match):
            raise ValueError("if_match is the etag of a Session")
        headers = {"content-type": "application/json", **({"if-match": if_match} if if_match else {})}
        return self._ask("PATCH", request, "", json.dumps(dict(changes), allow_nan=False), headers)

    def _ask(self, method: str, request: Any, query: str, body: str | None, headers: dict[str, str]) -> Session:
        headers = {**headers, **self._credential(request)}
        kind: type[http.client.HTTPConnection] = http.client.HTTPConnection
        options: dict[str, Any] = {"timeout": self._timeout}
        if self._secure:
            kind = http.client.HTTPSConnection
            options["context"] = ssl.create_default_context()
        connection = kind(*self._place, **options)
        try:
            connection.request(method, self._path + query, body, headers)
            response = connection.getresponse()
            content = response.read(_MOST_BYTES)
        except (OSError, http.client.HTTPException) as error:
            raise Unavailable(f"The session API does not answer: {type(error).__name__}") from error
        finally:
            connection.close()
        if response.status != 200:
            raise _refusal(response.status, response.headers.get("retry-after"), content)
        try:
            shown: Any = json.loads(content)
            numbers = [shown[name] for name in ("created_at", "expires_at", "idle_expires_at")]
            if not all(type(number) is int for number in numbers) or not isinstance(shown["data"], dict):
                raise TypeError
            created, expires, idle = numbers
            return Session(
                shown["user"], shown["session"], created, shown["authenticated_at"], expires, idle, shown["data"],
                response.headers["etag"] or "", tuple(response.headers.get_all("set-cookie") or ()),
            )  # fmt: skip
        except (ValueError, TypeError, KeyError) as error:
            raise Unavailable(
                "The answer is not a session: do the origin and the path lead to the session API?"
            ) from error

    def _credential(self, request: Any) -> dict[str, str]:
        """Our cookie, our header and the CSRF token, and nothing else of the request."""
        pairs = _pairs(_headers_of(request))
        sent = {}
        if self._cookie:
            cookies = [cookie.strip(" ") for value in _values(pairs, "cookie") for cookie in value.split(";")]
            ours = [cookie for cookie in cookies if cookie.split("=")[0] == self._cookie and "=" in cookie]
            sent["cookie"] = "; ".join(ours)
        if self._header and self._header != "cookie":
            values = _values(pairs, self._header)
            if self._header == "authorization":
                values = [value for value in values if value[:7].lower() == "bearer "]
            sent[self._header] = ", ".join(values)
        if not any(sent.values()):
            raise NotLoggedIn("The request has no token of a session.")
        sent["x-csrf-token"] = ", ".join(_values(pairs, "x-csrf-token"))
        if not all(re.fullmatch("[ -~]*", value) for value in sent.values()):
            raise NotLoggedIn("The request's token is not one of a session.")
        return {name: value for name, value in sent.items() if value}


def _headers_of(request: Any) -> Any:
    """The headers of a request: themselves, or those of an event."""
    if not isinstance(request, Mapping) or "requestContext" not in request:
        return request
    headers = dict(request.get("multiValueHeaders") or request.get("headers") or {})
    if request.get("cookies"):
        headers["cookie"] = list(request["cookies"])
    return headers


def _refusal(status: int, retry_after: str | None, content: bytes) -> SessionError:
    wait = int(retry_after) if retry_after and re.fullmatch("[0-9]{1,9}", retry_after) else None
    try:
        told = json.loads(content)
        detail = told.get("detail") or told.get("title") or told.get("message")
    except (ValueError, AttributeError):
        detail = None
    message = f"{status}: {detail}" if isinstance(detail, str) else str(status)
    if status >= 500:
        return Unavailable(message, wait)
    if status == 401:
        return NotLoggedIn(message)
    if status in (409, 412):
        return Changed(message)
    if status == 413:
        return TooLarge(message)
    return Refused(message, status, wait)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
