"""Having a document read: by a process of its own, under limits, killed when it exceeds them."""

import asyncio
import json
import logging
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from playground.documents.model import Chunk, Place
from playground.errors import DocumentUnreadable, PlaygroundError, TooLarge

log = logging.getLogger(__name__)

_READER = "playground_chat.backend.documents.reader.main"
_KEPT_OF_ENVIRONMENT = ("PATH", "LANG", "LD_LIBRARY_PATH", "SYSTEMROOT")
"""All that a reader is told of the environment: no key and no address."""
_LINE_BYTES = 1 << 20

Progress = Callable[[int, int], Awaitable[None]]


@dataclass(frozen=True)
class ReadingLimits:
    """What the reading of one document may take."""

    seconds: float
    megabytes: int
    chunks: int


class Readers:
    """Reads documents, a few at a time. Raises DocumentUnreadable or TooLarge, in words."""

    def __init__(self, limits: ReadingLimits, *, at_once: int = 2) -> None:
        self._limits = limits
        self._free = asyncio.Semaphore(at_once)

    async def read(self, name: str, data: bytes, progress: Progress) -> list[Chunk]:
        """The chunks of the document *data*; *progress* is told how many pages are read."""
        async with self._free:
            process = await self._started(name)
            try:
                async with asyncio.timeout(self._limits.seconds):
                    chunks, end = await _conversed(process, data, progress)
            except TimeoutError:
                seconds = self._limits.seconds
                raise DocumentUnreadable(
                    f"The document was not read within {seconds:g} seconds and was given up."
                ) from None
            finally:
                await _ended(process)
        if end.get("end") == "read":
            return chunks
        raise self._failure(end, process.returncode)

    async def _started(self, name: str) -> Process:
        limits = self._limits
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-X", "utf8", "-m", _READER, name),
            *(str(limits.megabytes), str(int(limits.seconds) + 1), str(limits.chunks)),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            env={n: os.environ[n] for n in _KEPT_OF_ENVIRONMENT if n in os.environ},
            limit=_LINE_BYTES,
            start_new_session=True,
        )

    def _failure(self, end: dict[str, Any], code: int | None) -> PlaygroundError:
        if end.get("end") == "too_much":
            return TooLarge(str(end["words"]))
        if end.get("end") == "unreadable":
            return DocumentUnreadable(str(end["words"]))
        if end.get("end") == "memory":
            return DocumentUnreadable(
                f"The document needs more than {self._limits.megabytes} MB to be read."
            )
        log.warning("the reader of a document ended without a word, with code %s", code)
        return DocumentUnreadable("The document broke the program that reads it.")


async def _conversed(
    process: Process, data: bytes, progress: Progress
) -> tuple[list[Chunk], dict[str, Any]]:
    """The chunks that the reader found, and its last line: empty if it said none."""
    assert process.stdin is not None
    assert process.stdout is not None
    with suppress(ConnectionError):  # it may know enough before it has heard all
        process.stdin.write(data)
        await process.stdin.drain()
        process.stdin.close()
    chunks: list[Chunk] = []
    while line := await process.stdout.readline():
        said: dict[str, Any] = json.loads(line)
        if "end" in said:
            return chunks, said
        if "total" in said:
            await progress(said["done"], said["total"])
        else:
            place = Place.model_validate(said["place"])
            chunks.append(Chunk(number=said["number"], text=said["text"], place=place))
    return [], {}


async def _ended(process: Process) -> None:
    """The reader is gone, whatever it was doing."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()
