"""API, chat backend and a scripted model as the embedded stack serves them, for the dashboard."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page

from tests.support.browser import running_browser
from tests.support.gateway import running_web
from tests.support.scripted_model import ScriptedModel, running_model

SYSTEM = "name: parrot\ntitle: Parrot\nicon: '🦜'\nsystem_prompt: You repeat <b>everything</b>.\n"


@pytest.fixture(scope="module")
def model() -> Iterator[ScriptedModel]:
    with running_model() as running:
        yield running


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of scenarios: helpdesk, dice (an app) and parrot."""
    folder = tmp_path_factory.mktemp("scenarios")
    (folder / "parrot.yaml").write_text(SYSTEM)
    return folder


@pytest.fixture(scope="module")
def web_url(redis_server_url: str, model: ScriptedModel, folder: Path) -> Iterator[str]:
    with running_web(redis_server_url, model.url, folder) as url:
        yield url


@pytest.fixture
async def web(web_url: str, redis_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an empty playground."""
    async with httpx.AsyncClient(
        base_url=web_url, timeout=20, follow_redirects=True, headers={"accept": "text/html"}
    ) as made:
        yield made


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running_browser() as running:
        yield running


@pytest.fixture
def tab(browser: Browser, web_url: str, redis_url: str) -> Iterator[Page]:
    """A tab on an empty playground, which must break no rule of its own pages."""
    context = browser.new_context(base_url=web_url, viewport={"width": 1280, "height": 900})
    tab = context.new_page()
    complaints: list[str] = []

    def noted(said: ConsoleMessage) -> None:
        # The network changes whenever somebody on this machine starts a container.
        if said.type == "error" and "ERR_NETWORK_CHANGED" not in said.text:
            complaints.append(said.text)

    tab.on("console", noted)
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    yield tab
    context.close()
    assert complaints == []
