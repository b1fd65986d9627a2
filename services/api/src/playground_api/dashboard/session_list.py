"""The list of sessions: which ones are wanted, and what a row of it shows."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from playground.scenarios.model import Scenario
from playground.sessions.model import Session, Status
from playground_api.control import Control
from playground_api.dashboard.session_search import Found, SessionSearch

ROWS = 200


def _absent_if_empty(value: object) -> object:
    """A form sends what nobody has chosen as an empty text."""
    return None if value == "" else value


_Name = Annotated[str, Field(max_length=100)]


class Wanted(BaseModel):
    """Which sessions a reader wants to see: the address of the page says it."""

    model_config = ConfigDict(frozen=True)

    status: Annotated[Status | None, BeforeValidator(_absent_if_empty)] = None
    scenario: Annotated[_Name | None, BeforeValidator(_absent_if_empty)] = None
    q: Annotated[str, Field(max_length=200)] = ""
    cursor: Annotated[str | None, Field(max_length=100)] = None

    def fits(self, session: Session) -> bool:
        """Whether *session* is one of them, as far as status and scenario say."""
        return self.status in (None, session.status) and self.scenario in (None, session.scenario)

    @property
    def scenarios(self) -> tuple[str, ...]:
        """The scenario, if one is wanted."""
        return (self.scenario,) if self.scenario is not None else ()

    @property
    def words(self) -> str:
        """What is searched for."""
        return self.q.strip()

    @property
    def narrowed(self) -> bool:
        """Whether it asks for less than all."""
        return any((self.status, self.scenario, self.words))

    def query(self, **more: str) -> str:
        """The same as an address says it, with *more*."""
        given = self.model_dump(mode="json", exclude_defaults=True) | more
        return urlencode(given)


@dataclass(frozen=True)
class Row:
    """A session in the list; its scenario's file may be gone."""

    session: Session
    scenario: Scenario | None
    memory_bytes: int | None = None
    found: Found | None = None


@dataclass(frozen=True)
class Listing:
    """A page of the list. `searched`: among how many sessions, if only some were searched."""

    rows: Sequence[Row]
    next_cursor: str | None = None
    searched: int | None = None


@dataclass(frozen=True)
class SessionList:
    """Reads rows. Methods may raise PlaygroundError and redis-py's errors."""

    control: Control
    search: SessionSearch
    memory: Callable[[], Awaitable[dict[str, int]]]

    async def read(self, wanted: Wanted) -> Listing:
        """The newest sessions that are wanted, or those in which the words were said."""
        if wanted.words:
            return await self._found(wanted)
        page = await self.control.page(
            status=wanted.status, scenarios=wanted.scenarios, limit=ROWS, cursor=wanted.cursor
        )
        return Listing(await self._rows(page.items), page.next_cursor)

    async def row(self, session: Session) -> Row:
        """One of them as it is now."""
        (row,) = await self._rows(await self.control.shown(session))
        return row

    async def _found(self, wanted: Wanted) -> Listing:
        newest = await self.control.page(
            status=wanted.status, scenarios=wanted.scenarios, limit=self.search.most_sessions
        )
        hits, searched = await self.search.search(newest.items, wanted.words, limit=ROWS)
        rows = await self._rows([s for s in newest.items if s.id in hits], hits)
        partial = searched < len(newest.items) or newest.next_cursor is not None
        return Listing(rows, searched=searched if partial else None)

    async def _rows(
        self, sessions: Sequence[Session], hits: dict[str, Found] | None = None
    ) -> list[Row]:
        scenarios = await self.control.library.named(s.scenario for s in sessions)
        memory, found = await self.memory(), hits or {}
        return [
            Row(s, scenarios.get(s.scenario), memory.get(s.id), found.get(s.id)) for s in sessions
        ]
