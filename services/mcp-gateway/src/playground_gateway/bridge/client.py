"""A headless client of one Streamlit page: it keeps the page as a browser would, and acts in it.

Messages carry no request ids. A run that was asked for is the first one to begin after the message,
unless it is of other fragments; it has ended when a run ends for good.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from playground.errors import PlaygroundError, SessionNotReady
from playground_gateway.bridge.definitions import Proto
from playground_gateway.bridge.link import Link, LinkLost
from playground_gateway.bridge.state import SessionState
from playground_gateway.bridge.timers import Timers
from playground_gateway.bridge.tree import Node
from playground_gateway.bridge.values import Values
from playground_gateway.bridge.widgets.catalogue import widget_of

log = logging.getLogger(__name__)

_BEGINS_WITHIN_S = 10.0

Heard = Callable[[Node], None]


class PageLost(SessionNotReady):
    """The page ended or its connection broke; look at it again to see whether it is back."""

    title = "Page lost"


class PageClient:
    """The client. `start` it once, `close` it in the end; it takes every message in between."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self.state = SessionState()
        self.values = Values()
        self.heard: set[Heard] = set()
        """Told of every node that a message changed."""
        self._news = asyncio.Condition()
        self._answers: dict[str, Proto] = {}
        self._lost: str | None = None
        self._reading: asyncio.Task[None] | None = None
        self._timers = Timers(self._run_fragment)

    @property
    def rev(self) -> int:
        """Counts the changes of what the page shows and of what its widgets hold."""
        return self.state.tree.rev

    @property
    def lost(self) -> bool:
        """Whether the connection has ended; then another client has to be made."""
        return self._lost is not None

    async def start(self, query: str = "") -> None:
        """Begin the first run. Raises PageLost."""
        self._reading = asyncio.create_task(self._read(), name="page")
        await self.rerun(query=query)

    async def close(self) -> None:
        """Leave the page."""
        self._timers.close()
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)
        await self.link.close()

    async def rerun(
        self,
        states: Iterable[Proto] = (),
        *,
        fragment_id: str = "",
        page_hash: str | None = None,
        query: str | None = None,
    ) -> None:
        """Ask for a run, with these widget states; returns when it has begun.

        Only what changed is sent: the server keeps the rest. Another page begins without a query.
        Raises PageLost, and PlaygroundError where no run begins.
        """
        message = self.link.definitions.back()
        wanted = message.rerun_script
        wanted.page_script_hash = self.state.page_hash if page_hash is None else page_hash
        if query is not None or wanted.page_script_hash != self.state.page_hash:
            self.state.query = query or ""
        wanted.query_string = self.state.query
        wanted.widget_states.widgets.extend(states)
        wanted.fragment_id = fragment_id
        began: list[tuple[int, tuple[str, ...]]] = []

        def begins(fragments: tuple[str, ...]) -> None:
            began.append((self.state.runs_begun, fragments))

        def has_begun() -> bool:
            return any(
                number > before and (not fragments or fragment_id in fragments)
                for number, fragments in began
            )

        self.state.run_begins.add(begins)
        try:
            before = await self._send(message)
            if not await self.until(has_begun, _BEGINS_WITHIN_S):
                raise PlaygroundError("The page did not begin to run its script.")
        finally:
            self.state.run_begins.discard(begins)

    async def stop(self) -> None:
        """End the run that is going on."""
        message = self.link.definitions.back()
        message.stop_script = True
        await self._send(message)
        self.state.stopped = self.state.running

    async def until(self, happened: Callable[[], bool], timeout_s: float) -> bool:
        """Wait until *happened*, asked anew after each message. Raises PageLost."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s), self._news:
                await self._news.wait_for(lambda: happened() or self.lost)
        if self.lost and not happened():
            raise PageLost(f"{self._lost}.".capitalize())
        return happened()

    async def settled(self, timeout_s: float) -> bool:
        """Wait until no run is going on; whether that is so. Raises PageLost."""
        return await self.until(lambda: self.state.settled, timeout_s)

    async def ask_for_upload(self, name: str, request_id: str) -> Proto:
        """Where a file of that name may be put: its FileURLs. Raises PageLost, PlaygroundError."""
        message = self.link.definitions.back()
        message.file_urls_request.request_id = request_id
        message.file_urls_request.file_names.append(name)
        message.file_urls_request.session_id = self.state.session_id
        await self._send(message)
        await self.until(lambda: request_id in self._answers, _BEGINS_WITHIN_S)
        answer = self._answers.pop(request_id, None)
        if answer is None or answer.error_msg or not answer.file_urls:
            raise PlaygroundError("The page did not say where to put the file.")
        return answer.file_urls[0]

    async def _send(self, message: Proto) -> int:
        if self.lost:
            raise PageLost(f"{self._lost}.".capitalize())
        try:
            return await self.link.send(message)
        except LinkLost as error:
            raise PageLost(f"{error}.".capitalize()) from error

    async def _run_fragment(self, fragment_id: str) -> None:
        """A fragment's time has come; not while a run goes on, which would be cut off by it."""
        if not self.state.settled or self.lost:
            return
        message = self.link.definitions.back()
        wanted = message.rerun_script
        wanted.query_string = self.state.query
        wanted.page_script_hash = self.state.page_hash
        wanted.fragment_id = fragment_id
        if "is_auto_rerun" in wanted.DESCRIPTOR.fields_by_name:  # from Streamlit 1.38 on
            wanted.is_auto_rerun = True
        with suppress(LinkLost):
            await self.link.send(message)

    async def _read(self) -> None:
        why = "the page's connection was closed"
        try:
            async for message in self.link:
                self._take(message)
                async with self._news:
                    self._news.notify_all()
        except LinkLost as error:
            why = str(error)
        except Exception:
            log.exception("a page's message could not be read")
            why = "the page said something that cannot be read"
        self._lost = why
        self._timers.close()
        async with self._news:
            self._news.notify_all()

    def _take(self, message: Proto) -> None:
        node = self.state.receive(message)
        if node is not None:
            self.values.shown_by_app(node)
            for hear in list(self.heard):
                hear(node)
        match message.WhichOneof("type"):
            case "file_urls_response":
                answer: Any = message.file_urls_response
                self._answers[answer.response_id] = answer
            case "script_finished":
                for state in self.link.set_by_others():
                    self._note_value(state)
                if self.state.settled:
                    self.values.forget_all_but(self.state.tree)
            case _:
                pass
        if not self.link.runs_timers:
            self._timers.follow(self.state.auto_reruns)

    def _note_value(self, state: Proto) -> None:
        """Somebody else has set a widget."""
        for node in self.state.tree:
            widget = widget_of(node)
            if widget is not None and widget.id == state.id:
                self.values.set_elsewhere(widget, state)
                self.state.tree.rev += 1
                return
