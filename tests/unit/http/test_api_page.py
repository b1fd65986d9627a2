import hashlib
import re

from fastapi.testclient import TestClient
from prometheus_client import CollectorRegistry

from playground_http.api_page import VENDOR
from playground_http.composition import compose
from playground_http.settings import DoorSettings


def test_the_api_page_asks_no_other_host() -> None:
    app = compose([], DoorSettings(), CollectorRegistry(), title="Mine <b>")
    with TestClient(app, base_url="http://127.0.0.1") as client:
        page = client.get("/docs")
        assert page.status_code == 200
        assert "Mine &lt;b&gt;" in page.text
        addresses = re.findall(r'(?:src|href)="([^"]+)"', page.text)
        files = [address for address in addresses if not address.startswith("data:")]
        assert len(files) == 3
        assert all(address.startswith("/docs/") for address in files)
        assert all(client.get(address).status_code == 200 for address in files)
        assert client.get("/openapi.json").status_code == 200
        assert "default-src 'self'" in page.headers["content-security-policy"]


def test_vendored_files_are_the_ones_that_vendor_md_names() -> None:
    table = re.findall(
        r"^\| (\S+) \|.*\| ([0-9a-f]{64}) \|$", (VENDOR / "VENDOR.md").read_text(), re.MULTILINE
    )
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.iterdir()
        if path.suffix in (".js", ".css")
    }
    assert dict(table) == found
