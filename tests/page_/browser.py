"""A browser as a person has it: WebDriver, which is JSON over HTTP, to Chromium with a profile of its own."""

import base64
import json
import tempfile
import time

from clients_.browsers import asked, chromium_arguments
from deploy_local.steps import Failure

# Only what never comes is waited for so long.
PATIENCE = 120

# Puts the clock of the page, and of what the server says to it, on by `passed` seconds, until the session is renewed.
TIME = """
window.passed = 0;
const now = Date.now, ask = window.fetch;
Date.now = () => now() + window.passed * 1000;
window.fetch = async (path, options) => {
  if (path.includes("renew")) window.passed = 0;
  const answer = await ask(path, options);
  const date = new Date(Date.parse(answer.headers.get("date")) + window.passed * 1000);
  const headers = new Headers(answer.headers);
  headers.set("date", date.toUTCString());
  return new Response(answer.status === 204 ? null : await answer.text(), { status: answer.status, headers });
};
"""


class Browser:
    """A window of one profile."""

    def __init__(self, driver, url, agent=None, dark=False, scripts=True, arguments=()):
        self.driver, self.url = driver, url
        self.profile = tempfile.TemporaryDirectory()
        arguments = [*chromium_arguments(self.profile.name), *arguments]
        if agent:
            arguments.append(f"--user-agent={agent}")
        options = {"args": arguments}
        if not scripts:
            options["prefs"] = {"profile.managed_default_content_settings.javascript": 2}
        wanted = {"browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
        self.session = self.ask("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})["sessionId"]
        # A phone's width is the hardest to fit.
        self.devtools("Emulation.setDeviceMetricsOverride", width=360, height=780, deviceScaleFactor=2, mobile=True)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.devtools("Emulation.setEmulatedMedia", features=[scheme])
        self.devtools("Page.addScriptToEvaluateOnNewDocument", source=TIME)
        self.go("/")

    def ask(self, method, path, body=None):
        return asked(self.driver, method, path, body)

    def own(self, method, path, body=None):
        return self.ask(method, f"/session/{self.session}/{path}", body)

    def devtools(self, command, **parameters):
        self.own("POST", "goog/cdp/execute", {"cmd": command, "params": parameters})

    def go(self, path):
        self.own("POST", "url", {"url": f"{self.url}{path}"})

    def back(self):
        self.own("POST", "back", {})

    def script(self, text, *arguments):
        return self.own("POST", "execute/sync", {"script": text, "args": list(arguments)})

    def awaited(self, text):
        """The value of an expression that is a promise."""
        script = f"const done = arguments[0]; ({text}).then(done, (error) => done(String(error)))"
        return self.own("POST", "execute/async", {"script": script, "args": []})

    def element(self, selector):
        found = self.own("POST", "element", {"using": "css selector", "value": selector})
        return next(iter(found.values()))

    def type(self, selector, text):
        self.own("POST", f"element/{self.element(selector)}/value", {"text": text})

    def click(self, selector):
        self.own("POST", f"element/{self.element(selector)}/click", {})

    def keys(self, *keys):
        """Presses keys, one after the other, where the focus is."""
        strokes = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self.own("POST", "actions", {"actions": [{"type": "key", "id": "keys", "actions": strokes}]})

    def text(self, selector="body"):
        return self.own("GET", f"element/{self.element(selector)}/text")

    def until(self, what, expression):
        """Waits until an expression of the page holds; fails with what there is to see."""
        given_up = time.monotonic() + PATIENCE
        while not self.script(f"return Boolean({expression})"):
            if time.monotonic() > given_up:
                raise Failure(f"never {what}: the page shows {self.text()!r}, the console {self.complaints()}")
            time.sleep(0.05)

    def shows(self, selector, text):
        """Waits until an element is there to see and holds the text."""
        found = f"[...document.querySelectorAll({json.dumps(selector)})]"
        fits = f"it => it.checkVisibility() && it.innerText.includes({json.dumps(text)})"
        self.until(f"{text!r} in {selector}", f"{found}.some({fits})")

    def focus(self):
        """The id of the element that has the focus."""
        return self.script("return document.activeElement.id")

    def complaints(self):
        """What the console has to say, but for answers that are no 2xx, of which the page speaks itself."""
        entries = self.own("POST", "se/log", {"type": "browser"})
        return [entry["message"] for entry in entries if "Failed to load resource" not in entry["message"]]

    def picture(self, path):
        path.write_bytes(base64.b64decode(self.own("GET", "screenshot")))

    def close(self):
        self.ask("DELETE", f"/session/{self.session}")
        self.profile.cleanup()

