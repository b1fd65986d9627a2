"""Fixtures of the page's tests: one browser, backend and page process for all of a module."""

import socket
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.support.browser import running_browser
from tests.support.page_backend import TOKEN, PageBackend, page_backend
from tests.support.page_tab import message_box
from tests.support.streamlit_page import SCRIPT, streamlit_page
from tests.support.streamlit_server import StreamlitServer

PROBE = """
import sys, threading
from playground_chat.page.desk import _shared
def tell():
    import http.server
    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            import json
            heavy = [m for m in ("pandas", "pyarrow", "altair", "numpy") if m in sys.modules]
            names = sorted(t.name for t in threading.enumerate())
            tabs = _shared[0].tabs
            tabs.ask_all()
            body = json.dumps({"heavy": heavy, "threads": names, "tabs": tabs.count()}).encode()
            self.send_response(200); self.end_headers(); self.wfile.write(body)
        def log_message(self, *a): pass
    http.server.HTTPServer(("127.0.0.1", PORT), Answer).serve_forever()
if not any(t.name == "probe" for t in threading.enumerate()):
    threading.Thread(target=tell, name="probe", daemon=True).start()
import runpy
runpy.run_path(SCRIPT, run_name="__main__")
"""


@pytest.fixture(scope="module")
def context() -> Iterator[BrowserContext]:
    """One browser for all: its tabs are what the tests open and close."""
    with running_browser() as browser:
        yield browser.new_context(viewport={"width": 1000, "height": 800})


@pytest.fixture(scope="module")
def shared_backend() -> Iterator[PageBackend]:
    with page_backend() as running:
        yield running


@pytest.fixture(scope="module")
def served(
    shared_backend: PageBackend, tmp_path_factory: pytest.TempPathFactory, unused_port: int
) -> Iterator[StreamlitServer]:
    """One page process for all: between tests it loses its line and reads an empty conversation."""
    folder = tmp_path_factory.mktemp("page")
    script = folder / "probed.py"
    script.write_text(f"PORT = {unused_port}\nSCRIPT = {str(SCRIPT)!r}\n{PROBE}")
    with streamlit_page(folder, chat_url=shared_backend.url, token=TOKEN, script=script) as page:
        yield page
        assert "Traceback" not in page.log


@pytest.fixture
def backend(shared_backend: PageBackend) -> Iterator[PageBackend]:
    yield shared_backend
    shared_backend.forget()


@pytest.fixture
def open_tab(
    context: BrowserContext, served: StreamlitServer, backend: PageBackend
) -> Iterator[Callable[[], Page]]:
    tabs: list[Page] = []

    def opened() -> Page:
        tab = context.new_page()
        tabs.append(tab)
        tab.goto(served.url)
        expect(message_box(tab)).to_be_enabled()
        return tab

    yield opened
    for tab in tabs:
        if tab.is_closed():
            continue
        expect(tab.get_by_test_id("stException")).to_have_count(0)
        tab.close()


@pytest.fixture(scope="module")
def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]
