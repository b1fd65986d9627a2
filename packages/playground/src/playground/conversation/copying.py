"""Copying a conversation: what was said so far becomes the beginning of another one.

Only ended turns are copied. The new conversation comes to be in one step, messages and log alike,
so that a page, a stream and the next turn's model find in it what they would in the first.
"""

import itertools
from collections.abc import Awaitable, Iterator, Sequence
from typing import Any, cast

from playground.conversation.model import Message
from playground.errors import Conflict, FieldError, InvalidRequest, TurnInProgress
from playground.keys import Keys
from playground.redis_connection import Redis

_WRITE = """
local state, log, messages = KEYS[1], KEYS[2], KEYS[3]
local ttl, turns, count = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3])
if redis.call('EXISTS', state, log, messages) > 0 then return 0 end
redis.call('HSET', state, 'turn', '', 'cancel', '', 'turns', turns)
for i = 4, 3 + count do redis.call('RPUSH', messages, ARGV[i]) end
for i = 4 + count, #ARGV, 4 do
  local fields = {'kind', ARGV[i], 'turn', ARGV[i + 1], 'data', ARGV[i + 2]}
  if ARGV[i] == 'done' then
    fields[7] = 'message'
    fields[8] = ARGV[i + 3]
  end
  redis.call('XADD', log, '*', unpack(fields))
end
for _, key in ipairs({state, log, messages}) do redis.call('EXPIRE', key, ttl) end
return 1
"""


class MessageNotFound(InvalidRequest):
    """The conversation has no message of that id."""

    status, title = 404, "Message not found"


class ConversationCopies:
    """Reads what can be copied, and begins conversations with it. May raise redis-py's errors."""

    def __init__(self, redis: Redis, keys: Keys, *, retention_s: int = 30 * 86_400) -> None:
        self._redis = redis
        self._keys = keys
        self._retention_s = retention_s
        self._write = redis.register_script(_WRITE)

    async def ended_turns(self, conversation_id: str, *, at: str | None = None) -> list[Message]:
        """The messages of all ended turns, or those up to and including the message *at*.

        Raises MessageNotFound, and TurnInProgress where *at* belongs to the turn that runs.
        """
        pipe = self._redis.pipeline(transaction=True)  # no turn may end between the two
        pipe.hget(self._keys.conversation(conversation_id), "turn")
        pipe.lrange(self._keys.conversation_messages(conversation_id), 0, -1)
        running, kept = cast(tuple[str | None, list[str]], await pipe.execute())
        messages = [Message.model_validate_json(data) for data in kept]
        ended = [m for m in messages if m.turn != running]
        if at is None:
            return ended
        place = next((i for i, m in enumerate(messages) if m.id == at), None)
        if place is None:
            wrong = FieldError("at", "use the id of one of the conversation's messages")
            raise MessageNotFound("The conversation has no such message.", errors=(wrong,))
        if messages[place].turn == running:
            raise TurnInProgress("This message's turn still runs; wait for its end or cancel it.")
        return ended[: place + 1]

    async def begin(self, conversation_id: str, messages: Sequence[Message]) -> int:
        """Begin a new conversation with *messages*; return how many turns it then has had.

        Raises Conflict, with nothing written, if there is a conversation of that id.
        """
        turns = [list(said) for _, said in itertools.groupby(messages, lambda m: m.turn)]
        if not turns:
            return 0
        keys = self._keys
        args = [
            self._retention_s,
            len(turns),
            len(messages),
            *(_stored(message) for message in messages),
            *(part for said in turns for part in _entries(conversation_id, said)),
        ]
        written = await cast(
            Awaitable[Any],
            self._write(
                keys=[
                    keys.conversation(conversation_id),
                    keys.conversation_log(conversation_id),
                    keys.conversation_messages(conversation_id),
                ],
                args=args,
            ),
        )
        if not written:
            raise Conflict(f"There is a conversation {conversation_id!r} already.")
        return len(turns)


def _entries(conversation_id: str, said: Sequence[Message]) -> Iterator[str]:
    """The log's entries of one turn, as its writer leaves them: kind, turn, data, message."""
    answer = next((m for m in said if m.role == "assistant"), None)
    turn = said[0].turn
    for question in said:
        if question.role == "user":
            yield from ("turn", turn, _stored(question), "")
    if answer is not None and answer.content:
        yield from ("token", turn, answer.content.replace("\r", ""), "")
    yield from ("done", turn, conversation_id, _stored(answer) if answer else "")


def _stored(message: Message) -> str:
    return message.model_dump_json(exclude_none=True)
