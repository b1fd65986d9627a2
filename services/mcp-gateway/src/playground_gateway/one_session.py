"""`/mcp/sessions/{session_id}`: one session as an MCP server of its own.

The same tools as `/mcp`, for this session alone: those that are about a session, without their
`session_id`, which stands in the address. Its resources, its documents and its scenario's prompt,
and no others.
"""

import time
from collections.abc import Container, Mapping, Sequence
from typing import Any

from fastmcp.prompts import Prompt
from fastmcp.resources import Resource, ResourceTemplate
from fastmcp.server.completions import CompletionHandler, CompletionReference
from fastmcp.server.dependencies import get_http_request
from fastmcp.server.providers import Provider
from fastmcp.tools import Tool, ToolResult
from fastmcp.tools.tool_transform import ArgTransform, TransformedTool
from mcp_types import CompletionArgument, CompletionContext, PromptReference
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from playground.errors import InvalidRequest, PlaygroundError, SessionNotFound
from playground.identifiers import conversation_name
from playground_gateway.doors import Doors, session_path
from playground_gateway.policy.rules import Rules
from playground_gateway.reading.asked import AskedProvider
from playground_gateway.reading.completions import begun, options
from playground_gateway.reading.prompts import ScenarioPrompts
from playground_gateway.reading.resources import listed_resource
from playground_gateway.reading.session_documents import listed_documents
from playground_gateway.refusal import Refusal
from playground_http.problems import problem_response

PATH = "/mcp/sessions/{session_id}"
INSTRUCTIONS = """\
One session of Chat Playground. `send_message` talks to it, `app_view` and `app_act` see and use its
page. A person may have it open in a browser (its `url`, by `get_session`): both see what either
does.
"""

_HANDLE = "session_id"
_DOCUMENT = "doc://"
_KNOWN_FOR_S = 5.0
_MOST_KNOWN = 1_000


def named_session() -> str:
    """The session in the address of the request that is being answered."""
    return str(get_http_request().path_params[_HANDLE])


class _OfOneSession(TransformedTool):
    """Refuses arguments that it does not take, as other tools do: the session is one of them."""

    async def run(self, arguments: dict[str, Any]) -> ToolResult:
        """The result of the tool for the session in the address."""
        unknown = sorted(arguments.keys() - self.parameters["properties"].keys())
        if unknown:
            fields = [{"field": one, "message": "Unexpected keyword argument"} for one in unknown]
            raise Refusal("invalid_request", "Some arguments are not valid.", fields)
        return await super().run(arguments)


def tools_of_one_session(tools: Sequence[Tool]) -> list[Tool]:
    """Those of *tools* that are about a session, which the address names."""
    here = ArgTransform(hide=True, default_factory=named_session)
    return [
        _OfOneSession.from_tool(tool, transform_args={_HANDLE: here})
        for tool in tools
        if _HANDLE in tool.parameters["properties"]
    ]


class OneSessionReading(AskedProvider):
    """The resources of the session in the address, and the prompt of its scenario."""

    def __init__(self, doors: Doors, readings: Sequence[Provider]) -> None:
        super().__init__()
        self._doors = doors
        self._readings = readings
        self._prompts = ScenarioPrompts(doors)

    async def _list_resources(self) -> Sequence[Resource]:
        session = await self._session()
        listed: list[Resource] = []
        for uri, named in _own(session).items():
            if template := await self._template(uri):
                title = session["title"] if named == session["id"] else named
                listed.append(listed_resource(template, named, title))
        if template := await self._template(f"{_DOCUMENT}any"):
            for one in await listed_documents(self._doors, session["id"]):
                listed.append(listed_resource(template, one["id"], one["name"]))
        return listed

    async def _get_resource(self, uri: str, version: object = None) -> Resource | None:  # noqa: ARG002
        """None: everything is read by its template."""
        return None

    async def _list_resource_templates(self) -> Sequence[ResourceTemplate]:
        template = await self._template(f"{_DOCUMENT}any")
        return [template] if template is not None else []

    async def _get_resource_template(
        self,
        uri: str,
        version: object = None,  # noqa: ARG002
    ) -> ResourceTemplate | None:
        own = uri in (await self._documents() if uri.startswith(_DOCUMENT) else await self._pages())
        return await self._template(uri) if own else None

    async def _template(self, uri: str) -> ResourceTemplate | None:
        for some in self._readings:
            if found := await some.get_resource_template(uri):
                return found
        return None

    async def _list_prompts(self) -> Sequence[Prompt]:
        scenario = (await self._session())["scenario"]
        return [one for one in await self._prompts.list_prompts() if one.name == scenario]

    async def _session(self) -> dict[str, str]:
        return await self._doors.api("GET", session_path(named_session()))

    async def _pages(self) -> Container[str]:
        return _own(await self._session())

    async def _documents(self) -> Container[str]:
        found = await self._doors.chat("GET", session_path(named_session(), "/documents"))
        return {f"{_DOCUMENT}{one['id']}" for one in found["items"]}


def _own(session: Mapping[str, str]) -> dict[str, str]:
    """The addresses of what is the session's, each with the name in it."""
    name, scenario = session["id"], session["scenario"]
    pages = (f"session://{name}", f"session://{name}/messages", f"app://{name}/page")
    return {**dict.fromkeys(pages, name), f"scenario://{scenario}": scenario}


def completion_of_one_session(doors: Doors) -> CompletionHandler:
    """The options of the inputs of the session's scenario, and the ids of its documents."""

    async def complete(
        reference: CompletionReference,
        argument: CompletionArgument,
        _context: CompletionContext | None,
    ) -> list[str]:
        async def found() -> list[str]:
            if not isinstance(reference, PromptReference):
                documents = await listed_documents(doors, named_session())
                return [one["id"] for one in documents if reference.uri.startswith(_DOCUMENT)]
            session = await doors.api("GET", session_path(named_session()))
            own = reference.name == session["scenario"]
            return await options(doors, session["scenario"], argument.name) if own else []

        return await begun(found(), argument)

    return complete


class SessionEndpoint:
    """Serves *endpoint* at the addresses of sessions that there are, and that *rules* allow."""

    def __init__(self, endpoint: ASGIApp, doors: Doors, rules: Rules) -> None:
        self.endpoint = endpoint
        self._doors = doors
        self._rules = rules
        self._known: dict[str, float] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._check(Request(scope).path_params[_HANDLE])
        except PlaygroundError as error:
            await problem_response(error)(scope, receive, send)
            return
        await self.endpoint(scope, receive, send)

    async def _check(self, name: str) -> None:
        """Raises SessionNotFound and Forbidden. What was found is believed for some seconds."""
        now = time.monotonic()
        if self._known.get(name, 0) > now:
            return
        try:
            found = await self._doors.api("GET", session_path(conversation_name(name)))
        except InvalidRequest as error:
            raise SessionNotFound from error
        except Refusal as error:
            if error.code == "session_not_found":
                raise SessionNotFound from error
            raise PlaygroundError from error
        self._rules.check_scenario(found["scenario"])
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._known[name] = now + _KNOWN_FOR_S
