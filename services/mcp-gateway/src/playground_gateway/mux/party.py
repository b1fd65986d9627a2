"""Who is attached to a shared page: what is on its way to it, and what it believes widgets hold."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator

from playground_gateway.bridge.definitions import Proto
from playground_gateway.mux.held import Beliefs

_MOST_WAITING = 50_000
"""Messages. A page of 10,000 rows sends as many at once to whoever opens it."""


class Party:
    """A browser's tab, or the tools. *human*: whether somebody looks at it."""

    def __init__(self, *, human: bool) -> None:
        self.human = human
        self.beliefs = Beliefs()
        self.query: str | None = None
        """The query in its address, as it was told or has said last."""
        self.greeted = False
        """Whether its first message has come: it asks for a page, which it is shown anyway."""
        self.behind = False
        """Whether it took so little of what it was told that the rest was not kept."""
        self.runs_told = 0
        """How many runs it was told the beginning of."""
        self.set_by_others: list[Proto] = []
        """WidgetStates that no element can tell it of."""
        self._waiting: deque[Proto] = deque()
        self._some = asyncio.Event()
        self._over = False

    def tell(self, message: Proto) -> None:
        """Have the party told; it never waits for the party."""
        if self._over:
            return
        self._waiting.append(message)
        kind = message.WhichOneof("type")
        self.runs_told += kind == "new_session"
        if kind == "page_info_changed":
            self.query = message.page_info_changed.query_string
        if len(self._waiting) > _MOST_WAITING:
            self.behind = True
            self.dismiss()
        self._some.set()

    def dismiss(self) -> None:
        """Tell it no more than what is on its way; then its messages end."""
        self._over = True
        self._some.set()

    async def messages(self) -> AsyncGenerator[Proto]:
        """What it is told, in order; ends when the page does, or when it is too far behind."""
        while not self.behind:
            while self._waiting and not self.behind:
                yield self._waiting.popleft()
            if self._over:
                return
            self._some.clear()
            await self._some.wait()
