"""The fork server's own life: found, replaced, refused, and gone when it is told to be."""

import os
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import psutil
import pytest

from playground.identifiers import new_id
from playground_worker.launchers.process.launcher import ProcessLauncher
from playground_worker.launchers.protocol import UnitSpec
from playground_worker.readiness import ScriptBroken, first_run
from playground_worker.settings import ProcessSettings
from playground_worker.wiring import page_environment
from tests.support.pages import free_ports, is_gone, processes_about
from tests.support.waiting import wait_until

pytestmark = pytest.mark.needs("streamlit")

Make = Callable[..., ProcessLauncher]


@pytest.fixture
async def make(tmp_path: Path) -> AsyncIterator[Make]:
    (tmp_path / "page.py").write_text("import streamlit as st\nst.write('up')\n")
    made: list[ProcessLauncher] = []
    start = free_ports(5)

    def maker(*, data: str = "data", preload: str = "", script: str = "page.py") -> ProcessLauncher:
        settings = ProcessSettings(
            data_dir=tmp_path / data,
            page_script=tmp_path / script,
            page_preload=preload,
            session_port_start=start,
            session_port_count=5,
        )
        made.append(ProcessLauncher(settings, page_environment(os.environ)))
        return made[-1]

    yield maker
    for launcher in made:
        for handle in await launcher.owned():
            await launcher.stop(handle)
        await launcher.close()
    assert processes_about(tmp_path) == []


def server_of(folder: Path) -> psutil.Process:
    servers = [
        process
        for process in psutil.process_iter(["cmdline"])
        if str(folder) in " ".join(process.info["cmdline"] or [])
        and os.getsid(process.pid) == process.pid
        and not any(str(folder) in " ".join(p.cmdline()) for p in process.parents())
    ]
    assert len(servers) == 1, servers
    return servers[0]


def a_spec() -> UnitSpec:
    slot = new_id("slot")
    return UnitSpec(slot, f"{slot}.token", "ses-1", "http://127.0.0.1:8080")


async def test_the_next_worker_finds_the_server_and_replaces_one_of_another_configuration(
    make: Make, tmp_path: Path
) -> None:
    await make().start()
    first = server_of(tmp_path)
    await make().start()
    assert server_of(tmp_path) == first
    page = await make().launch(a_spec())

    await make(preload="colorsys").start()
    assert is_gone(first.pid)
    await first_run("127.0.0.1", page.data["port"])  # its pages go on without it


async def test_a_long_folder_name_and_a_module_that_is_not_there_cost_no_page(make: Make) -> None:
    launcher = make(data="d" * 120, preload="no_such_module")
    handle = await launcher.launch(a_spec())
    assert psutil.Process(handle.data["pid"]).cmdline()[2].endswith("fork_server")
    await first_run("127.0.0.1", handle.data["port"])


async def test_where_fork_is_not_to_be_had_pages_are_started_plainly(
    make: Make, tmp_path: Path
) -> None:
    # A module that starts a thread: a fork would lose it, so the server refuses to serve.
    (tmp_path / "sitecustomize.py").write_text(
        "import sys, threading\n"
        "if any('fork_server' in word for word in sys.orig_argv):\n"
        "    threading.Thread(target=threading.Event().wait, daemon=True).start()\n"
    )
    settings = ProcessSettings(
        data_dir=tmp_path / "data",
        page_script=tmp_path / "page.py",
        session_port_start=free_ports(5),
    )
    environment = page_environment(os.environ) | {"PYTHONPATH": str(tmp_path)}
    launcher = ProcessLauncher(settings, environment)
    await launcher.start()
    handle = await launcher.launch(a_spec())
    assert "streamlit" in psutil.Process(handle.data["pid"]).cmdline()
    await first_run("127.0.0.1", handle.data["port"])
    await launcher.stop(handle)
    make()  # for its look at what is left


async def test_a_script_that_does_not_compile_is_told_apart_from_one_that_is_slow(
    make: Make, tmp_path: Path
) -> None:
    (tmp_path / "broken.py").write_text("def (:\n")
    handle = await make(script="broken.py").launch(a_spec())
    with pytest.raises(ScriptBroken):
        await first_run("127.0.0.1", handle.data["port"])


async def test_a_page_ended_in_its_first_moment_is_reaped_at_once(
    make: Make, tmp_path: Path
) -> None:
    launcher = make()
    handle = await launcher.launch(a_spec())
    os.kill(handle.data["pid"], signal.SIGTERM)
    await wait_until(lambda: is_gone(handle.data["pid"]), "no zombie is left")
    assert server_of(tmp_path).is_running()
