"""A scripted model, and a chat backend over the real Redis that asks it."""

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from tests.support.chat_backend import running_backend
from tests.support.scripted_model import ScriptedModel, running_model


@pytest.fixture(scope="module")
def model() -> Iterator[ScriptedModel]:
    with running_model() as running:
        yield running


@pytest.fixture(scope="module")
def backend_url(
    redis_server_url: str, model: ScriptedModel, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("scenarios")
    with running_backend(redis_server_url, model.url, folder, model_stall_s=1.5) as url:
        yield url


@pytest.fixture
async def client(backend_url: str, redis_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the backend, whose Redis is empty."""
    async with httpx.AsyncClient(base_url=backend_url, timeout=20) as made:
        yield made
