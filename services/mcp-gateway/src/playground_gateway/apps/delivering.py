"""Data of a page as the result of a tool: rows by page, charts with theirs, files as content."""

import base64
from typing import Any

from fastmcp.tools import ToolResult
from mcp_types import (
    AudioContent,
    BlobResourceContents,
    ContentBlock,
    EmbeddedResource,
    ImageContent,
    TextContent,
)
from pydantic import Field

from playground_gateway.apps.open_pages import OpenPage
from playground_gateway.apps.showing import AppPage, shown
from playground_gateway.bridge.files import Fetched, fetch, is_own
from playground_gateway.bridge.shown.data import Chart, Media, data_at
from playground_gateway.bridge.shown.tables import Table

_READABLE = ("text/", "application/json", "image/svg+xml", "application/xml")
_CHARACTERS_PER_ROW = 500
"""A page of text is as long as this many times a page of rows."""


class AppData(AppPage):
    """Data of a page: a table's rows, a chart's description and data, files, or a long text.

    The page stands as it did, so that its view, which is what of it changed, is empty.
    """

    ref: str
    kind: str
    columns: list[str] | None = None
    rows: list[list[Any]] | None = None
    text: str | None = None
    spec: Any = None
    datasets: dict[str, dict[str, Any]] | None = Field(
        default=None, description="A chart's tables by name, each with columns, rows and total"
    )
    files: list[dict[str, Any]] | None = Field(
        default=None,
        description="mime_type and bytes of each in the result's content; else where it is (url)",
    )
    total: int | None = Field(default=None, description="Rows, or characters of a text")
    offset: int = 0
    next_offset: int | None = Field(default=None, description="Where to read on, if there is more")


async def delivered(page: OpenPage, ref: str, offset: int, limit: int) -> ToolResult:
    """The data at *ref*. Raises InvalidRequest where there is none, TooLarge, PageLost."""
    data = data_at(page.client.state.tree, ref, page.client.values)
    if isinstance(data, Media):
        return await _files(page, ref, data)
    told: dict[str, Any]
    if isinstance(data, Table):
        told = {"kind": "table", **_rows(data, offset, limit)}
    elif isinstance(data, Chart):
        datasets = {name: _rows(one, offset, limit) for name, one in data.datasets.items()}
        told = {"kind": data.kind, "spec": data.spec, "datasets": datasets}
    else:
        told = _text(data, offset, limit * _CHARACTERS_PER_ROW)
    return _result(AppData(**(await _as_it_was(page)), ref=ref, offset=offset, **told), [])


async def _as_it_was(page: OpenPage) -> dict[str, Any]:
    return (await shown(page, page.client.rev)).model_dump()


def _rows(table: Table, offset: int, limit: int) -> dict[str, Any]:
    rows = table.page(offset, limit)
    end = offset + len(rows)
    return {
        "columns": table.columns,
        "rows": rows,
        "total": table.of_rows or table.rows,
        "next_offset": end if end < table.rows else None,
    }


def _text(text: str, offset: int, limit: int) -> dict[str, Any]:
    end = offset + limit
    return {
        "kind": "text",
        "text": text[offset:end],
        "total": len(text),
        "next_offset": end if end < len(text) else None,
    }


async def _files(page: OpenPage, ref: str, media: Media) -> ToolResult:
    own = [url for url in media.urls if is_own(url)]
    fetched = [await fetch(page.client, url) for url in own]
    files: list[dict[str, Any]] = [
        {"mime_type": one.mime_type, "bytes": len(one.content)} for one in fetched
    ]
    files += [{"url": url} for url in media.urls if url not in own]
    told = AppData(**(await _as_it_was(page)), ref=ref, kind=media.kind, files=files)
    return _result(told, [_content(one, f"app-data:{ref}/{i}") for i, one in enumerate(fetched)])


def _content(file: Fetched, uri: str) -> ContentBlock:
    if file.mime_type.startswith(_READABLE):
        return TextContent(type="text", text=file.content.decode("utf-8", "replace"))
    packed = base64.b64encode(file.content).decode()
    if file.mime_type.startswith("image/"):
        return ImageContent(type="image", data=packed, mime_type=file.mime_type)
    if file.mime_type.startswith("audio/"):
        return AudioContent(type="audio", data=packed, mime_type=file.mime_type)
    blob = BlobResourceContents(uri=uri, mime_type=file.mime_type, blob=packed)
    return EmbeddedResource(type="resource", resource=blob)


def _result(told: AppData, content: list[ContentBlock]) -> ToolResult:
    structured = told.model_dump(mode="json", exclude_none=True)
    if not content:
        return ToolResult(structured_content=structured)
    return ToolResult(content=content, structured_content=structured)
