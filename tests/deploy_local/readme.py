"""The lines of README.md that a reader pastes, run as they stand."""

import contextlib
import subprocess
import threading
from dataclasses import dataclass

from deploy_local.steps import Failure, stop, tail

# What a comment of README.md says of a line that serves until it is stopped.
SERVES = "leave it running"


@dataclass
class Line:
    """A line, and what its comment says that comes of it."""

    command: str
    told: str

    @property
    def serves(self):
        return self.told == SERVES

    def told_of(self, printed):
        """Whether it printed what the comment tells: a status of HTTP, text, or the two as `200: text`."""
        status, _, text = self.told.partition(": ") if self.told[:3].isdigit() else ("", "", self.told)
        return status in printed.partition("\n")[0] and text in printed


def lines(root, heading):
    """The lines of the shell under a heading, one after the other."""
    _, found, section = (root / "README.md").read_text().partition(f"\n## {heading}\n")
    blocks = section.partition("\n## ")[0].split("```sh\n")[1:]
    if not found or not blocks:
        raise Failure(f"README.md has no line of the shell under the heading {heading}.")
    pasted = [line for block in blocks for line in block.partition("```")[0].splitlines() if line]
    return [Line(command.strip(), told.strip()) for command, _, told in (line.partition(" # ") for line in pasted)]


def run(line, folder, env, log):
    """Runs a line to its end, and expects what its comment tells."""
    with open(log, "a") as messages:
        done = subprocess.run(
            ["sh", "-c", line.command], env=env, cwd=folder, stdout=subprocess.PIPE, stderr=messages, text=True
        )
    if done.returncode or not line.told_of(done.stdout):
        raise Failure(
            f"README.md says of `{line.command}`: {line.told or 'it succeeds'}. It ended with {done.returncode} and printed:\n"
            f"{done.stdout}\nIts messages are in {log}."
        )


@contextlib.contextmanager
def serving(line, folder, env, log, ready):
    """Runs a line in the background, from when it has printed `ready` on."""
    process = subprocess.Popen(
        ["sh", "-c", f"exec {line.command}"], env=env, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, start_new_session=True,
    )  # fmt: skip
    heard, is_ready = threading.Event(), False

    def listen():
        nonlocal is_ready
        with open(log, "w") as messages:
            for text in process.stdout:
                messages.write(text)
                messages.flush()
                if ready in text:
                    is_ready = True
                    heard.set()
        heard.set()

    listener = threading.Thread(target=listen)
    listener.start()
    try:
        heard.wait()
        if not is_ready:
            raise Failure(f"`{line.command}` of README.md does not serve:\n{tail(log)}")
        yield
    finally:
        stop(process)
        listener.join()
