"""What is expected of each client: docs/clients.md has the same tables."""

from clients_ import browsers, commands, python

# What a client sends, and the name that each request has in the tables.
FLOW = [
    ("login", "POST", "/login"),
    ("call", "GET", "/profile"),
    ("patch", "PATCH", "/session"),
    ("rotate", "POST", "/session/rotate"),
    ("call", "GET", "/profile"),
    ("logout", "POST", "/logout"),
    ("call", "GET", "/profile"),
]

# Of each outcome: the status of each request, and of a call with what the client was given, after all of them.
OUTCOMES = {
    "works": (200, 200, 200, 204, 200, 204, 401, 403),
    "kept back": (200, 401, 401, 401, 401, 204, 401, 200),
}

# Two programs: one as `cargo run` starts it, and one with the cookie that is deployed.
COOKIES = {"dynamodb-session-local": {}, "__Host-id": {"SESSION_COOKIE_SECURE": "on"}}
HOSTS = ("localhost", "127.0.0.1")

WORKS = ("works", "works")
KEPT = ("kept back", "kept back")
BY_NAME = ("works", "kept back")

# Of each client: its name, what it needs, how it is called, and the outcome at each host, with the one cookie and the
# other.
RUNS = [
    ("curl", "curl", commands.use_curl, WORKS, WORKS),
    ("wget", "wget", commands.use_wget, WORKS, KEPT),
    ("HTTPie", "python", commands.use_httpie, WORKS, BY_NAME),
    ("Python requests", "python", python.use_requests, WORKS, KEPT),
    ("Python httpx", "python", python.use_httpx, WORKS, KEPT),
    ("Python urllib", "python", python.use_urllib, WORKS, KEPT),
    ("Python aiohttp", "python", python.use_aiohttp, BY_NAME, KEPT),
    ("Python aiohttp, `CookieJar(unsafe=True)`", "python", python.use_aiohttp_unsafe, WORKS, KEPT),
    ("Node fetch, fetch-cookie", "node", commands.use_node("fetch"), WORKS, WORKS),
    ("Node axios, tough-cookie 4", "node", commands.use_node("axios-4"), WORKS, KEPT),
    ("Node axios, tough-cookie 6", "node", commands.use_node("axios"), WORKS, WORKS),
    ("Node superagent", "node", commands.use_node("superagent"), WORKS, KEPT),
    ("JDK 17 HttpClient, `CookieManager`", "jdk", commands.use_jdk, WORKS, KEPT),
    ("Chromium", "chromium", browsers.use_chromium, WORKS, WORKS),
    ("Firefox", "firefox", browsers.use_firefox, WORKS, WORKS),
    ("WebKitGTK", "webkit", browsers.use_webkit, WORKS, KEPT),
]


def tables():
    """The tables of docs/clients.md."""
    rows = [["", *(f"`{cookie}`, `{host}`" for cookie in COOKIES for host in HOSTS)]]
    rows += [[name, *(outcome for outcomes in expected for outcome in outcomes)] for name, _, _, *expected in RUNS]
    steps = [["", *(name for name, _, _ in FLOW), "afterwards"]]
    steps += [[name, *map(str, statuses)] for name, statuses in OUTCOMES.items()]
    return markdown(rows), markdown(steps)


def markdown(rows):
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]]) + "\n"
