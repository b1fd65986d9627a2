"""Where the own MCP server of a session's scenario is, and whether clients may come to it."""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass

from playground.errors import (
    Forbidden,
    InvalidRequest,
    PlaygroundError,
    SessionEnded,
    SessionNotFound,
)
from playground.scenarios.model import Scenario
from playground.scenarios.tools import with_secrets
from playground_gateway.apps.addresses import PageAddresses
from playground_gateway.doors import Doors, session_path
from playground_gateway.policy.rules import READ_ONLY, Rules
from playground_gateway.refusal import Refusal

_KNOWN_FOR_S = 5.0
_MOST_KNOWN = 1_000
_ENDED = ("stopping", "stopped", "failed")


@dataclass(frozen=True)
class ServerAddress:
    """A server, and the headers that it is sent with every request."""

    url: str
    headers: Mapping[str, str]


class OwnServers:
    """Finds servers. What was found is believed for some seconds."""

    def __init__(self, addresses: PageAddresses, doors: Doors, rules: Rules) -> None:
        self._addresses = addresses
        self._doors = doors
        self._rules = rules
        self._known: dict[str, tuple[float, ServerAddress]] = {}

    async def of(self, session_id: str) -> ServerAddress:
        """The server for clients of that session; its page is woken where the server is there.

        Raises SessionNotFound, also where the scenario names none, SessionEnded, SessionNotReady,
        Forbidden.
        """
        until, known = self._known.get(session_id, (0.0, None))
        if known is not None and until > time.monotonic():
            return known
        if self._rules.read_only:
            raise Forbidden(READ_ONLY)
        try:
            found = await self._found(session_id)
        except (InvalidRequest, Refusal) as error:
            if error.code in ("invalid_request", "session_not_found", "scenario_not_found"):
                raise SessionNotFound from error
            raise PlaygroundError from error
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._known[session_id] = (time.monotonic() + _KNOWN_FOR_S, found)
        return found

    async def _found(self, session_id: str) -> ServerAddress:
        session = await self._doors.api("GET", session_path(session_id))
        self._rules.check_scenario(session["scenario"])
        if session["status"] in _ENDED:
            raise SessionEnded("The session has ended.")
        told = await self._doors.api("GET", f"/v1/scenarios/{session['scenario']}")
        server = Scenario.model_validate(told).mcp_server
        if server is None:
            raise SessionNotFound("The session's scenario names no MCP server of its own.")
        environment = dict(os.environ)
        own = {name: with_secrets(value, environment) for name, value in server.headers.items()}
        if server.port is not None:
            page = await self._addresses.beside(session_id, server.port)
            # Servers answer to this name, whatever stands between.
            return ServerAddress(
                f"{page}{server.path}", {"Host": f"localhost:{server.port}", **own}
            )
        await self._addresses.note_use(session_id)
        return ServerAddress(server.url or "", own)
