"""What a person at a browser does on the page, and sees on it."""

from clients_.tools import ROOT
from deploy_local.steps import Failure

from page_.browser import Browser

FOLDER = ROOT / "target/page"
USER = "demo"
WRONG = "The user name or the password is wrong"


class Home:
    """A server, its user and the browsers that are opened on its page."""

    def __init__(self, driver, url, password, axe):
        self.driver, self.url, self.password, self.axe = driver, url, password, axe
        self.people = []

    def person(self, **options):
        person = Person(self, Browser(self.driver, self.url, **options))
        self.people.append(person)
        return person

    def close(self):
        for person in self.people:
            person.browser.close()


class Person:
    """Somebody at a browser."""

    def __init__(self, home, browser):
        self.home, self.browser = home, browser

    def types(self, password):
        self.browser.shows("#log-in", "Log in")
        self.browser.script("document.querySelector('#username').value = ''")
        self.browser.type("#username", USER)
        self.browser.type("#password", password)
        self.browser.click("#form button")

    def logs_in(self):
        self.types(self.home.password)
        self.is_in()

    def is_in(self):
        self.browser.shows("#who", USER)
        self.browser.shows("#devices", "This device")

    def is_out(self):
        self.browser.shows("#log-in", "Log in")
        if self.browser.script("return document.querySelector('#inside').checkVisibility()"):
            raise Failure("who is out still sees the session")

    def is_told(self, text):
        """An error, which has the focus."""
        self.browser.shows("#error", text)
        expect("the focus", self.browser.focus(), "error")

    def is_led_to(self, place):
        """By the link to the provider, which is clicked and not followed."""
        self.browser.script(
            "addEventListener('click', it => { it.preventDefault(); window.led = it.target.href; }, {once: true})"
        )
        self.browser.click("#provider")
        expect("the way", self.browser.script("return window.led"), place)

    def has(self, devices):
        self.browser.until(f"{devices} devices", f"document.querySelectorAll('#devices li').length === {devices}")

    def leaves_a_picture(self, name):
        self.browser.picture(FOLDER / f"{name}.png")

    def is_accessible(self, state):
        """axe-core finds nothing, and nothing is wider than the window."""
        self.browser.script(self.home.axe)
        found = self.browser.awaited("axe.run()")
        if isinstance(found, str):
            raise Failure(f"axe-core, {state}: {found}")
        wrong = [(it["id"], it["help"], [node["html"] for node in it["nodes"]]) for it in found["violations"]]
        expect(f"axe-core, {state}", wrong, [])
        if not found["passes"]:
            raise Failure(f"axe-core, {state}: it looked at nothing")
        width = self.browser.script("return Math.max(0, document.documentElement.scrollWidth - screen.width)")
        expect(f"what is wider than the window, {state}", width, 0)

    def has_seen_no_fault(self):
        expect("the console", self.browser.complaints(), [])


def expect(what, found, expected):
    if found != expected:
        raise Failure(f"{what}: {found!r}, and not {expected!r}")
