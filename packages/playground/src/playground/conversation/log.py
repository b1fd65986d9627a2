"""Writing a conversation's log: turns begin, grow and end by one script each, under a lease.

A turn belongs to the process that began it until it ends or its lease runs out. Each append carries
the turn's running number, so that a retry after a lost answer writes nothing twice; a process whose
turn was closed by another learns it from the answer and writes nothing more. Listeners in the same
process are told each entry as soon as it is known to be in the log.
"""

import json
from collections.abc import Awaitable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, cast

from playground.clock import now
from playground.conversation.appending import LEASE_MS, Appends
from playground.conversation.model import ConversationState, Door, Entry, Event, Message, Outcome
from playground.conversation.scripts import BEGIN_TURN, END_TURN
from playground.conversation.tail import ConversationTail
from playground.conversation.tool_calls import calls_told
from playground.errors import Conflict, TurnInProgress, TurnInterrupted
from playground.identifiers import new_id
from playground.keys import Keys
from playground.redis_connection import Redis


@dataclass(frozen=True)
class Begun:
    """A turn that has begun: the user's message, and the id of the log entry that holds it."""

    message: Message
    entry_id: str

    @property
    def turn(self) -> str:
        """The turn's id."""
        return self.message.turn


@dataclass(frozen=True)
class Hold:
    """What a writer learns at each append: is the turn still its own, and is it to end?"""

    owned: bool
    cancelled: bool


class ConversationLog:
    """The log's only writer. Methods may raise redis-py's errors, with nothing half written."""

    def __init__(
        self,
        redis: Redis,
        keys: Keys,
        *,
        retention_s: int = 30 * 86_400,
        tail: ConversationTail | None = None,
    ) -> None:
        self._redis = redis
        self._keys = keys
        self._retention_s = retention_s
        self._tail = tail or ConversationTail(redis, keys)
        self._begin = redis.register_script(BEGIN_TURN)
        self._appends = Appends(redis, keys)
        self._end = redis.register_script(END_TURN)

    async def begin_turn(
        self, conversation_id: str, *, text: str, door: Door, replaces: str | None = None
    ) -> Begun:
        """Begin a turn with the user's *text*, in the place of the turn *replaces* if one is named.

        Raises TurnInProgress while another one runs, and Conflict where *replaces* is not the last
        one. One that a dead process left is closed first.
        """
        turn = new_id("turn")
        message = Message(
            id=new_id("msg"),
            turn=turn,
            role="user",
            content=text,
            created_at=now(),
            door=door,
            replaces=replaces,
        )
        data = message.model_dump_json(exclude_none=True)
        while True:
            outcome, current = await cast(
                Awaitable[list[str]],
                self._begin(
                    keys=self._turn_keys(conversation_id),
                    args=[
                        turn,
                        data,
                        conversation_id,
                        int(message.created_at.timestamp() * 1000),
                        LEASE_MS,
                        self._retention_s,
                        replaces or "",
                    ],
                ),
            )
            if outcome == "ok":
                self._tail.lead(conversation_id, Entry(current, "turn", turn, data))
                return Begun(message, current)
            if outcome == "changed":
                raise Conflict("Something else has been said meanwhile; look at it first.")
            if outcome == "busy":
                raise TurnInProgress
            await self.close_abandoned(conversation_id, current)

    async def append(
        self, conversation_id: str, turn: str, number: int, events: Sequence[Event]
    ) -> Hold:
        """Add *events* as the turn's batch *number* (1, 2, ...) and renew its lease.

        With no events it only renews. A batch number that was written before is not written again.
        """
        with self._leading(conversation_id):
            appended = await self._appends.add(conversation_id, turn, number, events)
            self._tell(conversation_id, turn, appended.ids, events)
        return Hold(owned=appended.outcome != "lost", cancelled=appended.outcome == "cancel")

    async def end_turn(
        self,
        conversation_id: str,
        turn: str,
        *,
        message: Message | None,
        events: Sequence[Event] = (),
        only_if_expired: bool = False,
    ) -> int | None:
        """End the turn with its last *events*, the assistant's *message* and `done`, in one step.

        Returns how many turns the conversation has had, or None if the turn was not ours to end.
        """
        with self._leading(conversation_id):
            outcome, turns, *ids = await cast(
                Awaitable[list[str]],
                self._end(
                    keys=self._turn_keys(conversation_id),
                    args=[
                        turn,
                        conversation_id,
                        self._retention_s,
                        message.model_dump_json(exclude_none=True) if message else "",
                        int(only_if_expired),
                        message.id if message else turn,
                        *(part for e in events for part in (e.kind, e.data)),
                    ],
                ),
            )
            done = Event("done", conversation_id)
            self._tell(conversation_id, turn, ids, [*events, done], message)
        self._tail.release(conversation_id)
        return int(turns) if outcome == "ok" else None

    @contextmanager
    def _leading(self, conversation_id: str) -> Generator[None]:
        """Around a write: if it fails, listeners in this process read the log themselves."""
        try:
            yield
        except BaseException:
            self._tail.release(conversation_id)
            raise

    def _tell(
        self,
        conversation_id: str,
        turn: str,
        ids: Sequence[str],
        events: Sequence[Event],
        message: Message | None = None,
    ) -> None:
        if len(ids) != len(events):  # lost to another process, or written by an earlier attempt
            self._tail.release(conversation_id)
            return
        entries = [Entry(i, e.kind, turn, e.data) for i, e in zip(ids, events, strict=True)]
        if message is not None:
            entries[-1] = replace(entries[-1], message=message)
        self._tail.tell(conversation_id, entries)

    async def ask_to_cancel(self, conversation_id: str) -> str | None:
        """Ask whoever runs the conversation's turn to end it; return that turn, if any."""
        turn = (await self.state(conversation_id)).running_turn
        if turn is not None:
            key = self._keys.conversation(conversation_id)
            await self._redis.hset(key, "cancel", turn)
        return turn

    async def state(self, conversation_id: str) -> ConversationState:
        """Where the conversation stands."""
        turn, turns = await cast(
            Awaitable[list[str | None]],
            self._redis.hmget(self._keys.conversation(conversation_id), ["turn", "turns"]),
        )
        return ConversationState(int(turns or 0), turn or None, exists=turn is not None)

    async def close_abandoned(self, conversation_id: str, turn: str) -> int | None:
        """End a turn whose process died: what was said so far is kept, marked `interrupted`."""
        entry = await cast(
            Awaitable[str | None],
            self._redis.hget(self._keys.conversation(conversation_id), "turn_entry"),
        )
        log_key = self._keys.conversation_log(conversation_id)
        entries = await cast(Awaitable[Any], self._redis.xrange(log_key, min=entry or "-"))
        mine = [fields for _, fields in entries if fields["turn"] == turn]
        text = "".join(f["data"] for f in mine if f["kind"] == "token")
        door = next((json.loads(f["data"])["door"] for f in mine if f["kind"] == "turn"), Door.REST)
        problem = TurnInterrupted().problem()
        message = Message(
            id=new_id("msg"),
            turn=turn,
            role="assistant",
            content=text,
            created_at=now(),
            door=door,
            status=Outcome.INTERRUPTED,
            tool_calls=calls_told(mine) or None,
            error=problem,
        )
        return await self.end_turn(
            conversation_id,
            turn,
            message=message,
            events=[Event("error", json.dumps(problem))],
            only_if_expired=True,
        )

    async def running(self) -> list[tuple[str, str]]:
        """Conversations and turns that are running, or were when their process died."""
        names = await cast(
            Awaitable[list[str]], self._redis.zrange(self._keys.running_turns(), 0, -1)
        )
        states = [(name, (await self.state(name)).running_turn) for name in names]
        for name, turn in states:
            if turn is None:  # its keys ran out with the turn still open
                await self._redis.zrem(self._keys.running_turns(), name)
        return [(name, turn) for name, turn in states if turn is not None]

    async def has_lease(self, conversation_id: str) -> bool:
        """Whether a living process holds the conversation's turn."""
        return bool(await self._redis.exists(self._keys.turn_lease(conversation_id)))

    async def forget(self, conversation_id: str) -> None:
        """Delete the whole conversation."""
        summary = self._keys.conversation_summary(conversation_id)
        await self._redis.delete(*self._turn_keys(conversation_id)[:4], summary)
        await self._redis.zrem(self._keys.running_turns(), conversation_id)

    def _turn_keys(self, conversation_id: str) -> list[str]:
        keys = self._keys
        return [
            keys.conversation(conversation_id),
            keys.conversation_log(conversation_id),
            keys.conversation_messages(conversation_id),
            keys.turn_lease(conversation_id),
            keys.running_turns(),
        ]
