"""One turn: the model speaks, the writer writes, and whatever happens it ends with an outcome.

A turn does not know who reads it; it goes on when its reader goes away, and is ended only by name.
"""

import asyncio
import json
import logging
from dataclasses import dataclass, replace

from redis.exceptions import RedisError

from playground.clock import now
from playground.conversation.log import ConversationLog, Hold
from playground.conversation.model import Event, Message, Outcome
from playground.errors import ModelUnavailable, PlaygroundError, TurnInterrupted
from playground.identifiers import new_id
from playground.redis_connection import translated
from playground_chat.backend.engine.answer import Answers
from playground_chat.backend.engine.briefing import Briefing
from playground_chat.backend.engine.failures import NOTHING_SAID, failure_of
from playground_chat.backend.engine.metrics import Cost, TurnMetrics
from playground_chat.backend.engine.sources import Found, Sources
from playground_chat.backend.engine.tracing import TRACING
from playground_chat.backend.engine.transcript import Transcript
from playground_chat.backend.engine.usage import Usage
from playground_chat.backend.engine.writer import TurnWriter, persistently

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Ended:
    """How a turn ended: with a message if anything was said, with an error if something failed."""

    outcome: Outcome
    message: Message | None
    error: PlaygroundError | None
    turns: int | None
    """How many turns the conversation has had; None where somebody else has ended this one."""


@dataclass(frozen=True)
class Question:
    """What a turn answers: the user's message, its place in the log, and whose request it was."""

    conversation_id: str
    message: Message
    entry_id: str
    request_id: str


class Turn:
    """A running turn. `run` never raises; `stop` may be called at any time and more than once."""

    def __init__(
        self,
        question: Question,
        briefing: Briefing,
        *,
        answers: Answers,
        conversations: ConversationLog,
        metrics: TurnMetrics,
        cost: Cost,
        sources: Sources,
        limit_s: float,
    ) -> None:
        self.question = question
        self.briefing = briefing
        self._answers = answers
        self._log = conversations
        self._metrics = metrics
        self._sources = sources
        self._found: Found | None = None
        self._limit_s = limit_s
        self._usage = Usage(cost)
        self._stopped: Outcome | None = None
        self._lost = False
        self._speaking: asyncio.Task[None] | None = None
        self._writer = TurnWriter(
            conversations, question.conversation_id, question.message.turn, learns=self._learn
        )
        self._transcript = Transcript(self._writer.put)

    def stop(self, outcome: Outcome) -> None:
        """End the turn with what was said, as *outcome*."""
        self._stopped = self._stopped or outcome
        if self._speaking is not None:
            self._speaking.cancel()

    async def run(self) -> Ended:
        """Answer the question to the end, whatever end it is."""
        writing = asyncio.create_task(self._writer.run(), name="turn writer")
        self._speaking = asyncio.create_task(self._speak(), name="turn speaker")
        if self._stopped:
            self._speaking.cancel()
        try:
            await asyncio.wait({self._speaking})
            self._writer.finish()
            await writing
            return await self._end(*self._outcome(self._speaking))
        finally:
            self._speaking.cancel()
            writing.cancel()

    async def _speak(self) -> None:
        question = self.question
        about = {
            "playground.conversation": question.conversation_id,
            "playground.door": question.message.door,
            "playground.request_id": question.request_id,
            "gen_ai.request.model": self.briefing.model,
        }
        with TRACING.span("turn", about) as span:
            if TRACING.shows_content:
                span.set_attribute("gen_ai.input.messages", question.message.content)
            await self._answered()
            if TRACING.shows_content:
                span.set_attribute("gen_ai.output.messages", self._transcript.content)

    async def _answered(self) -> None:
        question = self.question
        async with asyncio.timeout(self._limit_s):
            await self._answers.give(
                await self._briefed(),
                question.conversation_id,
                question.message.content,
                before=question.message.id,
                usage=self._usage,
                transcript=self._transcript,
            )
        if not self._transcript.pieces:
            raise ModelUnavailable(NOTHING_SAID)

    async def _briefed(self) -> Briefing:
        """The briefing, with what was found for the question after its system prompt."""
        asked = self.question
        self._found = await self._sources.of(
            asked.conversation_id, asked.message.content, self.briefing.model
        )
        if listed := self._found.listed():
            self._writer.put(Event("sources", json.dumps(listed)))
        prompt = f"{self.briefing.system_prompt}{self._found.told()}"
        return replace(self.briefing, system_prompt=prompt)

    def _learn(self, hold: Hold) -> None:
        if not hold.owned:
            self._lost = True
            self.stop(Outcome.INTERRUPTED)
        elif hold.cancelled:
            self.stop(Outcome.CANCELLED)

    def _outcome(self, spoken: asyncio.Task[None]) -> tuple[Outcome, PlaygroundError | None]:
        if spoken.cancelled():
            outcome = self._stopped or Outcome.INTERRUPTED
            return outcome, None if outcome is Outcome.CANCELLED else TurnInterrupted()
        error = spoken.exception()
        if error is None:
            return Outcome.COMPLETE, None
        if isinstance(error, TimeoutError):
            detail = f"The answer took longer than {self._limit_s:g} seconds and was ended."
            return Outcome.FAILED, ModelUnavailable(detail)
        return Outcome.FAILED, failure_of(error, self.briefing.model)

    async def _end(self, outcome: Outcome, error: PlaygroundError | None) -> Ended:
        question = self.question
        problem = error.problem(question.request_id) if error else None
        message = self._message(outcome, problem)
        last = [Event("error", json.dumps(problem))] if problem else []
        turns = await self._ended_in_log(message, [*self._writer.rest(), *last])
        if turns is None:  # closed by another process, or the store is gone for good
            outcome, message = Outcome.INTERRUPTED, None
            error = self._writer.failure or TurnInterrupted()
        self._metrics.turns.labels(outcome, question.message.door).inc()
        self._metrics.tokens.inc(self._transcript.pieces)
        if self._transcript.first_said is not None:
            self._metrics.first_token.observe(self._transcript.first_said)
        return Ended(outcome, message, error, turns)

    async def _ended_in_log(self, message: Message | None, events: list[Event]) -> int | None:
        question = self.question
        if self._lost:
            return None

        async def end() -> int | None:
            return await self._log.end_turn(
                question.conversation_id, question.message.turn, message=message, events=events
            )

        try:
            return await persistently(end)
        except RedisError as error:
            log.error("turn %s is left to be closed: %s", question.message.turn, error)
            self._writer.failure = translated(error)
            return None

    def _message(self, outcome: Outcome, problem: dict[str, object] | None) -> Message | None:
        """What there is of an answer: words, or at least calls of tools."""
        asked, text, calls = (
            self.question.message,
            self._transcript.content,
            self._transcript.tool_calls,
        )
        if not text and not calls:
            return None
        return Message(
            id=new_id("msg"),
            turn=asked.turn,
            role="assistant",
            content=text,
            created_at=now(),
            door=asked.door,
            status=outcome,
            model=self._usage.model or self.briefing.model,
            tool_calls=calls or None,
            citations=(self._found.cited_in(text) if self._found else None) or None,
            usage=self._usage.counts or None,
            error=problem,
        )
