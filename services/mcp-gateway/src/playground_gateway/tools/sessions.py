"""Sessions as tools: launched, found, read, given context, forked, woken and stopped."""

import asyncio
from contextlib import suppress
from typing import Annotated, Any, Literal

import anyio
from fastmcp.tools import Tool
from pydantic import Field

from playground.identifiers import new_id
from playground_gateway.doors import Doors, session_path
from playground_gateway.policy.rules import Rules
from playground_gateway.refusal import Refusal
from playground_gateway.tools.making import CHANGES, CONTROL, ENDS, READS, Shown, tool
from playground_http.stopping import STOPPING

_STOPS_WITHIN_S = 10

SessionId = Annotated[str, Field(max_length=128, description="As launch_session gave it")]
Wait = Annotated[
    float, Field(ge=0, le=60, description="Seconds to wait until the session's page is ready")
]
Status = Literal["queued", "starting", "ready", "parked", "stopping", "stopped", "failed"]


class Session(Shown):
    """A session: its status, and the address at which a person sees it."""

    id: str
    scenario: str
    title: str
    status: str
    url: str | None = None


class Sessions(Shown):
    """Sessions, the newest first; `next_cursor` leads to the ones before."""

    items: list[Session]
    next_cursor: str | None = None


class SessionContext(Shown):
    """A session's whole context, as the next turn sees it."""

    session_id: str
    context: dict[str, Any]


def session_tools(doors: Doors, rules: Rules) -> list[Tool]:
    """The tools about sessions; those that *rules* do not allow are not listed."""
    return [*_readings(doors, rules), *_beginnings(doors), *_changes(doors)]


def _beginnings(doors: Doors) -> list[Tool]:
    async def launch_session(
        scenario: Annotated[str, Field(max_length=100, description="A name of list_scenarios")],
        title: str | None = None,
        inputs: Annotated[
            dict[str, Any] | None, Field(description="Values for the scenario's inputs")
        ] = None,
        context: Annotated[
            dict[str, Any] | None, Field(description="Facts that the conversation should know")
        ] = None,
        wait_s: Wait = 30,
    ) -> Session:
        """Launch a scenario as a new session; its id is the handle for all other tools."""
        given = {"title": title, "inputs": inputs, "context": context}
        body = {"scenario": scenario, **{k: v for k, v in given.items() if v is not None}}
        return await _launched(doors, "/v1/sessions", body, wait_s)

    async def fork_session(
        session_id: SessionId,
        at: Annotated[
            str | None, Field(max_length=128, description="The last message to take along")
        ] = None,
        scenario: Annotated[
            str | None, Field(max_length=100, description="Go on in another scenario")
        ] = None,
        wait_s: Wait = 30,
    ) -> Session:
        """Make a new session that begins with a copy of this one's conversation."""
        body = {k: v for k, v in (("at", at), ("scenario", scenario)) if v is not None}
        return await _launched(doors, session_path(session_id, "/fork"), body, wait_s)

    return [
        tool(launch_session, title="Launch a session", annotations=CHANGES, meta=CONTROL),
        tool(fork_session, title="Fork a session", annotations=CHANGES, meta=CONTROL),
    ]


async def _launched(doors: Doors, path: str, body: dict[str, Any], wait_s: float) -> Session:
    """A new session, by *path*; stopped where the call is cancelled: nobody has its handle."""
    once = {"Idempotency-Key": new_id("call")}

    async def asked(wait_s: float) -> dict[str, Any]:
        params = {"wait": wait_s}
        return await doors.api("POST", path, json=body, params=params, headers=once)

    try:
        return Session.model_validate(await asked(wait_s))
    except asyncio.CancelledError:
        if not STOPPING.begun:
            with anyio.move_on_after(_STOPS_WITHIN_S, shield=True), suppress(Refusal):
                unwanted = await asked(0)  # what the first request made, or begins to make
                await doors.api("DELETE", session_path(unwanted["id"]))
        raise


def _readings(doors: Doors, rules: Rules) -> list[Tool]:
    async def list_sessions(
        status: Status | None = None,
        scenario: Annotated[str | None, Field(max_length=100)] = None,
        limit: Annotated[int, Field(ge=1, le=200)] = 50,
        cursor: Annotated[str | None, Field(max_length=100)] = None,
    ) -> Sessions:
        """List sessions, the newest first."""
        wanted = [scenario] if scenario is not None else rules.scenarios
        params = {"status": status, "scenario": wanted, "limit": limit, "cursor": cursor}
        return Sessions.model_validate(await doors.api("GET", "/v1/sessions", params=params))

    async def get_session(session_id: SessionId) -> Session:
        """Look at one session: its status, its page's address, how many turns it has had."""
        return Session.model_validate(await doors.api("GET", session_path(session_id)))

    return [
        tool(list_sessions, title="List sessions", annotations=READS, meta=CONTROL),
        tool(get_session, title="Look at a session", annotations=READS, meta=CONTROL),
    ]


def _changes(doors: Doors) -> list[Tool]:
    async def set_context(
        session_id: SessionId,
        context: Annotated[dict[str, Any], Field(description="null as a value removes the key")],
        mode: Annotated[
            Literal["merge", "replace"], Field(description="Into what is there, or in its place")
        ] = "merge",
    ) -> SessionContext:
        """Give a session facts that its conversation should know from the next turn on."""
        method = "PATCH" if mode == "merge" else "PUT"
        now = await doors.api(method, session_path(session_id, "/context"), json=context)
        return SessionContext(session_id=session_id, context=now)

    async def resume_session(session_id: SessionId, wait_s: Wait = 30) -> Session:
        """Wake a parked session, so that its page is there again."""
        path = session_path(session_id, "/resume")
        return Session.model_validate(await doors.api("POST", path, params={"wait": wait_s}))

    async def stop_session(session_id: SessionId) -> Session:
        """End a session and free its page. Its conversation stays readable."""
        return Session.model_validate(await doors.api("DELETE", session_path(session_id)))

    return [
        tool(set_context, title="Set a session's context", annotations=CHANGES, meta=CONTROL),
        tool(resume_session, title="Wake a session", annotations=CHANGES, meta=CONTROL),
        tool(stop_session, title="Stop a session", annotations=ENDS, meta=CONTROL),
    ]
