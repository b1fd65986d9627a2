"""The MCP tools on one session, for tests whose own thread drives a browser."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from anyio.from_thread import BlockingPortal, start_blocking_portal
from fastmcp import Client
from fastmcp.exceptions import ToolError

from playground.keys import Keys
from playground.redis_connection import connection
from tests.support.app_sessions import session_at
from tests.support.waiting import wait_until


class Tools:
    """`app_` tools on one session; each call returns the page, or the tool's error."""

    def __init__(self, portal: BlockingPortal, client: Client, session_id: str) -> None:
        self._portal = portal
        self._client = client
        self._session_id = session_id

    def __call__(self, tool: str, **arguments: Any) -> dict[str, Any]:
        return self._portal.call(self._call, tool, arguments)

    def begin(self, tool: str, **arguments: Any) -> Any:
        """The same in the background: a future of the result."""
        return self._portal.start_task_soon(self._call, tool, arguments)

    def value(self, key: str) -> Any:
        """What a widget holds."""
        actions = self("app_view")["actions"]
        return next(one["value"] for one in actions if one["key"] == key)

    def wait_for(self, key: str, value: Any) -> None:
        """Return once a widget holds *value*: what a browser sends is under way for a while."""
        self._portal.call(wait_until, lambda: self._holds(key, value), f"{key} is {value!r}")

    async def _holds(self, key: str, value: Any) -> bool:
        page = await self._call("app_view", {})
        return any(one["key"] == key and one["value"] == value for one in page["actions"])

    async def _call(self, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
        try:
            result = await self._client.call_tool(
                tool, {"session_id": self._session_id, **arguments}
            )
        except ToolError as error:
            return json.loads(str(error))
        assert result.structured_content is not None
        return result.structured_content


@contextmanager
def tools_on(web_url: str, redis_url: str, page_url: str, session_id: str) -> Generator[Tools]:
    """Tools on a new session whose page is the Streamlit server at *page_url*."""

    async def create() -> None:
        async with connection(redis_url) as redis:
            await session_at(redis, Keys("default"), page_url, session_id)

    with start_blocking_portal() as portal:
        portal.call(create)
        with portal.wrap_async_context_manager(Client(f"{web_url}/mcp")) as client:
            yield Tools(portal, client, session_id)
