"""The application that people log in to: `cargo run` with a provider's settings, behind a relay."""

import re
import subprocess
import time
from contextlib import contextmanager

from clients_.__main__ import server
from clients_.relay import REQUEST, Relay
from clients_.tools import ROOT
from deploy_local.steps import Failure
from page_.browser import PATIENCE, Browser
from page_.person import Home, Person, expect

from oidc_.place import FOLDER

COOKIE = "dynamodb-session-local"
CALLBACK = "/login/oidc/callback"


@contextmanager
def running(driver, make_provider, env):
    """The application, and the provider that `make_provider` starts for its origin."""
    # The settings tell the application's own address, which is known before it runs.
    relay = Road(0)
    origin = f"http://localhost:{relay.port}"
    try:
        with make_provider(origin) as provider, server(COOKIE, env | provider.settings) as (port, _, endpoint):
            relay.target = port
            app = App(driver, origin, provider, relay, endpoint)
            try:
                yield app
            finally:
                app.close()
    finally:
        relay.close()


class Road(Relay):
    """A relay that can be closed for callbacks: they are cut off before the application has them."""

    closed = False

    def note(self, pattern, head, open_ones):
        super().note(pattern, head, open_ones)
        if self.closed and pattern is REQUEST and is_callback(open_ones[-1]):
            raise ConnectionAbortedError


def is_callback(exchange):
    return exchange.path.startswith(f"{CALLBACK}?")


class App(Home):
    """The application, its provider, and the people who use both."""

    def __init__(self, driver, origin, provider, relay, endpoint):
        super().__init__(driver, origin, None, None)
        self.provider, self.relay, self.endpoint = provider, relay, endpoint

    def person(self, user="ada"):
        # Nothing that a provider's form loads from elsewhere is waited for.
        rules = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"
        person = Visitor(self, Browser(self.driver, self.url, arguments=[rules]), user)
        self.people.append(person)
        return person

    def sessionctl(self, *words):
        """What the operator's command prints."""
        command = [ROOT / "target/debug/sessionctl", *words, "--endpoint-url", self.endpoint]
        done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if done.returncode:
            raise Failure(f"sessionctl {' '.join(words)} ended with {done.returncode}: {done.stderr}")
        return done.stdout

    def sessions(self):
        """How many sessions are stored."""
        return len(self.sessionctl("session", "list", "--json").splitlines())

    def callback_address(self):
        """The last that was loaded."""
        return f"{self.url}{self.callbacks()[-1].path}"

    def callbacks(self):
        return [one for one in self.relay.exchanges if is_callback(one)]


class Visitor(Person):
    """Somebody at a browser, who has a name at the provider."""

    def __init__(self, app, browser, user):
        super().__init__(app, browser)
        self.user = user

    def goes_to_the_provider(self):
        self.browser.shows("#provider", f"Continue with {self.home.provider.name}")
        self.browser.click("#provider")

    def logs_in(self):
        self.goes_to_the_provider()
        self.home.provider.admits(self.browser)
        return self.is_in()

    def is_in(self):
        """Sees the session, which is one of the provider's, and gives what the application says of it."""
        self.browser.shows("#devices", "This device")
        session = self.session()
        expect("whose session it is", bool(re.fullmatch("oidc-[a-z2-7]{52}", session["user"])), True)
        return session

    def session(self):
        return self.browser.awaited("fetch('/session?touch=false').then(answer => answer.json())")

    def looks_again(self):
        """As when the tab is looked at again."""
        self.browser.script("document.dispatchEvent(new Event('visibilitychange'))")

    def loses_the_cookies(self):
        """Those of the application."""
        self.browser.own("DELETE", "cookie")
        self.browser.go("/")

    def is_at_the_callback(self):
        """The address, which could not be loaded."""
        given_up = time.monotonic() + PATIENCE
        while CALLBACK not in (address := self.browser.own("GET", "url")):
            if time.monotonic() > given_up:
                raise Failure(f"never comes to the callback, but to {address}")
            time.sleep(0.05)
        return address

    def tab(self):
        return self.browser.own("GET", "window")

    def opens_a_tab(self, address=None):
        tab = self.browser.own("POST", "window/new", {"type": "tab"})["handle"]
        self.looks_at(tab)
        self.browser.own("POST", "url", {"url": address or self.home.url})
        return tab

    def looks_at(self, tab):
        self.browser.own("POST", "window", {"handle": tab})

    def has_seen_no_fault(self):
        """On the application's pages; a provider's are its own affair."""
        expect("the console", [it for it in self.browser.complaints() if it.startswith(self.home.url)], [])

    def leaves_a_picture(self, name):
        self.browser.picture(FOLDER / f"{name}.png")
