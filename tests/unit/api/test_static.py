import hashlib
import re

from playground_api.dashboard.static import FOLDER, asset

VENDOR = FOLDER / "vendor"


def test_an_asset_s_address_changes_with_its_content():
    digest = hashlib.sha256((FOLDER / "dashboard.css").read_bytes()).hexdigest()
    assert asset("dashboard.css") == f"/static/dashboard.css?v={digest[:8]}"


def test_vendored_scripts_are_the_ones_that_vendor_md_names():
    table = re.findall(
        r"^\| (\S+\.js) \|.*\| ([0-9a-f]{64}) \|$", (VENDOR / "VENDOR.md").read_text(), re.MULTILINE
    )
    assert {name for name, _ in table} == {path.name for path in VENDOR.glob("*.js")}
    for name, digest in table:
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == digest, name


def test_vendored_scripts_come_with_their_licences():
    assert len(list(VENDOR.glob("LICENSE-*.txt"))) == 2
