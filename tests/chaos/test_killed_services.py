"""kill -9 of each service, at its worst moment."""

import threading

import pytest

from tests.support.compose_stack import ComposeStack
from tests.support.conversations import Conversations, Said, problem, read_stream, tokens
from tests.support.faults import crash
from tests.support.stack_state import kept
from tests.support.waiting import wait_until
from tests.support.whole_again import POOL_SIZE, assert_whole_again

pytestmark = [pytest.mark.chaos, pytest.mark.needs("docker")]


async def test_the_worker_killed_in_the_middle_of_a_cold_launch(
    stack: ComposeStack, said: Conversations
) -> None:
    wanted = [_asked_for(stack) for _ in range(POOL_SIZE + 1)]
    await wait_until(lambda: kept(stack).of("starting"), "a cold launch has begun")
    crash(*stack.containers("worker"))
    assert_whole_again(stack)
    assert {_status(stack, one) for one in wanted} == {"ready"}
    said.assert_as_they_were()


async def test_the_api_killed_while_somebody_waits_for_a_page(
    stack: ComposeStack, said: Conversations
) -> None:
    wanted = [_asked_for(stack) for _ in range(POOL_SIZE + 1)]
    crash(*stack.containers("api"))
    said.say("plain", "[[say=last]]the chat backend needs no API")
    assert_whole_again(stack)
    assert {_status(stack, one) for one in wanted} == {"ready"}
    said.assert_as_they_were()


async def test_a_chat_backend_killed_in_the_middle_of_a_turn(
    stack: ComposeStack, said: Conversations
) -> None:
    (name, other, _) = said.messages
    heard: list[Said] = []
    body = {"session_id": name, "input": "Count [[tokens=200 pace_ms=30]]"}
    reader = threading.Thread(
        target=read_stream, args=(f"{stack.url}/v1/chat/stream", heard), kwargs={"json": body}
    )
    reader.start()
    await wait_until(lambda: len(heard) > 5, "some tokens have come")
    crash(_backend_that_answers(stack))
    reader.join(10)
    assert not reader.is_alive()
    assert "done" not in {event.kind for event in heard}
    said.say(other, "[[say=last]]the other backend answers")

    rest: list[Said] = []
    read_stream(f"{stack.url}/v1/sessions/{name}/stream", rest, last_id=heard[-1].id)
    assert rest[-1].kind == "done"
    ids = [event.id for event in [*heard, *rest]]
    assert len(set(ids)) == len(ids)
    question, answer = said.note(name)[-2:]
    assert (question["content"], answer["status"]) == (body["input"], "interrupted")
    assert answer["content"] == tokens([*heard, *rest])
    assert " ".join(f"w{n}" for n in range(200)).startswith(answer["content"])
    assert problem(rest) is not None
    assert said.say(name, "[[say=last]]go on") == "go on"
    assert_whole_again(stack)
    said.assert_as_they_were()


def _backend_that_answers(stack: ComposeStack) -> str:
    """The container of the chat backend in which a turn runs."""
    script = "from urllib.request import urlopen as u; print(u('http://127.0.0.1:8000/metrics').read().decode())"
    for number, container in enumerate(stack.containers("chat"), 1):
        if "playground_turns_running 1.0" in stack.exec(
            "chat", "python", "-c", script, replica=number
        ):
            return container
    raise AssertionError("no chat backend runs a turn")


def _asked_for(stack: ComposeStack) -> str:
    answer = stack.http.post("/v1/sessions", json={"scenario": "code-review"})
    assert answer.status_code == 202, answer.text
    return answer.json()["id"]


def _status(stack: ComposeStack, session_id: str) -> str:
    return stack.http.get(f"/v1/sessions/{session_id}").json()["status"]
