"""What streams have told of late, so that a client whose connection broke takes them up again.

Only 2025-11-25 has that, and only sessions of its own: they live in this process, and so does this.
"""

from collections import deque
from itertools import count
from typing import NamedTuple

from mcp.server.streamable_http import EventCallback, EventMessage, EventStore
from mcp_types import JSONRPCMessage, JSONRPCNotification

_MOST_EVENTS = 20_000
_MOST_BYTES = 32 * 1024 * 1024
_BYTES_OF_A_NOTIFICATION = 512
"""What one is taken for. They are small and many, and measuring one costs more than keeping it."""


class _Kept(NamedTuple):
    event_id: str
    stream_id: str
    message: JSONRPCMessage | None
    size: int


class RecentEvents(EventStore):
    """Keeps the newest events of all streams together, within bounds of number and bytes.

    FastMCP puts the session's name before each stream's, and hands no session another's events.
    """

    def __init__(self, *, most_bytes: int = _MOST_BYTES) -> None:
        self._kept: deque[_Kept] = deque()
        self._most_bytes = most_bytes
        self._bytes = 0
        self._numbers = count(1)

    async def store_event(self, stream_id: str, message: JSONRPCMessage | None) -> str:
        """Keep *message*; None begins a stream. Returns the event's id."""
        one = _Kept(str(next(self._numbers)), stream_id, message, _size(message))
        self._kept.append(one)
        self._bytes += one.size
        while self._bytes > self._most_bytes or len(self._kept) > _MOST_EVENTS:
            self._bytes -= self._kept.popleft().size
        return one.event_id

    async def replay_events_after(
        self, last_event_id: str, send_callback: EventCallback
    ) -> str | None:
        """Send what the stream of *last_event_id* told after it. None: it is not kept any more."""
        last = next((one for one in self._kept if one.event_id == last_event_id), None)
        if last is None:
            return None
        later = [one for one in self._kept if one.stream_id == last.stream_id]
        for one in later[later.index(last) + 1 :]:
            if one.message is not None:
                await send_callback(EventMessage(one.message, one.event_id))
        return last.stream_id


def _size(message: JSONRPCMessage | None) -> int:
    if message is None or isinstance(message, JSONRPCNotification):
        return _BYTES_OF_A_NOTIFICATION
    return len(message.model_dump_json())
