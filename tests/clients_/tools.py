"""The programs that the clients need: what is there, and how to get what is not."""

import functools
import os
import shutil
import subprocess
import sys
from pathlib import Path

from deploy_local.steps import Failure, run

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "target/clients"
HERE = Path(__file__).parent

# Of each: the programs, and Debian's packages that hold them.
PROGRAMS = {
    "python": ([], []),
    "curl": (["curl"], ["curl"]),
    "wget": (["wget"], ["wget"]),
    "node": (["node", "npm"], ["nodejs", "npm"]),
    "npm": (["npm"], ["npm"]),
    "jdk": (["java", "javac"], ["openjdk-17-jdk-headless"]),
    "chromium": (["chromium", "chromedriver"], ["chromium", "chromium-driver"]),
    "firefox": (["firefox-esr"], ["firefox-esr"]),
    "webkit": (["WebKitWebDriver", "Xvfb"], ["webkit2gtk-driver", "xvfb"]),
}
NODE = 20


@functools.cache
def missing(needs, install):
    """Makes ready what a client needs; where this machine lacks it, gives how to get it."""
    programs, packages = PROGRAMS[needs]
    if install and lacking(programs) and shutil.which("apt-get") and os.geteuid() == 0:
        apt_get(packages)
    if names := " and no ".join(lacking(programs)):
        return f"there is no {names}; on Debian: apt-get install {' '.join(packages)}, or --install as root"
    if needs == "node" and node_version() < NODE:
        return f"its packages need Node.js {NODE} or newer, and this is {node_version()}; see https://nodejs.org"
    if needs == "node":
        try:
            install_modules()
        except Failure as failure:
            return f"npm could not install its packages: {failure}"
    if needs == "jdk":
        compile_class()
    return None


def lacking(programs):
    return [program for program in programs if not shutil.which(program)]


def apt_get(packages):
    """Whether it can is told by what is there afterwards: some systems have such packages under other names."""
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    try:
        for command in (["apt-get", "update", "-qq"], install):
            run(command, env, log=FOLDER / "apt-get.log")
    except Failure as failure:
        print(failure, file=sys.stderr)


def node_version():
    told = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    return int(told.removeprefix("v").split(".")[0])


def install_modules():
    """Leaves in target/clients/node what the lock file names, and the client beside it, which is where Node looks."""
    folder = FOLDER / "node"
    folder.mkdir(parents=True, exist_ok=True)
    lock, installed = HERE / "package-lock.json", folder / "installed.json"
    shutil.copy(HERE / "node.mjs", folder)
    if installed.exists() and installed.read_text() == lock.read_text():
        return
    for path in (lock, HERE / "package.json"):
        shutil.copy(path, folder)
    command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
    run(command, os.environ, log=FOLDER / "npm.log", cwd=folder)
    shutil.copy(lock, installed)


def compile_class():
    run(["javac", "-d", FOLDER / "jdk", HERE / "Jdk.java"], os.environ, log=FOLDER / "javac.log")
