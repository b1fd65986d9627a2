"""What a page says while its script runs, told piece by piece as it comes."""

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self

from playground_gateway.bridge.client import PageClient
from playground_gateway.bridge.shown.words import said_by, text_of
from playground_gateway.bridge.tree import Node, Path
from playground_gateway.bridge.widgets.catalogue import widget_of

_TOGETHER_S = 0.02
"""Pieces that come within this time after another are told as one."""

_CURSORS = ("▌", "▍", "█")

Told = Callable[[str], Awaitable[None]]


class Telling:
    """For a block: *told* is given what is new on the page; of a text that grows, its end."""

    def __init__(self, client: PageClient, told: Told) -> None:
        self._client = client
        self._told = told
        self._before: dict[Path, str] = {}
        self._last: Path | None = None
        self._pieces: list[str] = []
        self._some = asyncio.Event()
        self._over = False
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        for node in self._client.state.tree:
            self._before[node.path] = _words(node)
        self._client.heard.add(self._hear)
        self._task = asyncio.create_task(self._tell(), name="telling")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.heard.discard(self._hear)
        assert self._task is not None
        if error is not None:
            self._task.cancel()
        self._over = True
        self._some.set()
        await asyncio.gather(self._task, return_exceptions=True)

    def _hear(self, node: Node) -> None:
        words, before = _words(node), self._before.get(node.path, "")
        self._before[node.path] = words
        if not words or words == before:
            return
        if before and words.startswith(before):
            piece = words[len(before) :]
            if self._last != node.path:
                piece = f"\n{piece}"
        else:
            piece = words if self._last is None else f"\n{words}"
        self._last = node.path
        self._pieces.append(piece)
        self._some.set()

    async def _tell(self) -> None:
        while not self._over or self._pieces:
            await self._some.wait()
            self._some.clear()
            pieces, self._pieces = self._pieces, []
            if pieces:
                await self._told("".join(pieces))
            if not self._over:
                await asyncio.sleep(_TOGETHER_S)


def _words(node: Node) -> str:
    if node.is_block or widget_of(node) is not None:
        return ""
    text = text_of(node)
    return without_cursor(said_by(node) if text is None else text)


def without_cursor(text: str) -> str:
    """A text that is being written, without the mark that apps put where it goes on."""
    written = text.rstrip()
    return written[:-1].removesuffix(" ") if written.endswith(_CURSORS) else text
