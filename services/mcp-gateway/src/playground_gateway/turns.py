"""Turns that are asked for over MCP: heard piece by piece, and cancelled with the call."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Generator
from contextlib import AsyncExitStack, contextmanager, suppress

import anyio

from playground.errors import ModelUnavailable, PlaygroundError
from playground_gateway.doors import Doors, Event, session_path
from playground_gateway.refusal import Refusal, refusal
from playground_http.stopping import STOPPING

log = logging.getLogger(__name__)

_BEGINS_WITHIN_S = 15
_CANCELS_WITHIN_S = 5
_TAKEN_UP_AGAIN = 3
"""How often a stream that breaks off is taken up where it was."""

Heard = Callable[[str], Awaitable[None]]


class GatewayStopping(PlaygroundError):
    """This gateway is being stopped. The turn goes on: get_messages shows its answer."""

    status, title = 503, "Gateway stopping"


class StreamLost(PlaygroundError):
    """The answer's stream broke off and could not be taken up again. What was said is kept, and the
    turn may go on: get_messages shows it."""

    status, title = 502, "Stream lost"


class Turns:
    """Runs turns through the chat backend's door, and ends calls in words when the process stops.

    A turn is the chat backend's: it outlives this process, and a call that is merely cut off
    leaves it alone. A call that its client cancels cancels the turn.
    """

    def __init__(self, doors: Doors) -> None:
        self._doors = doors
        self._open: set[anyio.CancelScope] = set()

    async def drain(self, wait_s: float) -> None:
        """Give open calls *wait_s* seconds, then end them with an error that says why."""
        deadline = asyncio.get_running_loop().time() + wait_s
        while self._open and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.05)
        for scope in list(self._open):
            scope.cancel()

    @contextmanager
    def interruptible(self) -> Generator[None]:
        """Around a call that may last: ended with GatewayStopping when the process has to go."""
        with anyio.CancelScope() as scope:
            self._open.add(scope)
            try:
                yield
            finally:
                self._open.discard(scope)
        if scope.cancelled_caught:
            raise refusal(GatewayStopping())

    async def ask(self, session_id: str, text: str, heard: Heard) -> list[Event]:
        """Run one turn; *heard* is given its pieces of text. Returns all its events."""
        told: list[Event] = []
        with self.interruptible():
            async with AsyncExitStack() as stack:
                events = await self._begun(session_id, text, stack)
                try:
                    async for event in self._to_its_end(session_id, events, stack):
                        told.append(event)
                        if event.kind == "token":
                            await heard(event.data)
                except asyncio.CancelledError:
                    if not STOPPING.begun:
                        await self.cancel(session_id)
                    raise
        return told

    async def _begun(
        self, session_id: str, text: str, stack: AsyncExitStack
    ) -> AsyncIterator[Event]:
        """The turn's events. Not cut short: only a turn that has begun can be cancelled."""
        body = {"session_id": session_id, "input": text}
        try:
            with anyio.fail_after(_BEGINS_WITHIN_S, shield=True):
                return await stack.enter_async_context(self._doors.stream("/v1/chat/stream", body))
        except TimeoutError as error:
            raise refusal(ModelUnavailable()) from error

    async def _to_its_end(
        self, session_id: str, events: AsyncIterator[Event], stack: AsyncExitStack
    ) -> AsyncGenerator[Event]:
        """*events* to their `done`, taken up again where the stream breaks off."""
        last_id = ""
        for attempt in range(_TAKEN_UP_AGAIN + 1):
            async for event in events:
                last_id = event.id or last_id
                yield event
                if event.kind == "done":
                    return
            if not last_id:
                break
            await asyncio.sleep(0.3 * attempt)
            with suppress(Refusal):  # nobody is there yet: asked again
                rest = self._doors.rest_of_stream(session_id, last_id)
                events = await stack.enter_async_context(rest)
        raise refusal(StreamLost())

    async def cancel(self, session_id: str) -> None:
        """Cancel the turn that runs there, even while this task is being cancelled itself."""
        with anyio.move_on_after(_CANCELS_WITHIN_S, shield=True):
            try:
                await self._doors.chat("POST", session_path(session_id, "/cancel"))
            except Refusal as error:
                log.warning("the turn in %s could not be cancelled: %s", session_id, error.code)
