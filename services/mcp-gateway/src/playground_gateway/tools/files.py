"""`list_dir` and `read_text`: the files of FILES_ROOT."""

import asyncio
from dataclasses import asdict
from typing import Annotated

from fastmcp.tools import Tool
from pydantic import BaseModel, Field

from playground_gateway.files import MAX_READ_BYTES, FilesFolder
from playground_gateway.tools.making import READS, tool


class Entry(BaseModel):
    """One name in a folder: a `file`, a `folder`, a `link` (not followed) or `other`."""

    name: str
    type: str
    bytes: int | None
    modified: str


class Listing(BaseModel):
    """What is in a folder; `truncated` says that there is more."""

    path: str
    entries: list[Entry]
    truncated: bool


class FileText(BaseModel):
    """The text of a file; `truncated` says that it goes on after what is here."""

    path: str
    text: str
    bytes: int
    truncated: bool


def files_tools(files: FilesFolder) -> list[Tool]:
    """The two tools."""

    async def list_dir(
        path: Annotated[str, Field(description="A folder, relative to the root")] = ".",
        pattern: Annotated[
            str | None, Field(max_length=200, description="Names to show, such as '*.md'")
        ] = None,
    ) -> Listing:
        """List the files and folders in a folder that this playground shares."""
        entries, truncated = await asyncio.to_thread(files.entries, path, pattern)
        shown = [Entry(**asdict(entry)) for entry in entries]
        return Listing(path=path, entries=shown, truncated=truncated)

    async def read_text(
        path: Annotated[str, Field(description="A file, relative to the root")],
        max_bytes: Annotated[int, Field(ge=1, le=MAX_READ_BYTES)] = 64 * 1024,
    ) -> FileText:
        """Read the beginning of a text file that this playground shares."""
        found = await asyncio.to_thread(files.text, path, max_bytes)
        return FileText(path=path, text=found.text, bytes=found.size, truncated=found.truncated)

    return [
        tool(list_dir, title="List a folder", annotations=READS),
        tool(read_text, title="Read a text file", annotations=READS),
    ]
