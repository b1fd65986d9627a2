"""kill -9 of one of two gateways, while both are asked."""

import asyncio
from typing import Any

import pytest
from fastmcp import Client
from fastmcp.client.transports import StreamableHttpTransport
from mcp.shared.exceptions import MCPError

from tests.support.compose_stack import ComposeStack
from tests.support.conversations import Conversations
from tests.support.docker_engine import docker
from tests.support.faults import crash
from tests.support.waiting import wait_until
from tests.support.whole_again import assert_whole_again

pytestmark = [pytest.mark.chaos, pytest.mark.needs("docker")]

COUNTED = " ".join(f"w{i}" for i in range(120))


async def test_calls_go_on_at_the_other_gateway_and_a_cut_turn_can_be_taken_up(
    stack: ComposeStack, said: Conversations
) -> None:
    name = next(iter(said.messages))
    first, second = stack.containers("mcp-gateway")
    app = stack.launch("streamlit-app")["id"]
    heard: list[str | None] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        heard.append(message)

    async with gateway(first) as doomed, gateway(second) as other:
        goal = {"session_id": app, "set": {"You begin with": 777}}
        assert "777" in str((await doomed.call_tool("app_act", goal)).structured_content)
        view = await other.call_tool("app_view", {"session_id": app})
        assert "777" in str(view.structured_content), "both have the same page"
        message = {"session_id": name, "message": "Count [[tokens=120 pace_ms=40]]"}
        streamed = asyncio.create_task(
            doomed.call_tool("send_message", message, progress_handler=hear)
        )
        await wait_until(lambda: len(heard) > 5, "some tokens have come")
        crash(first)
        with pytest.raises(MCPError, match="stream ended"):
            await asyncio.wait_for(streamed, 20)
        async with Client(f"{stack.url}/mcp") as anywhere:
            for _ in range(10):
                await anywhere.call_tool("list_sessions", {})
        view = await other.call_tool("app_view", {"session_id": app})
        assert view.structured_content is not None
        assert view.structured_content["status"] == "ready"

        async def answered() -> bool:
            got: Any = await other.call_tool("get_messages", {"session_id": name})
            return got.structured_content["items"][-1]["content"] == COUNTED

        await wait_until(answered, "the turn has gone on to its end", timeout_s=30)
    said.note(name)
    stack.http.delete(f"/v1/sessions/{app}")
    assert_whole_again(stack)


def gateway(container: str) -> Client[StreamableHttpTransport]:
    """A client of one replica, past the edge."""
    find = "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}"
    address = docker("inspect", "--format", find, container).split()[0]
    return Client(
        StreamableHttpTransport(f"http://{address}:8090/mcp", headers={"host": "localhost"})
    )
