"""Browsers, driven by the wire protocol of WebDriver: a page of the stack's own origin fetches each step."""

import glob
import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import closing

# Runs in the page: the statuses of the steps.
SCRIPT = """
const [steps, done] = arguments;
(async () => {
  const statuses = {};
  for (const [name, method, path, body] of steps) {
    const headers = body ? {"content-type": "application/json"} : {};
    const answer = await fetch(path, {method, headers, body: body ? JSON.stringify(body) : undefined});
    statuses[name] = answer.status;
  }
  return statuses;
})().then(done, error => done({login: String(error)}));
"""


class Driver:
    """The programs that a driver takes, the last of them its own, and what a session of it is asked to be."""

    def __init__(self, programs, capabilities, environment=()):
        self.programs, self.capabilities = programs, capabilities
        self.environment = {**os.environ, **dict(environment)}

    def missing(self):
        """The first program that this machine does not have, if any."""
        return next((program for program in self.programs if not shutil.which(program)), None)

    def run(self, url, steps):
        """The statuses of the steps in a new session, which has no cookies yet."""
        with closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        options = {"xvfb-run": ["-a"]}
        command = [part for program in self.programs for part in [program, *options.get(program, [])]]
        # A session of its own, so that what the driver has started ends with it.
        process = subprocess.Popen(
            [*command, f"--port={port}"],
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            base = f"http://127.0.0.1:{port}"
            wait_for(base, process)
            wanted = {"capabilities": {"alwaysMatch": self.capabilities}}
            session = f"{base}/session/{send('POST', f'{base}/session', wanted)['sessionId']}"
            try:
                send("POST", f"{session}/timeouts", {"script": 120_000, "pageLoad": 120_000})
                send("POST", f"{session}/url", {"url": f"{url}/session"})
                return send("POST", f"{session}/execute/async", {"script": SCRIPT, "args": [steps]})
            finally:
                send("DELETE", session)
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait()


def wait_for(base, process):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            send("GET", f"{base}/status")
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the driver does not start")


def send(method, url, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"content-type": "application/json"}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=300) as answer:
            return json.load(answer)["value"]
    except urllib.error.HTTPError as error:
        raise RuntimeError(error.read().decode()) from None


CHROMIUM = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
# WebKitGTK has no headless mode, and its sandbox none as root.
WEBKIT = {"binary": (glob.glob("/usr/lib/*/webkit2gtk-4*/MiniBrowser") or [""])[0], "args": ["--automation"]}
DRIVERS = {
    "Chromium": Driver(["chromedriver"], {"browserName": "chrome", "goog:chromeOptions": {"args": CHROMIUM}}),
    "Firefox": Driver(["geckodriver"], {"browserName": "firefox", "moz:firefoxOptions": {"args": ["-headless"]}}),
    "WebKit": Driver(
        ["xvfb-run", "WebKitWebDriver"],
        {"webkitgtk:browserOptions": WEBKIT},
        {"WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1"},
    ),
}
