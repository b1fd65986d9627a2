"""Comparing: a question is put to all columns at once, and the answers are watched and judged."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Any

from playground.clock import now
from playground.conversation.history import ConversationHistory
from playground.conversation.tail import ConversationTail
from playground.errors import FieldError, InvalidRequest
from playground.identifiers import new_id
from playground.scenarios.model import Scenario
from playground_api.comparisons.answers import answer_so_far, begun, told
from playground_api.comparisons.chat_door import Begun, ChatDoor
from playground_api.comparisons.model import Answer, Column, Judged, Run
from playground_api.comparisons.runs import Runs

_WAITING = 100
"""Changes that wait for a reader; beyond them every column waits at its place in its log."""


@dataclass(frozen=True)
class Asked:
    """One column as it is wanted: a scenario, and perhaps another model than its own."""

    scenario: Scenario
    model: str | None = None
    draft: bool = False
    """Whether the scenario is not the one that is in use, and has to be told whole."""
    version: int | None = None
    """Of somebody's own scenario that is saved."""

    @property
    def name(self) -> str:
        """How it is chosen again."""
        older = self.draft and self.version is not None
        return f"{self.scenario.name}@{self.version}" if older else self.scenario.name

    def target(self) -> dict[str, Any]:
        """What `POST /v1/compare` calls it."""
        whole = self.scenario.model_dump(mode="json", exclude_none=True)
        who = {"draft": whole} if self.draft else {"scenario": self.scenario.name}
        return {**who, **({"model": self.model} if self.model else {})}


@dataclass(frozen=True)
class Comparing:
    """Makes runs and follows them. May raise redis-py's errors."""

    door: ChatDoor
    runs: Runs
    history: ConversationHistory
    tail: ConversationTail

    async def ask(self, text: str, wanted: Sequence[Asked], *, listed: bool = True) -> Run:
        """A new run, whose answers have begun. Raises what `ChatDoor.ask` does."""
        if not text.strip():
            wrong = FieldError("input", "Ask something.")
            raise InvalidRequest("There is no question.", errors=(wrong,))
        begun = await self.door.ask(text, [one.target() for one in wanted])
        columns = [_column(one, how, listed) for one, how in zip(wanted, begun, strict=True)]
        run = Run(id=new_id("run"), input=text, created_at=now(), columns=columns)
        await self.runs.add(run, listed=listed)
        return run

    async def look(self, run_id: str) -> tuple[Judged, list[Answer]]:
        """The run as it is now, and its answers so far, which are kept once all have ended.

        Raises ComparisonNotFound.
        """
        judged = await self.runs.get(run_id)
        if judged.answers is not None:
            return judged, judged.answers
        columns = judged.run.columns
        answers = list(
            await asyncio.gather(*(answer_so_far(self.history, column) for column in columns))
        )
        if finished(answers):
            await self.runs.keep_answers(judged.run.id, answers)
        return judged, answers

    async def settled(self, run: Run, wait_s: float) -> None:
        """Wait until all have answered, or the time is up."""
        with suppress(TimeoutError):
            async with asyncio.timeout(wait_s), aclosing(self.follow(run)) as changes:
                async for _ in changes:
                    pass

    async def follow(self, run: Run) -> AsyncGenerator[tuple[int, str, Answer]]:
        """Each column's new words and its answer with them, until every one has ended.

        What was said before comes first, as one piece.
        """
        waiting: asyncio.Queue[tuple[int, str, Answer] | None] = asyncio.Queue(_WAITING)
        tasks = [
            asyncio.create_task(self._follow_column(number, column, waiting))
            for number, column in enumerate(run.columns)
        ]
        try:
            running = len(tasks)
            while running:
                change = await waiting.get()
                if change is None:
                    running -= 1
                else:
                    yield change
        finally:
            for task in tasks:
                task.cancel()

    async def _follow_column(
        self, number: int, column: Column, waiting: "asyncio.Queue[tuple[int, str, Answer] | None]"
    ) -> None:
        answer = begun(column)
        if column.conversation_id is not None:
            following = self.tail.batches(column.conversation_id, column.after or "0-0")
            async with aclosing(following) as batches:
                async for batch in batches:
                    answer = told(answer, column, batch)
                    words = "".join(entry.data for entry in batch if entry.kind == "token")
                    await waiting.put((number, words, answer))
                    if answer.outcome is not None:
                        break
        else:
            await waiting.put((number, "", answer))
        await waiting.put(None)


def finished(answers: Sequence[Answer]) -> bool:
    """Whether nothing more is going to be said."""
    return all(answer.outcome is not None for answer in answers)


def _column(asked: Asked, begun: Begun, listed: bool) -> Column:
    return Column(
        scenario=asked.scenario.name,
        version=asked.version,
        wanted=asked.name,
        title=asked.scenario.title,
        icon=asked.scenario.icon,
        wanted_model=asked.model,
        model=begun.model or asked.model or asked.scenario.model or "",
        draft=not listed,
        conversation_id=begun.conversation_id,
        after=begun.after,
        problem=begun.problem,
    )
