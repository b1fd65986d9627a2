"""Far more launches at once than there are places."""

import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import pytest

from tests.support.compose_stack import MAX_SESSIONS, ComposeStack
from tests.support.conversations import Conversations
from tests.support.stack_state import kept, redis_command
from tests.support.whole_again import assert_whole_again

pytestmark = [pytest.mark.chaos, pytest.mark.needs("docker"), pytest.mark.timeout(420)]

AT_ONCE = 60
WAIT_S = 60
SETTLED_WITHIN_S = 240
"""All of them are started and most parked again: three minutes of work for a processor."""
LOOK_EVERY_S = "0.05"


def test_sixty_launches_at_once_on_twenty_places(stack: ComposeStack, said: Conversations) -> None:
    with places_taken(stack) as taken, ThreadPoolExecutor(AT_ONCE) as threads:
        answers = list(threads.map(lambda _: launched(stack), range(AT_ONCE)))
        assert_whole_again(stack, settled_within_s=SETTLED_WITHIN_S)
    assert len(taken) > AT_ONCE
    assert max(taken) == MAX_SESSIONS

    outcomes = Counter(outcome for outcome, _ in answers)
    assert set(outcomes) <= {"ready", "in line", "no_capacity"}, outcomes
    assert outcomes["ready"] >= MAX_SESSIONS
    assert max(seconds for _, seconds in answers) < 2 * WAIT_S
    sessions = Counter(one["status"] for one in kept(stack).sessions)
    assert sessions["ready"] == MAX_SESSIONS
    assert sessions["ready"] + sessions["parked"] + outcomes["no_capacity"] == AT_ONCE + 2
    said.assert_as_they_were()


def launched(stack: ComposeStack) -> tuple[str, float]:
    """How a launch was answered (ready, in line, a problem), and after how many seconds."""
    begun = time.monotonic()
    answer = httpx.post(
        f"{stack.url}/v1/sessions",
        params={"wait": WAIT_S},
        json={"scenario": "creative-writing"},
        timeout=3 * WAIT_S,
    )
    body = answer.json()
    if answer.status_code == 202:  # of a busy machine: not all have had their turn
        assert body["status"] == "starting" or body["launch"]["queue_position"] > 0, body
        outcome = "in line"
    else:
        outcome = body["status"] if answer.status_code == 201 else body["code"]
    return outcome, time.monotonic() - begun


@contextmanager
def places_taken(stack: ComposeStack) -> Iterator[list[int]]:
    """How many places were taken, looked at many times a second; to be read after the block."""
    taken: list[int] = []
    ask = ("-r", "-1", "-i", LOOK_EVERY_S, "scard", "default:sessions:placed")
    with subprocess.Popen(redis_command(stack, *ask), stdout=subprocess.PIPE, text=True) as asking:
        yield taken
        asking.terminate()
        said, _ = asking.communicate()
    taken += [int(line) for line in said.split()]
