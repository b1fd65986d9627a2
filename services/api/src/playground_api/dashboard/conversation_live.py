"""A conversation's page as it changes: fragments of HTML over SSE, each put in its place by id."""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from dataclasses import dataclass

from redis.exceptions import RedisError

from playground.conversation.model import Entry, Message
from playground.conversation.tail import ConversationTail
from playground.errors import SessionNotFound, SessionUnreadable
from playground.sessions.changes import Change
from playground_api.dashboard.conversation import Conversation, Growing, Turn
from playground_api.dashboard.conversation_page import ConversationPages
from playground_api.dashboard.news import News
from playground_http.sse import event

log = logging.getLogger(__name__)

EVENT = "live"
_PACE_S = 0.08
"""Between two pictures of a reply that grows."""
_SHARE = 4
"""How many times as long as the last picture took the next one waits: long replies are drawn
more seldom."""


class LiveConversation:
    """What one reader is shown: takes entries of the log, gives what changed in the page."""

    def __init__(self, pages: ConversationPages, start: Conversation) -> None:
        self._pages = pages
        self._asked = {turn.ask.turn: turn.ask for turn in start.turns}
        self._replies = {reply.turn: reply for reply in start.replies}
        self._growing = start.growing

    def take(self, entries: Iterable[Entry]) -> str:
        """The fragments that *entries* make necessary."""
        fragments: list[str] = []
        text_is_old = calls_are_old = False
        for entry in entries:
            if entry.kind == "turn":
                fragments.append(self._begun(entry))
            elif entry.kind == "done":
                fragments.append(self._ended(entry))
                text_is_old = calls_are_old = False
            elif self._growing is not None and entry.turn == self._growing.turn:
                self._growing.take(entry)
                text_is_old |= entry.kind in ("token", "warning")
                calls_are_old |= entry.kind in ("tool_start", "tool_end")
        if self._growing is not None and text_is_old:
            fragments.append(self._pages.text_swapped(self._growing))
        if self._growing is not None and calls_are_old:
            fragments.append(self._pages.calls_swapped(self._growing))
        return "".join(fragments)

    def _begun(self, entry: Entry) -> str:
        """A new turn at the end of the log; in the place of the one that it replaces."""
        ask = Message.model_validate_json(entry.data)
        if ask.turn in self._asked:
            return ""
        gone = self._asked.pop(ask.replaces, None) if ask.replaces else None
        self._replies.pop(ask.replaces or "", None)
        self._asked[ask.turn] = ask
        self._growing = Growing(ask.turn, entry.id)
        return self._pages.turn_appended(Turn(ask, growing=self._growing), instead_of=gone)

    def _ended(self, entry: Entry) -> str:
        ask = self._asked.get(entry.turn)
        if ask is None:
            return ""
        growing, mine = self._growing, Growing(entry.turn, entry.id)
        if growing is not None and growing.turn == entry.turn:
            mine, self._growing = growing, None
        turn = Turn(ask, entry.message, warning=mine.warning, problem=mine.problem)
        if entry.message is not None:
            self._replies[entry.turn] = entry.message
        return self._pages.turn_ended(turn, list(self._replies.values()))


@dataclass(frozen=True)
class LivePages:
    """Gives each reader of a conversation its stream."""

    pages: ConversationPages
    tail: ConversationTail

    async def stream(self, session_id: str, seen: str | None) -> AsyncGenerator[bytes]:
        """The whole log where it went on since *seen*; then each change of log and session."""
        start = await self.pages.read(session_id)
        # What came while it was read may stand in it already, and would be told as known.
        newest = await self.pages.history.last_entry_id(session_id)
        text = "" if seen == start.cursor == newest else self.pages.all_swapped(start)
        yield event(EVENT, text + await self.pages.session_swapped(session_id), start.cursor)
        shown, news = LiveConversation(self.pages, start), News[Entry | Change]()
        tasks = [
            asyncio.create_task(self._follow_log(session_id, start.cursor, news)),
            asyncio.create_task(self._follow_session(session_id, news)),
        ]
        try:
            while (taken := await news.next()) is not None:
                began = time.monotonic()
                entries = [one for one in taken if isinstance(one, Entry)]
                text = await asyncio.to_thread(shown.take, entries)
                if len(entries) < len(taken):
                    text += await self.pages.session_swapped(session_id)
                if text:
                    yield event(EVENT, text, entries[-1].id if entries else None)
                await asyncio.sleep(max(_PACE_S, _SHARE * (time.monotonic() - began)))
        except (RedisError, SessionNotFound, SessionUnreadable) as error:
            log.info("a conversation's page is left; its reader comes back: %s", error)
        finally:
            for task in tasks:
                task.cancel()

    async def _follow_log(self, session_id: str, cursor: str, news: News[Entry | Change]) -> None:
        async with aclosing(self.tail.batches(session_id, cursor)) as batches:
            async for batch in batches:
                news.put(batch)

    async def _follow_session(self, session_id: str, news: News[Entry | Change]) -> None:
        async with aclosing(self.pages.control.changes.follow()) as changes:
            async for change in changes:
                if change.session["id"] == session_id:
                    news.put([change])
        news.end()  # too many changes at once: the reader comes back and begins anew
