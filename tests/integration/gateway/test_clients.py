"""The same journey by every client: lists, a launch, tokens as they come, a cancel, changes."""

from collections.abc import Awaitable, Callable, Iterator
from functools import partial

import httpx
import pytest

from tests.support.gateway import running_web
from tests.support.mcp_clients import LONG, Begun, Journey, travelled
from tests.support.node_clients import by_inspector, by_typescript
from tests.support.python_clients import by_fastmcp, by_langchain, by_sdk, by_turns
from tests.support.scripted_model import ScriptedModel
from tests.support.waiting import wait_until
from tests.support.workers import WorkerThatLaunchesAtOnce

pytestmark = pytest.mark.needs("redis")

Travelling = Callable[[str, Begun], Awaitable[Journey]]

CLIENTS: dict[str, Travelling] = {
    "mcp, 2026-07-28": partial(travelled, by_sdk, "auto"),
    "mcp, 2025-11-25": partial(travelled, by_sdk, "legacy"),
    "fastmcp, 2026-07-28": partial(travelled, by_fastmcp, "auto"),
    "fastmcp, 2025-11-25": partial(travelled, by_fastmcp, "legacy"),
    "langchain.mcp, 2026-07-28": partial(travelled, by_langchain, "auto"),
    "langchain.mcp, 2025-11-25": partial(travelled, by_langchain, "legacy"),
    "TypeScript, 2026-07-28": partial(by_typescript, "auto"),
    "TypeScript, 2025-11-25": partial(by_typescript, "legacy"),
    "Inspector, 2026-07-28": partial(by_inspector, "modern"),
}
ON_NODE = ("TypeScript", "Inspector")


@pytest.mark.parametrize(
    "client",
    [
        pytest.param(name, marks=pytest.mark.needs("node") if name.startswith(ON_NODE) else ())
        for name in CLIENTS
    ],
)
async def test_the_same_by_every_client(
    client: str, web_url: str, redis_url: str, worker: WorkerThatLaunchesAtOnce
):
    await same(CLIENTS[client], web_url)


@pytest.fixture(scope="module")
def other_url(
    redis_server_url: str, model: ScriptedModel, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Another replica."""
    folder = tmp_path_factory.mktemp("scenarios")
    with running_web(redis_server_url, model.url, folder) as url:
        yield url


@pytest.mark.parametrize("mode", ["auto", "legacy"], ids=["2026-07-28", "2025-11-25"])
async def test_the_same_with_each_request_at_another_replica(
    mode: str, web_url: str, other_url: str, redis_url: str, worker: WorkerThatLaunchesAtOnce
):
    await same(partial(travelled, partial(by_turns, [other_url]), mode), web_url)


async def same(travelling: Travelling, web_url: str) -> None:
    """The journey is as it has to be."""
    async with httpx.AsyncClient(base_url=web_url) as rest:

        async def begun(name: str) -> None:
            async def asked() -> bool:
                found = await rest.get(f"/v1/sessions/{name}/messages")
                return found.json()["items"][-1]["content"] == LONG

            await wait_until(asked, "the long answer begins")

        async def free() -> bool:
            said = {"session_id": journey.session_id, "input": "[[tokens=1]]"}
            return (await rest.post("/v1/chat", json=said)).status_code == 200

        journey = await travelling(f"{web_url}/mcp", begun)
        assert {"launch_session", "send_message", "app_act"} <= set(journey.tools)
        assert journey.text == "w0 w1 w2 w3 w4"
        assert journey.text in journey.read
        assert journey.pieces is None or len(journey.pieces) > 1
        assert journey.pieces is None or "".join(journey.pieces) == journey.text
        assert journey.changed is not False
        assert journey.cancelled
        await wait_until(free, "the turn that was cancelled is over")
