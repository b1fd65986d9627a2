"""A conversation that is copied goes on as if it had been said there."""

import pytest

from playground.clock import now
from playground.conversation.copying import ConversationCopies, MessageNotFound
from playground.conversation.history import ConversationHistory
from playground.conversation.log import ConversationLog
from playground.conversation.model import Door, Event, Message, Outcome
from playground.errors import Conflict, TurnInProgress
from playground.identifiers import new_id
from playground.keys import Keys
from playground.redis_connection import Redis


@pytest.fixture
def log(redis: Redis, keys: Keys) -> ConversationLog:
    return ConversationLog(redis, keys)


@pytest.fixture
def history(redis: Redis, keys: Keys) -> ConversationHistory:
    return ConversationHistory(redis, keys)


@pytest.fixture
def copies(redis: Redis, keys: Keys) -> ConversationCopies:
    return ConversationCopies(redis, keys)


async def _turn(log: ConversationLog, name: str, text: str, answer: str | None) -> None:
    begun = await log.begin_turn(name, text=text, door=Door.WS)
    await log.append(name, begun.turn, 1, [Event("token", answer or "")] if answer else [])
    message = Message(
        id=new_id("msg"),
        turn=begun.turn,
        role="assistant",
        content=answer or "",
        created_at=now(),
        door=Door.WS,
        model="test:model",
        usage={"input_tokens": 3},
        tool_calls=[{"name": "add", "args": {"a": 1}}],
    )
    await log.end_turn(name, begun.turn, message=message if answer else None)


async def _copied(copies: ConversationCopies, name: str, **at: str) -> int:
    return await copies.begin("copy", await copies.ended_turns(name, **at))


async def test_a_copy_has_the_messages_of_the_first_with_all_that_they_hold(
    log: ConversationLog, history: ConversationHistory, copies: ConversationCopies
):
    await _turn(log, "first", "one", "eins")
    await _turn(log, "first", "two", None)
    await _turn(log, "first", "three", "drei")
    assert await _copied(copies, "first") == 3
    assert await history.messages("copy") == await history.messages("first")
    assert (await log.state("copy")).turns == 3


async def test_the_log_of_a_copy_tells_the_same_story_as_the_first_one_s(
    log: ConversationLog, history: ConversationHistory, copies: ConversationCopies
):
    await _turn(log, "first", "one", "eins")
    await _turn(log, "first", "two", None)
    await _copied(copies, "first")
    told, retold = await history.entries("first"), await history.entries("copy")
    assert [(e.kind, e.turn, e.message) for e in retold] == [
        (e.kind, e.turn, e.message) for e in told
    ]
    assert [e.data for e in retold if e.kind == "token"] == ["eins"]
    assert {e.data for e in retold if e.kind == "done"} == {"copy"}


async def test_a_copy_ends_with_the_message_that_was_named(
    log: ConversationLog, history: ConversationHistory, copies: ConversationCopies
):
    for text in ("one", "two"):
        await _turn(log, "first", text, text.upper())
    asked = (await history.messages("first"))[2]
    assert await _copied(copies, "first", at=asked.id) == 2
    assert [m.content for m in await history.messages("copy")] == ["one", "ONE", "two"]


async def test_both_go_on_apart(
    log: ConversationLog, history: ConversationHistory, copies: ConversationCopies
):
    await _turn(log, "first", "one", "eins")
    await _copied(copies, "first")
    await _turn(log, "first", "two", "zwei")
    await _turn(log, "copy", "three", "drei")
    assert [m.content for m in await history.messages("first")] == ["one", "eins", "two", "zwei"]
    assert [m.content for m in await history.messages("copy")] == ["one", "eins", "three", "drei"]
    assert (await log.state("copy")).turns == 2


async def test_a_turn_that_runs_is_not_copied(log: ConversationLog, copies: ConversationCopies):
    await _turn(log, "first", "one", "eins")
    begun = await log.begin_turn("first", text="two", door=Door.REST)
    assert [m.content for m in await copies.ended_turns("first")] == ["one", "eins"]
    with pytest.raises(TurnInProgress):
        await copies.ended_turns("first", at=begun.message.id)
    await log.end_turn("first", begun.turn, message=None)


async def test_a_message_of_another_conversation_is_not_found(
    log: ConversationLog, history: ConversationHistory, copies: ConversationCopies
):
    await _turn(log, "first", "one", "eins")
    await _turn(log, "other", "one", "eins")
    with pytest.raises(MessageNotFound):
        await copies.ended_turns("first", at=(await history.messages("other"))[0].id)


async def test_a_copy_never_writes_over_a_conversation(
    log: ConversationLog, history: ConversationHistory, copies: ConversationCopies
):
    await _turn(log, "first", "one", "eins")
    await _turn(log, "copy", "mine", "meins")
    with pytest.raises(Conflict):
        await _copied(copies, "first")
    assert [m.content for m in await history.messages("copy")] == ["mine", "meins"]


async def test_nothing_said_leaves_nothing_behind(redis: Redis, copies: ConversationCopies):
    assert await _copied(copies, "nobody") == 0
    assert await redis.keys("*") == []


async def test_every_key_of_a_copy_ends_with_its_retention(
    redis: Redis, keys: Keys, log: ConversationLog
):
    await _turn(log, "first", "one", "eins")
    copies = ConversationCopies(redis, keys, retention_s=100)
    await _copied(copies, "first")
    assert {await redis.ttl(key) for key in await redis.keys("*:copy*")} <= {99, 100}


async def test_a_status_that_is_not_complete_is_kept(
    history: ConversationHistory, copies: ConversationCopies
):
    said = Message(id="m1", turn="t1", role="user", content="x", created_at=now(), door=Door.PAGE)
    cut = said.model_copy(
        update={"id": "m2", "role": "assistant", "status": Outcome.CANCELLED, "content": "a\rb"}
    )
    await copies.begin("copy", [said, cut])
    assert await history.messages("copy") == [said, cut]
    assert [e.data for e in await history.entries("copy") if e.kind == "token"] == ["ab"]
