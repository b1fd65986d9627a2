"""A disk that is full, for real: a small file system of its own, filled to the last byte."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import scripted
from tests.support.scripted_model import ScriptedModel
from tests.support.stack import RunningStack, running_stack
from tests.support.waiting import wait_until

pytestmark = pytest.mark.needs("redis", "streamlit", "mount")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 24 MB."""
    folder = tmp_path / "small"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)], check=True)
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def _fill(folder: Path) -> Path:
    ballast = folder / "ballast"
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, shutil.disk_usage(folder).free)
    return ballast


def _say(stack: RunningStack, text: str) -> int:
    return stack.http.post("/v1/chat", json={"session_id": "demo", "input": text}).status_code


async def test_a_full_disk_is_said_and_nothing_is_lost(
    model: ScriptedModel, small_disk: Path
) -> None:
    with running_stack(small_disk, scripted(model)) as stack:
        assert _say(stack, "before") == 200
        ballast = _fill(small_disk)
        await wait_until(lambda: _say(stack, "x" * 20_000) == 503, "writes are refused")
        refused = stack.http.post("/v1/chat", json={"session_id": "demo", "input": "now"})
        assert refused.json()["code"] == "no_capacity"
        assert "full" in refused.json()["detail"]
        assert str(small_disk) not in refused.text
        assert stack.http.get("/v1/sessions/demo/messages").status_code == 200
        launch = stack.http.post(
            "/v1/sessions", params={"wait": 20}, json={"scenario": "code-review"}
        )
        assert launch.status_code == 503, launch.text
        assert launch.json()["code"] == "no_capacity"

        ballast.unlink()
        await wait_until(lambda: _say(stack, "after") == 200, "writes are taken again")
        said = stack.http.get("/v1/sessions/demo/messages").json()["items"]
        texts = [m["content"] for m in said if m["role"] == "user"]
        assert texts[0] == "before"
        assert texts[-1] == "after"
        assert stack.launch()["status"] == "ready"
