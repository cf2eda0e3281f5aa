"""The helper in JavaScript: the package that is packed of it, its types, and its tests."""

import json
import os
import shutil
import tarfile

from clients_ import tools
from deploy_local.steps import Failure, run

from sdk_.place import FOLDER, LICENCES, SDK, other_licences, version

PACKAGE = SDK / "node"
# Where the example is run, beside what it imports.
PLACE = FOLDER / "node"
EXAMPLE = ["node", PLACE / "express.mjs"]
OLDEST = 18
NAME = "dynamodb-session-backend"


def missing(install):
    """Makes Node.js ready; where this machine lacks it, gives how to get it."""
    programs, packages = tools.PROGRAMS["node"]
    if install and tools.lacking(programs) and shutil.which("apt-get") and os.geteuid() == 0:
        tools.apt_get(packages)
    if names := " and no ".join(tools.lacking(programs)):
        return f"there is no {names}; on Debian: apt-get install {' '.join(packages)}, or --install as root"
    if tools.node_version() < OLDEST:
        return f"it needs Node.js {OLDEST} or newer, and this is {tools.node_version()}; see https://nodejs.org"
    return None


def check():
    if other := other_licences(PACKAGE):
        raise Failure(f"sdk/node holds other texts than the repository: {', '.join(other)}")
    packed = pack()
    install(PACKAGE / "examples", PLACE)
    install(SDK.parent / "tests/sdk_", FOLDER / "types")
    for place in (PLACE, FOLDER / "types"):
        unpack(packed, place / "node_modules" / NAME)
    shutil.copy(PACKAGE / "examples/express.mjs", PLACE)
    shutil.copy(PACKAGE / "test/types.mts", FOLDER / "types")
    compiler = ["node", "node_modules/typescript/bin/tsc", "--noEmit", "--strict", "--module", "nodenext"]
    run(
        [*compiler, "--target", "es2022", "--lib", "es2022,dom,dom.iterable", "types.mts"],
        os.environ,
        cwd=FOLDER / "types",
    )
    tests = sorted((PACKAGE / "test").glob("*.mjs"))
    run(["node", "--test", *tests], os.environ, log=FOLDER / "node-tests.log")


def pack():
    """The archive as npm would publish it, which has these files and no more."""
    for old in FOLDER.glob("*.tgz"):
        old.unlink()
    run(["npm", "pack", "--silent", "--pack-destination", FOLDER], os.environ, log=FOLDER / "npm-pack.log", cwd=PACKAGE)
    (packed,) = FOLDER.glob("*.tgz")
    with tarfile.open(packed) as opened:
        names = {name.removeprefix("package/") for name in opened.getnames()}
        manifest = json.load(opened.extractfile("package/package.json"))
    if names != {"index.mjs", "index.d.ts", "package.json", "README.md", *LICENCES}:
        raise Failure(f"{packed.name} holds {sorted(names)}")
    if "dependencies" in manifest or (manifest["license"], manifest["version"]) != ("MIT OR Apache-2.0", version()):
        raise Failure(f"{packed.name} has dependencies, another licence, or another version than {version()}")
    return packed


def install(source, place):
    """Leaves at a place what a lock file names."""
    lock, installed = source / "package-lock.json", place / "installed.json"
    place.mkdir(parents=True, exist_ok=True)
    if installed.exists() and installed.read_text() == lock.read_text():
        return
    for path in (lock, source / "package.json"):
        shutil.copy(path, place)
    command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
    run(command, os.environ, log=FOLDER / "npm.log", cwd=place)
    shutil.copy(lock, installed)


def unpack(packed, folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with tarfile.open(packed) as opened:
        for member in opened.getmembers():
            (folder / member.name.removeprefix("package/")).write_bytes(opened.extractfile(member).read())
