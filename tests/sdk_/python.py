"""The helper in Python: its source, the package that is built of it, and its tests against that package."""

import ast
import os
import shutil
import sys
import tarfile
import zipfile

from deploy_local.steps import Failure, run

from sdk_.place import FOLDER, LICENCES, SDK, other_licences, version

PACKAGE = SDK / "python"
EXAMPLE = [sys.executable, "-u", PACKAGE / "examples/flask_app.py"]
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
OLDEST = (3, 9)


def check():
    source = PACKAGE / "dynamodb_session/__init__.py"
    # Names that came later are for mypy to find, which no longer knows 3.9: there are none of 3.10 in what is imported.
    ast.parse(source.read_text(), feature_version=OLDEST)
    run([sys.executable, "-m", "mypy", "--strict", "--no-error-summary", source], os.environ, cwd=FOLDER)
    if other := other_licences(PACKAGE):
        raise Failure(f"sdk/python holds other texts than the repository: {', '.join(other)}")
    wheel, archive = build()
    check_contents(wheel, archive)
    run([*PIP, "install", "--quiet", "--no-deps", "--no-index", "--force-reinstall", wheel], os.environ)
    # Not from the package's folder, where its source would be imported.
    tests = [sys.executable, "-m", "unittest", "discover", "--quiet", "--start-directory", PACKAGE / "tests"]
    run(tests, os.environ, log=FOLDER / "python-tests.log", cwd=FOLDER)


def build():
    """The source archive, and the wheel that comes of it; of a copy, beside which setuptools leaves its own files."""
    copy, built = FOLDER / "python", FOLDER / "built"
    for folder in (copy, built):
        shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    built.mkdir()
    code = "from setuptools import build_meta; build_meta.build_sdist('../built')"
    run([sys.executable, "-c", code], os.environ, log=FOLDER / "python-build.log", cwd=copy)
    (archive,) = built.glob("*.tar.gz")
    options = ["--no-build-isolation", "--no-deps", "--no-index", "--wheel-dir", built]
    run([*PIP, "wheel", *options, archive], os.environ, log=FOLDER / "python-build.log")
    (wheel,) = built.glob("*.whl")
    return wheel, archive


def check_contents(wheel, archive):
    with zipfile.ZipFile(wheel) as opened:
        info = next(name for name in opened.namelist() if name.endswith("/METADATA"))
        metadata = opened.read(info).decode()
        folder = info.split("/")[0]
        names = {name for name in opened.namelist() if not name.startswith(folder)}
        licences = {name.split("/")[-1] for name in opened.namelist() if "/licenses/" in name}
    if names != {"dynamodb_session/__init__.py", "dynamodb_session/py.typed"} or licences != set(LICENCES):
        raise Failure(f"{wheel.name} holds {sorted(names | licences)}")
    said = ("License-Expression: MIT OR Apache-2.0", "Requires-Python: >=3.9", f"Version: {version()}")
    for line in said:
        if line not in metadata.splitlines():
            raise Failure(f"{wheel.name} does not say {line!r}")
    with tarfile.open(archive) as opened:
        names = {name.split("/", 1)[-1] for name in opened.getnames()}
    if lacking := {"pyproject.toml", "README.md", "dynamodb_session/py.typed", *LICENCES} - names:
        raise Failure(f"{archive.name} lacks {sorted(lacking)}")
