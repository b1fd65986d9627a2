"""Pages that die: killed, out of memory, their disk full; of a session, and while they wait."""

from functools import partial
from typing import Any

import httpx
import pytest

from playground_worker.readiness import first_run
from tests.support.compose_stack import ComposeStack
from tests.support.conversations import Conversations
from tests.support.docker_engine import docker
from tests.support.stack_state import kept, slot_of, units
from tests.support.waiting import wait_until
from tests.support.whole_again import SETTLED_WITHIN_S, assert_whole_again

pytestmark = [pytest.mark.chaos, pytest.mark.needs("docker"), pytest.mark.timeout(240)]

MEMORY_MB = 100
FILL_THE_DISK = "cat /dev/zero >/tmp/ballast; true"
FILL_THE_MEMORY = f"cat /dev/zero >/dev/shm/ballast; {FILL_THE_DISK}"
"""The two file systems in memory hold 64 MiB each, which no process has and none can give back."""


async def test_killed_pages_come_back_at_their_ports_and_others_wait_in_the_place_of_those_that_did(
    stack: ComposeStack, said: Conversations
) -> None:
    name = next(iter(said.messages))
    before, killed = _session(stack, name), {unit["Id"] for unit in units(stack)}
    docker("kill", *killed)
    launched = stack.launch()  # perhaps on one whose death nobody has noticed yet
    await wait_until(lambda: _answers(launched), "its page lives", timeout_s=SETTLED_WITHIN_S)
    assert_whole_again(stack)
    assert not killed & {unit["Id"] for unit in units(stack)}
    assert _session(stack, name)["url"] == before["url"]
    said.assert_as_they_were()


async def test_a_page_that_is_out_of_memory_comes_back_and_after_three_times_says_why_not(
    stack: ComposeStack, said: Conversations
) -> None:
    (name, _, _) = said.messages
    for _ in range(3):
        await _until_left_when_full(stack, name, _page_of(stack, name))
        await wait_until(
            partial(_is_settled, stack, name),
            "it is settled",
            timeout_s=SETTLED_WITHIN_S,
        )
    assert_whole_again(stack)
    session = _session(stack, name)
    assert (session["status"], session["end_reason"]) == ("failed", "out_of_memory")
    # Not of how many: a page that is over its new limit dies before the engine has noted that.
    assert "MiB; raise limits.memory_mb" in session["error"]["detail"]
    said.assert_as_they_were()


async def test_a_page_whose_disk_is_full_goes_on(stack: ComposeStack, said: Conversations) -> None:
    (name, _, _) = said.messages
    page = _page_of(stack, name)
    told = docker("exec", page["Id"], "sh", "-c", f"({FILL_THE_DISK}) 2>&1")
    assert "No space left on device" in told
    await first_run(page["Config"]["Labels"]["playground.host"], 8501)
    assert said.say(name, "[[say=last]]go on") == "go on"
    assert_whole_again(stack)
    assert _page_of(stack, name)["Id"] == page["Id"]
    said.assert_as_they_were()


def _session(stack: ComposeStack, session_id: str) -> dict[str, Any]:
    return stack.http.get(f"/v1/sessions/{session_id}").json()


def _page_of(stack: ComposeStack, session_id: str) -> dict[str, Any]:
    (slot,) = (one["slot"] for one in kept(stack).sessions if one["id"] == session_id)
    (page,) = (unit for unit in units(stack) if slot_of(unit) == slot)
    return page


def _left(stack: ComposeStack, session_id: str, page: dict[str, Any]) -> bool:
    """Whether the session is no longer at that page."""
    found = kept(stack).sessions
    return (session_id, slot_of(page)) not in [(one["id"], one["slot"]) for one in found]


async def _until_left_when_full(stack: ComposeStack, session_id: str, page: dict[str, Any]) -> None:
    """Return once the session has left that page, whose memory is made small and full until then.

    The worker gives a page that has just become ready the limits of its scenario, perhaps after
    this has given it a smaller one. And the kernel may end what fills the memory instead of the
    page, and the command hang by that.
    """
    limit = f"{MEMORY_MB}m"

    def left() -> bool:
        small = ("update", "--memory", limit, "--memory-swap", limit, page["Id"])
        docker(*small, check=False, within_s=5)
        fill = ("exec", page["Id"], "sh", "-c", FILL_THE_MEMORY)
        docker(*fill, check=False, within_s=5)
        return _left(stack, session_id, page)

    try:
        await wait_until(left, "its death was noticed", timeout_s=SETTLED_WITHIN_S)
    except AssertionError as error:
        state = docker("inspect", "--format", "{{json .State}}", page["Id"], check=False)
        raise AssertionError(f"{error}; {state}; {_session(stack, session_id)}") from None


def _is_settled(stack: ComposeStack, session_id: str) -> bool:
    return _session(stack, session_id)["status"] in ("ready", "failed")


def _answers(session: dict[str, Any]) -> bool:
    try:
        return httpx.get(f"{session['url']}_stcore/health").text == "ok"
    except httpx.TransportError:
        return False
