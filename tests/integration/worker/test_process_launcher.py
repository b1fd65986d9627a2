"""What only processes can do wrong: zombies, reused process ids, logs on a full disk."""

import asyncio
import json
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from playground.errors import NoCapacity, PlaygroundError
from playground.identifiers import new_id
from playground.sessions.model import Handle
from playground_worker.launchers.process.launcher import ProcessLauncher
from playground_worker.launchers.protocol import UnitSpec
from playground_worker.readiness import first_run
from playground_worker.settings import ProcessSettings
from tests.support.pages import PAGE_SCRIPT, free_ports, is_gone, processes_about
from tests.support.waiting import wait_until

pytestmark = pytest.mark.needs("streamlit")

PORTS = 8


@pytest.fixture(scope="module", params=["auto", "off"])
def settings(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Any]]:
    """Where pages live in this module: its tests find one fork server there."""
    folder = tmp_path_factory.mktemp("processes")
    shutil.copy(PAGE_SCRIPT, folder / "page.py")
    settings: dict[str, Any] = {
        "data_dir": folder / "data",
        "page_script": folder / "page.py",
        "session_port_start": free_ports(PORTS),
        "session_port_count": PORTS,
        "fork_server": request.param,
    }
    yield settings
    asyncio.run(ProcessLauncher(ProcessSettings(**settings), {}).close())
    assert processes_about(folder) == []


@pytest.fixture
async def launcher(settings: dict[str, Any]) -> AsyncIterator[ProcessLauncher]:
    launcher = ProcessLauncher(ProcessSettings(**settings), dict(os.environ))
    await launcher.start()
    yield launcher
    await launcher.clear()


def a_spec() -> UnitSpec:
    slot = new_id("slot")
    return UnitSpec(slot, f"{slot}.token", "ses-1", "http://127.0.0.1:8080")


async def a_page(launcher: ProcessLauncher) -> Handle:
    handle = await launcher.launch(a_spec())
    await first_run(handle.data["host"], handle.data["port"])
    return handle


async def test_a_stopped_page_leaves_no_zombie_and_no_child(
    launcher: ProcessLauncher, settings: dict[str, Any]
) -> None:
    handle = await a_page(launcher)
    log = settings["data_dir"] / "pages" / f"{handle.slot}.log"
    assert handle.data["log"] == str(log)
    assert log.read_text()
    told = settings["page_script"].with_name(f"told-{handle.slot}.token.json")
    child = json.loads(told.read_text())["child"]
    assert "sk-" not in str(psutil.Process(handle.data["pid"]).environ())
    await launcher.stop(handle)
    await wait_until(lambda: is_gone(handle.data["pid"]), "the page is gone, and no zombie")
    await wait_until(lambda: is_gone(child) or _is_zombie(child), "what it started is gone too")
    assert await launcher.read_log(handle, 5) != ""


async def test_a_killed_page_is_reaped(launcher: ProcessLauncher) -> None:
    handle = await a_page(launcher)
    os.kill(handle.data["pid"], signal.SIGKILL)
    await wait_until(lambda: is_gone(handle.data["pid"]), "the page is reaped")


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full is Linux's")
async def test_a_full_disk_is_no_capacity(
    launcher: ProcessLauncher, settings: dict[str, Any]
) -> None:
    spec = a_spec()
    log = settings["data_dir"] / "pages" / f"{spec.slot}.log"
    log.symlink_to("/dev/full")
    with pytest.raises(NoCapacity, match="No space left on device") as failed:
        await launcher.launch(spec)
    assert str(settings["data_dir"]) not in failed.value.detail
    assert await launcher.owned() == []


async def test_a_stranger_with_a_reused_pid_is_not_killed(launcher: ProcessLauncher) -> None:
    with psutil.Popen(["sleep", "600"], start_new_session=True) as stranger:
        data = {"pid": stranger.pid, "started": stranger.create_time() - 100, "port": 1}
        handle = Handle(launcher="process", slot=new_id("slot"), data=data)
        assert not (await launcher.inspect([handle]))[handle.slot].alive
        await launcher.stop(handle)
        assert stranger.is_running()
        stranger.kill()


async def test_no_error_of_a_launch_shows_a_path(settings: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "data").write_text("not a folder")
    settings = {**settings, "data_dir": tmp_path / "data"}
    launcher = ProcessLauncher(ProcessSettings(**settings), {})
    with pytest.raises(PlaygroundError) as failed:
        await launcher.launch(a_spec())
    assert str(tmp_path) not in failed.value.detail


def _is_zombie(pid: int) -> bool:
    """Orphans of a page are reaped by the system's first process, in its own time."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
