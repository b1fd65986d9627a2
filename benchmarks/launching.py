"""How long a launch takes: `POST /v1/sessions?wait=30` on a running stack."""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import httpx

from benchmarks.tables import Table, percentile
from tests.support.scripted_model import running_model
from tests.support.stack import RunningStack, free_port, running_stack

T = TypeVar("T")
LAUNCHES = 20
PAGE = "import streamlit as st\nst.chat_message('assistant').write('hello')\nst.chat_input('say')\n"


def measure() -> Table:
    """Launches by the fork server, by its fallback, and a bare `streamlit run` beside them."""
    rows: list[tuple[str, list[float]]] = [("bare `streamlit run`, health only", _bare_streamlit())]
    with running_model() as model:
        for label, mode in (("fork server", "auto"), ("fallback", "off")):
            environment = {
                "PLAYGROUND_EMBEDDED_MODEL": "false",
                "CHAT_MODEL_ID": "openai:scripted",
                "OPENAI_BASE_URL": model.url,
                "OPENAI_API_KEY": "scripted-key",
                "PLAYGROUND_FORK_SERVER": mode,
                "PLAYGROUND_POOL_SIZE": "0",
            }
            with (
                tempfile.TemporaryDirectory() as folder,
                running_stack(Path(folder), environment) as stack,
            ):
                rows.append((f"`POST ?wait=30`, {label}", _launches(stack)))
    bare = statistics.median(rows[0][1])
    return Table(
        title="Cold: from `POST /v1/sessions?wait=30` to ready",
        note=f"{LAUNCHES} launches one after the other, without a pool; health and the first "
        "script run included.",
        columns=["what", "median ms", "p95 ms", "ratio to bare"],
        rows=[
            [
                label,
                f"{statistics.median(times):.0f}",
                f"{percentile(times, 95):.0f}",
                f"{statistics.median(times) / bare:.2f}",
            ]
            for label, times in rows
        ],
    )


def _launches(stack: RunningStack) -> list[float]:
    def launch() -> str:
        answer = stack.http.post(
            "/v1/sessions", params={"wait": 30}, json={"scenario": "technical-support"}
        )
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    def stop(session_id: str) -> None:
        stack.http.delete(f"/v1/sessions/{session_id}").raise_for_status()

    stop(launch())
    return [_timed(launch, stop) for _ in range(LAUNCHES)]


def _bare_streamlit() -> list[float]:
    """A plain Streamlit server until it is healthy: without a session, a run, or an API."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "page.py"
        script.write_text(PAGE)

        def start() -> "subprocess.Popen[bytes]":
            port = free_port()
            process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "streamlit", "run", str(script)),
                    *("--server.headless", "true", "--server.address", "127.0.0.1"),
                    *("--server.port", str(port), "--server.fileWatcherType", "none"),
                    *("--browser.gatherUsageStats", "false"),
                ],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            while not _healthy(port):
                time.sleep(0.005)
            return process

        def stop(process: "subprocess.Popen[bytes]") -> None:
            process.terminate()
            process.wait(10)

        stop(start())
        return [_timed(start, stop) for _ in range(LAUNCHES)]


def _healthy(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/_stcore/health", timeout=1).is_success
    except httpx.HTTPError:
        return False


def _timed(start: Callable[[], T], stop: Callable[[T], None]) -> float:
    """Milliseconds of *start*; *stop* is not counted."""
    begun = time.perf_counter()
    started = start()
    milliseconds = (time.perf_counter() - begun) * 1000
    stop(started)
    return milliseconds
