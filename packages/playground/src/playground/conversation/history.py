"""Reading a conversation: its whole messages, and stretches of its log."""

import json
from collections.abc import Awaitable
from typing import Any, cast

from playground.conversation.model import Entry, Message, marked
from playground.keys import Keys
from playground.redis_connection import Redis

_ENDING = 10
"""Entries: a turn that failed without a word has its question, warnings, the error and its end."""


class ConversationHistory:
    """What was said, for any door that shows it."""

    def __init__(self, redis: Redis, keys: Keys) -> None:
        self._redis = redis
        self._keys = keys

    async def messages(
        self, conversation_id: str, *, limit: int | None = None, before: str | None = None
    ) -> list[Message]:
        """The last *limit* messages, oldest first; with *before*, those that precede that id.

        An id that is not in the conversation gives none. Those of replaced turns are marked so.
        """
        kept = await cast(
            Awaitable[list[str]],
            self._redis.lrange(self._keys.conversation_messages(conversation_id), 0, -1),
        )
        messages = marked([Message.model_validate_json(data) for data in kept])
        if before is not None:
            place = next((i for i, m in enumerate(messages) if m.id == before), 0)
            messages = messages[:place]
        return messages[-limit:] if limit is not None else messages

    async def entries(
        self, conversation_id: str, *, after: str | None = None, count: int | None = None
    ) -> list[Entry]:
        """Entries of the log that follow the id *after* (all, without it), at most *count*."""
        key = self._keys.conversation_log(conversation_id)
        low = f"({after}" if after else "-"
        found = await cast(Awaitable[Any], self._redis.xrange(key, min=low, count=count))
        return [entry(entry_id, fields) for entry_id, fields in found]

    async def newest_entries(self, conversation_id: str, count: int) -> list[Entry]:
        """The last entries of the log, the newest first."""
        key = self._keys.conversation_log(conversation_id)
        found = await cast(Awaitable[Any], self._redis.xrevrange(key, count=count))
        return [entry(entry_id, fields) for entry_id, fields in found]

    async def last_entry_id(self, conversation_id: str) -> str:
        """The id of the newest entry, or ``0-0``."""
        newest = await self.newest_entries(conversation_id, 1)
        return newest[0].id if newest else "0-0"

    async def why_unanswered(self, conversation_id: str, turn: str) -> str:
        """Why *turn*, the last one, ended without a reply; nothing where its end does not tell."""
        for told in await self.newest_entries(conversation_id, _ENDING):
            if told.turn == turn and told.kind == "error":
                return str(json.loads(told.data).get("detail", ""))
        return ""

    async def running_turn_start(self, conversation_id: str) -> str | None:
        """The id of the entry with which the running turn began, or None if none runs."""
        turn, start = await cast(
            Awaitable[list[str | None]],
            self._redis.hmget(self._keys.conversation(conversation_id), ["turn", "turn_entry"]),
        )
        return start if turn else None


def entry(entry_id: str, fields: dict[str, str]) -> Entry:
    """An entry of the log as Redis gives it."""
    message = fields.get("message")
    return Entry(
        id=entry_id,
        kind=fields["kind"],
        turn=fields["turn"],
        data=fields["data"],
        message=Message.model_validate_json(message) if message else None,
    )
