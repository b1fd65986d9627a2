"""The dashboard's page of a conversation, as it comes from the server."""

import asyncio
import re
from typing import Any

import httpx
import pytest
from httpx_sse import aconnect_sse

from playground.clock import now
from playground.conversation.copying import ConversationCopies
from playground.conversation.log import ConversationLog
from playground.conversation.model import Door, Event, Message
from playground.keys import Keys
from playground.redis_connection import Redis
from tests.support.workers import WorkerThatLaunchesAtOnce

HTML = {"accept": "text/html"}
CALLS: list[dict[str, Any]] = [
    {"id": "c1", "name": "get_weather", "args": {"city": "Paris"}, "result": "18 <C>", "ms": 340},
    {"id": "c2", "name": "vector_search", "args": {}, "error": "no document", "ms": 2100},
]
CITED = {"n": 1, "name": "lease.pdf", "place": {"page": 3, "line": 12}, "text": "One pet."}


def said(n: int, role: str, content: str, **more: Any) -> Message:
    fields = {"id": f"m{n}{role}", "turn": f"t{n}", "role": role, "content": content}
    return Message.model_validate({**fields, "created_at": now(), "door": "mcp", **more})


@pytest.fixture
async def session_id(api: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce) -> str:
    return (await api.post("/v1/sessions?wait=20", json={"scenario": "support"})).json()["id"]


async def shown(api: httpx.AsyncClient, session_id: str, query: str = "") -> str:
    answer = await api.get(f"/sessions/{session_id}{query}", headers=HTML)
    assert answer.status_code == 200, answer.text
    return answer.text


async def test_calls_of_tools_sources_doors_endings_and_costs_are_shown(
    api: httpx.AsyncClient, session_id: str, redis: Redis, keys: Keys
):
    usage = {"input_tokens": 1204, "output_tokens": 90, "cost_usd": 0.00125}
    stalled = {"detail": "The language model stalled."}
    await ConversationCopies(redis, keys).begin(
        session_id,
        [
            said(1, "user", "<b>How</b> warm?"),
            said(1, "assistant", "18 [1]", tool_calls=CALLS, citations=[CITED], usage=usage),
            said(2, "user", "And then?"),
            said(2, "assistant", "Half", status="failed", error=stalled),
            said(3, "user", "Hello?"),
        ],
    )
    fork = await api.post(f"/sessions/{session_id}/fork", data={"at": "m1assistant"})
    assert "And then?" not in await shown(api, fork.headers["location"].rpartition("/")[2])
    page = await shown(api, session_id)
    for words in (
        "&lt;b&gt;How&lt;/b&gt; warm?", 'class="door mcp">MCP<', "get_weather", "340 ms",
        "18 &lt;C&gt;", "no document", "lease.pdf <small>page 3, line 12",
        "1,204 in, 90 out tokens · $0.0013",
        "could not be finished. The language model stalled.", "There is no reply to this.",
    ):  # fmt: skip
        assert words in page, words


async def test_a_reply_that_is_being_written_is_shown_as_far_as_it_has_come(
    api: httpx.AsyncClient, session_id: str, redis: Redis, keys: Keys
):
    log = ConversationLog(redis, keys)
    begun = await log.begin_turn(session_id, text="Go on", door=Door.REST)
    assert "growing" in await shown(api, session_id)
    called = '{"id": "c1", "name": "add", "args": {"a": 1}}'
    await log.append(session_id, begun.turn, 1, [Event("token", "So **far**")])
    await log.append(session_id, begun.turn, 2, [Event("tool_start", called)])
    page = await shown(api, session_id)
    assert "So <strong>far</strong>" in page
    assert "running…" in page
    assert 'aria-busy="true"' in page


async def test_a_question_that_failed_without_a_word_says_why_after_a_reload(
    api: httpx.AsyncClient, session_id: str, redis: Redis, keys: Keys
):
    log = ConversationLog(redis, keys)
    begun = await log.begin_turn(session_id, text="Go on", door=Door.REST)
    why = Event("error", '{"detail": "The <model> stalled."}')
    await log.end_turn(session_id, begun.turn, message=None, events=[why])
    assert "There is no reply to this. The &lt;model&gt; stalled." in await shown(api, session_id)


async def test_a_browser_that_missed_something_is_sent_the_whole_log_once(
    http_api: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce, redis: Redis, keys: Keys
):
    made = await http_api.post("/v1/sessions?wait=20", json={"scenario": "support"})
    address = f"/sessions/{made.json()['id']}/live"
    log = ConversationLog(redis, keys)
    begun = await log.begin_turn(made.json()["id"], text="Missed", door=Door.REST)
    async with asyncio.timeout(10):
        async with aconnect_sse(http_api, "GET", f"{address}?after=0-0") as source:
            first = await anext(source.aiter_sse())
        assert "Missed" in first.data
        # In whole parts alone: what stands within one is not to be put anywhere by itself.
        assert re.findall(r'id="(\w+)"[^>]*hx-swap-oob', first.data) == ["log", "totals", "about"]
        assert first.data.count("hx-swap-oob") == 3
        async with aconnect_sse(http_api, "GET", f"{address}?after={begun.entry_id}") as source:
            again = await anext(source.aiter_sse())
        assert "Missed" not in again.data


async def test_a_long_conversation_begins_with_its_end(
    api: httpx.AsyncClient, session_id: str, redis: Redis, keys: Keys
):
    turns = [said(n, "user", f"Question {n}.") for n in range(70)]
    await ConversationCopies(redis, keys).begin(session_id, turns)
    page = await shown(api, session_id)
    assert "Question 69." in page
    assert "Question 9." not in page
    assert "Show 10 earlier turns" in page
    assert "Question 9." in await shown(api, session_id, "?all=true")


async def test_a_chat_backend_that_is_away_is_said_and_the_words_are_kept(
    api: httpx.AsyncClient, session_id: str
):
    answer = await api.post(f"/sessions/{session_id}/say", data={"text": "My <words>"})
    assert answer.status_code == 503
    assert "cannot be reached" in answer.text
    assert "My &lt;words&gt;</textarea>" in answer.text


async def test_somebody_else_s_session_is_not_found(api: httpx.AsyncClient):
    for path in ("/sessions/ses-none", "/sessions/ses-none/live"):
        assert (await api.get(path, headers=HTML)).status_code == 404
