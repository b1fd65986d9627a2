"""The writer of a turn: numbered batches, retries while the store is away, and what it learns."""

import asyncio
from collections.abc import Sequence
from typing import Any, cast

import pytest
from redis.exceptions import ConnectionError

from playground.conversation.log import ConversationLog, Hold
from playground.conversation.model import Event
from playground_chat.backend.engine.writer import TurnWriter
from tests.support.waiting import wait_until

OURS = Hold(owned=True, cancelled=False)


class LogThatIsAwayFor:
    """A log whose first *failures* appends fail, and which then gives *hold*."""

    def __init__(self, failures: int = 0, hold: Hold = OURS) -> None:
        self.failures = failures
        self.hold = hold
        self.written: list[tuple[int, list[str]]] = []

    async def append(self, _name: str, _turn: str, number: int, events: Sequence[Event]) -> Hold:
        if self.failures:
            self.failures -= 1
            raise ConnectionError("away")
        self.written.append((number, [event.data for event in events]))
        return self.hold


def _writer(log: LogThatIsAwayFor, learnt: list[Hold]) -> TurnWriter:
    stands_in = cast(ConversationLog, cast(Any, log))
    return TurnWriter(stands_in, "demo", "turn-1", learns=learnt.append)


def _token(text: str) -> Event:
    return Event("token", text)


async def test_the_first_token_goes_at_once_and_the_next_ones_together() -> None:
    log = LogThatIsAwayFor()
    writer = _writer(log, [])
    running = asyncio.create_task(writer.run())
    writer.put(_token("a"))
    await wait_until(lambda: log.written, "the first batch is written")
    writer.put(_token("b"))
    writer.put(_token("c"))
    await wait_until(lambda: len(log.written) == 2, "the second batch is written")
    writer.finish()
    await running
    assert log.written == [(1, ["a"]), (2, ["b", "c"])]


async def test_what_is_left_at_the_end_is_handed_over() -> None:
    log = LogThatIsAwayFor()
    writer = _writer(log, [])
    running = asyncio.create_task(writer.run())
    writer.put(_token("a"))
    await wait_until(lambda: log.written, "the first batch is written")
    writer.put(_token("b"))
    writer.finish()
    await running
    assert [event.data for event in writer.rest()] == ["b"]


async def test_a_batch_is_tried_again_under_its_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("playground_chat.backend.engine.writer.RETRY_S", 0.001)
    log = LogThatIsAwayFor(failures=5)
    writer = _writer(log, [])
    running = asyncio.create_task(writer.run())
    writer.put(_token("a"))
    await wait_until(lambda: log.written, "the batch is written")
    writer.finish()
    await running
    assert log.written == [(1, ["a"])]


async def test_the_lease_is_renewed_while_the_model_is_silent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("playground_chat.backend.engine.writer.HEARTBEAT_S", 0.005)
    log = LogThatIsAwayFor()
    writer = _writer(log, [])
    running = asyncio.create_task(writer.run())
    await wait_until(lambda: len(log.written) >= 3, "the lease is renewed")
    writer.finish()
    await running
    assert {number for number, _ in log.written} == {0}


async def test_a_turn_that_is_no_longer_ours_is_not_written_to_again() -> None:
    lost = Hold(owned=False, cancelled=False)
    log, learnt = LogThatIsAwayFor(hold=lost), list[Hold]()
    writer = _writer(log, learnt)
    writer.put(_token("a"))
    await writer.run()
    assert (learnt, len(log.written)) == ([lost], 1)
