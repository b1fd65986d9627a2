"""What a turn has to know before it asks a model: which one, how, and with which instructions."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from playground.conversation.log import ConversationLog
from playground.errors import Conflict, ScenarioNotFound
from playground.library.scenarios import Scenarios
from playground.scenarios.model import Scenario, filled_in
from playground.sessions.model import Session
from playground.sessions.store import SessionStore
from playground_chat.backend.engine.surroundings import unmentioned
from playground_chat.backend.tools.wanted import ToolsWanted, tools_wanted

PLAIN_PROMPT = (
    "You are a helpful assistant. Answer clearly and to the point, in the language of the "
    "question. Say so when you do not know something."
)

NO_PREFERENCE = ToolsWanted()


class TurnLimitReached(Conflict):
    """This session has had all the turns that its scenario allows; start a new one."""

    title = "Turn limit reached"


@dataclass(frozen=True)
class Wish:
    """What the caller of one turn asked for besides its text."""

    model: str | None = None
    temperature: float | None = None
    agent: bool = False
    """Whether tools are to be used even where answers do not use them by themselves."""
    scenario: str | None = None
    """The scenario by which a conversation without a session is to be answered."""
    draft: Scenario | None = None
    """The same for a scenario that is kept nowhere yet."""


@dataclass(frozen=True)
class Repeat:
    """That a scenario's answers may be given again, and how (`answer_cache` of a scenario)."""

    name: str
    """The scenario's."""
    distance: float
    """The cosine distance up to which two questions mean the same."""
    keep_s: int


@dataclass(frozen=True)
class Briefing:
    """The model of a turn, its settings, and the system prompt."""

    model: str
    system_prompt: str
    temperature: float | None = None
    max_tokens: int | None = None
    fallbacks: tuple[str, ...] = ()
    """Models that are asked in its place while it has not said a word."""
    tools: ToolsWanted = NO_PREFERENCE
    agent: bool = False
    """Whether tools are to be used even where answers do not use them by themselves."""
    has_session: bool = False
    context: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What the session's context holds and the system prompt does not mention yet."""
    repeat: Repeat | None = None
    """Whether its answer may be one that was given before, and may be given again."""
    anew: bool = False
    """Whether the question was answered already, and another answer is wanted."""


class Briefings:
    """Makes a turn's briefing from the session, its scenario and the caller's wish."""

    def __init__(
        self,
        sessions: SessionStore,
        log: ConversationLog,
        scenarios: Scenarios,
        *,
        default_model: str,
    ) -> None:
        self._sessions = sessions
        self._log = log
        self._scenarios = scenarios
        self._default_model = default_model

    async def brief(self, conversation_id: str, wish: Wish) -> Briefing:
        """The briefing of the conversation's next turn.

        Raises SessionEnded, ScenarioNotFound or TurnLimitReached. A name that no session has is a
        plain conversation.
        """
        session, state = await asyncio.gather(
            self._sessions.find(conversation_id), self._log.state(conversation_id)
        )
        if session is None and wish.draft is not None:
            return replace(self._without_session(wish.draft, wish), repeat=None)
        if session is None and wish.scenario is not None:
            return await self.of_scenario(wish.scenario, wish)
        if session is None:
            model = wish.model or self._default_model
            return Briefing(model, PLAIN_PROMPT, wish.temperature, agent=wish.agent)
        scenario = await self._scenarios.get(session.require_open().scenario)
        if state.turns >= scenario.limits.max_turns:
            raise TurnLimitReached(
                f"A session of {scenario.title} has at most {scenario.limits.max_turns} turns; "
                "start a new one."
            )
        return _of_session(session, scenario, wish)

    async def of_scenario(self, name: str, wish: Wish) -> Briefing:
        """The briefing of a scenario without a session: its inputs have their defaults.

        Raises ScenarioNotFound, also for one whose page is an app of its own.
        """
        return self._without_session(await self._scenarios.get(name), wish)

    def _without_session(self, scenario: Scenario, wish: Wish) -> Briefing:
        if scenario.kind != "chat":
            raise ScenarioNotFound(f"{scenario.title} is an app of its own and cannot be asked.")
        values = scenario.checked_inputs({})
        prompt = filled_in(scenario.system_prompt, {"inputs": values, "context": {}, **values})
        chosen = scenario.temperature if wish.temperature is None else wish.temperature
        return Briefing(
            model=wish.model or scenario.model or self._default_model,
            system_prompt=prompt or PLAIN_PROMPT,
            temperature=chosen,
            max_tokens=scenario.max_tokens,
            fallbacks=tuple(scenario.fallbacks),
            tools=tools_wanted(scenario.tools),
            agent=wish.agent,
            repeat=_repeat(scenario),
        )


def _of_session(session: Session, scenario: Scenario, wish: Wish) -> Briefing:
    prompt = session.system_prompt or scenario.system_prompt
    chosen = (wish.temperature, session.temperature, scenario.temperature)
    return Briefing(
        model=wish.model or session.model,
        system_prompt=filled_in(prompt, _values(session)) or PLAIN_PROMPT,
        temperature=next((t for t in chosen if t is not None), None),
        max_tokens=scenario.max_tokens,
        fallbacks=tuple(scenario.fallbacks),
        tools=tools_wanted(scenario.tools),
        agent=wish.agent,
        has_session=True,
        context=unmentioned(prompt, session.context, session.inputs),
        repeat=_repeat(scenario),
    )


def _repeat(scenario: Scenario) -> Repeat | None:
    kept = scenario.answer_cache
    return Repeat(scenario.name, kept.distance, kept.keep_s) if kept is not None else None


def _values(session: Session) -> dict[str, Any]:
    """What a prompt's placeholders may name: inputs first, then the context's own keys."""
    whole = {"inputs": session.inputs, "context": session.context}
    return {**whole, **session.context, **session.inputs}
