"""Checks of the page for people, where a stack serves it and where it does not."""

from deploy_local.client import call
from deploy_local.attached import expect

NAME = "the page"


def check(api, served):
    """The page and a file of it, with their policy; or nothing there."""
    for path, media_type in (("/", "text/html"), ("/page/page.js", "text/javascript")):
        status, headers, text = call("GET", f"{api}{path}")
        expect(NAME, f"GET {path} ({text[:200]})", status, (200,) if served else (403, 404))
        if served:
            expect(NAME, f"the type of {path}", headers["content-type"].split(";")[0], (media_type,))
            policy = headers["content-security-policy"] or ""
            expect(NAME, f"the policy of {path}", policy.split(";")[0], ("default-src 'none'",))
