"""What is kept of streams so that a broken one is taken up again."""

from typing import Any

from mcp.server.streamable_http import EventMessage
from mcp_types import JSONRPCNotification, JSONRPCResponse

from playground_gateway.recent_events import RecentEvents


def progress(number: int) -> JSONRPCNotification:
    return JSONRPCNotification(
        jsonrpc="2.0", method="notifications/progress", params={"progress": number}
    )


def answer(size: int) -> JSONRPCResponse:
    return JSONRPCResponse(jsonrpc="2.0", id=1, result={"text": "x" * size})


async def replayed(events: RecentEvents, after: str) -> tuple[str | None, list[Any]]:
    told: list[EventMessage] = []

    async def tell(event: EventMessage) -> None:
        told.append(event)

    return await events.replay_events_after(after, tell), [one.message for one in told]


async def test_a_stream_goes_on_after_its_last_event_without_those_of_others():
    events = RecentEvents()
    begun = await events.store_event("a", None)
    first = await events.store_event("a", progress(1))
    await events.store_event("b", progress(9))
    await events.store_event("a", progress(2))
    assert await replayed(events, begun) == ("a", [progress(1), progress(2)])
    assert await replayed(events, first) == ("a", [progress(2)])


async def test_large_answers_push_out_what_is_older():
    events = RecentEvents(most_bytes=10_000)
    begun = await events.store_event("a", None)
    await events.store_event("b", answer(9_900))
    assert await replayed(events, begun) == (None, [])


async def test_an_answer_larger_than_all_that_may_be_kept_is_not_kept():
    events = RecentEvents(most_bytes=1_100)
    await events.store_event("a", answer(2_000))
    begun = await events.store_event("b", None)
    await events.store_event("b", progress(1))
    assert await replayed(events, begun) == ("b", [progress(1)])
