"""A real Streamlit server that shows a session's page, as a process of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import playground_chat.page

SCRIPT = Path(playground_chat.page.__file__).with_name("app.py")


class StreamlitPage:
    """The running server: its address, its process id, what it logged."""

    def __init__(self, url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
        self.url = url
        self.process = process
        self._log = log

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace")


@contextmanager
def streamlit_page(
    folder: Path, *, chat_url: str, token: str, script: Path = SCRIPT
) -> Generator[StreamlitPage]:
    """A page of the backend at *chat_url*, ready to be opened, for the block."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = {
        "server.address": "127.0.0.1",
        "server.port": port,
        "server.headless": "true",
        "server.fileWatcherType": "none",
        "browser.gatherUsageStats": "false",
    }
    command = [sys.executable, "-m", "streamlit", "run", str(script)]
    command += [f"--{name}={value}" for name, value in options.items()]
    settings = {"PLAYGROUND_CHAT_URL": chat_url, "PLAYGROUND_SLOT_TOKEN": token}
    log = folder / f"page-{port}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, stdout=out, stderr=out, env={**os.environ, **settings}, cwd=folder
        )
    page = StreamlitPage(f"http://127.0.0.1:{port}", process, log)
    try:
        _wait_for_health(page)
        yield page
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)


def _wait_for_health(page: StreamlitPage) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            urllib.request.urlopen(f"{page.url}/_stcore/health", timeout=1).close()
            return
        except OSError:
            assert page.process.poll() is None, f"the page did not start: {page.log}"
            assert time.monotonic() < deadline, f"the page is not healthy: {page.log}"
            time.sleep(0.02)
