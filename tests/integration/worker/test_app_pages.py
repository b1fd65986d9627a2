"""An unmodified Streamlit script as a session's page: where it finds itself, and how it fails."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from playground.identifiers import new_id
from playground.sessions.model import Handle
from playground_worker.launchers.process.launcher import ProcessLauncher
from playground_worker.launchers.protocol import AppImage, AppScript, UnitMissing, UnitSpec
from playground_worker.readiness import NotReadyYet, ScriptBroken, app_runs
from playground_worker.settings import ProcessSettings
from playground_worker.wiring import page_environment
from tests.support.apps import PATHS, written_app
from tests.support.headless import one_run, shown
from tests.support.pages import PAGE_SCRIPT, free_ports, processes_about
from tests.support.waiting import wait_until

pytestmark = pytest.mark.needs("streamlit")

PORTS = 8


@pytest.fixture(scope="module")
def settings(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Any]]:
    """Where apps run in this module: forked, unless a test says otherwise."""
    folder = tmp_path_factory.mktemp("apps")
    settings: dict[str, Any] = {
        "data_dir": folder / "data",
        "page_script": PAGE_SCRIPT,
        "session_port_start": free_ports(PORTS),
        "session_port_count": PORTS,
        "fork_server": getattr(request, "param", "auto"),
    }
    yield settings
    asyncio.run(ProcessLauncher(ProcessSettings(**settings), {}).close())
    assert processes_about(folder) == []


@pytest.fixture
async def launcher(settings: dict[str, Any]) -> AsyncIterator[ProcessLauncher]:
    secrets = {"OPENAI_API_KEY": "sk-secret", "REDIS_URL": "redis://:pw@x"}
    given = page_environment({**os.environ, **secrets})
    launcher = ProcessLauncher(ProcessSettings(**settings), given)
    await launcher.start()
    yield launcher
    await launcher.clear()


async def begun(launcher: ProcessLauncher, script: Path) -> Handle:
    slot = new_id("slot")
    return await launcher.launch(
        UnitSpec(slot, f"{slot}.token", "ses-1", "http://127.0.0.1:8080", app=AppScript(script))
    )


async def ready(handle: Handle) -> None:
    """Wait until the app has run, as the lifecycle does. Raises ScriptBroken."""

    async def has_run() -> bool:
        try:
            await app_runs(handle.data["host"], handle.data["port"])
        except NotReadyYet:
            return False
        return True

    await wait_until(has_run, "the app has run", timeout_s=30)


@pytest.mark.parametrize("settings", ["auto", "off"], indirect=True)
async def test_a_script_finds_its_folder_its_pages_and_its_configuration_and_no_secret(
    launcher: ProcessLauncher,
) -> None:
    handle = await begun(launcher, PATHS)
    await ready(handle)
    address = f"http://127.0.0.1:{handle.data['port']}"
    first = await one_run(address)
    told = json.loads(shown(first, "code", "code_text")[0])
    assert told == {
        "main": "__main__",
        "file": "from the file",
        "neighbour": "from the neighbour",
        "theme": "#123456",
        "secrets": [],
    }
    assert shown(await one_run(address, "Second"), "heading") == ["Second"]


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("import a_library_that_is_not_there", "ModuleNotFoundError: No module named 'a_lib"),
        ("def half(:", "cannot be compiled"),
    ],
)
async def test_a_script_that_cannot_be_run_says_why(
    launcher: ProcessLauncher, tmp_path: Path, script: str, said: str
) -> None:
    handle = await begun(launcher, written_app(tmp_path, script))
    with pytest.raises(ScriptBroken, match=said) as failed:
        await ready(handle)
    assert str(tmp_path) not in str(failed.value)


async def test_a_script_that_ends_its_process_is_dead_with_its_last_words(
    launcher: ProcessLauncher, tmp_path: Path
) -> None:
    script = "import os, sys\nprint('no licence here', flush=True)\nos._exit(3)"
    handle = await begun(launcher, written_app(tmp_path, script))

    async def is_dead() -> bool:
        try:
            await app_runs(handle.data["host"], handle.data["port"])
        except NotReadyYet:
            return not (await launcher.inspect([handle]))[handle.slot].alive
        return False

    await wait_until(is_dead, "the app is dead", timeout_s=30)
    condition = (await launcher.inspect([handle]))[handle.slot]
    assert condition.cause == "it ended with code 3; its log ends with: no licence here"


async def test_an_app_that_never_ends_its_run_is_ready_all_the_same(
    launcher: ProcessLauncher, tmp_path: Path
) -> None:
    script = "import time\nwhile True:\n    st.write('on')\n    time.sleep(0.2)"
    await ready(await begun(launcher, written_app(tmp_path, script)))


async def test_an_app_that_raises_is_ready_and_shows_it(
    launcher: ProcessLauncher, tmp_path: Path
) -> None:
    handle = await begun(launcher, written_app(tmp_path, "st.write(1 / 0)"))
    await ready(handle)
    said = await one_run(f"http://127.0.0.1:{handle.data['port']}")
    assert shown(said, "exception", "type") == ["ZeroDivisionError"]


async def test_an_image_is_no_process(launcher: ProcessLauncher) -> None:
    spec = UnitSpec("slot-1", "t", "ses-1", "http://x", app=AppImage("some/app:1", 8501))
    with pytest.raises(UnitMissing, match="docker compose up"):
        await launcher.launch(spec)
