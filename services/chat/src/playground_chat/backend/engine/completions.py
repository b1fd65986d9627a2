"""Answers that belong to no conversation: the caller brings every message, and nothing is kept.

A completion ends with its reader: nobody could take it up again.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage, SystemMessage
from langchain_core.runnables import Runnable

from playground.conversation.model import Door, Outcome
from playground.errors import InvalidRequest, ModelUnavailable
from playground_chat.backend.engine.briefing import Briefing, Briefings, Wish
from playground_chat.backend.engine.failures import failure_of
from playground_chat.backend.engine.metrics import TurnMetrics
from playground_chat.backend.engine.models import ModelClients


@dataclass(frozen=True)
class Prompted:
    """What a completion is asked: the conversation so far, and how it is to be answered."""

    scenario: str
    messages: Sequence[BaseMessage]
    instructions: str = ""
    """Added to the scenario's prompt."""
    temperature: float | None = None
    max_tokens: int | None = None
    """Never more than the scenario allows."""
    stop: list[str] | None = None
    tools: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    tool_options: dict[str, Any] = field(default_factory=dict[str, Any])
    """`tool_choice` and `parallel_tool_calls`, where the caller said something of them."""


class Completions:
    """Asks models on behalf of callers who keep their own conversations."""

    def __init__(
        self,
        models: ModelClients,
        briefings: Briefings,
        metrics: TurnMetrics,
        *,
        limit_s: float,
    ) -> None:
        self._models = models
        self._briefings = briefings
        self._metrics = metrics
        self._limit_s = limit_s

    async def stream(self, asked: Prompted) -> AsyncGenerator[AIMessage]:
        """The answer's pieces as the model sends them.

        Raises ScenarioNotFound, and whatever a model's failure is called (`failure_of`).
        """
        wish = Wish(temperature=asked.temperature)
        briefing = await self._briefings.of_scenario(asked.scenario, wish)
        outcome, begun, pieces = Outcome.CANCELLED, time.perf_counter(), 0
        self._metrics.running.inc()
        try:
            async with aclosing(self._chunks(asked, briefing, begun + self._limit_s)) as chunks:
                async for chunk in chunks:
                    if not pieces:
                        self._metrics.first_token.observe(time.perf_counter() - begun)
                    pieces += bool(chunk.text)
                    yield chunk
            outcome = Outcome.COMPLETE
        except Exception as error:
            outcome = Outcome.FAILED
            raise failure_of(error, briefing.model) from error
        finally:
            self._metrics.running.dec()
            self._metrics.turns.labels(outcome, Door.OPENAI).inc()
            self._metrics.tokens.inc(pieces)

    async def _chunks(
        self, asked: Prompted, briefing: Briefing, deadline: float
    ) -> AsyncGenerator[AIMessage]:
        await self._models.ready()
        limits = [n for n in (asked.max_tokens, briefing.max_tokens) if n is not None]
        client = self._models.client(
            briefing.model,
            temperature=briefing.temperature,
            max_tokens=min(limits, default=None),
            fallbacks=briefing.fallbacks,
        )
        prompt = "\n\n".join(part for part in (briefing.system_prompt, asked.instructions) if part)
        told = [SystemMessage(prompt), *asked.messages]
        chunks = _with_tools(client, asked).astream(told, stop=asked.stop)
        while True:
            # A stopped clock for each piece: one around them all would end our reader, not us.
            try:
                async with asyncio.timeout(deadline - time.perf_counter()):
                    chunk = await anext(chunks)
            except StopAsyncIteration:
                return
            except TimeoutError as error:
                raise ModelUnavailable(
                    f"The answer took longer than {self._limit_s:g} seconds and was ended."
                ) from error
            yield chunk


def _with_tools(client: BaseChatModel, asked: Prompted) -> Runnable[LanguageModelInput, AIMessage]:
    """*client*, told of the caller's tools. Raises InvalidRequest where it cannot use any."""
    if not asked.tools:
        return client
    try:
        return client.bind_tools(asked.tools, **asked.tool_options)
    except (NotImplementedError, ValueError, TypeError, KeyError) as error:
        raise InvalidRequest("These tools cannot be given to this model.") from error
