"""The rules that are set for MCP clients: read-only or not, and which scenarios.

A document is its conversations': it may be read where one of them may be.
"""

from collections.abc import Iterable
from typing import Any, cast

from redis.exceptions import RedisError

from playground.documents.shelf import Shelf
from playground.errors import Forbidden
from playground.redis_connection import translated
from playground.sessions.store import SessionStore

READ_ONLY = "MCP clients may look here, and change nothing."


class Rules:
    """Raises Forbidden for what is not allowed."""

    def __init__(
        self, sessions: SessionStore, shelf: Shelf, *, read_only: bool, scenarios: frozenset[str]
    ) -> None:
        self.read_only = read_only
        self.scenarios = sorted(scenarios)
        """The only ones that clients may use; none where all are allowed."""
        self._sessions = sessions
        self._shelf = shelf

    def allows(self, scenario: str) -> bool:
        """Whether clients may use this scenario."""
        return not self.scenarios or scenario in self.scenarios

    def check_scenario(self, name: str) -> None:
        """Raises Forbidden where clients may not use it."""
        if not self.allows(name):
            raise Forbidden(f"The scenario {name[:100]!r} is not among those for MCP clients.")

    async def check_session(self, session_id: str) -> None:
        """Raises Forbidden where its scenario may not be used. What is no session has none."""
        if not self.scenarios:
            return
        try:
            session = await self._sessions.find(session_id)
        except RedisError as error:
            raise translated(error) from error
        if session is not None:
            self.check_scenario(session.scenario)

    async def check_document(self, document_id: str) -> None:
        """Raises Forbidden where it belongs to such sessions alone. What is none has none."""
        if not self.scenarios:
            return
        readers = await self.readers(document_id)
        for reader in readers:
            if await self.allows_resource(f"session://{reader}"):
                return
        if readers:
            raise Forbidden("The document is not in a conversation for MCP clients.")

    async def readers(self, document_id: str) -> set[str]:
        """The conversations that read a document; none where there is no such document."""
        try:
            return await self._shelf.readers(document_id)
        except RedisError as error:
            raise translated(error) from error

    async def check_resource(self, uri: str) -> None:
        """The same for what is at the address of a resource."""
        kind, _, rest = uri.partition("://")
        named = rest.partition("/")[0]
        if kind == "scenario":
            self.check_scenario(named)
        elif kind in ("session", "app"):
            await self.check_session(named)
        elif kind == "doc":
            await self.check_document(named)

    async def allows_resource(self, uri: str) -> bool:
        """Whether clients may read it."""
        try:
            await self.check_resource(uri)
        except Forbidden:
            return False
        return True

    async def check_arguments(self, arguments: dict[str, Any], session_id: str | None) -> None:
        """The same for all that the arguments of a call name."""
        targets = arguments.get("targets")
        named = [arguments, *(cast(list[Any], targets) if isinstance(targets, list) else [])]
        for scenario in _texts(named, "scenario"):
            self.check_scenario(scenario)
        for session in {*_texts(named, "session_id"), *([session_id] if session_id else [])}:
            await self.check_session(session)
        for document in _texts(named, "doc_id"):
            await self.check_document(document)


def _texts(named: Iterable[Any], key: str) -> set[str]:
    found = [cast(dict[str, Any], one).get(key) for one in named if isinstance(one, dict)]
    return {one for one in found if isinstance(one, str)}
