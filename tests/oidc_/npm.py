"""The oidc-provider of npm, certified by the OpenID Foundation: one process for one client."""

import json
import os
import re
import secrets
import shutil
import subprocess
from contextlib import contextmanager

from deploy_local.steps import Failure, run, stop, tail

from oidc_.place import FOLDER, HERE


def install():
    """Leaves in target/oidc what the lock file names, and the program beside it, which is where Node looks."""
    lock, installed = HERE / "package-lock.json", FOLDER / "installed.json"
    shutil.copy(HERE / "provider.mjs", FOLDER)
    if installed.exists() and installed.read_text() == lock.read_text():
        return
    for path in (lock, HERE / "package.json"):
        shutil.copy(path, FOLDER)
    command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
    run(command, os.environ, log=FOLDER / "npm.log", cwd=FOLDER)
    shutil.copy(lock, installed)


@contextmanager
def running(app):
    """Starts it for the application at an origin, and gives it."""
    log = FOLDER / "provider.log"
    with open(log, "w") as errors:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": errors, "text": True}
        process = subprocess.Popen(["node", "provider.mjs"], cwd=FOLDER, start_new_session=True, **pipes)
    try:
        found = re.fullmatch(r"Issuer on port (\d+)\n", process.stdout.readline())
        if not found:
            raise Failure(f"oidc-provider did not start, see {log}:\n{tail(log)}")
        provider = Npm(f"http://127.0.0.1:{found[1]}", app, lambda: stop(process))
        process.stdin.write(json.dumps(provider.client) + "\n")
        process.stdin.flush()
        yield provider
    finally:
        stop(process)


class Npm:
    """Who knows everybody by the name that they give, and asks whether the application may know it."""

    name = "oidc-provider"
    # In the id_token, where nobody asks for it.
    tells_the_time = False
    shown = "ada of the provider"

    def __init__(self, issuer, app, stop):
        self.issuer, self.stop = issuer, stop
        self.logout = f"{issuer}/session/end"
        self.client = {
            "client_id": "application",
            "client_secret": secrets.token_urlsafe(32),
            "redirect_uris": [f"{app}/login/oidc/callback"],
            "post_logout_redirect_uris": [f"{app}/"],
            "backchannel_logout_uri": f"{app}/logout/backchannel",
            "backchannel_logout_session_required": True,
        }
        self.settings = {
            "SESSION_OIDC_NAME": self.name,
            "SESSION_OIDC_ISSUER": issuer,
            "SESSION_OIDC_CLIENT_ID": self.client["client_id"],
            "SESSION_OIDC_CLIENT_SECRET": self.client["client_secret"],
            "SESSION_OIDC_SCOPES": "openid,email,profile",
            "SESSION_OIDC_CLAIMS": "name,email",
            "SESSION_OIDC_REDIRECT_URI": self.client["redirect_uris"][0],
            "SESSION_OIDC_LOGOUT_URL": self.logout,
            "SESSION_OIDC_POST_LOGOUT_URI": self.client["post_logout_redirect_uris"][0],
        }

    def asks(self, browser):
        self.shows(browser, "asks who it is", "[name=login]")

    def admits(self, browser, user="ada", known=False):
        """Is told who it is, and that the application may know it, unless it knows that already."""
        self.asks(browser)
        browser.type("[name=login]", user)
        browser.type("[name=password]", "any")
        browser.click("[type=submit]")
        if not known:
            self.shows(browser, "asks whether the application may know", "[value=consent]")
            browser.click("[type=submit]")

    def is_called_off(self, browser):
        self.asks(browser)
        browser.click("[href$='/abort']")

    def lets_out(self, browser):
        """Is told to end its own session too."""
        self.shows(browser, "asks whether to log out", "[name=logout]")
        browser.click("[name=logout]")

    def shows(self, browser, what, selector):
        browser.until(what, f"location.origin === '{self.issuer}' && document.querySelector(\"{selector}\")")
