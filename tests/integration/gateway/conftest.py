"""The gateway beside the doors that it acts through, on a real Redis, with a scripted model."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from fastmcp import Client
from playwright.sync_api import Browser

from playground.keys import Keys
from tests.support.browser import running_browser
from tests.support.gateway import running_web
from tests.support.scripted_model import ScriptedModel, running_model
from tests.support.workers import WorkerThatLaunchesAtOnce


@pytest.fixture(scope="module")
def model() -> Iterator[ScriptedModel]:
    with running_model() as running:
        yield running


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that is shared."""
    folder = tmp_path_factory.mktemp("files")
    (folder / "readme.md").write_text("Read me.")
    return folder


@pytest.fixture(scope="module")
def web_url(
    redis_server_url: str,
    model: ScriptedModel,
    files: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("scenarios")
    with running_web(redis_server_url, model.url, folder, files_root=str(files)) as url:
        yield url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running_browser() as running:
        yield running


@pytest.fixture
async def worker(redis_url: str, keys: Keys) -> AsyncIterator[WorkerThatLaunchesAtOnce]:
    async with WorkerThatLaunchesAtOnce(redis_url, keys) as double:
        yield double


@pytest.fixture(params=["2026-07-28", "2025-11-25"])
async def client(
    request: pytest.FixtureRequest, web_url: str, redis_url: str
) -> AsyncIterator[Client]:
    """A client of each era, at the same address."""
    async with Client(f"{web_url}/mcp", mode=_MODES[request.param]) as made:
        yield made


_MODES = {"2026-07-28": "auto", "2025-11-25": "legacy"}
