"""Redis, restarted in the middle of turns and launches."""

import threading
from collections.abc import Callable

import pytest

from tests.support.compose_stack import ComposeStack
from tests.support.conversations import Conversations, Said, read_stream, tokens
from tests.support.docker_engine import docker
from tests.support.faults import crash
from tests.support.waiting import wait_until
from tests.support.whole_again import assert_whole_again

pytestmark = [pytest.mark.chaos, pytest.mark.needs("docker")]

WORDS = 150


def restart(container: str) -> None:
    docker("restart", container)


@pytest.mark.parametrize("end", [restart, crash])
async def test_a_turn_and_a_launch_outlast_redis(
    stack: ComposeStack, said: Conversations, end: Callable[[str], None]
) -> None:
    name = next(iter(said.messages))
    heard: list[Said] = []
    body = {"session_id": name, "input": f"Count [[tokens={WORDS} pace_ms=30]]"}
    reader = threading.Thread(
        target=read_stream, args=(f"{stack.url}/v1/chat/stream", heard), kwargs={"json": body}
    )
    reader.start()
    await wait_until(lambda: len(heard) > 5, "some tokens have come")
    asked = stack.http.post("/v1/sessions", json={"scenario": "code-review"})
    assert asked.status_code == 202
    end(*stack.containers("redis"))
    reader.join(30)
    assert heard[-1].kind == "done"
    assert tokens(heard) == " ".join(f"w{n}" for n in range(WORDS))
    assert_whole_again(stack)
    assert said.note(name)[-1]["content"] == tokens(heard)
    assert said.note(name)[-1]["status"] == "complete"
    session = stack.http.get(asked.headers["location"]).json()
    assert session["status"] == "ready"
    said.assert_as_they_were()
