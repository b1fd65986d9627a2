"""The API on a real Redis, with a double in the worker's place.

`api` calls the app in this process, which is quick; `http_api` goes through a real socket, which
streams need.
"""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser

from playground.keys import Keys
from playground_api.app import create_app
from playground_api.settings import ApiSettings
from playground_http.settings import DoorSettings
from tests.support.browser import running_browser
from tests.support.served import served
from tests.support.workers import WorkerThatLaunchesAtOnce

SUPPORT = """\
name: support
title: Technical Support
icon: "🛠️"
summary: Helps <b>you</b>.
system_prompt: Help with {{ product }}.
inputs:
  - {key: product, label: Product, type: text, default: phone}
  - {key: steps, label: Steps, type: slider, min: 1, max: 5, default: 3}
"""
REVIEW = "name: review\ntitle: Code Review\nsystem_prompt: Review.\nmodel: openai:gpt-4o\n"
NOBODY = "http://127.0.0.1:9"
"""An address at which no chat backend answers."""
BROKEN = "name: broken\ntitle: Broken\ntemperature: hot\n"


@pytest.fixture
def scenarios(tmp_path: Path) -> Path:
    """A folder with two scenarios and a broken file."""
    for name, text in (("support", SUPPORT), ("review", REVIEW), ("broken", BROKEN)):
        (tmp_path / f"{name}.yaml").write_text(text)
    return tmp_path


@pytest.fixture
def settings(redis_url: str, scenarios: Path) -> ApiSettings:
    return ApiSettings(
        redis_url=redis_url,
        scenarios_dir=scenarios,
        chat_model_id="test:model",
        chat_url=NOBODY,
    )


@pytest.fixture
async def api(settings: ApiSettings) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the API, which has no worker of its own."""
    app = create_app(settings, DoorSettings())
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as client,
    ):
        yield client


@pytest.fixture
async def http_api(settings: ApiSettings) -> AsyncIterator[httpx.AsyncClient]:
    """The same over real HTTP."""
    async with (
        served(create_app(settings, DoorSettings())) as address,
        httpx.AsyncClient(base_url=address, timeout=20) as client,
    ):
        yield client


@pytest.fixture
async def worker(redis_url: str, keys: Keys) -> AsyncIterator[WorkerThatLaunchesAtOnce]:
    async with WorkerThatLaunchesAtOnce(redis_url, keys) as double:
        yield double


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running_browser() as running:
        yield running
