"""What holds of a stack of containers after every fault, once what broke has been mended.

`assert_whole_again` waits for a session's passing states to pass, then for all the rest, and says
what is still wrong if it does not come true.
"""

import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx

from tests.support.compose_stack import ComposeStack
from tests.support.docker_engine import docker
from tests.support.stack_state import Kept, kept, service_of, services, slot_of, units

SETTLED_WITHIN_S = 45
WHOLE_WITHIN_S = 60
"""Bounds against what never comes: on two slow cores a restart and six launches take their time."""
POOL_SIZE = 3
_PASSING = ("queued", "starting", "stopping")
_GATES = ("edge", "worker")

_REACH = """
import socket, sys
from concurrent.futures import ThreadPoolExecutor

def reached(place):
    host, port = place.split(":")
    try:
        socket.create_connection((host, int(port)), timeout=1).close()
        return place
    except OSError:
        return ""

with ThreadPoolExecutor() as threads:
    print(*filter(None, threads.map(reached, sys.argv[1:])))
"""


def assert_whole_again(stack: ComposeStack, *, settled_within_s: float = SETTLED_WITHIN_S) -> None:
    """Every invariant of the stack. AssertionError with what is wrong where one does not hold."""
    wait_until_whole(stack, settled_within_s=settled_within_s)
    _assert_tokens_open_one_session_each(stack)
    _assert_a_page_reaches_nobody(stack)


def wait_until_whole(stack: ComposeStack, *, settled_within_s: float = SETTLED_WITHIN_S) -> None:
    """Return once what Redis wants, what exists and what answers agree."""
    _until_none(lambda: _on_their_way(stack), settled_within_s)
    _until_none(lambda: list(_wrong(stack)), WHOLE_WITHIN_S)


def is_up(stack: ComposeStack) -> bool:
    """Whether every service runs and is healthy."""
    return len(services(stack, *_GATES)) == len(_GATES) and not list(_wrong_services(stack))


def _until_none(look: Callable[[], list[str]], within_s: float) -> None:
    """Look until nothing is wrong. What cannot be asked yet counts as wrong."""
    begun = time.monotonic()
    while True:
        try:
            wrong = look()
        except (AssertionError, ValueError, IndexError, KeyError) as error:
            wrong = [f"cannot be seen: {error!r}"]
        if not wrong:
            return
        late = time.monotonic() - begun
        assert late < within_s, f"after {late:.0f} s: " + "\n".join(wrong)
        time.sleep(0.1)


def _on_their_way(stack: ComposeStack) -> list[str]:
    return [f"{one['id']} is {one['status']}" for one in kept(stack).of(*_PASSING)]


def _wrong(stack: ComposeStack) -> Iterator[str]:
    found = kept(stack)
    wanted = {one["slot"]: one["url"] for one in found.of("ready")} | found.waiting
    yield from _wrong_in_redis(found, set(wanted))
    yield from _wrong_on_engine(stack, units(stack), set(wanted))
    yield from _wrong_services(stack)
    for slot, url in wanted.items():
        yield from _wrong_at_doors(url, f"{stack.url}/s/{slot}/")


def _wrong_in_redis(found: Kept, wanted: set[str]) -> Iterator[str]:
    placed = {one["id"] for one in found.of("ready")}
    expected = {
        "slots": (found.slots, wanted),
        "routes": (found.routes, wanted),
        "placed sessions": (found.placed, placed),
        "sessions on their way": ({one["id"] for one in found.of(*_PASSING)}, set[str]()),
        "queued sessions": (found.queued, set[str]()),
        "pages in making": (found.making, set[str]()),
        "running turns": (found.turns, set[str]()),
    }
    yield from (
        f"{what}: {sorted(has)}, not {sorted(should)}"
        for what, (has, should) in expected.items()
        if has != should
    )
    if len(found.waiting) != POOL_SIZE:
        yield f"{len(found.waiting)} pages wait, not {POOL_SIZE}"


def _wrong_on_engine(
    stack: ComposeStack, pages: list[dict[str, Any]], wanted: set[str]
) -> Iterator[str]:
    exist = sorted(slot_of(page) for page in pages)
    if exist != sorted(wanted):
        yield f"containers of pages: {exist}, wanted {sorted(wanted)}"
    gates = services(stack, *_GATES)
    for page in pages:
        if not page["State"]["Running"]:
            yield f"{page['Name']} is {page['State']['Status']}"
        port = page["Config"]["Labels"]["playground.port"]
        network = f"zz-{stack.name}-page-{port}"
        if set(page["NetworkSettings"]["Networks"]) != {network}:
            yield f"{page['Name']} is in {list(page['NetworkSettings']['Networks'])}"
        for gate in gates:
            if network not in gate["NetworkSettings"]["Networks"]:
                yield f"{gate['Name']} is not in {network}"


def _wrong_services(stack: ComposeStack) -> Iterator[str]:
    for one in services(stack):
        state = one["State"]
        if service_of(one) not in ("secrets", "page") and (
            not state["Running"] or state["Health"]["Status"] != "healthy"
        ):
            yield f"{one['Name']} is {state['Status']}, {state['Health']['Status']}"
    answer = _get(f"{stack.url}/readiness")
    if answer[0] != 200:
        yield f"readiness: {answer}"


def _wrong_at_doors(*urls: str) -> Iterator[str]:
    for url in urls:
        answer = _get(f"{url}_stcore/health")
        if answer != (200, "ok"):
            yield f"{url}: {answer}"


def _get(url: str) -> tuple[int, str]:
    try:
        answer = httpx.get(url, timeout=5)
        return answer.status_code, answer.text
    except httpx.HTTPError as error:
        return 0, repr(error)


def _assert_tokens_open_one_session_each(stack: ComposeStack) -> None:
    """Each page's token shows the session that Redis has bound to it, and no other."""
    bound = {one["slot"]: one["id"] for one in kept(stack).of("ready")}
    tokens = {slot_of(unit): _token(unit) for unit in units(stack)}
    shown = {slot: _shown_to(stack, token) for slot, token in tokens.items()}
    assert shown == {slot: bound.get(slot) for slot in tokens}
    if len(tokens) > 1:
        (one, its), (other, _) = list(tokens.items())[:2]
        assert _shown_to(stack, its.replace(one, other)) is None


def _token(unit: dict[str, Any]) -> str:
    (found,) = (
        line.partition("=")[2]
        for line in unit["Config"]["Env"]
        if line.startswith("PLAYGROUND_SLOT_TOKEN=")
    )
    return found


def _shown_to(stack: ComposeStack, token: str) -> str | None:
    """The id of the session that the page of this token is shown."""
    (edge,) = services(stack, "edge")
    host = edge["NetworkSettings"]["Networks"][f"{stack.name}-back"]["IPAddress"]
    headers = {"Authorization": f"Bearer {token}"}
    answer = httpx.get(f"http://{host}:8500/internal/page", headers=headers, timeout=5)
    if answer.status_code == 200:
        return answer.json()["session"]["id"]
    assert answer.json()["code"] in ("unauthorized", "session_not_ready"), answer.text
    return None


def _assert_a_page_reaches_nobody(stack: ComposeStack) -> None:
    """From inside a page: not another page, not Redis, not any other part of the stack."""
    page, *others = units(stack)
    places = [
        f"{network['IPAddress']}:{port}"
        for containers, port in (
            (others[:3], 8501),
            (services(stack, "redis"), 6379),
            (services(stack, "api", "model"), 8080),
            (services(stack, "chat"), 8000),
        )
        for container in containers
        for network in container["NetworkSettings"]["Networks"].values()
    ]
    assert docker("exec", page["Id"], "python", "-c", _REACH, *places) == ""
