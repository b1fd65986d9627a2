"""The rules that are set for MCP clients: read-only or not, and which scenarios."""

from collections.abc import Iterable
from typing import Any, cast

from redis.exceptions import RedisError

from playground.errors import Forbidden
from playground.redis_connection import translated
from playground.sessions.store import SessionStore

READ_ONLY = "MCP clients may look here, and change nothing."


class Rules:
    """Raises Forbidden for what is not allowed."""

    def __init__(
        self, sessions: SessionStore, *, read_only: bool, scenarios: frozenset[str]
    ) -> None:
        self.read_only = read_only
        self._sessions = sessions
        self._scenarios = scenarios

    def allows(self, scenario: str) -> bool:
        """Whether clients may use this scenario."""
        return not self._scenarios or scenario in self._scenarios

    def check_scenario(self, name: str) -> None:
        """Raises Forbidden where clients may not use it."""
        if not self.allows(name):
            raise Forbidden(f"The scenario {name[:100]!r} is not among those for MCP clients.")

    async def check_session(self, session_id: str) -> None:
        """Raises Forbidden where its scenario may not be used. What is no session has none."""
        if not self._scenarios:
            return
        try:
            session = await self._sessions.find(session_id)
        except RedisError as error:
            raise translated(error) from error
        if session is not None:
            self.check_scenario(session.scenario)

    async def check_arguments(self, arguments: dict[str, Any], session_id: str | None) -> None:
        """The same for all that the arguments of a call name."""
        targets = arguments.get("targets")
        named = [arguments, *(cast(list[Any], targets) if isinstance(targets, list) else [])]
        for scenario in _texts(named, "scenario"):
            self.check_scenario(scenario)
        for session in {*_texts(named, "session_id"), *([session_id] if session_id else [])}:
            await self.check_session(session)


def _texts(named: Iterable[Any], key: str) -> set[str]:
    found = [cast(dict[str, Any], one).get(key) for one in named if isinstance(one, dict)]
    return {one for one in found if isinstance(one, str)}
