"""The worker or the whole stack, stopped and started again; a start that is cut off."""

import subprocess
from collections import Counter

import pytest

from tests.support.compose_stack import ROOT, ComposeStack
from tests.support.conversations import Conversations
from tests.support.faults import crash
from tests.support.stack_state import kept, units
from tests.support.waiting import wait_until
from tests.support.whole_again import assert_whole_again, wait_until_whole

pytestmark = [pytest.mark.chaos, pytest.mark.needs("docker")]


def test_a_worker_that_is_restarted_adopts_the_pages_that_run(
    stack: ComposeStack, said: Conversations
) -> None:
    wait_until_whole(stack)  # the pool is full: a page in making would be made anew
    before = {unit["Id"]: unit["State"]["StartedAt"] for unit in units(stack)}
    stack.compose("restart", "worker")
    assert_whole_again(stack)
    assert {unit["Id"]: unit["State"]["StartedAt"] for unit in units(stack)} == before
    said.assert_as_they_were()


async def test_sessions_outlast_down_a_start_that_is_cut_off_and_make_down(
    stack: ComposeStack, said: Conversations
) -> None:
    stack.compose("down")
    volumes = [f"{stack.name}_data", f"{stack.name}_secrets"]
    assert stack.left() == volumes

    starting = subprocess.Popen(
        ["docker", "compose", "up", "--no-build"],
        cwd=ROOT,
        env=stack.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        await wait_until(lambda: units(stack), "the first page is being made", timeout_s=30)
    finally:
        starting.kill()
        starting.wait()
    crash(*stack.containers("worker"))
    stack.down()
    assert stack.left() == volumes[:1]

    stack.start()
    assert Counter(one["status"] for one in kept(stack).sessions) == {"parked": 2}
    said.assert_as_they_were()
    for name in list(said.messages):
        assert said.say(name, "[[say=last]]awake") == "awake"
    assert_whole_again(stack)
    assert Counter(one["status"] for one in kept(stack).sessions) == {"ready": 2}
    said.assert_as_they_were()
