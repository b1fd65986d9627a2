"""Search over what was said: a scan of the newest sessions' messages, bounded by number and time.

There is no index of messages: the search module of Redis is not everywhere, and a person's own
sessions are few. What was left out is said.
"""

import json
import time
from collections.abc import Awaitable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from playground.keys import Keys
from playground.redis_connection import Redis
from playground.sessions.model import Session

_AT_ONCE = 20
_MESSAGES = 400
"""The newest messages of a session that are looked at."""
_AROUND = 60
"""Characters that are shown on either side."""


@dataclass(frozen=True)
class Found:
    """Where the words stand: the turn (none, if in the title), and the text around them."""

    turn: str | None
    before: str = ""
    words: str = ""
    after: str = ""


@dataclass(frozen=True)
class SessionSearch:
    """Looks into conversations. May raise redis-py's errors."""

    redis: Redis
    keys: Keys
    most_sessions: int = 1_000
    within_s: float = 1.0

    async def search(
        self, sessions: Sequence[Session], words: str, *, limit: int
    ) -> tuple[dict[str, Found], int]:
        """The newest hit in each session, at most *limit*; and how many sessions were searched."""
        hits: dict[str, Found] = {}
        until = time.monotonic() + self.within_s
        for start in range(0, len(sessions), _AT_ONCE):
            if len(hits) >= limit or time.monotonic() > until:
                return hits, start
            some = sessions[start : start + _AT_ONCE]
            for session, kept in zip(some, await self._messages(some), strict=True):
                if found := _hit(session, kept, words):
                    hits[session.id] = found
        return hits, len(sessions)

    async def _messages(self, sessions: Sequence[Session]) -> list[list[str]]:
        pipe = self.redis.pipeline(transaction=False)
        for session in sessions:
            pipe.lrange(self.keys.conversation_messages(session.id), -_MESSAGES, -1)
        return await cast(Awaitable[Any], pipe.execute())


def _hit(session: Session, kept: Iterable[str], words: str) -> Found | None:
    wanted = words.casefold()
    # As it stands within the JSON that is kept: most messages need not be parsed.
    written = json.dumps(words, ensure_ascii=False)[1:-1].casefold()
    for data in reversed(list(kept)):
        if written in data.casefold():
            message = json.loads(data)
            if found := _around(message["content"], wanted, len(words), message["turn"]):
                return found
    return Found(None) if wanted in session.title.casefold() else None


def _around(content: str, wanted: str, length: int, turn: str) -> Found | None:
    place = content.casefold().find(wanted)
    if place < 0:
        return None
    end = place + length
    before = ("…" if place > _AROUND else "") + content[max(0, place - _AROUND) : place]
    after = content[end : end + _AROUND] + ("…" if len(content) > end + _AROUND else "")
    return Found(turn, before, content[place:end], after)
