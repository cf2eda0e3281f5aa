"""Where the helpers are, and what is built of them."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SDK = ROOT / "sdk"
FOLDER = ROOT / "target/sdk"
LICENCES = ["LICENSE-APACHE", "LICENSE-MIT"]


def version():
    """That of all packages of the repository."""
    return tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]["version"]


def other_licences(package):
    """The names of the copies in a package that are not the repository's own."""
    return [name for name in LICENCES if (package / name).read_bytes() != (ROOT / name).read_bytes()]
