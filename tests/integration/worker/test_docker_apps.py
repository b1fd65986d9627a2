"""Apps in containers, on the real engine: a copy of the script's folder, or an image of its own."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable

import pytest

from playground.identifiers import new_id
from playground.sessions.model import EndReason
from playground_worker.launchers.docker.launcher import DockerLauncher
from playground_worker.launchers.protocol import (
    AppImage,
    AppPage,
    AppScript,
    UnitMissing,
    UnitSpec,
    end_reason_of,
)
from playground_worker.readiness import app_runs
from playground_worker.settings import DockerSettings
from tests.support.apps import PATHS
from tests.support.docker_engine import docker, left_of, new_owner
from tests.support.headless import one_run, shown
from tests.support.launcher_places import has_run
from tests.support.pages import free_ports

pytestmark = pytest.mark.needs("docker", "streamlit")

Make = Callable[[], DockerLauncher]


@pytest.fixture
async def make(real_page_image: str) -> AsyncIterator[Make]:
    settings = DockerSettings(
        owner=new_owner(),
        page_image=real_page_image,
        session_port_start=free_ports(4),
        session_port_count=4,
    )
    yield lambda: DockerLauncher(settings)
    await DockerLauncher(settings).clear()
    assert await asyncio.to_thread(left_of, settings.owner) == []


def a_spec(app: AppPage) -> UnitSpec:
    slot = new_id("slot")
    return UnitSpec(slot, f"{slot}.token", new_id("ses"), "http://edge:8500", app=app)


async def test_an_app_runs_from_a_copy_of_its_folder_that_goes_with_its_container(
    make: Make,
) -> None:
    launcher = make()
    volumes = set(docker("volume", "ls", "--quiet").split())
    handle = await launcher.launch(a_spec(AppScript(PATHS)))
    await has_run(launcher, handle, app_runs)
    address = f"http://{handle.data['host']}:{handle.data['port']}"
    told = json.loads(shown(await one_run(address), "code", "code_text")[0])
    assert told["file"] == "from the file"
    assert told["theme"] == "#123456"
    assert told["secrets"] == []
    assert shown(await one_run(address, "Second"), "heading") == ["Second"]
    with pytest.raises(AssertionError, match="Permission denied"):
        docker("exec", handle.data["container"], "sh", "-c", "echo >/scenario/app.py")
    await launcher.stop(handle)
    assert set(docker("volume", "ls", "--quiet").split()) <= volumes


async def test_an_apps_own_image_is_served_at_its_own_port(
    make: Make, real_page_image: str
) -> None:
    launcher = make()
    handle = await launcher.launch(a_spec(AppImage(real_page_image, 9000)))
    assert handle.data["port"] == 9000
    assert await make().owned() == [handle]
    with pytest.raises(UnitMissing, match=r"no image them/app:1 .*pull or build it") as missing:
        await launcher.launch(a_spec(AppImage("them/app:1", 8501)))
    assert end_reason_of(missing.value) is EndReason.IMAGE_MISSING
