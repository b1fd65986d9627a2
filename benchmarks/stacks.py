"""The stacks that are measured: embedded and in containers, each answered by a scripted model."""

import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.support.compose_stack import ComposeStack
from tests.support.scripted_model import running_model
from tests.support.stack import running_stack

POOL = 5


@contextmanager
def embedded(**environment: str) -> Generator[str]:
    """The address of an embedded stack."""
    with running_model() as model, tempfile.TemporaryDirectory() as folder:
        chosen = {
            "PLAYGROUND_EMBEDDED_MODEL": "false",
            "CHAT_MODEL_ID": "openai:scripted",
            "OPENAI_BASE_URL": model.url,
            "OPENAI_API_KEY": "scripted-key",
            "PLAYGROUND_POOL_SIZE": str(POOL),
            **environment,
        }
        with running_stack(Path(folder), chosen) as stack:
            yield stack.url


@contextmanager
def containers(**environment: str) -> Generator[ComposeStack]:
    """A stack in containers, its images built; removed at the end."""
    stack = ComposeStack(**{"PLAYGROUND_POOL_SIZE": str(POOL), **environment})
    try:
        stack.build()
        stack.start()
        yield stack
    finally:
        stack.end()


def until_pool_is_full(url: str, size: int = POOL, within_s: float = 90) -> None:
    """Return once *size* pages wait, as the metrics say. Raises TimeoutError."""
    deadline = time.monotonic() + within_s
    wanted = f"playground_pool_pages {float(size)}"
    while wanted not in httpx.get(f"{url}/metrics", timeout=10).text:
        if time.monotonic() > deadline:
            raise TimeoutError(f"the pool of {url} did not fill")
        time.sleep(0.1)


def launch(http: httpx.Client) -> tuple[float, str]:
    """Milliseconds of a launch until it is ready, and the session's id."""
    begun = time.perf_counter()
    body = {"scenario": "technical-support"}
    answer = http.post("/v1/sessions", params={"wait": 60}, json=body)
    milliseconds = (time.perf_counter() - begun) * 1000
    assert answer.status_code == httpx.codes.CREATED, answer.text
    return milliseconds, answer.json()["id"]


def wake(http: httpx.Client, session_id: str) -> float:
    """Milliseconds from a parked session to its ready page."""
    http.post(f"/v1/sessions/{session_id}/park").raise_for_status()
    begun = time.perf_counter()
    answer = http.post(f"/v1/sessions/{session_id}/resume", params={"wait": 60})
    milliseconds = (time.perf_counter() - begun) * 1000
    assert answer.status_code == httpx.codes.OK, answer.text
    return milliseconds


def stop(http: httpx.Client, session_id: str) -> None:
    """End a session."""
    http.delete(f"/v1/sessions/{session_id}").raise_for_status()
