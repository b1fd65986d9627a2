"""One suite over every launcher: what the lifecycle may rely on.

To add a launcher: a way to make it in `_MAKERS`; everything here must then hold for it.
"""

import asyncio
import json
import os
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from playground.errors import NoCapacity, PlaygroundError
from playground.identifiers import new_id
from playground.sessions.model import Handle
from playground_worker.launchers.process.launcher import ProcessLauncher
from playground_worker.launchers.protocol import UnitMissing, UnitSpec
from playground_worker.readiness import first_run
from playground_worker.settings import ProcessSettings
from playground_worker.wiring import make_launcher
from tests.support.pages import PAGE_SCRIPT, free_ports, is_free, is_gone, processes_about
from tests.support.waiting import wait_until

pytestmark = pytest.mark.needs("streamlit")

PORTS = 8
_MAKERS = {"forked": "auto", "plain": "off"}
Make = Callable[..., ProcessLauncher]


@pytest.fixture(scope="module", params=list(_MAKERS))
def settings(request: pytest.FixtureRequest, folder: Path) -> Iterator[dict[str, Any]]:
    """Where pages live in this module: its tests find one fork server there."""
    shutil.copy(PAGE_SCRIPT, folder / "page.py")
    settings: dict[str, Any] = {
        "data_dir": folder / "data",
        "page_script": folder / "page.py",
        "session_port_start": free_ports(PORTS),
        "session_port_count": PORTS,
        "fork_server": _MAKERS[request.param],
    }
    launcher = ProcessLauncher(ProcessSettings(**settings), {})
    yield settings
    asyncio.run(launcher.close())
    assert processes_about(folder) == []


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("launchers")


@pytest.fixture
async def make(settings: dict[str, Any]) -> AsyncIterator[Make]:
    made: list[ProcessLauncher] = []

    def maker(**more: Any) -> ProcessLauncher:
        environment = {**os.environ, "OPENAI_API_KEY": "sk-secret", "REDIS_URL": "redis://:pw@x"}
        made.append(make_launcher(ProcessSettings(**(settings | more)), environment))
        return made[-1]

    yield maker
    for launcher in made:
        for handle in await launcher.owned():
            await launcher.stop(handle)


@pytest.fixture
async def launcher(make: Make) -> ProcessLauncher:
    launcher = make()
    await launcher.start()
    return launcher


def a_spec(**more: Any) -> UnitSpec:
    slot = new_id("slot")
    return UnitSpec(slot, f"{slot}.token", "ses-1", "http://127.0.0.1:8080", **more)


async def a_page(launcher: ProcessLauncher, **more: Any) -> Handle:
    handle = await launcher.launch(a_spec(**more))
    await first_run(handle.data["host"], handle.data["port"])
    return handle


def told(launcher_folder: Path, handle: Handle) -> dict[str, Any]:
    return json.loads((launcher_folder / f"told-{handle.slot}.token.json").read_text())


async def test_a_page_is_launched_inspected_found_and_stopped(
    launcher: ProcessLauncher, make: Make, folder: Path
) -> None:
    handle = await a_page(launcher)
    assert (await launcher.inspect([handle]))[handle.slot].alive
    assert Path(handle.data["log"]).read_text()
    assert handle.data["log"] == str(folder / "data" / "pages" / f"{handle.slot}.log")

    # Another process of the worker, with no memory of the launch, finds and ends it.
    other = make()
    assert await other.owned() == [handle]
    child = told(folder, handle)["child"]
    await other.stop(handle)
    assert not (await launcher.inspect([handle]))[handle.slot].alive
    assert await launcher.owned() == []
    assert is_free(handle.data["port"])
    await wait_until(lambda: is_gone(handle.data["pid"]), "the page is gone, and no zombie")
    await wait_until(lambda: is_gone(child) or _is_zombie(child), "what it started is gone too")
    await other.stop(handle)


async def test_a_page_knows_its_token_and_no_secret_of_the_worker(
    launcher: ProcessLauncher, folder: Path
) -> None:
    handle = await a_page(launcher)
    environment = told(folder, handle)["environment"]
    assert environment["PLAYGROUND_SLOT_TOKEN"] == f"{handle.slot}.token"
    assert environment["PLAYGROUND_CHAT_URL"] == "http://127.0.0.1:8080"
    assert not {"OPENAI_API_KEY", "REDIS_URL"} & environment.keys()
    assert "sk-secret" not in str(psutil.Process(handle.data["pid"]).environ())


async def test_pages_have_ports_of_their_own_and_a_preferred_one_where_it_is_free(
    launcher: ProcessLauncher,
) -> None:
    first, second = await a_page(launcher), await a_page(launcher)
    assert second.data["port"] == first.data["port"] + 1
    wanted = first.data["port"] + 5
    third = await launcher.launch(a_spec(preferred_port=wanted))
    assert third.data["port"] == wanted
    fourth = await launcher.launch(a_spec(preferred_port=wanted))
    assert fourth.data["port"] == first.data["port"] + 2


async def test_a_port_range_that_is_all_taken_is_no_capacity(make: Make) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        launcher = make(session_port_start=port, session_port_count=1)
        with pytest.raises(NoCapacity, match=f"Every port from {port} to {port} is taken"):
            await launcher.launch(a_spec())


async def test_a_missing_page_script_is_named_without_its_folder(
    make: Make, tmp_path: Path
) -> None:
    launcher = make(page_script=tmp_path / "nowhere" / "app.py")
    with pytest.raises(UnitMissing, match=r"'app\.py'") as failed:
        await launcher.launch(a_spec())
    assert "nowhere" not in failed.value.detail


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full is Linux's")
async def test_a_full_disk_is_no_capacity(launcher: ProcessLauncher, folder: Path) -> None:
    spec = a_spec()
    log = folder / "data" / "pages" / f"{spec.slot}.log"
    log.symlink_to("/dev/full")
    with pytest.raises(NoCapacity, match="No space left on device") as failed:
        await launcher.launch(spec)
    assert str(folder) not in failed.value.detail
    assert await launcher.owned() == []


async def test_a_page_that_is_killed_leaves_no_zombie_and_its_cause(
    launcher: ProcessLauncher,
) -> None:
    handle = await a_page(launcher)
    os.kill(handle.data["pid"], signal.SIGKILL)
    await wait_until(lambda: is_gone(handle.data["pid"]), "the page is reaped")

    async def cause() -> str:
        condition = (await launcher.inspect([handle]))[handle.slot]
        assert not condition.alive
        return condition.cause

    assert "SIGKILL" in await wait_until(cause, "the cause is written down")
    assert is_free(handle.data["port"])
    assert await launcher.owned() != []  # until it is given back, what is left of it is known
    await launcher.stop(handle)
    assert await launcher.owned() == []


async def test_a_stranger_with_a_reused_pid_is_not_killed(launcher: ProcessLauncher) -> None:
    with psutil.Popen(["sleep", "600"], start_new_session=True) as stranger:
        data = {"pid": stranger.pid, "started": stranger.create_time() - 100, "port": 1}
        handle = Handle(launcher="process", slot=new_id("slot"), data=data)
        assert not (await launcher.inspect([handle]))[handle.slot].alive
        await launcher.stop(handle)
        assert stranger.is_running()
        stranger.kill()


async def test_a_launch_cut_off_from_its_answer_can_still_be_given_back(
    launcher: ProcessLauncher,
) -> None:
    handle = await a_page(launcher)
    await launcher.stop(Handle(launcher="process", slot=handle.slot))
    assert is_free(handle.data["port"])
    assert await launcher.owned() == []


async def test_no_error_of_a_launch_shows_a_path(make: Make, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("not a folder")
    with pytest.raises(PlaygroundError) as failed:
        await make(data_dir=tmp_path / "data").launch(a_spec())
    assert str(tmp_path) not in failed.value.detail


def _is_zombie(pid: int) -> bool:
    """Orphans of a page are reaped by the system's first process, in its own time."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
