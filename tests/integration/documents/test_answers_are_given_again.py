"""Answers that a scenario gives again, by the meaning of the question, where Redis can search."""

import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis as sync_redis
from langchain_core.embeddings import Embeddings
from langchain_core.messages import HumanMessage, SystemMessage
from prometheus_client import CollectorRegistry

from playground.identifiers import new_id
from playground.keys import Keys
from playground.principal import LOCAL
from playground.redis_connection import connection
from playground.sessions.model import new_session
from playground.sessions.store import SessionStore
from playground.settings import StoreSettings
from playground_chat.backend.answers.kept import KeptAnswers
from playground_chat.backend.answers.metrics import AnswerMetrics
from playground_chat.backend.documents.vectors import Vectors
from playground_chat.backend.engine.briefing import Briefing, Repeat
from playground_chat.backend.settings import ChatSettings
from tests.support.chat_backend import running_backend
from tests.support.scripted_model import ScriptedModel
from tests.support.waiting import wait_until

FAQ = """
name: faq
title: Questions
system_prompt: "Answer for {{ city }}."
answer_cache: {keep_s: 600}
inputs: [{key: city, label: City, type: text, default: Oslo}]
"""


class Faq:
    """The scenario's users, each with a session of their own."""

    def __init__(self, client: httpx.AsyncClient, redis_url: str) -> None:
        self.client = client
        self.redis_url = redis_url

    async def ask(self, text: str, *, city: str = "Oslo") -> dict[str, Any]:
        """The answer to the first question of a new session."""
        session = await self._session(city)
        return await self.go_on(session, text)

    async def go_on(self, session: str, text: str | None) -> dict[str, Any]:
        asked = {"input": text} if text is not None else {"regenerate": True}
        answer = await self.client.post("/v1/chat", json={"session_id": session, **asked})
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def _session(self, city: str) -> str:
        async with connection(self.redis_url) as redis:
            session = new_session(
                session_id=new_id("ses"),
                principal=LOCAL,
                scenario="faq",
                title="Questions",
                model="openai:scripted",
                inputs={"city": city},
                context={},
            )
            return (await SessionStore(redis, Keys("default")).create(session)).id


@pytest.fixture(scope="module")
def search_backend(
    search_server_url: str, model: ScriptedModel, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("faq")
    (folder / "faq.yaml").write_text(FAQ)
    with running_backend(search_server_url, model.url, folder) as url:
        yield url


@asynccontextmanager
async def _faq(url: str, redis_url: str) -> AsyncIterator[Faq]:
    async with httpx.AsyncClient(base_url=url, timeout=60) as client:
        yield Faq(client, redis_url)


@pytest.fixture
async def faq(search_backend: str, search_server_url: str) -> AsyncIterator[Faq]:
    with sync_redis.Redis.from_url(search_server_url) as store:
        store.flushall()  # the index as well, which the backend has to make anew
    async with _faq(search_backend, search_server_url) as made:
        yield made


@pytest.fixture
def kept(search_server_url: str) -> Iterator[sync_redis.Redis]:
    with sync_redis.Redis.from_url(search_server_url) as store:
        yield store


async def _once_kept(
    kept: sync_redis.Redis, count: int = 1, *, scenario: str = "faq"
) -> list[bytes]:
    """All that are kept; a test waits for its own, so that none comes in the midst of the next."""

    def keys() -> list[bytes]:
        return [*kept.scan_iter(f"default:answers:*:{scenario}:*")]

    await wait_until(lambda: len(keys()) == count, "the answer is kept")
    return keys()


async def test_a_question_that_means_the_same_is_not_asked_of_the_model(
    faq: Faq, kept: sync_redis.Redis, model: ScriptedModel
) -> None:
    first = await faq.ask("[[tokens=3]]How can I pay my parking ticket?")
    (key,) = await _once_kept(kept)
    assert 0 < kept.ttl(key) <= 600
    asked = len(model.requests)
    again = await faq.ask("[[tokens=3]]How do I pay my parking ticket?")
    assert again["text"] == first["text"] == "w0 w1 w2"
    assert again["usage"] == {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0}
    assert len(model.requests) == asked
    await faq.ask("[[tokens=3]]Who is the mayor of this town?")
    assert len(model.requests) == asked + 1
    await _once_kept(kept, 2)
    metrics = (await faq.client.get("/metrics")).text
    assert 'playground_answers_looked_up_total{outcome="found"} 1.0' in metrics


async def test_who_is_told_something_else_is_answered_by_the_model(
    faq: Faq, kept: sync_redis.Redis
) -> None:
    assert (await faq.ask("[[say=system]]Where?"))["text"] == "Answer for Oslo."
    await _once_kept(kept)
    assert (await faq.ask("[[say=system]]Where?", city="Rome"))["text"] == "Answer for Rome."
    (key,) = await _once_kept(kept)

    def is_of_rome() -> bool:
        return any("Rome" in str(value) for value in kept.hgetall(key).values())

    await wait_until(is_of_rome, "the answer for Rome is kept in its place")


async def test_later_questions_and_answers_anew_are_the_models(
    faq: Faq, kept: sync_redis.Redis, model: ScriptedModel
) -> None:
    first = await faq.ask("And now?")
    await _once_kept(kept)
    asked = len(model.requests)
    await faq.go_on(first["session_id"], "And now?")
    assert len(model.requests) == asked + 1
    second = await faq.ask("And now?")
    assert len(model.requests) == asked + 1
    await faq.go_on(second["session_id"], None)
    assert len(model.requests) == asked + 2


async def test_without_a_search_module_the_model_answers(
    redis_url: str, model: ScriptedModel, tmp_path: Path
) -> None:
    (tmp_path / "faq.yaml").write_text(FAQ)
    with running_backend(redis_url, model.url, tmp_path) as url:
        async with _faq(url, redis_url) as faq:
            asked = len(model.requests)
            for _ in range(2):
                assert (await faq.ask("[[tokens=1]]Again?"))["text"] == "w0"
            assert len(model.requests) == asked + 2


class VectorsThatTakeLongAtFirst(Vectors):
    """Their model is loaded when the test says so, and for all who wait for it at once."""

    def __init__(self, redis_url: str) -> None:
        super().__init__(ChatSettings(), StoreSettings(redis_url=redis_url))
        self.loaded = threading.Event()
        self._together = threading.Barrier(2)

    def embeddings(self) -> Embeddings:
        assert self.loaded.wait(30)
        found = super().embeddings()
        with suppress(threading.BrokenBarrierError):
            self._together.wait(0.5)
        return found


async def test_an_answer_is_kept_although_looking_it_up_took_too_long(
    search_server_url: str, kept: sync_redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.flushall()
    monkeypatch.setattr("playground_chat.backend.answers.kept.PATIENCE_S", 0.05)
    vectors = VectorsThatTakeLongAtFirst(search_server_url)
    metrics = AnswerMetrics(CollectorRegistry())
    answers = KeptAnswers(StoreSettings(redis_url=search_server_url), vectors, metrics)
    briefing = Briefing("m", "Be brief.", repeat=Repeat("slow", 0.1, 600))
    asked = [SystemMessage("Be brief."), HumanMessage("Where?")]
    assert await answers.find(briefing, asked) is None
    answers.keep(briefing, asked, "Here.")
    vectors.loaded.set()
    await answers.close()
    await _once_kept(kept, scenario="slow")
    monkeypatch.setattr("playground_chat.backend.answers.kept.PATIENCE_S", 30)
    assert await answers.find(briefing, asked) == "Here."
