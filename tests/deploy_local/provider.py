"""Checks of the function for logins at a provider, where a stack has one and where it has none.

The provider here tells its metadata and nothing else: whole logins are those of tests/oidc-local.
"""

import contextlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from deploy_local.attached import expect
from deploy_local.client import call

NAME = "logins at a provider"
BACK = "https://app.example.com/"


@contextlib.contextmanager
def running():
    """A provider's metadata on a free port; gives the issuer."""

    class Metadata(BaseHTTPRequestHandler):
        def do_GET(self):
            issuer = f"http://127.0.0.1:{self.server.server_port}"
            names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
            body = json.dumps({"issuer": issuer} | {name: f"{issuer}/{name}" for name in names}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Metadata)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def parameters(issuer):
    """What a stack is deployed with."""
    return {
        "OidcIssuer": issuer,
        "OidcClientId": "shop",
        "OidcLogoutUrl": f"{issuer}/logout",
        "OidcPostLogoutUri": BACK,
        "ContextIdentity": "on",
    }


# What takes the provider away.
NONE = {name: '""' for name in ("OidcIssuer", "OidcClientId", "OidcLogoutUrl", "OidcPostLogoutUri")}


def check(stack, issuer):
    """A browser is sent to the provider and to its logout, and whoever else comes creates and ends nothing."""
    api = stack.url()
    status, headers, text = call("GET", f"{api}/login/oidc?return_to=/profile")
    expect(NAME, f"GET /login/oidc ({text[:200]})", status, (302,))
    place, _, query = headers["location"].partition("?")
    sent = parse_qs(query)
    expect(NAME, "where it leads", place, (f"{issuer}/authorization_endpoint",))
    expect(NAME, "the client", sent["client_id"], (["shop"],))
    path = urlsplit(sent["redirect_uri"][0]).path
    expect(NAME, f"the end of {path}", path.endswith("/login/oidc/callback"), (True,))
    cookie = headers["set-cookie"]
    expect(NAME, "the flow's cookie", cookie.startswith("__Host-oidc=") and "SameSite=Lax" in cookie, (True,))

    status, headers, _ = call("GET", f"{api}/login/oidc/callback?code=x&state={'A' * 43}")
    expect(NAME, "a callback of no login", (status, headers["set-cookie"]), ((303, None),))
    expect(NAME, "where it leads", headers["location"].split("?")[1], ("error=expired",))
    status, headers, _ = call("GET", f"{api}/logout/oidc")
    expect(NAME, "GET /logout/oidc", status, (302,))
    expect(NAME, "the provider's logout", headers["location"].split("?")[0], (f"{issuer}/logout",))
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    status, _, text = call("POST", f"{api}/logout/backchannel", form, "logout_token=x")
    # The keys are of another answer, so that it can't be told whether the token is good.
    expect(NAME, f"POST /logout/backchannel ({text})", status, (400, 503))


def check_absent(stack):
    """Nothing is there."""
    for method, path in (
        ("GET", "/login/oidc"), ("GET", "/login/oidc/callback"), ("GET", "/logout/oidc"), ("POST", "/logout/backchannel"),
    ):
        status, _, text = call(method, f"{stack.url()}{path}")
        expect(NAME, f"{method} {path} without a provider ({text[:200]})", status, (403, 404))
