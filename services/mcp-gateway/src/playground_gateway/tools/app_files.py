"""`app_upload` and `app_data`: files given to a page, and the data that it shows."""

import base64
import binascii
from typing import Annotated, Literal

from fastmcp import Context
from fastmcp.tools import Tool, ToolResult
from pydantic import Field

from playground.errors import InvalidRequest
from playground_gateway.apps.delivering import AppData, delivered
from playground_gateway.apps.open_pages import OpenPages
from playground_gateway.apps.showing import AppPage, shown
from playground_gateway.bridge.files import upload
from playground_gateway.bridge.shown.actions import widget_named
from playground_gateway.tools.apps import LONGEST_S, LOOKS, USES, opened, turn
from playground_gateway.tools.making import CONTROL, tool
from playground_gateway.tools.sessions import SessionId
from playground_gateway.turns import Turns

LARGEST_BODY = 32 * 1024 * 1024
"""Bytes of a request that carries a file: in base64, some 24 MB of it."""

_MOST_ROWS = 1_000


def app_file_tools(pages: OpenPages, turns: Turns) -> list[Tool]:
    """The two tools."""

    async def app_upload(
        session_id: SessionId,
        key: Annotated[str, Field(max_length=1_000, description="The uploader's key or label")],
        name: Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[^/\\\x00-\x1f]+$")],
        content: Annotated[str, Field(description="The file's text, or its bytes in base64")],
        ctx: Context,
        encoding: Literal["text", "base64"] = "text",
    ) -> AppPage:
        """Give a file to an uploader on a session's page; the script runs with it.

        In a form the file waits for the form's button, at a chat box for the next app_chat. An
        uploader of several files keeps those that it has.
        """
        data = _bytes(content, encoding)
        async with opened(pages, turns, session_id) as page, turn(page, ctx) as since:
            widget = widget_named(page.client.state.tree, key)
            if await upload(page.client, widget, name, data):
                await page.client.settled(LONGEST_S)
            return await shown(page, since)

    async def app_data(
        session_id: SessionId,
        ref: Annotated[str, Field(max_length=100, description="As app_view names it: `0-3`")],
        offset: Annotated[int, Field(ge=0, description="Rows, or characters of a text")] = 0,
        limit: Annotated[int, Field(ge=1, le=_MOST_ROWS, description="How many rows")] = 100,
    ) -> ToolResult:
        """Read what a session's page shows as data: tables, charts, images, downloads, long texts.

        References are places on the page as it is now: after a run, look at app_view again.
        """
        async with opened(pages, turns, session_id) as page:
            return await delivered(page, ref, offset, limit)

    data = tool(app_data, title="Read a page's data", annotations=LOOKS, meta=CONTROL)
    data.output_schema = AppData.model_json_schema(mode="serialization")
    return [tool(app_upload, title="Upload to a page", annotations=USES, meta=CONTROL), data]


def _bytes(content: str, encoding: str) -> bytes:
    if encoding == "text":
        return content.encode()
    try:
        return base64.b64decode(content, validate=True)
    except binascii.Error as error:
        raise InvalidRequest("The content is not base64.") from error
