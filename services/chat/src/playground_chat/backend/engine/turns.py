"""The turns of this process: begun one at a time in each conversation, kept while they run."""

import asyncio
from dataclasses import dataclass
from dataclasses import replace as replace_fields

from playground.conversation.log import ConversationLog
from playground.conversation.model import Door, Outcome
from playground.errors import NoCapacity, TurnInProgress
from playground_chat.backend.engine.activity import SessionActivity
from playground_chat.backend.engine.answer import Answers
from playground_chat.backend.engine.briefing import Briefing, Briefings, Wish
from playground_chat.backend.engine.metrics import Cost, TurnMetrics
from playground_chat.backend.engine.sources import Sources
from playground_chat.backend.engine.turn import Ended, Question, Turn


@dataclass(frozen=True)
class Running:
    """A turn that was begun: what it answers, and its end to wait for."""

    question: Question
    briefing: Briefing
    task: asyncio.Task[Ended]

    async def wait(self) -> Ended:
        """How the turn ended. Whoever stops waiting does not stop the turn."""
        return await asyncio.shield(self.task)


class Turns:
    """Begins turns, cancels them, and lets them end when the process stops."""

    def __init__(
        self,
        conversations: ConversationLog,
        activity: SessionActivity,
        briefings: Briefings,
        answers: Answers,
        metrics: TurnMetrics,
        *,
        cost: Cost,
        sources: Sources,
        limit_s: float,
    ) -> None:
        self._log = conversations
        self._activity = activity
        self._briefings = briefings
        self._answers = answers
        self._metrics = metrics
        self._cost = cost
        self._sources = sources
        self._limit_s = limit_s
        self._turns: dict[str, Turn] = {}
        self._draining = False
        self._tasks: set[asyncio.Task[Ended]] = set()

    async def begin(
        self,
        conversation_id: str,
        text: str,
        *,
        door: Door,
        wish: Wish,
        replaces: str | None = None,
        request_id: str = "",
    ) -> Running:
        """Begin a turn, which then runs on by itself; in the place of the turn *replaces*, if any.

        Raises TurnInProgress, SessionEnded, TurnLimitReached, ScenarioNotFound, Conflict and
        Redis's errors.
        """
        if self._draining:
            raise NoCapacity("This server is stopping; try again in a moment.")
        await self._refuse_a_second(conversation_id)
        briefing = await self._briefings.brief(conversation_id, wish)
        briefing = replace_fields(briefing, anew=replaces is not None)
        begun = await self._log.begin_turn(conversation_id, text=text, door=door, replaces=replaces)
        question = Question(conversation_id, begun.message, begun.entry_id, request_id)
        turn = Turn(
            question,
            briefing,
            answers=self._answers,
            conversations=self._log,
            metrics=self._metrics,
            cost=self._cost,
            sources=self._sources,
            limit_s=self._limit_s,
        )
        self._turns[conversation_id] = turn
        task = asyncio.create_task(self._run(turn), name=f"turn {begun.turn}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return Running(question, briefing, task)

    def runs_here(self, conversation_id: str, turn_id: str) -> bool:
        """Whether this process runs that turn."""
        turn = self._turns.get(conversation_id)
        return turn is not None and turn.question.message.turn == turn_id

    async def cancel(self, conversation_id: str) -> bool:
        """End the conversation's turn, at once if it runs here; whether there was one."""
        turn = self._turns.get(conversation_id)
        if turn is not None:
            turn.stop(Outcome.CANCELLED)
            return True
        return await self._log.ask_to_cancel(conversation_id) is not None

    async def drain(self, seconds: float) -> None:
        """Begin no more turns; end those that have not ended by themselves after *seconds*."""
        self._draining = True
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)
        for turn in self._turns.values():
            turn.stop(Outcome.INTERRUPTED)
        if (
            self._tasks
        ):  # an absent store would keep them for long; the sweeper of another closes them
            await asyncio.wait(self._tasks, timeout=2)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _refuse_a_second(self, conversation_id: str) -> None:
        """Our own turn is no abandoned one, even where an absent Redis let its lease expire."""
        turn = self._turns.get(conversation_id)
        if turn is not None:
            state = await self._log.state(conversation_id)
            if state.running_turn == turn.question.message.turn:
                raise TurnInProgress

    async def _run(self, turn: Turn) -> Ended:
        conversation_id = turn.question.conversation_id
        self._metrics.running.inc()
        noting = None
        if turn.briefing.has_session:
            noting = asyncio.create_task(self._activity.begun(conversation_id))
        try:
            ended = await turn.run()
        finally:
            self._metrics.running.dec()
            if self._turns.get(conversation_id) is turn:
                del self._turns[conversation_id]
        if ended.message is not None:
            self._answers.remember(conversation_id, turn.briefing)
        if noting is not None:
            await noting
            await self._activity.note(conversation_id, ended.turns)
        return ended
