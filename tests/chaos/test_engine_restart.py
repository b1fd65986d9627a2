"""The Docker engine itself, stopped and started again: the last test of a run."""

from collections import Counter

import pytest

from tests.support.compose_stack import ComposeStack
from tests.support.conversations import Conversations
from tests.support.docker_daemon import Daemon, others_containers
from tests.support.stack_state import kept, units
from tests.support.whole_again import assert_whole_again

pytestmark = [
    pytest.mark.chaos,
    pytest.mark.needs("docker", "dockerd"),
    pytest.mark.timeout(240),
]

UP_WITHIN_S = 60
"""Until every service runs and is healthy; sessions have ten seconds more."""


def test_sessions_outlast_a_restart_of_the_engine(stack: ComposeStack, said: Conversations) -> None:
    others = others_containers(stack.name)
    if others:
        pytest.skip(f"others use this engine: {', '.join(others)}")
    before = {unit["Id"] for unit in units(stack)}
    with Daemon.running() as daemon:
        daemon.stop()
    assert_whole_again(stack, settled_within_s=UP_WITHIN_S)
    assert not before & {unit["Id"] for unit in units(stack) if unit["State"]["Running"]}
    said.assert_as_they_were()
    for name in list(said.messages):
        assert said.say(name, "[[say=last]]still here") == "still here"
    assert_whole_again(stack)
    assert Counter(one["status"] for one in kept(stack).sessions) == {"ready": 2}
    said.assert_as_they_were()
