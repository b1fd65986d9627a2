"""Where changes come from: sessions, scenarios, and the pages that are open at this replica."""

import asyncio
import logging
from contextlib import aclosing
from typing import Any

from mcp.server.subscriptions import PromptsListChanged, ResourcesListChanged, ResourceUpdated

from playground.principal import LOCAL
from playground.sessions.changes import Change, SessionChanges
from playground_gateway.doors import Doors
from playground_gateway.policy.rules import Rules
from playground_gateway.refusal import Refusal
from playground_gateway.subscriptions.bus import WHOLE_PLAYGROUND, Announced, Bus

log = logging.getLogger(__name__)

_LOOKED_EVERY_S = 0.5
_MOST_KNOWN = 10_000


class SessionNews:
    """Tells of sessions: each change of one, and of their list where that shows it."""

    def __init__(self, changes: SessionChanges, bus: Bus, rules: Rules) -> None:
        self._changes = changes
        self._bus = bus
        self._rules = rules
        self._listed: dict[str, tuple[str, str]] = {}
        """Title and status of each session that was heard of."""

    async def run(self) -> None:
        """Tell what happens, until cancelled."""
        last = None
        while True:
            async with aclosing(self._changes.follow(last)) as changes:
                async for change in changes:
                    last = change.id
                    allowed = self._rules.allows(change.session["scenario"])
                    if allowed and change.owner == LOCAL.name:
                        self._tell(change)

    def _tell(self, change: Change) -> None:
        name = change.session["id"]
        self._bus.tell(Announced(ResourceUpdated(f"session://{name}")))
        is_gone = change.session.get("purged", False)
        shown = (change.session["title"], change.session["status"])
        if self._listed.get(name) == shown and not is_gone:
            return
        if len(self._listed) >= _MOST_KNOWN:
            self._listed.clear()
        self._listed[name] = shown
        self._bus.tell(Announced(ResourceUpdated(f"app://{name}/page")))
        for at in (WHOLE_PLAYGROUND, name):
            self._bus.tell(Announced(ResourcesListChanged(), at))
        if is_gone:
            self._bus.tell(Announced(ResourceUpdated(f"session://{name}/messages")))
            del self._listed[name]


class ScenarioNews:
    """Tells of scenarios that come, change or go. They are looked at while anybody listens."""

    def __init__(self, doors: Doors, bus: Bus, rules: Rules) -> None:
        self._doors = doors
        self._bus = bus
        self._rules = rules
        self._known: dict[str, Any] | None = None

    async def run(self) -> None:
        """Look, and tell what has changed, until cancelled.

        The first look is as soon as anybody listens: what changes after it is news.
        """
        while True:
            if not self._bus.heard.is_set():
                self._known = None
                await self._bus.heard.wait()
            await self.look()
            await asyncio.sleep(_LOOKED_EVERY_S)

    async def look(self) -> None:
        """Look once. What is seen for the first time since nobody listened is no news."""
        try:
            found = await self._doors.api("GET", "/v1/scenarios")
        except Refusal as error:
            log.warning("scenarios could not be looked at: %s", error.code)
            return
        allowed = [one for one in found["items"] if self._rules.allows(one["name"])]
        now: dict[str, Any] = {one["name"]: one for one in allowed}
        before, self._known = self._known, now
        if before is None or before == now:
            return
        for name in before | now:
            if before.get(name) != now.get(name):
                self._bus.tell(Announced(ResourceUpdated(f"scenario://{name}")))
        self._bus.tell(Announced(PromptsListChanged()))
        self._bus.tell(Announced(ResourcesListChanged()))
