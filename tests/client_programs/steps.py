"""What every client does, one step after the other: name, method, path, and the body for a password."""

STEPS = [
    ("login", "POST", "/login", lambda password: {"username": "demo", "password": password}),
    ("call", "GET", "/profile", lambda _: None),
    ("patch", "PATCH", "/session", lambda _: {"theme": "dark"}),
    ("rotate", "POST", "/session/rotate", lambda _: None),
    ("call again", "GET", "/profile", lambda _: None),
    ("logout", "POST", "/logout", lambda _: None),
    ("over", "GET", "/profile", lambda _: None),
]
NAMES = [name for name, *_ in STEPS]
