"""The dashboard with a chat backend and a double in the worker's place, in a thread of its own."""

import socket
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import redis as sync_redis
from prometheus_client import CollectorRegistry

from playground.keys import Keys
from playground.settings import StoreSettings
from playground_api.part import api_part
from playground_api.settings import ApiSettings
from playground_chat.backend.part import chat_part
from playground_chat.backend.settings import ChatSettings
from playground_http.composition import Part, compose
from playground_http.settings import DoorSettings
from tests.support.scripted_model import running_model
from tests.support.served import served_beside
from tests.support.workers import WorkerThatLaunchesAtOnce


@contextmanager
def running_dashboard(
    redis_url: str,
    model_url: str,
    scenarios: Path,
    *,
    port: int = 0,
    worker: type[WorkerThatLaunchesAtOnce] = WorkerThatLaunchesAtOnce,
) -> Generator[str]:
    """Its address, for the block. Not to be used inside a running asyncio loop."""
    with socket.create_server(("127.0.0.1", port)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        store = StoreSettings(redis_url=redis_url, scenarios_dir=scenarios, drain_s=0.2)
        chat = ChatSettings(
            chat_model_id="openai:scripted", openai_base_url=model_url, use_mcp_in_chat=False
        )
        api = ApiSettings(
            redis_url=redis_url,
            scenarios_dir=scenarios,
            chat_model_id="openai:scripted",
            chat_url=address,
        )
        registry = CollectorRegistry()
        parts = [
            Part(routers=[], running=lambda: _working(worker(redis_url, Keys(store.tenant)))),
            api_part(api, registry),
            chat_part(chat, store, registry),
        ]
        app = compose(parts, DoorSettings(), registry, title="Dashboard")
        with served_beside(app, listener, timeout_graceful_shutdown=1):
            yield address


@contextmanager
def dashboard_with_a_model(redis_url: str, scenarios: Path) -> Generator[str]:
    """Its address, for the block, on a Redis that is emptied before and after it."""
    with sync_redis.Redis.from_url(redis_url) as client:
        client.flushall()
        with running_model() as model, running_dashboard(redis_url, model.url, scenarios) as url:
            yield url
        client.flushall()


@asynccontextmanager
async def _working(worker: WorkerThatLaunchesAtOnce) -> AsyncGenerator[None]:
    async with worker:
        yield
