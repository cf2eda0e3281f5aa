"""Where the files are."""

from clients_.tools import ROOT

HERE = ROOT / "tests/oidc_"
FOLDER = ROOT / "target/oidc"
